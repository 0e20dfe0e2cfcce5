import RetrogradCKernels

// Convolutions with few channels in and out, as products with rows of neighbors. Packing patches costs about as much
// as multiplying them with ten rows; where the kernels are hardly more, what a tap of a kernel meets is read where it
// lies. See `PhaseLayout` for how pictures are laid out so that all outputs of a plane are one run.

/// The product of kernels with what they meet, for all outputs of one plane or for some of their rows.
///
/// `sums[i, j] = Σ weights[i, p] · planes[offsets[p] + j]`
struct RunProduct<T: Scalar>: Sendable {
  /// The number of kernels, and of elements in each.
  let rows: Int
  let depth: Int
  /// The offset in the planes at which each element's inputs begin, for the first output.
  let offsets: [Int]
  /// The extents of the result, and the distance between its rows in the run.
  let size: Size2D
  let pitch: Int
  let kernels: VectorKernels<T>

  /// The most elements of a kernel whose panel stays in the nearest cache.
  static var greatestDepth: Int { 768 }
  /// The most kernels for which reading in place beats packing.
  static var mostRows: Int { 64 }
  /// Packing an element takes as long as multiplying it with about so many kernels.
  static var packing: Int { 8 }

  /// Returns whether this way pays for kernels of these extents: where packing costs more than what is computed for nothing,
  /// between the rows of a run.
  ///
  /// - Parameters:
  ///   - rows: The number of kernels of a group.
  ///   - depth: The number of elements in each.
  ///   - size: The extents of the result.
  ///   - pitch: The distance between its rows in a run.
  static func pays(rows: Int, depth: Int, size: Size2D, pitch: Int) -> Bool {
    (1...mostRows).contains(rows) && (1...greatestDepth).contains(depth) && size.height > 0
      && rows * (pitch - size.width) <= packing * size.width
  }

  /// The number of elements behind the planes that may be read, though nothing comes of them.
  static func slack(_ kernels: VectorKernels<T>) -> Int { kernels.tileColumns }

  /// The number of elements that the packed weights of one group take.
  var packedCount: Int {
    PackedMatrix<T>.count(depth: depth, width: rows, panelWidth: kernels.tileRows)
  }

  /// Rows of the result that are computed together: as many as leave a second-level cache room for the planes.
  private var rowsOfBand: Int { max(1, min(size.height, 1024 / pitch)) }
  var bands: Int { (size.height + rowsOfBand - 1) / rowsOfBand }

  /// Computes a band, and hands over its sums.
  ///
  /// - Parameters:
  ///   - band: The band's number, below ``bands``.
  ///   - weights: The packed kernels.
  ///   - planes: The planes of the picture.
  ///   - finish: Gets a kernel's number, the first row of the result and their number, and the first of the sums;
  ///     rows are `pitch` apart.
  func compute(
    band: Int, weights: UnsafePointer<T>, planes: UnsafePointer<T>,
    finish: (_ row: Int, _ lines: Range<Int>, _ sums: UnsafePointer<T>) -> Void
  ) {
    let lines = (band * rowsOfBand)..<min((band + 1) * rowsOfBand, size.height)
    let multiply = kernels.table.multiply_runs!
    let (tileRows, tileColumns) = (kernels.tileRows, kernels.tileColumns)
    let run = (lines.count - 1) * pitch + size.width
    let columns = (run + tileColumns - 1) / tileColumns * tileColumns
    withScratchMemory(of: T.self, count: rows * columns) { sums in
      offsets.withUnsafeBufferPointer { offsets in
        for column in stride(from: 0, to: columns, by: tileColumns) {
          for row in stride(from: 0, to: rows, by: tileRows) {
            multiply(
              min(tileRows, rows - row), depth, weights + row * depth,
              planes + lines.lowerBound * pitch + column, offsets.baseAddress,
              sums + row * columns + column, columns)
          }
        }
      }
      for row in 0..<rows { finish(row, lines, sums + row * columns) }
    }
  }
}

