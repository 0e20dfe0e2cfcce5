// Names of the release before; see Docs/Changelog.md.

/// The former spelling of ``LabeledPictures``.
@available(*, deprecated, renamed: "LabeledPictures")
public typealias LabelledPictures = LabeledPictures

/// The former spelling of ``LabeledOutputs``.
@available(*, deprecated, renamed: "LabeledOutputs")
public typealias LabelledOutputs = LabeledOutputs

extension PictureDataset {
  /// The former spelling of ``labeled(by:)``.
  @available(*, deprecated, renamed: "labeled(by:)")
  public func labelled(
    by table: ClassLabels
  ) throws(ClassLabelsError) -> (dataset: PictureDataset, leftOut: [String]) {
    try labeled(by: table)
  }
}

extension PictureDataset.Corrected {
  /// The former spelling of ``relabeledCount``.
  @available(*, deprecated, renamed: "relabeledCount")
  public var relabelledCount: Int { relabeledCount }
}
