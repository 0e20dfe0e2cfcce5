import RetrogradCKernels

// General matrix multiplication, "GEMM". Its cost is not arithmetic but bringing the numbers to
// where the arithmetic is, so the product is computed in blocks that fit in the caches, from copies
// of the operands ("packed" panels) in the order of use. The arrangement is that of
// K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3),
// 2008; the innermost loop is the micro-kernel in CKernels.

/// The destination of a product, and what is done to it on the way.
struct ProductOutput<T: Scalar> {
  var pointer: UnsafeMutablePointer<T>
  /// The distance between rows; the elements of a row lie together.
  var rowStride: Int
  /// Adds to what is there.
  var accumulates = false
  /// One number for each row, added to it.
  var rowBias: UnsafePointer<T>?
  /// One number for each column, added to it.
  var columnBias: UnsafePointer<T>?
  /// Replaces what is negative by 0.
  var relu = false
  /// Writes past the caches, where no sum is read again.
  var streams = false

  /// Returns the kernels' flags for the `first` and for the `last` block of depth.
  func flags(first: Bool = true, last: Bool = true) -> Int32 {
    var flags = accumulates || !first ? RETROGRAD_ACCUMULATE : 0
    if last {
      if rowBias != nil { flags |= RETROGRAD_BIAS_ROW }
      if columnBias != nil { flags |= RETROGRAD_BIAS_COLUMN }
      if relu { flags |= RETROGRAD_RELU }
    }
    return Int32(flags == 0 && last && streams ? RETROGRAD_STREAM : flags)
  }

  /// The bias of a tile that begins at a row and a column; a product has one of the two kinds.
  func bias(row: Int, column: Int) -> UnsafePointer<T>? {
    if let rowBias { rowBias + row } else { columnBias.map { $0 + column } }
  }
}

/// `c = a · b`, shared out among threads.
///
/// - Parameters:
///   - rows: The width of `a`.
///   - columns: The width of `b`.
///   - depth: The extent of the axis that is summed over; of 0, the sums are 0.
func gemm<T: Scalar>(
  rows: Int, columns: Int, depth: Int, _ a: some PanelSource<T>, _ b: some PanelSource<T>,
  into c: ProductOutput<T>, kernels: VectorKernels<T>
) {
  if rows * columns * depth <= fewMultiplications {
    return gemmBlock(
      rows: 0..<rows, columns: 0..<columns, depth: depth, a, b, into: c, kernels: kernels)
  }
  if a.isReady && columns >= 4 * rows {
    // Nothing is packed twice, however many parts there are.
    return parallelTiles(columns, of: kernels.tileColumns, atMost: kernels.smallColumnBlock) {
      gemmBlock(rows: 0..<rows, columns: $0, depth: depth, a, b, into: c, kernels: kernels)
    }
  }
  if b.isReady {
    return parallelTiles(rows, of: kernels.tileRows, atMost: kernels.rowBlock / 2) {
      gemmBlock(rows: $0, columns: 0..<columns, depth: depth, a, b, into: c, kernels: kernels)
    }
  }
  // All threads pack a block of `b` together, and then take rows to multiply with it.
  let columnBlock = evenBlock(of: columns, tile: kernels.tileColumns, atMost: kernels.columnBlock)
  let count = min(depth, kernels.depthBlock) * columnBlock
  withScratchMemory(of: T.self, count: count) { scratch in
    for column in stride(from: 0, to: columns, by: columnBlock) {
      let blockColumns = column..<min(column + columnBlock, columns)
      for block in depthBlocks(of: depth, kernels) {
        parallelTiles(blockColumns.count, of: kernels.tileColumns, atMost: columnBlock) {
          _ = b.panels(
            depth: block, width: (column + $0.lowerBound)..<(column + $0.upperBound),
            panelWidth: kernels.tileColumns, scratch: scratch + $0.lowerBound * block.count,
            kernels: kernels)
        }
        let bPanels = Panels(
          packed: scratch, depth: block.count, panelWidth: kernels.tileColumns)
        let flags = c.flags(first: block.lowerBound == 0, last: block.upperBound == depth)
        parallelTiles(rows, of: kernels.tileRows, atMost: kernels.rowBlock / 2) {
          multiplyRows(
            $0, of: a, bPanels, columns: blockColumns, depth: block, into: c, flags: flags,
            kernels: kernels)
        }
      }
    }
  }
}

/// Calls `body` with ranges that together are `0..<extent` and begin at whole tiles, several at once:
/// more ranges than threads, because threads seldom run at an even pace, and as many for each, because they often do.
private func parallelTiles(
  _ extent: Int, of tile: Int, atMost largest: Int, _ body: (Range<Int>) -> Void
) {
  let tiles = (extent + tile - 1) / tile
  let threads = Threads.count
  let rounds = max(4, (extent + largest * threads - 1) / (largest * threads))
  let parts = min(tiles, rounds * threads)
  parallel(parts) {
    let range = part($0, of: parts, in: tiles)
    body((range.lowerBound * tile)..<min(extent, range.upperBound * tile))
  }
}

/// The columns of a block, in whole tiles, where all blocks are of about equal size: `a` is packed again for
/// each, however narrow.
private func evenBlock(of columns: Int, tile: Int, atMost largest: Int) -> Int {
  let tiles = (columns + tile - 1) / tile
  let blocks = (columns + largest - 1) / largest
  return (tiles + blocks - 1) / blocks * tile
}