/// `body` for each of `0..<count`, shared out among threads where there is enough for each; otherwise one after the
/// other, so that what `body` does can be shared out.
private func parallelIfMany(_ count: Int, multiplications: Int, _ body: (Int) -> Void) {
  if count >= 2 * Threads.count {
    return parallel(count, multiplications: multiplications, body)
  }
  for index in 0..<count { body(index) }
}

extension ConvolutionGeometry {
  /// Indicates whether the convolution is computed with runs of neighbors.
  var usesRuns: Bool {
    let paddedWidth = input.width + 2 * padding.width
    return RunProduct<Float>.pays(
      rows: outputChannels, depth: patch, size: output,
      pitch: (paddedWidth + stride.width - 1) / stride.width)
  }

  /// Indicates whether the gradient of the kernels is: its products add up lanes at the end, which pays for fewer
  /// kernels.
  var usesRunsForWeights: Bool { usesRuns && outputChannels <= 32 }
}

/// The convolution; see ``conv2d(_:_:bias:options:relu:)``.
func convolveRuns<T: Scalar>(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ relu: Bool, into result: inout Tensor,
  _ geometry: ConvolutionGeometry, _ type: T.Type
) {
  let kernels = VectorKernels<T>.current
  let layout = PhaseLayout(geometry)
  let planeCount = layout.phaseCount * layout.phaseSize
  let product = RunProduct<T>(
    rows: geometry.outputChannels, depth: geometry.patch,
    offsets: (0..<geometry.inputChannels).flatMap { channel in
      layout.taps.map { channel * planeCount + $0.phase * layout.phaseSize + $0.offset }
    },
    size: geometry.output, pitch: layout.pitch, kernels: kernels)
  let (groups, inputs, outputs) = (geometry.groups, geometry.inputChannels, geometry.outputChannels)
  let flags = relu ? Int32(RETROGRAD_RELU) : 0
  let biases = bias.map { $0.elements(T.self) }
  let (pictures, weights) = (x.elements(T.self), weight.elements(T.self))
  result.withMutable(T.self) { y in
    withScratchMemory(of: T.self, count: groups * product.packedCount) { packed in
      parallelRanges(groups, grain: max(1, (1 << 16) / product.packedCount)) {
        for group in $0 {
          packPanels(
            weights + group * outputs * geometry.patch, product, depthStride: 1,
            rowStride: geometry.patch, into: packed + group * product.packedCount)
        }
      }
      parallelIfMany(geometry.images * groups, multiplications: geometry.multiplications) { plane in
        let count = inputs * planeCount
        withScratchMemory(of: T.self, count: count + RunProduct.slack(kernels)) { planes in
          parallelRanges(inputs, grain: max(1, elementwiseGrain / planeCount)) {
            for channel in $0 {
              let target = planes + channel * planeCount
              target.update(repeating: 0, count: planeCount)
              layout.split(
                pictures + (plane * inputs + channel) * geometry.inputPixels, into: target)
            }
          }
          let group = plane % groups
          parallel(product.bands, multiplications: geometry.multiplications) { band in
            product.compute(
              band: band, weights: packed + group * product.packedCount, planes: planes
            ) { row, lines, sums in
              kernels.table.finish_rows(
                lines.count, geometry.output.width, sums, layout.pitch,
                biases.map { Double($0[group * outputs + row]) } ?? 0, flags,
                y + ((plane * outputs + row) * geometry.output.height + lines.lowerBound)
                  * geometry.output.width,
                geometry.output.width)
            }
          }
        }
      }
    }
  }
  withExtendedLifetime((x, weight, bias)) {}
}

/// The kernels in panels, in the order in which they are multiplied.
private func packPanels<T: Scalar>(
  _ weights: UnsafePointer<T>, _ product: RunProduct<T>, depthStride: Int, rowStride: Int,
  into packed: UnsafeMutablePointer<T>
) {
  let tileRows = product.kernels.tileRows
  for row in stride(from: 0, to: product.rows, by: tileRows) {
    product.kernels.table.pack(
      product.depth, min(tileRows, product.rows - row), weights + row * rowStride, depthStride,
      rowStride, tileRows, packed + row * product.depth)
  }
}
