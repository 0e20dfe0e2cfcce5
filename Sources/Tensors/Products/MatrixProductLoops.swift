import RetrogradCKernels

/// A matrix in memory: element (i, j) lies at `pointer[i * rowStride + j * columnStride]`.
struct Matrix<T: Scalar> {
  let pointer: UnsafePointer<T>
  let rows: Int
  let columns: Int
  let rowStride: Int
  let columnStride: Int

  /// The matrix with rows and columns exchanged; shares memory.
  var transposed: Matrix {
    Matrix(
      pointer: pointer, rows: columns, columns: rows, rowStride: columnStride,
      columnStride: rowStride)
  }
}

extension Matrix {
  /// A row-major matrix.
  init(_ pointer: UnsafePointer<T>, rows: Int, columns: Int) {
    self.init(
      pointer: pointer, rows: rows, columns: columns, rowStride: columns, columnStride: 1)
  }
}

/// Up to this many rows (or columns) a product is *skinny*: each element of the large operand takes
/// part in so few multiplications that copying it into panels would cost as much as the product.
private let skinny = 24
/// The same for a large operand that is read along its rows, which is faster, …
private let skinnyRows = 96
/// … if sums are so many times as long as they are few at each of its elements: the lanes of each sum have to be added up.
private let longSums = 8
/// Up to this many rows, packing `b` is a good part of a product.
private let lean = 256
/// Up to so many tiles for each row of `a` it is read where it lies: packing it would cost more, …
private let fewTiles = 4
/// … unless its rows are multiples of so many bytes apart and push each other out of the nearest cache. Where `b` is not packed
/// either, copying both would cost still more.
private let cacheSetBytes = 4096
/// Up to this many bytes a matrix stays in a second-level cache beside the operands of a product. Packed, half of it
/// would come from another core.
private let smallMatrix = 1 << 20

/// From this many bytes on an output leaves the caches before anybody reads it. Its lines would be read from memory only to be
/// overwritten.
private let largerThanCaches = 32 << 20

extension ProductOutput {
  /// Indicates whether all rows begin at cache lines.
  fileprivate var beginsAtCacheLines: Bool {
    let line = 64
    return Int(bitPattern: pointer).isMultiple(of: line)
      && (rowStride * MemoryLayout<T>.size).isMultiple(of: line)
  }
}

/// `c = a · b`, shared out among threads, by the loops that suit the shapes.
func multiply<T: Scalar>(
  _ a: Matrix<T>, _ b: Matrix<T>, into c: ProductOutput<T>, kernels: VectorKernels<T> = .current
) {
  if a.rows == 0 || b.columns == 0 { return }
  if b.columns == 1 && a.rows > 1 && c.rowStride == 1 {
    // A column is the transpose of a row, which lies the same way in memory.
    var transposed = c
    transposed.rowStride = a.rows
    (transposed.rowBias, transposed.columnBias) = (c.columnBias, c.rowBias)
    return multiply(b.transposed, a.transposed, into: transposed, kernels: kernels)
  }
  let (rows, depth, columns) = (a.rows, a.columns, b.columns)
  if b.rowStride == 1 && a.rows <= min(skinnyRows, depth / longSums) {
    return multiplyRows(
      many: b.transposed, few: a, into: c, manyStride: 1, fewStride: c.rowStride,
      manyBias: c.columnBias, fewBias: c.rowBias, kernels: kernels)
  }
  if a.columnStride == 1 && b.columns <= min(skinny, depth / longSums) {
    return multiplyRows(
      many: a, few: b.transposed, into: c, manyStride: c.rowStride, fewStride: 1,
      manyBias: c.rowBias, fewBias: c.columnBias, kernels: kernels)
  }
  if a.rows <= skinny && b.columnStride == 1 {
    return multiplyInPlace(a, b, into: c, kernels: kernels)
  }
  var c = c
  c.streams = c.beginsAtCacheLines && a.rows * b.columns * MemoryLayout<T>.size > largerThanCaches
  let aSource = StridedMatrix(
    pointer: a.pointer, depthStride: a.columnStride, widthStride: a.rowStride)
  let bSource = StridedMatrix(
    pointer: b.pointer, depthStride: b.rowStride, widthStride: b.columnStride)
  let bInPlace = MatrixInPlace(
    pointer: b.pointer, depthStride: b.rowStride, widthStride: b.columnStride)
  let readsB =
    b.columnStride == 1 && (columns * MemoryLayout<T>.size).isMultiple(of: 64)
    && depth * columns * MemoryLayout<T>.size <= smallMatrix
    && !hasCrowdedPanels(b, kernels)
  func blocked(_ a: some PanelSource<T>) {
    if readsB {
      gemm(rows: rows, columns: columns, depth: depth, a, bInPlace, into: c, kernels: kernels)
    } else {
      gemm(rows: rows, columns: columns, depth: depth, a, bSource, into: c, kernels: kernels)
    }
  }
  if rows <= lean && columns >= 4 * rows {
    // Packed once and for all: `a` is small, and needed for each few columns of `b`.
    let count = PackedMatrix<T>.count(depth: depth, width: rows, panelWidth: kernels.tileRows)
    return withScratchMemory(of: T.self, count: count) {
      blocked(
        PackedMatrix(
          aSource, depth: depth, width: rows, panelWidth: kernels.tileRows, into: $0,
          kernels: kernels))
    }
  }
  if a.columnStride == 1 && columns <= fewTiles * kernels.tileColumns
    && (readsB || !(a.rowStride * MemoryLayout<T>.size).isMultiple(of: cacheSetBytes))
  {
    blocked(
      MatrixInPlace(
        pointer: a.pointer, depthStride: a.columnStride, widthStride: a.rowStride))
  } else {
    blocked(aSource)
  }
}

