// The input gradient adds up, for each input, the outputs that it took part in. Scattering each
// output over its patch would do that too, but writes every input many times; this gathers: an
// input at row y meets kernel row u in output row (y + padding − u·dilation) / stride, if that is
// a whole number. The rows y, y + stride, y + 2·stride, … meet the same kernel rows, so with
// stride² *phases* of the input each phase is a convolution with stride 1 of its own, a matrix
// product like the forward one.

/// Inputs that are a stride apart, in one direction, and the kernel elements that they meet.
private struct AxisPhase {
  /// The first input and how many there are.
  let first: Int
  let count: Int
  /// Elements of the kernel, and the output at which the first input meets each (may be outside).
  var meetings: [(kernel: Int, output: Int)] = []

  static func all(
    input: Int, kernel: Int, stride: Int, padding: Int, dilation: Int
  )
    -> [AxisPhase]
  {
    (0..<min(stride, input)).map { first in
      var phase = AxisPhase(first: first, count: (input - first + stride - 1) / stride)
      for element in 0..<kernel {
        let distance = first + padding - element * dilation
        if distance % stride == 0 { phase.meetings.append((element, distance / stride)) }
      }
      return phase
    }
  }

  /// The reach of the phases before the first and after the last output.
  static func margin(_ phases: [AxisPhase], output: Int) -> (before: Int, after: Int) {
    var margin = (before: 0, after: 0)
    for phase in phases {
      for meeting in phase.meetings {
        margin.before = max(margin.before, -meeting.output)
        margin.after = max(margin.after, meeting.output + phase.count - output)
      }
    }
    return margin
  }
}

/// The phases of a picture: every pair of a vertical and a horizontal one.
private struct Phase<T: Scalar> {
  let rows: AxisPhase
  let columns: AxisPhase
  /// The offsets, in padded planes of `dy`, of the outputs that an input meets …
  let meetingOffsets: [Int]
  /// … relative to its own place.
  let inputOffsets: [Int]
  /// The weights in the order of the meetings, for each group: packed for a product, or for one with runs.
  let weights: Weights

  enum Weights {
    case packed([PackedMatrix<T>])
    case runs(RunProduct<T>, [UnsafePointer<T>])
  }

  /// Indicates whether what lies behind the last plane may be read.
  var usesRuns: Bool {
    if case .runs = weights { true } else { false }
  }
}

func convolveInputGradient<T: Scalar>(
  _ dy: Tensor, _ weight: Tensor, into result: inout Tensor, _ geometry: ConvolutionGeometry,
  _ type: T.Type
) {
  let kernels = VectorKernels<T>.current
  let (groups, inputs) = (geometry.groups, geometry.inputChannels)
  let rowPhases = AxisPhase.all(
    input: geometry.input.height, kernel: geometry.kernel.height, stride: geometry.stride.height,
    padding: geometry.padding.height, dilation: geometry.dilation.height)
  let columnPhases = AxisPhase.all(
    input: geometry.input.width, kernel: geometry.kernel.width, stride: geometry.stride.width,
    padding: geometry.padding.width, dilation: geometry.dilation.width)
  let rowMargin = AxisPhase.margin(rowPhases, output: geometry.output.height)
  let columnMargin = AxisPhase.margin(columnPhases, output: geometry.output.width)
  let margin = PlanePadding(
    top: rowMargin.before, bottom: rowMargin.after, left: columnMargin.before,
    right: columnMargin.after)
  let padded = Size2D(
    geometry.output.height + margin.top + margin.bottom,
    geometry.output.width + margin.left + margin.right)
  let groupPlanes = geometry.outputChannels * padded.height * padded.width
  // All phases together hold every weight once; each rounds up to whole panels.
  let paddedInputs = PackedMatrix<T>.count(depth: 1, width: inputs, panelWidth: kernels.tileRows)
  let packedCount = groups * geometry.outputChannels * geometry.kernelPixels * paddedInputs
  result.withMutable(T.self) { dx in
    withScratchMemory(of: T.self, count: packedCount) { memory in
      var packed = memory
      var phases: [Phase<T>] = []
      for rows in rowPhases {
        for columns in columnPhases {
          phases.append(
            Phase(
              geometry, rows, columns, margin: margin, padded: padded,
              weight: weight.elements(T.self), packed: &packed, kernels))
        }
      }
      withPaddedPlanes(
        dy.elements(T.self), images: geometry.images, channels: groups * geometry.outputChannels,
        size: geometry.output, padding: margin,
        slack: phases.contains(where: \.usesRuns) ? RunProduct.slack(kernels) : 0
      ) { images, planes in
        let products = images.count * groups * phases.count
        let parts = blocks(forEachOf: products, multiplications: geometry.multiplications)
        parallel(products * parts, multiplications: geometry.multiplications) { task in
          let (product, block) = (task / parts, task % parts)
          let phase = phases[product % phases.count]
          let plane = product / phases.count
          phase.multiply(
            group: plane % groups, dy: planes + plane * groupPlanes,
            dx: dx + (images.lowerBound * groups + plane) * inputs * geometry.inputPixels,
            geometry, block: block, of: parts, kernels)
        }
      }
    }
  }
  withExtendedLifetime((dy, weight)) {}
}

