// Broadcasting: one loop nest for every element-wise operation on two tensors.

import RetrogradThreadScopes

extension Tensor {
  /// The shape that two shapes broadcast to, or `nil`: extents are compared from the last axis, and
  /// must be equal unless one of them is 1 (NumPy's rule).
  package static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
    if a == b { return a }
    let rank = Swift.max(a.count, b.count)
    var shape = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let x = axis + a.count - rank >= 0 ? a[axis + a.count - rank] : 1
      let y = axis + b.count - rank >= 0 ? b[axis + b.count - rank] : 1
      guard x == y || x == 1 || y == 1 else { return nil }
      shape[axis] = x == 1 ? y : x
    }
    return shape
  }

  /// As ``broadcastShape(_:_:)-package``, but stops with a message when the shapes do not agree.
  static func requireBroadcast(_ a: [Int], _ b: [Int], operation: String) -> [Int] {
    guard let shape = broadcastShape(a, b) else {
      stop(
        "\(operation): shapes \(a) and \(b) do not broadcast: from the last axis on, extents must be "
          + "equal, or one of them 1. Reshape one operand, e.g. to [n, 1]")
    }
    return shape
  }

  static func requireSameDType(_ a: Tensor, _ b: Tensor, operation: String) {
    require(
      a.dtype == b.dtype,
      "\(operation): one operand is \(a.dtype) \(a.shape), the other \(b.dtype) \(b.shape). "
        + "Convert one of them with converted(to:)")
  }

  /// Two tensors of different dtypes in double precision where a gradient check runs, which converts
  /// what it is given and not what a function brings along; elsewhere stops with a message.
  static func promoted(_ a: Tensor, _ b: Tensor, operation: String) -> (Tensor, Tensor) {
    if !ThreadScope.trace.isActive { requireSameDType(a, b, operation: operation) }
    return (a.converted(to: .float64), b.converted(to: .float64))
  }

  /// `f` of each pair of elements of two tensors that broadcast.
  func combined<F: BinaryFunction>(with other: Tensor, _ f: F, operation: String) -> Tensor {
    if dtype != other.dtype {
      let (a, b) = Tensor.promoted(self, other, operation: operation)
      return a.combined(with: b, f, operation: operation)
    }
    let shape = Tensor.requireBroadcast(shape, other.shape, operation: operation)
    if let device = computingDevice(self, other),
      let z = device.combined(self, other, f, shape: shape)
    {
      return z
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { combineLoop(self, other, into: &result, f, $0) }
    return result
  }
}

/// A function of two numbers, written once for both element types and once for devices.
protocol BinaryFunction: Sendable {
  /// Below this many elements a second thread costs more than it brings.
  static var grain: Int { get }
  func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T
  /// The function of `count` pairs, which the vector unit may know a way for. The strides are 0 or 1, not both 0.
  func run<T: Scalar>(
    _ x: UnsafePointer<T>, _ xStride: Int, _ y: UnsafePointer<T>, _ yStride: Int,
    _ z: UnsafeMutablePointer<T>, _ count: Int)

  /// The same in OpenCL C, as an expression of `x` and `y`.
  static var kernel: String { get }
}

extension BinaryFunction {
  static var grain: Int { readingGrain }

  /// The three cases are spelled out so that each is a loop over consecutive memory.
  @inline(__always)
  func run<T: Scalar>(
    _ x: UnsafePointer<T>, _ xStride: Int, _ y: UnsafePointer<T>, _ yStride: Int,
    _ z: UnsafeMutablePointer<T>, _ count: Int
  ) {
    switch (xStride, yStride) {
    case (0, _):
      let first = x[0]
      for i in 0..<count { z[i] = self(first, y[i * yStride]) }
    case (_, 0):
      let second = y[0]
      for i in 0..<count { z[i] = self(x[i], second) }
    default:
      for i in 0..<count { z[i] = self(x[i], y[i]) }
    }
  }
}

/// The axes of two operands, neighbors merged where both run on alike, so that the last one is long.
struct BroadcastPlan {
  private(set) var extents: [Int] = []
  private(set) var strides: [(a: Int, b: Int)] = []

  init(_ a: [Int], _ b: [Int], to shape: [Int]) {
    let aStrides = Self.strides(of: a, in: shape)
    let bStrides = Self.strides(of: b, in: shape)
    for axis in shape.indices where shape[axis] != 1 {
      let stride = (a: aStrides[axis], b: bStrides[axis])
      if let last = strides.last,
        last.a == stride.a * shape[axis], last.b == stride.b * shape[axis]
      {
        extents[extents.count - 1] *= shape[axis]
        strides[strides.count - 1] = stride
      } else {
        extents.append(shape[axis])
        strides.append(stride)
      }
    }
    if extents.isEmpty {
      extents = [1]
      strides = [(0, 0)]
    }
  }

  /// Row-major strides of `operand` inside `shape`; 0 along the axes that it repeats on.
  static func strides(of operand: [Int], in shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 0, count: shape.count)
    var step = 1
    for axis in operand.indices.reversed() {
      if operand[axis] != 1 { strides[axis + shape.count - operand.count] = step }
      step *= operand[axis]
    }
    return strides
  }

  var inner: (extent: Int, a: Int, b: Int) {
    (extents[extents.count - 1], strides[strides.count - 1].a, strides[strides.count - 1].b)
  }

  /// The number of inner runs.
  var outerCount: Int { extents.dropLast().reduce(1, *) }

  /// The offsets of inner run number `run` in both operands.
  func offsets(ofRun run: Int) -> (a: Int, b: Int) {
    var rest = run
    var offset = (a: 0, b: 0)
    for axis in (0..<(extents.count - 1)).reversed() {
      let index = rest % extents[axis]
      rest /= extents[axis]
      offset.a += index * strides[axis].a
      offset.b += index * strides[axis].b
    }
    return offset
  }
}

private func combineLoop<F: BinaryFunction, T: Scalar>(
  _ a: Tensor, _ b: Tensor, into result: inout Tensor, _ f: F, _ type: T.Type
) {
  let count = result.count
  if count == 0 { return }
  let shape = result.shape
  let (aShape, bShape) = (a.shape, b.shape)
  result.withMutable(T.self) { z in
    a.withElements(T.self) { aBuffer in
      b.withElements(T.self) { bBuffer in
        let (x, y) = (aBuffer.baseAddress!, bBuffer.baseAddress!)
        if aShape == bShape {
          parallelRanges(count, grain: F.grain) { range in
            f.run(
              x + range.lowerBound, 1, y + range.lowerBound, 1, z + range.lowerBound, range.count)
          }
          return
        }
        let plan = BroadcastPlan(aShape, bShape, to: shape)
        let inner = plan.inner
        parallelRanges(plan.outerCount, grain: Swift.max(1, F.grain / inner.extent)) {
          range in
          for run in range {
            let offset = plan.offsets(ofRun: run)
            f.run(
              x + offset.a, inner.a, y + offset.b, inner.b, z + run * inner.extent, inner.extent)
          }
        }
      }
    }
  }
}
