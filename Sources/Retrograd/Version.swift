/// Retrograd's version, as programs print it with `--version`: `MAJOR.MINOR.PATCH`, the newest of `Docs/Changelog.md`.
public let retrogradVersion = "1.0.0"
