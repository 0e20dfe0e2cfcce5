/// Content of a weights file that was not read.
public struct LeftOut: Equatable, Sendable, CustomStringConvertible {
  /// Its name; in a checkpoint the keys that lead to it, joined by dots.
  public let name: String
  /// A description: `32 tensors, 488.8 MB, an optimizer's state`.
  public let detail: String
  /// The number of tensors that it holds or is.
  public let tensorCount: Int

  /// `optimizer (32 tensors, 488.8 MB, an optimizer's state)`.
  public var description: String { "\(name) (\(detail))" }
}
