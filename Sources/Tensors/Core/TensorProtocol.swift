/// The common part of ``Tensor`` and `Variable`: numbers in a shape that can be arranged anew.
///
/// What is made of these few operations is written once, for both: `squeeze`, `split`, `repeated` and so on.
/// Differentiability comes from the parts.
public protocol TensorProtocol {
  /// The extent of each axis; `[]` for a single number.
  var shape: [Int] { get }
  /// The number of axes.
  var rank: Int { get }
  /// The number of elements: the product of ``shape``.
  var count: Int { get }

  /// The same numbers in another shape; one extent may be -1 and follows from the others.
  func reshaped(_ shape: [Int]) -> Self
  /// The axes in another order: axis `i` of the result is axis `order[i]`.
  func permuted(_ order: [Int]) -> Self
  /// The numbers repeated to a larger shape, by the rule of broadcasting.
  func broadcast(to shape: [Int]) -> Self
  /// Every `step`-th element of a range of one axis.
  func slice(_ range: Range<Int>, step: Int, axis: Int) -> Self
  /// The numbers with a border along their last axes.
  func padded(_ widths: [(before: Int, after: Int)], mode: PaddingMode) -> Self
  /// The elements moved on by `shifts[i]` places along `axes[i]`.
  func rolled(by shifts: [Int], axes: [Int]) -> Self
}

extension Tensor: TensorProtocol {}

// MARK: - Axes

extension TensorProtocol {
  /// An axis number from 0; a negative one counts from the end.
  @inlinable
  package func resolve(axis: Int, operation: String) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    require(
      resolved >= 0 && resolved < rank,
      "\(operation): axis \(axis) is out of bounds for shape \(shape)")
    return resolved
  }

  /// `axes` as sorted numbers from 0, each once; all axes for `nil`. A single number has none, and takes 0 and −1
  /// for it, as in PyTorch.
  @inlinable
  package func resolve(axes: [Int]?, operation: String) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    if isSingleNumber(alongAxes: axes) { return [] }
    if axes.count == 1 { return [resolve(axis: axes[0], operation: operation)] }
    let resolved = axes.map { resolve(axis: $0, operation: operation) }.sorted()
    for (a, b) in zip(resolved, resolved.dropFirst()) {
      require(a != b, "\(operation): axes \(axes) name axis \(a) of shape \(shape) twice")
    }
    return resolved
  }

  /// Returns whether this is a single number that is asked for what happens along one axis, as PyTorch allows: 0 or −1.
  @inlinable
  package func isSingleNumber(alongAxes axes: [Int]) -> Bool {
    rank == 0 && (axes == [0] || axes == [-1])
  }

  /// The number of elements that a reduction over `axes` combines into one.
  @inlinable
  package func countReduced(_ axes: [Int]?, operation: String) -> Int {
    guard let axes else { return count }
    return resolve(axes: axes, operation: operation).reduce(1) { $0 * shape[$1] }
  }

  /// The shape that a reduction over `axes` has with `keepDims`.
  @inlinable
  package func keptShape(_ axes: [Int]?, operation: String) -> [Int] {
    let axes = resolve(axes: axes, operation: operation)
    return shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
  }
}
