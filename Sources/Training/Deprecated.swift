import RetrogradNeuralNetworks

// Names of the release before; see Docs/Changelog.md.

extension Trainer {
  /// The former name of ``hasStoppedEarly``.
  @available(*, deprecated, renamed: "hasStoppedEarly")
  public var hasLostPatience: Bool { hasStoppedEarly }

  /// The former name of ``restoreBest()``.
  @available(*, deprecated, renamed: "restoreBest()")
  public func useBest() throws(StateDictError) -> FreezeReceipt { try restoreBest() }
}

extension FrozenFeatures {
  /// The former name of ``prefix``.
  @available(*, deprecated, renamed: "prefix")
  public var front: FrozenPrefix { prefix }
}
