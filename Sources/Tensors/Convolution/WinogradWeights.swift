import RetrogradCKernels

/// Kernels transformed for Winograd's method, `G g GT` for each pair of channels, in the panels that the
/// products read.
final class WinogradWeights: @unchecked Sendable {
  /// What is multiplied by them.
  enum Factor {
    /// Inputs: a panel holds some outputs, of each input.
    case inputs
    /// Gradients of outputs: a panel holds some inputs, of each output.
    case outputGradients
  }

  private let storage: Storage
  private let tileColumns: Int
  private let pointStride: Int
  /// Rows of each matrix: channels that are summed over.
  private let depth: Int

  /// The transformed kernels of a tensor; computed once for as long as its numbers stay.
  static func of(
    _ weight: Tensor, for factor: Factor, _ plan: WinogradPlan, _ kernels: VectorKernels<Float>
  ) -> WinogradWeights {
    let use = KeptWinogradWeights.Use(
      transform: plan.short.tag, fold: plan.fold, tileColumns: kernels.tileColumns,
      shape: weight.shape, offset: weight.offset)
    let companion = weight.storage.companion as? KeptWinogradWeights
    let kept = companion?.use == use ? companion?.weights ?? [:] : [:]
    if let weights = kept[factor] { return weights }
    let made = WinogradWeights(weight, for: factor, plan, kernels)
    weight.storage.companion = KeptWinogradWeights(
      use: use, weights: kept.merging([factor: made]) { _, new in new })
    return made
  }

  private init(
    _ weight: Tensor, for factor: Factor, _ plan: WinogradPlan, _ kernels: VectorKernels<Float>
  ) {
    tileColumns = kernels.tileColumns
    let (blocks, width) =
      factor == .inputs ? (plan.outputBlocks, plan.outputs) : (plan.inputBlocks, plan.inputs)
    depth = factor == .inputs ? plan.inputs : plan.outputs
    let panels = (width + tileColumns - 1) / tileColumns
    pointStride = WinogradPlan.pointStride(panels * tileColumns * depth)
    storage = Storage.make(count: plan.short.points * pointStride, dtype: .float32)
    let source = weight.elements(Float.self)
    parallel(blocks, multiplications: plan.short.points * pointStride * plan.short.kernel) {
      fill(block: $0, from: source, for: factor, plan, kernels)
    }
    withExtendedLifetime(weight) {}
  }

  private var elements: UnsafeMutablePointer<Float> {
    storage.pointer.assumingMemoryBound(to: Float.self)
  }

  /// The panels of one point as an operand, [width / tile columns, depth, tile columns], from a row on.
  func operand(point: Int, firstRow: Int = 0) -> WinogradPanels {
    WinogradPanels(
      panels: elements + point * pointStride + firstRow * tileColumns, depth: depth)
  }

  private func fill(
    block index: Int, from weight: UnsafePointer<Float>, for factor: Factor, _ plan: WinogradPlan,
    _ kernels: VectorKernels<Float>
  ) {
    let (short, block) = (plan.short, WinogradPlan.block)
    let kernelPixels = short.kernel * short.kernel
    let column = index * block
    withScratchMemory(of: Float.self, count: (depth * kernelPixels + short.points) * block) {
      taps in
      let tile = taps + depth * kernelPixels * block
      switch factor {
      case .inputs: plan.loadKernels(weight, outputBlock: index, to: taps, kernels)
      case .outputGradients: plan.loadKernels(weight, inputBlock: index, to: taps, kernels)
      }
      for row in 0..<depth {
        // A block of channels lies in one panel, or in several that are narrower.
        let isTogether = tileColumns.isMultiple(of: block)
        let (target, stride) =
          isTogether ? (place(row: row, column: column), pointStride) : (tile, block)
        kernels.table.winograd_transform(
          short.tag + Int32(RETROGRAD_WEIGHT), taps + row * kernelPixels * block,
          short.kernel * block, block, 0, target, short.inputs * stride, stride,
          isTogether ? tileColumns : 0)
        if isTogether { continue }
        for point in 0..<short.points {
          for lane in Swift.stride(from: 0, to: block, by: tileColumns) {
            (place(row: row, column: column + lane) + point * pointStride)
              .update(from: tile + point * block + lane, count: tileColumns)
          }
        }
      }
    }
  }

  /// Where the weight of a pair of channels lies among those of the first point.
  private func place(row: Int, column: Int) -> UnsafeMutablePointer<Float> {
    elements + (column / tileColumns * depth + row) * tileColumns + column % tileColumns
  }
}

