import RetrogradCKernels

/// A matrix whose elements are kept in 16 bits: half the memory of `float32`, and half the time to
/// read it.
///
/// It cannot be changed; copies share memory.
package struct HalfMatrix: Sendable {
  /// The format of the elements.
  package let format: HalfPrecision
  /// The number of rows.
  package let rows: Int
  /// The number of columns.
  package let columns: Int
  /// Two elements where a `float32` would have its one.
  private nonisolated(unsafe) let storage: Storage

  private var elements: UnsafeMutablePointer<UInt16> {
    storage.pointer.assumingMemoryBound(to: UInt16.self)
  }

  /// A matrix [rows, columns] of `float32`, each element rounded to the nearest (to even).
  package init(_ matrix: Tensor, as format: HalfPrecision) {
    require(
      matrix.rank == 2 && matrix.dtype == .float32,
      "HalfMatrix: expects a float32 matrix, got \(matrix.dtype) \(matrix.shape)")
    self.format = format
    (rows, columns) = (matrix.shape[0], matrix.shape[1])
    storage = Storage.make(count: (matrix.count + 1) / 2, dtype: .float32, operation: "HalfMatrix")
    let target = elements
    matrix.withElements(Float.self) { encode($0, as: format, into: target) }
  }

  /// The same numbers as `float32`, exactly.
  package var decoded: Tensor {
    withExtendedLifetime(storage) {
      Tensor(
        decoding: .init(start: elements, count: 2 * rows * columns), as: format.storedType,
        shape: [rows, columns])
    }
  }

  /// Returns whether the two are copies of one matrix.
  package func isCopy(of other: HalfMatrix) -> Bool { storage === other.storage }
}

// MARK: - The fully connected layer

/// Up to this many rows of `x` the weight is decoded in registers, again for every few of them. For more,
/// decoding it once into memory costs less.
private let fewRows = 24
/// Number of rows of the weight that a thread decodes into memory at once: whole tiles of the product, for
/// which the rows of `x` are packed anew.
private let rowsDecodedAtOnce = 96

/// The fully connected layer with a weight in 16 bits, computed in `float32`: `y = x · Wᵀ + b`.
///
/// The result is that of ``linear(_:_:bias:)`` with the decoded weight, up to the order of its sums.
/// Shapes: `x` […, in], `weight` [out, in], `bias` [out] → […, out].
package func linear(_ x: Tensor, _ weight: HalfMatrix, bias: Tensor? = nil) -> Tensor {
  let (outputs, inputs) = (weight.rows, weight.columns)
  require(
    x.rank > 0 && x.shape.last == inputs,
    "linear: input \(x.shape) and \(weight.format) weight [\(outputs), \(inputs)] do not fit: expects "
      + "[…, \(inputs)]")
  require(
    x.dtype == .float32 && bias?.dtype ?? .float32 == .float32,
    "linear: a weight in \(weight.format) is computed with in float32, got input \(x.dtype)"
      + (bias.map { ", bias \($0.dtype)" } ?? ""))
  if let bias {
    require(
      bias.shape == [outputs],
      "linear: bias \(bias.shape) does not fit weight [\(outputs), \(inputs)]: expects [\(outputs)]"
    )
  }
  var result = Tensor(uninitialized: x.shape.dropLast() + [outputs], dtype: .float32)
  let few = x.shape.dropLast().reduce(1, *)
  if few == 0 { return result }
  result.withMutable(Float.self) { y in
    weight.multiply(
      x.elements(Float.self), few: few, bias: bias?.elements(Float.self), into: y)
  }
  withExtendedLifetime((x, weight, bias)) {}
  return result
}

extension HalfMatrix {
  /// `y[j, i] = Σₚ x[j, p] · self[i, p] + bias[i]` for `j < few`.
  fileprivate func multiply(
    _ x: UnsafePointer<Float>, few: Int, bias: UnsafePointer<Float>?,
    into y: UnsafeMutablePointer<Float>
  ) {
    let kernels = format.kernels
    if few <= fewRows {
      return parallelReading(rows: rows, work: columns * few) { range in
        let first = range.lowerBound
        kernels.multiply_rows(
          range.count, few, columns, elements + first * columns, columns, x, columns, y + first, 1,
          rows, bias.map { $0 + first })
      }
    }
    // Not inside: other threads do not know what this task uses.
    let floatKernels = VectorKernels<Float>.current
    parallel((rows + rowsDecodedAtOnce - 1) / rowsDecodedAtOnce) {
      let first = $0 * rowsDecodedAtOnce
      let count = min(rowsDecodedAtOnce, rows - first)
      withScratchMemory(of: Float.self, count: count * columns) { block in
        kernels.decode(count * columns, elements + first * columns, block)
        RetrogradTensors.multiply(
          Matrix(x, rows: few, columns: columns),
          Matrix(UnsafePointer(block), rows: count, columns: columns).transposed,
          into: ProductOutput(
            pointer: y + first, rowStride: rows, columnBias: bias.map { $0 + first }),
          kernels: floatKernels)
      }
    }
  }
}

extension HalfPrecision {
  /// The inner loops that an operation started here uses.
  fileprivate var kernels: retrograd_half_kernels {
    let loops = InstructionSet.current.loops
    return (self == .float16 ? loops.float16 : loops.bfloat16).pointee
  }
}