/// Indicates whether a panel of `b`, one cache line wide, would crowd into few sets of the nearest cache.
private func hasCrowdedPanels<T: Scalar>(_ b: Matrix<T>, _ kernels: VectorKernels<T>) -> Bool {
  kernels.tileColumns * MemoryLayout<T>.size <= 64
    && (b.rowStride * MemoryLayout<T>.size).isMultiple(of: cacheSetBytes / 2)
}

/// Products of many rows with a few: `c[i, j] = Σₚ many[i, p] · few[j, p]`. The many are read once,
/// where they lie, which is all that this costs: memory has to deliver them.
private func multiplyRows<T: Scalar>(
  many: Matrix<T>, few: Matrix<T>, into c: ProductOutput<T>, manyStride: Int, fewStride: Int,
  manyBias: UnsafePointer<T>?, fewBias: UnsafePointer<T>?, kernels: VectorKernels<T>
) {
  let depths = depthBlocks(
    of: many.columns, atMost: max(1024, smallMatrix / 2 / (few.rows * MemoryLayout<T>.size)))
  let blockSize = few.rows * kernels.wholeVectors(depths[0].count)
  withScratchMemory(of: T.self, count: blockSize * depths.count) { interleaved in
    for (index, depth) in depths.enumerated() {
      kernels.table.interleave_rows(
        few.rows, depth.count, few.pointer + depth.lowerBound * few.columnStride, few.rowStride,
        few.columnStride, interleaved + index * blockSize)
    }
    parallelReading(rows: many.rows, work: many.columns * few.rows) { rows in
      for (index, depth) in depths.enumerated() {
        let isLast = index == depths.count - 1
        var flags = c.flags(first: index == 0, last: isLast)
        // In the kernel's terms the many are rows and the few are columns.
        flags &= Int32(RETROGRAD_ACCUMULATE | RETROGRAD_RELU)
        if isLast && manyBias != nil { flags |= Int32(RETROGRAD_BIAS_ROW) }
        if isLast && fewBias != nil { flags |= Int32(RETROGRAD_BIAS_COLUMN) }
        kernels.table.multiply_rows(
          rows.count, few.rows, depth.count,
          many.pointer + rows.lowerBound * many.rowStride + depth.lowerBound, many.rowStride,
          interleaved + index * blockSize, c.pointer + rows.lowerBound * manyStride, manyStride,
          fewStride, flags, manyBias.map { $0 + rows.lowerBound } ?? fewBias)
      }
    }
  }
}

/// The number of rows of `b` that are read side by side: about as many as the processor fetches ahead for.
private let rowsAtOnce = 64

/// The product of a few rows with a large row-major matrix, which is multiplied where it lies.
private func multiplyInPlace<T: Scalar>(
  _ a: Matrix<T>, _ b: Matrix<T>, into c: ProductOutput<T>, kernels: VectorKernels<T>
) {
  let (depth, tileRows, tileColumns) = (a.columns, kernels.tileRows, kernels.tileColumns)
  let panels = (b.columns + tileColumns - 1) / tileColumns
  let wholePanels = b.columns / tileColumns
  let aCount = PackedMatrix<T>.count(depth: depth, width: a.rows, panelWidth: tileRows)
  withScratchMemory(of: T.self, count: aCount + rowsAtOnce * tileColumns) { scratch in
    let aPanels = StridedMatrix(
      pointer: a.pointer, depthStride: a.columnStride, widthStride: a.rowStride
    ).panels(
      depth: 0..<depth, width: 0..<a.rows, panelWidth: tileRows, scratch: scratch,
      kernels: kernels)
    let work = depth * a.rows * tileColumns
    parallelRanges(panels, grain: max(1, (1 << 16) / max(work, 1))) { range in
      for first in stride(from: 0, to: max(depth, 1), by: rowsAtOnce) {
        let count = min(rowsAtOnce, depth - first)
        let flags = c.flags(first: first == 0, last: first + count == depth)
        for panel in range {
          let column = panel * tileColumns
          var bPanel = b.pointer + first * b.rowStride + column
          var bStride = b.rowStride
          if panel == wholePanels {
            // The last columns do not fill a panel; nothing may be read from beyond the matrix.
            let packed = scratch + aCount
            kernels.table.pack(
              count, b.columns - column, bPanel, b.rowStride, 1, tileColumns, packed)
            (bPanel, bStride) = (UnsafePointer(packed), tileColumns)
          }
          for row in stride(from: 0, to: a.rows, by: tileRows) {
            kernels.table.multiply_tile(
              min(tileRows, a.rows - row), min(tileColumns, b.columns - column), count,
              aPanels.pointer + row * depth + first * tileRows, 1, tileRows, bPanel, bStride,
              c.pointer + row * c.rowStride + column, c.rowStride, flags,
              c.bias(row: row, column: column))
          }
        }
      }
    }
  }
}