/// What a tensor's storage keeps of it: for both factors, those that were asked for.
private final class KeptWinogradWeights: StorageCompanion {
  struct Use: Equatable {
    let transform: Int32
    let fold: Int
    let tileColumns: Int
    let shape: [Int]
    let offset: Int
  }

  let use: Use
  let weights: [WinogradWeights.Factor: WinogradWeights]

  init(use: Use, weights: [WinogradWeights.Factor: WinogradWeights]) {
    (self.use, self.weights) = (use, weights)
  }
}

extension WinogradPlan {
  /// The kernels of a block of output channels, [input, row, column, lane], with zeros where a folded
  /// kernel or a channel is missing.
  fileprivate func loadKernels(
    _ weight: UnsafePointer<Float>, outputBlock index: Int, to taps: UnsafeMutablePointer<Float>,
    _ kernels: VectorKernels<Float>
  ) {
    let channels = min(Self.block, geometry.outputChannels - index * Self.block)
    let kernelPixels = short.kernel * short.kernel
    let source = weight + index * Self.block * geometry.patch
    if fold == 1 {
      kernels.table.to_channel_blocks(channels, geometry.patch, source, geometry.patch, taps)
      let filled = geometry.patch * Self.block
      (taps + filled).update(
        repeating: 0, count: (inputs - foldedInputs) * kernelPixels * Self.block)
      return
    }
    taps.update(repeating: 0, count: inputs * kernelPixels * Self.block)
    forEachTap { tap, folded in
      for lane in 0..<channels {
        taps[folded * Self.block + lane] = source[lane * geometry.patch + tap]
      }
    }
  }

  /// The kernels of a block of folded input channels, [output, row, column, lane].
  fileprivate func loadKernels(
    _ weight: UnsafePointer<Float>, inputBlock index: Int, to taps: UnsafeMutablePointer<Float>,
    _ kernels: VectorKernels<Float>
  ) {
    let kernelPixels = short.kernel * short.kernel
    let sizeOfBlock = kernelPixels * Self.block
    let filled = geometry.outputChannels * sizeOfBlock
    (taps + filled).update(repeating: 0, count: outputs * sizeOfBlock - filled)
    if fold == 1 {
      let channels = min(Self.block, geometry.inputChannels - index * Self.block)
      for output in 0..<geometry.outputChannels {
        kernels.table.to_channel_blocks(
          channels, kernelPixels,
          weight + output * geometry.patch + index * Self.block * kernelPixels, kernelPixels,
          taps + output * sizeOfBlock)
      }
      return
    }
    taps.update(repeating: 0, count: filled)
    let places = places(inputBlock: index)
    for output in 0..<geometry.outputChannels {
      for (tap, input, pixel) in places {
        taps[output * sizeOfBlock + pixel * Self.block + input] =
          weight[output * geometry.patch + tap]
      }
    }
  }

  /// The elements of a kernel [C, kH, kW] that belong to a block of folded input channels: which of them, and which pixel of
  /// a folded kernel.
  func places(inputBlock index: Int) -> [(tap: Int, input: Int, pixel: Int)] {
    let kernelPixels = short.kernel * short.kernel
    var places: [(tap: Int, input: Int, pixel: Int)] = []
    forEachTap { tap, folded in
      let (input, pixel) = folded.quotientAndRemainder(dividingBy: kernelPixels)
      if input / Self.block == index { places.append((tap, input % Self.block, pixel)) }
    }
    return places
  }

  /// Calls `body` with each element of a kernel [C, kH, kW] and its place in the folded kernel
  /// [C · fold², r, r].
  func forEachTap(_ body: (_ tap: Int, _ folded: Int) -> Void) {
    for channel in 0..<geometry.inputChannels {
      for row in 0..<geometry.kernel.height {
        for column in 0..<geometry.kernel.width {
          let input = foldedChannel(channel, row: row % fold, column: column % fold)
          body(
            (channel * geometry.kernel.height + row) * geometry.kernel.width + column,
            (input * short.kernel + row / fold) * short.kernel + column / fold)
        }
      }
    }
  }
}

/// The matrix of one point as an operand.
struct WinogradPanels: PanelSource {
  let panels: UnsafePointer<Float>
  /// Rows of the matrix.
  let depth: Int
  let isReady = true

  func panels(
    depth range: Range<Int>, width: Range<Int>, panelWidth: Int,
    scratch: UnsafeMutablePointer<Float>, kernels: VectorKernels<Float>
  ) -> Panels<Float> {
    Panels(
      pointer: panels + width.lowerBound * depth + range.lowerBound * panelWidth,
      widthStep: depth, elementStride: 1, depthStride: panelWidth)
  }
}
