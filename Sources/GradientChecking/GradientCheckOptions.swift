/// The settings of a gradient check.
public struct GradientCheckOptions: Sendable {
  /// The orders of derivatives to check: 1 is the gradient, 2 the gradient of the gradient.
  public var orders: ClosedRange<Int> = 1...2
  /// The largest error of a gradient that passes, relative to the gradient's size; by default what the
  /// measured accuracy of the numerical derivative allows. A finite number above 0.
  public var tolerance: Double?
  /// The number of random cotangents to pull back.
  public var cotangents = 2
  /// Inputs with more elements than this in all are checked along random directions instead of element
  /// by element.
  public var largestJacobian = 1500
  /// The number of random directions to check a large input along.
  public var directions = 4
  /// The share of elements that must be away from kinks for a verdict.
  public var smallestCoverage = 0.9
  /// Indicates whether to check also that the backward pass repeats, is linear, mutates nothing and does not
  /// depend on the number of threads.
  public var checksProperties = true
  /// The random seed of the cotangents and directions.
  public var seed: UInt64 = 1

  /// The usual check: orders 1 and 2, all properties.
  public init() {}

  /// A check that differs from the usual one.
  ///
  /// - Parameters:
  ///   - orders: The orders of derivatives to check.
  ///   - tolerance: The largest error of a gradient that passes, relative to the gradient's size.
  ///   - seed: The random seed of the cotangents and directions.
  public init(orders: ClosedRange<Int> = 1...2, tolerance: Double? = nil, seed: UInt64 = 1) {
    self.orders = orders
    self.tolerance = tolerance
    self.seed = seed
  }
}
