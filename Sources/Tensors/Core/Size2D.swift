/// A height and a width: of a kernel, a stride, a picture.
///
/// Wherever one is expected, a whole number stands for both (`stride: 2`), and a list of two for
/// height and width (`kernel: [3, 5]`); `Size2D(3, 5)` says the same for variables.
public struct Size2D: Sendable, Hashable, Codable {
  /// The extent from top to bottom.
  public var height: Int
  /// The extent from left to right.
  public var width: Int

  /// A height and a width.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The same extent for height and width.
  public init(_ both: Int) { self.init(both, both) }
}

extension Size2D: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The same extent for height and width.
  public init(integerLiteral both: Int) { self.init(both) }

  /// `[height, width]`; stops on any other number of elements.
  public init(arrayLiteral extents: Int...) {
    require(extents.count == 2, "Size2D: a list holds [height, width], got \(extents)")
    self.init(extents[0], extents[1])
  }

  /// `height×width`.
  public var description: String { "\(height)×\(width)" }
}
