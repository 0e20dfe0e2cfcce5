import RetrogradTensors
import RetrogradTestSupport

/// A tensor as slow and obvious code reads it: one number at a time, by its indices.
struct Slow {
  let shape: [Int]
  let scalars: [Double]

  init(_ tensor: Tensor) {
    shape = tensor.shape
    scalars = tensor.scalars
  }

  /// The element at some indices.
  subscript(_ indices: [Int]) -> Double {
    var position = 0
    for (axis, index) in indices.enumerated() { position = position * shape[axis] + index }
    return scalars[position]
  }

  /// The element of a picture; 0 outside of it.
  func padded(_ n: Int, _ c: Int, _ i: Int, _ j: Int) -> Double {
    if i < 0 || i >= shape[2] || j < 0 || j >= shape[3] { return 0 }
    return scalars[((n * shape[1] + c) * shape[2] + i) * shape[3] + j]
  }
}

/// The indices of all elements of a shape, in row-major order.
func allIndices(_ shape: [Int]) -> [[Int]] {
  if shape.contains(0) { return [] }
  var result: [[Int]] = []
  result.reserveCapacity(shape.reduce(1, *))
  var indices = [Int](repeating: 0, count: shape.count)
  while true {
    result.append(indices)
    guard let axis = shape.indices.last(where: { indices[$0] + 1 < shape[$0] }) else {
      return result
    }
    indices[axis] += 1
    for later in (axis + 1)..<shape.count { indices[later] = 0 }
  }
}

extension Tensor {
  /// A tensor whose elements are given one by one.
  init(_ shape: [Int], _ dtype: DType, _ element: ([Int]) -> Double) {
    self.init(allIndices(shape).map(element), shape: shape, dtype: dtype)
  }
}

/// What distinguishes two tensors; `nil` where shape, dtype and numbers agree.
func difference(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double = 0, _ name: String = "the result"
) -> String? {
  if actual.dtype != expected.dtype {
    return "\(name) is \(actual.dtype), expected \(expected.dtype)"
  }
  return disagreement(actual, expected, tolerance: tolerance).map { "\(name) \($0)" }
}

/// What distinguishes two tensors of whole numbers; `nil` where they agree.
func difference(
  _ actual: IntTensor, _ expected: IntTensor, _ name: String = "the result"
)
  -> String?
{
  actual == expected
    ? nil
    : "\(name) is \(actual.shape) \(actual.scalars), expected \(expected.shape) \(expected.scalars)"
}

/// What is wrong with two maps that should be each other's adjoint: `⟨Ax, y⟩` and `⟨x, Aᵀy⟩` must be
/// equal.
///
/// - Parameters:
///   - x: A tensor in the domain of the map.
///   - choices: The source of the cotangent.
///   - tolerance: The largest difference, relative to the sum of the magnitudes of what is added up.
///   - map: A linear map, A.
///   - adjoint: Its adjoint, Aᵀ.
func adjointDifference(
  _ x: Tensor, _ choices: inout Choices, tolerance: Double = 0, _ map: (Tensor) -> Tensor,
  adjoint: (Tensor) -> Tensor
) -> String? {
  let image = map(x)
  let y = choices.tensor(image.shape, x.dtype)
  let back = adjoint(y)
  if back.shape != x.shape { return "the adjoint has shape \(back.shape), expected \(x.shape)" }
  if back.dtype != x.dtype { return "the adjoint is \(back.dtype), expected \(x.dtype)" }
  func product(_ a: Tensor, _ b: Tensor) -> (sum: Double, scale: Double) {
    zip(a.scalars, b.scalars).reduce((0, 0)) {
      ($0.0 + $1.0 * $1.1, $0.1 + Swift.abs($1.0 * $1.1))
    }
  }
  let (forward, backward) = (product(image, y), product(x, back))
  let distance = Swift.abs(forward.sum - backward.sum)
  if distance <= tolerance * max(1, forward.scale, backward.scale) { return nil }
  return "x \(x.scalars), y \(y.scalars): ⟨Ax, y⟩ = \(forward.sum), ⟨x, Aᵀy⟩ = \(backward.sum)"
}
