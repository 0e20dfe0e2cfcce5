// Names of the release before; see Docs/Changelog.md.

extension WeightManifest.Network {
  /// The former spelling of ``license``.
  @available(*, deprecated, renamed: "license")
  public var licence: String { license }
}

/// A key of a manifest in today's spelling: those written before have "licence".
struct ManifestKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) {
    self.stringValue = stringValue == "licence" ? "license" : stringValue
  }
  init?(intValue: Int) { nil }
}
