import RetrogradCKernels
import RetrogradDevices

/// The matrix product of the last two axes: `c[i, j] = Σₚ a[i, p] · b[p, j]`.
///
/// Leading axes broadcast, and an operand of one axis is a row on the left and a column on the
/// right, whose axis the result does not have (NumPy's `matmul`).
/// Shapes: `[…, n, k] · […, k, m] → […, n, m]`.
///
/// ```swift
/// let c = matmul(Tensor([[1, 2], [3, 4]]), [[1, 0], [0, 2]])   // [[1, 4], [3, 8]]
/// ```
///
/// - Parameters:
///   - a: The left operand.
///   - b: The right operand, of the same dtype.
///   - transposeA: Whether to take `a` with its last two axes exchanged; costs no copy.
///   - transposeB: Whether to take `b` with its last two axes exchanged; costs no copy.
/// - Complexity: O(n · k · m) for each matrix.
public func matmul(
  _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
) -> Tensor {
  if a.dtype != b.dtype {
    let (a, b) = Tensor.promoted(a, b, operation: "matmul")
    return matmul(a, b, transposeA: transposeA, transposeB: transposeB)
  }
  let plan = BatchedProduct(a, b, transposeA: transposeA, transposeB: transposeB)
  if let device = computingDevice(a, b), let c = plan.run(a, b, on: device) { return c }
  var result = Tensor(uninitialized: plan.shape, dtype: a.dtype)
  a.dtype.dispatch { plan.run(a, b, into: &result, $0) }
  return result
}

/// The inner product of two vectors: `Σ a · b`. Shapes: `[n], [n] → []`.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
  requireVectors(a.shape, b.shape)
  return matmul(a, b)
}

/// Stops unless the shapes are those of two vectors of one length.
package func requireVectors(_ a: [Int], _ b: [Int]) {
  require(a.count == 1 && a == b, "dot: expects two vectors of one length, got \(a) and \(b)")
}

/// The outer product of two vectors: `a[i] · b[j]`. Shapes: `[n], [m] → [n, m]`.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor { column(a, against: b) * b }

/// A vector as a column, to be multiplied with another one as a row.
package func column<T: TensorProtocol>(_ a: T, against b: T) -> T {
  require(a.rank == 1 && b.rank == 1, "outer: expects two vectors, got \(a.shape) and \(b.shape)")
  return a.unsqueeze(axis: 1)
}

/// The fully connected layer: `y = x · Wᵀ + b`.
///
/// Shapes: `x` […, in], `weight` [out, in], `bias` [out] → […, out].
///
/// - Parameters:
///   - x: One or several vectors.
///   - weight: One row for each output.
///   - bias: The number to add to each output.
///   - relu: Whether what is negative in the result becomes 0.
public func linear(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, relu: Bool = false
) -> Tensor {
  require(
    weight.rank == 2 && x.rank >= 1 && x.shape.last == weight.shape.last,
    "linear: input \(x.shape) and weight \(weight.shape) do not fit: expects […, in] and "
      + "[out, in] with the same in")
  let outputs = weight.shape[0]
  if x.dtype != weight.dtype {
    let (x, weight) = Tensor.promoted(x, weight, operation: "linear")
    return linear(x, weight, bias: bias, relu: relu)
  }
  if let bias {
    if x.dtype != bias.dtype {
      let (x, bias) = Tensor.promoted(x, bias, operation: "linear")
      return linear(x, weight, bias: bias, relu: relu)
    }
    require(
      bias.shape == [outputs],
      "linear: bias \(bias.shape) does not fit weight \(weight.shape): expects [\(outputs)]")
  }
  if let device = computingDevice(x, weight),
    let y = linear(x, weight, bias, relu: relu, on: device)
  {
    return y
  }
  var result = Tensor(uninitialized: x.shape.dropLast() + [outputs], dtype: x.dtype)
  x.dtype.dispatch { linearLoop(x, weight, bias, relu, into: &result, $0) }
  return result
}

private func linear(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, relu: Bool, on device: OpenDevice
) -> Tensor? {
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  let rows = x.shape.dropLast().reduce(1, *)
  var product = DeviceProduct(rows: rows, columns: outputs, depth: inputs)
  (product.aRow, product.aDepth, product.bDepth, product.bColumn) = (inputs, 1, 1, inputs)
  (product.bias, product.relu) = (bias == nil ? .none : .columns, relu)
  return device.multiplied(
    x, weight, bias: bias, shape: x.shape.dropLast() + [outputs], product, isDivided: false)
}

private func linearLoop<T: Scalar>(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ relu: Bool, into result: inout Tensor,
  _ type: T.Type
) {
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  let rows = x.shape.dropLast().reduce(1, *)
  result.withMutable(T.self) { y in
    multiply(
      Matrix(x.elements(T.self), rows: rows, columns: inputs),
      Matrix(weight.elements(T.self), rows: outputs, columns: inputs).transposed,
      into: ProductOutput(
        pointer: y, rowStride: outputs, columnBias: bias.map { $0.elements(T.self) }, relu: relu))
  }
  withExtendedLifetime((x, weight, bias)) {}
}

