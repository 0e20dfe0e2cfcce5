import RetrogradCKernels

/// Kernels transformed for Winograd's method, `G g GT` for each pair of channels, in the panels that the
/// products read.
final class WinogradWeights: StorageCompanion, @unchecked Sendable {
  private let storage: Storage
  private let tileColumns: Int
  private let transform: Int32
  private let fold: Int
  private let shape: [Int]
  private let offset: Int
  private let inputs: Int
  private let pointStride: Int

  /// The transformed kernels of a tensor; computed once for as long as its numbers stay.
  static func of(
    _ weight: Tensor, _ plan: WinogradPlan, _ kernels: VectorKernels<Float>
  ) -> WinogradWeights {
    if let kept = weight.storage.companion as? WinogradWeights,
      kept.transform == plan.short.tag, kept.fold == plan.fold,
      kept.tileColumns == kernels.tileColumns,
      kept.shape == weight.shape, kept.offset == weight.offset
    {
      return kept
    }
    let made = WinogradWeights(weight, plan, kernels)
    weight.storage.companion = made
    return made
  }

  private init(_ weight: Tensor, _ plan: WinogradPlan, _ kernels: VectorKernels<Float>) {
    tileColumns = kernels.tileColumns
    (transform, fold) = (plan.short.tag, plan.fold)
    (shape, offset, inputs) = (weight.shape, weight.offset, plan.inputs)
    let panels = (plan.outputs + tileColumns - 1) / tileColumns
    pointStride = WinogradPlan.pointStride(panels * tileColumns * plan.inputs)
    storage = Storage.make(count: plan.short.points * pointStride, dtype: .float32)
    let source = weight.elements(Float.self)
    parallel(
      plan.outputBlocks, multiplications: plan.short.points * pointStride * plan.short.kernel
    ) {
      fill(block: $0, from: source, plan, kernels)
    }
    withExtendedLifetime(weight) {}
  }

  private var elements: UnsafeMutablePointer<Float> {
    storage.pointer.assumingMemoryBound(to: Float.self)
  }

  /// The panels of one point, [outputs / tile columns, inputs, tile columns], as an operand.
  func operand(point: Int) -> WinogradPanels {
    WinogradPanels(panels: elements + point * pointStride, inputs: inputs)
  }

  /// The same with inputs and outputs exchanged: what the input gradient multiplies with.
  func transposedOperand(point: Int) -> TransposedWinogradPanels {
    TransposedWinogradPanels(panels: elements + point * pointStride, inputs: inputs)
  }

  private func fill(
    block index: Int, from weight: UnsafePointer<Float>, _ plan: WinogradPlan,
    _ kernels: VectorKernels<Float>
  ) {
    let (short, block) = (plan.short, WinogradPlan.block)
    let kernelPixels = short.kernel * short.kernel
    let output = index * block
    withScratchMemory(of: Float.self, count: (plan.inputs * kernelPixels + short.points) * block) {
      taps in
      let tile = taps + plan.inputs * kernelPixels * block
      plan.loadKernels(weight, block: index, to: taps, kernels)
      for input in 0..<plan.inputs {
        // A block of channels lies in one panel, or in several that are narrower.
        let isTogether = tileColumns.isMultiple(of: block)
        let (target, stride) =
          isTogether ? (place(input: input, output: output), pointStride) : (tile, block)
        kernels.table.winograd_transform(
          short.tag + Int32(RETROGRAD_WEIGHT), taps + input * kernelPixels * block,
          short.kernel * block, block, 0, target, short.inputs * stride, stride,
          isTogether ? tileColumns : 0)
        if isTogether { continue }
        for point in 0..<short.points {
          for lane in Swift.stride(from: 0, to: block, by: tileColumns) {
            (place(input: input, output: output + lane) + point * pointStride)
              .update(from: tile + point * block + lane, count: tileColumns)
          }
        }
      }
    }
  }

  /// Where the weight of a pair of channels lies among those of the first point.
  private func place(input: Int, output: Int) -> UnsafeMutablePointer<Float> {
    elements + (output / tileColumns * inputs + input) * tileColumns + output % tileColumns
  }
}

extension WinogradPlan {
  /// The kernels of a block of output channels, [input, row, column, lane], with zeros where a folded
  /// kernel or a channel is missing.
  fileprivate func loadKernels(
    _ weight: UnsafePointer<Float>, block index: Int, to taps: UnsafeMutablePointer<Float>,
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
  /// Rows of the weights: input channels.
  let inputs: Int

  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int, scratch: UnsafeMutablePointer<Float>,
    kernels: VectorKernels<Float>
  ) -> Panels<Float> {
    Panels(
      pointer: panels + width.lowerBound * inputs + depth.lowerBound * panelWidth,
      widthStep: inputs, elementStride: 1, depthStride: panelWidth)
  }
}

/// The transposed matrix of one point as an operand.
struct TransposedWinogradPanels: PanelSource {
  let panels: UnsafePointer<Float>
  /// Rows of the weights: input channels.
  let inputs: Int

  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int, scratch: UnsafeMutablePointer<Float>,
    kernels: VectorKernels<Float>
  ) -> Panels<Float> {
    let tileColumns = kernels.tileColumns
    for first in stride(from: width.lowerBound, to: width.upperBound, by: panelWidth) {
      var output = depth.lowerBound
      while output < depth.upperBound {
        let count = min(tileColumns - output % tileColumns, depth.upperBound - output)
        kernels.table.pack(
          count, min(panelWidth, width.upperBound - first),
          panels + (output / tileColumns * inputs + first) * tileColumns + output % tileColumns, 1,
          tileColumns, panelWidth,
          scratch + (first - width.lowerBound) * depth.count
            + (output - depth.lowerBound) * panelWidth)
        output += count
      }
    }
    return Panels(packed: scratch, depth: depth.count, panelWidth: panelWidth)
  }
}