extension Phase {
  /// Packs the weights to `packed` and moves it on.
  init(
    _ geometry: ConvolutionGeometry, _ rows: AxisPhase, _ columns: AxisPhase,
    margin: PlanePadding, padded: Size2D, weight: UnsafePointer<T>,
    packed: inout UnsafeMutablePointer<T>, _ kernels: VectorKernels<T>
  ) {
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    var meetingOffsets: [Int] = []
    var weightOffsets: [Int] = []
    for output in 0..<outputs {
      for row in rows.meetings {
        for column in columns.meetings {
          meetingOffsets.append(
            (output * padded.height + margin.top + row.output) * padded.width
              + margin.left + column.output)
          weightOffsets.append(
            output * geometry.patch + row.kernel * geometry.kernel.width + column.kernel)
        }
      }
    }
    let depth = meetingOffsets.count
    let count = PackedMatrix<T>.count(depth: depth, width: inputs, panelWidth: kernels.tileRows)
    let size = Size2D(rows.count, columns.count)
    let usesRuns = RunProduct<T>.pays(
      rows: inputs, depth: depth, size: size, pitch: padded.width)
    var matrices: [PackedMatrix<T>] = []
    var panels: [UnsafePointer<T>] = []
    for group in 0..<geometry.groups {
      let source = GatheredMatrix(
        pointer: weight + group * outputs * geometry.patch, depthOffsets: weightOffsets,
        widthOffsets: (0..<inputs).map { $0 * geometry.kernelPixels })
      if usesRuns {
        panels.append(
          source.panels(
            depth: 0..<depth, width: 0..<inputs, panelWidth: kernels.tileRows, scratch: packed,
            kernels: kernels
          ).pointer)
      } else {
        matrices.append(
          PackedMatrix(
            source, depth: depth, width: inputs, panelWidth: kernels.tileRows, into: packed,
            kernels: kernels))
      }
      packed += count
    }
    let product = RunProduct(
      rows: inputs, depth: depth, offsets: meetingOffsets, size: size, pitch: padded.width,
      kernels: kernels)
    (self.rows, self.columns) = (rows, columns)
    self.meetingOffsets = meetingOffsets
    inputOffsets = (0..<rows.count).flatMap { row in
      (0..<columns.count).map { row * padded.width + $0 }
    }
    weights = usesRuns ? .runs(product, panels) : .packed(matrices)
  }

  /// One of `parts` blocks of this phase's inputs in one picture and group.
  func multiply(
    group: Int, dy: UnsafePointer<T>, dx: UnsafeMutablePointer<T>,
    _ geometry: ConvolutionGeometry, block: Int, of parts: Int, _ kernels: VectorKernels<T>
  ) {
    let weights: PackedMatrix<T>
    switch self.weights {
    case .packed(let matrices): weights = matrices[group]
    case .runs(let product, let panels):
      for band in part(block, of: parts, in: product.bands) {
        product.compute(band: band, weights: panels[group], planes: dy) { channel, lines, sums in
          spread(
            sums, lines, rowStride: product.pitch, over: dx + channel * geometry.inputPixels,
            geometry, kernels)
        }
      }
      return
    }
    let grid = ProductGrid(
      rows: geometry.inputChannels, columns: inputOffsets.count, parts: parts, kernels)
    if block >= grid.count { return }
    let (channels, pixels) = grid[block]
    let source = GatheredMatrix(
      pointer: dy, depthOffsets: meetingOffsets, widthOffsets: inputOffsets)
    if geometry.stride == 1 {
      return gemmBlock(
        rows: channels, columns: pixels, depth: meetingOffsets.count, weights, source,
        into: ProductOutput(pointer: dx, rowStride: geometry.inputPixels), kernels: kernels)
    }
    // The inputs of a phase do not lie together: they are computed elsewhere and then laid out.
    for first in stride(from: pixels.lowerBound, to: pixels.upperBound, by: kernels.columnBlock) {
      let some = first..<min(first + kernels.columnBlock, pixels.upperBound)
      withScratchMemory(of: T.self, count: channels.count * some.count) { scratch in
        gemmBlock(
          rows: channels, columns: some, depth: meetingOffsets.count, weights, source,
          into: ProductOutput(
            pointer: scratch - channels.lowerBound * some.count - some.lowerBound,
            rowStride: some.count),
          kernels: kernels)
        spread(scratch, channels, some, over: dx, geometry)
      }
    }
  }

  /// Some rows of this phase to their places in a plane.
  private func spread(
    _ values: UnsafePointer<T>, _ lines: Range<Int>, rowStride: Int,
    over plane: UnsafeMutablePointer<T>, _ geometry: ConvolutionGeometry,
    _ kernels: VectorKernels<T>
  ) {
    let (width, stride) = (geometry.input.width, geometry.stride)
    if stride == 1 {
      kernels.table.copy_rows(
        lines.count, columns.count, values, rowStride, plane + lines.lowerBound * width, width)
      return
    }
    for line in lines {
      let source = values + (line - lines.lowerBound) * rowStride
      let target = plane + (rows.first + line * stride.height) * width + columns.first
      for column in 0..<columns.count { target[column * stride.width] = source[column] }
    }
  }

  private func spread(
    _ values: UnsafePointer<T>, _ channels: Range<Int>, _ pixels: Range<Int>,
    over dx: UnsafeMutablePointer<T>, _ geometry: ConvolutionGeometry
  ) {
    let size = geometry.input
    var value = values
    for channel in channels {
      let plane = dx + channel * geometry.inputPixels
      var (row, column) = (pixels.lowerBound / columns.count, pixels.lowerBound % columns.count)
      for _ in pixels {
        plane[
          (rows.first + row * geometry.stride.height) * size.width + columns.first
            + column * geometry.stride.width] = value.pointee
        value += 1
        column += 1
        if column == columns.count { (row, column) = (row + 1, 0) }
      }
    }
  }
}