/// The shapes of a batched matrix product.
private struct BatchedProduct {
  /// The shape of the result.
  let shape: [Int]
  private let rows: Int
  private let columns: Int
  private let depth: Int
  private let transposeA: Bool
  private let transposeB: Bool
  /// The number of products, and which matrix of each operand they take.
  private let count: Int
  /// `nil` where there is a single product, so that small ones do not pay for a plan.
  private let batch: BroadcastPlan?

  init(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool) {
    require(
      a.rank >= 1 && b.rank >= 1,
      "matmul: operands need at least one axis, got shapes \(a.shape) and \(b.shape)")
    // A vector is a row on the left, a column on the right, and has no transpose.
    let aShape = a.rank == 1 ? [1, a.count] : a.shape
    let bShape = b.rank == 1 ? [b.count, 1] : b.shape
    let (exchangesA, exchangesB) = (transposeA && a.rank > 1, transposeB && b.rank > 1)
    (self.transposeA, self.transposeB) = (exchangesA, exchangesB)
    let (aRows, aColumns) = Self.extents(aShape, transposed: exchangesA)
    let (bRows, bColumns) = Self.extents(bShape, transposed: exchangesB)
    func transposes() -> String {
      exchangesA || exchangesB
        ? " (transposeA: \(transposeA), transposeB: \(transposeB))" : ""
    }
    require(
      aColumns == bRows,
      "matmul: shapes \(a.shape) and \(b.shape)\(transposes()) do not fit: the left matrix has "
        + "\(aColumns) columns, the right one \(bRows) rows")
    (rows, depth, columns) = (aRows, aColumns, bColumns)
    if a.rank == 2 && b.rank == 2 {
      (count, batch, shape) = (1, nil, [rows, columns])
      return
    }
    let (aBatch, bBatch) = (Array(aShape.dropLast(2)), Array(bShape.dropLast(2)))
    guard let batchShape = Tensor.broadcastShape(aBatch, bBatch) else {
      stop(
        "matmul: shapes \(a.shape) and \(b.shape) do not fit: their leading axes \(aBatch) and "
          + "\(bBatch) do not broadcast")
    }
    count = batchShape.reduce(1, *)
    batch = BroadcastPlan(aBatch, bBatch, to: batchShape)
    shape = batchShape + (a.rank == 1 ? [] : [rows]) + (b.rank == 1 ? [] : [columns])
  }

  /// Rows and columns of the matrices in a shape.
  private static func extents(_ shape: [Int], transposed: Bool) -> (rows: Int, columns: Int) {
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    return transposed ? (columns, rows) : (rows, columns)
  }

  func run<T: Scalar>(_ a: Tensor, _ b: Tensor, into result: inout Tensor, _ type: T.Type) {
    let kernels = VectorKernels<T>.current
    result.withMutable(T.self) { c in
      let (aPointer, bPointer) = (a.elements(T.self), b.elements(T.self))
      func product(_ index: Int) {
        let (aIndex, bIndex) = indices(ofProduct: index)
        multiply(
          matrix(aPointer + aIndex * rows * depth, rows, depth, transposed: transposeA),
          matrix(bPointer + bIndex * depth * columns, depth, columns, transposed: transposeB),
          into: ProductOutput(pointer: c + index * rows * columns, rowStride: columns),
          kernels: kernels)
      }
      // Many products are shared out whole, a few are shared out within.
      if count > 1 && count >= 4 * Threads.count {
        let cost = Swift.max(1, rows * columns * depth)
        parallelRanges(count, grain: Swift.max(1, fewMultiplications / 2 / cost)) { range in
          for index in range { product(index) }
        }
      } else {
        for index in 0..<count { product(index) }
      }
    }
    withExtendedLifetime((a, b)) {}
  }

  /// The product by a kernel; `nil` where the leading axes broadcast in a way that it has no numbers for.
  func run(_ a: Tensor, _ b: Tensor, on device: OpenDevice) -> Tensor? {
    var product = DeviceProduct(rows: rows, columns: columns, depth: depth)
    (product.aRow, product.aDepth) = transposeA ? (1, rows) : (depth, 1)
    (product.bDepth, product.bColumn) = transposeB ? (1, depth) : (columns, 1)
    (product.batches, product.aBatch, product.bBatch) = (count, rows * depth, depth * columns)
    if let batch {
      // Each operand's matrices must follow one another, or be one for all.
      guard batch.extents.count == 1 else { return nil }
      product.aBatches = batch.inner.a == 0 ? 1 : count
      product.bBatches = batch.inner.b == 0 ? 1 : count
    }
    return device.multiplied(a, b, shape: shape, product, isDivided: count == 1)
  }

  /// A matrix that is stored with its axes exchanged when `transposed`.
  private func matrix<T: Scalar>(
    _ pointer: UnsafePointer<T>, _ rows: Int, _ columns: Int, transposed: Bool
  ) -> Matrix<T> {
    transposed
      ? Matrix(pointer, rows: columns, columns: rows).transposed
      : Matrix(pointer, rows: rows, columns: columns)
  }

  private func indices(ofProduct index: Int) -> (a: Int, b: Int) {
    guard let batch else { return (0, 0) }
    let inner = batch.inner
    let offset = batch.offsets(ofRun: index / inner.extent)
    let position = index % inner.extent
    return (offset.a + position * inner.a, offset.b + position * inner.b)
  }
}
