// Names of the release before; see Docs/Changelog.md.

/// The former name of ``FrozenPrefix``.
@available(*, deprecated, renamed: "FrozenPrefix")
public typealias FrozenFront = FrozenPrefix

/// The former name of ``ModeDependentLayer``.
@available(*, deprecated, renamed: "ModeDependentLayer")
public typealias ModalLayer = ModeDependentLayer