/// A matrix cut into blocks of whole tiles, one for each thread.
struct ProductGrid: Sendable {
  private let rows: Int
  private let columns: Int
  private let tileRows: Int
  private let tileColumns: Int
  private let rowParts: Int
  private let columnParts: Int

  /// The number of blocks.
  var count: Int { rowParts * columnParts }

  /// About `parts` blocks, of which there cannot be more than there are tiles. The longer side is cut
  /// first: that leaves the least to be packed more than once.
  init<T>(rows: Int, columns: Int, parts: Int, _ kernels: VectorKernels<T>) {
    self.rows = rows
    self.columns = columns
    tileRows = kernels.tileRows
    tileColumns = kernels.tileColumns
    let rowTiles = (rows + tileRows - 1) / tileRows
    let columnTiles = (columns + tileColumns - 1) / tileColumns
    if columns >= rows {
      columnParts = max(1, min(parts, columnTiles))
      rowParts = max(1, min(parts / columnParts, rowTiles))
    } else {
      rowParts = max(1, min(parts, rowTiles))
      columnParts = max(1, min(parts / rowParts, columnTiles))
    }
  }

  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    func block(_ index: Int, _ parts: Int, _ extent: Int, _ tile: Int) -> Range<Int> {
      let tiles = part(index, of: parts, in: (extent + tile - 1) / tile)
      return (tiles.lowerBound * tile)..<min(extent, tiles.upperBound * tile)
    }
    return (
      block(index / columnParts, rowParts, rows, tileRows),
      block(index % columnParts, columnParts, columns, tileColumns)
    )
  }
}

/// A block of `c = a · b`, on the calling thread. Ranges begin at whole tiles.
func gemmBlock<T: Scalar>(
  rows: Range<Int>, columns: Range<Int>, depth: Int, _ a: some PanelSource<T>,
  _ b: some PanelSource<T>, into c: ProductOutput<T>, kernels: VectorKernels<T>
) {
  if rows.isEmpty || columns.isEmpty { return }
  let depths = depthBlocks(of: depth, kernels)
  let deepest = min(depth, kernels.depthBlock)
  let tileColumns = kernels.tileColumns
  // Where packing `a` again costs nothing, small blocks of `b` are used up before they leave the caches.
  let columnBlock = evenBlock(
    of: columns.count, tile: tileColumns,
    atMost: a.isReady ? kernels.smallColumnBlock : kernels.columnBlock / 2)
  withScratchMemory(of: T.self, count: b.isReady ? 0 : deepest * columnBlock) { scratch in
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: columnBlock) {
      let blockColumns = column..<min(column + columnBlock, columns.upperBound)
      for block in depths {
        let bPanels = b.panels(
          depth: block, width: blockColumns, panelWidth: tileColumns,
          scratch: scratch, kernels: kernels)
        multiplyRows(
          rows, of: a, bPanels, columns: blockColumns, depth: block, into: c,
          flags: c.flags(first: block.lowerBound == 0, last: block.upperBound == depth),
          kernels: kernels)
      }
    }
  }
}

/// Adds the contribution of a block of `b` to some rows of the output.
private func multiplyRows<T: Scalar>(
  _ rows: Range<Int>, of a: some PanelSource<T>, _ b: Panels<T>, columns: Range<Int>,
  depth: Range<Int>, into c: ProductOutput<T>, flags: Int32, kernels: VectorKernels<T>
) {
  let tileRows = kernels.tileRows
  let rowBlock = min(kernels.rowBlock, (rows.count + tileRows - 1) / tileRows * tileRows)
  withScratchMemory(of: T.self, count: a.isReady ? 0 : depth.count * rowBlock) { scratch in
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: rowBlock) {
      let blockRows = row..<min(row + rowBlock, rows.upperBound)
      let aPanels = a.panels(
        depth: depth, width: blockRows, panelWidth: tileRows, scratch: scratch, kernels: kernels)
      multiplyPanels(
        aPanels, b, rows: blockRows, columns: columns, depth: depth.count, into: c, flags: flags,
        kernels: kernels)
    }
  }
}

/// All tiles of a block.
private func multiplyPanels<T: Scalar>(
  _ a: Panels<T>, _ b: Panels<T>, rows: Range<Int>, columns: Range<Int>,
  depth: Int, into c: ProductOutput<T>, flags: Int32, kernels: VectorKernels<T>
) {
  let multiplyTile = kernels.table.multiply_tile!
  let (tileRows, tileColumns) = (kernels.tileRows, kernels.tileColumns)
  // Along the rows: the panel of `a`, the smaller one, stays in the nearest cache, and those of `b` are one stream.
  var rest = rows
  while !rest.isEmpty {
    let row = rest.lowerBound
    let fits = rest.count <= kernels.table.most_rows && a.isInPlace
    let count = fits ? rest.count : min(tileRows, rest.count)
    rest = (row + count)..<rows.upperBound
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: tileColumns) {
      multiplyTile(
        count, min(tileColumns, columns.upperBound - column), depth,
        a.pointer + (row - rows.lowerBound) * a.widthStep, a.elementStride, a.depthStride,
        b.pointer + (column - columns.lowerBound) * b.widthStep, b.depthStride,
        c.pointer + row * c.rowStride + column, c.rowStride, flags,
        c.bias(row: row, column: column))
    }
  }
}
