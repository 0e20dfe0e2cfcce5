import Foundation
import RetrogradCKernels

// Between pictures [N, C, H, W] and transformed tiles [point, tile, channel]: the forward transforms and
// their adjoints. Every function works on one block of channels of one picture; threads share those out.

/// The transforms of one convolution.
struct WinogradTransforms: Sendable {
  let plan: WinogradPlan
  let kernels: VectorKernels<Float>

  private typealias Pointer = UnsafeMutablePointer<Float>
  private var block: Int { WinogradPlan.block }
  private var rowStride: Int { plan.paddedWidth * block }

  /// `BT d B` of some rows of tiles.
  ///
  /// - Parameters:
  ///   - image: The picture's elements.
  ///   - target: The buffer for the first tile's block; tiles are `plan.inputs` apart.
  func transformInputs(
    _ image: UnsafePointer<Float>, block index: Int, rows: Range<Int>,
    to target: UnsafeMutablePointer<Float>, pointStride: Int
  ) {
    let short = plan.short
    let padded = (rows.count - 1) * short.outputs + short.inputs
    withScratchMemory(of: Float.self, count: padded * rowStride) { buffer in
      load(image, block: index, firstRow: rows.lowerBound * short.outputs, rows: padded, to: buffer)
      for row in rows {
        for column in 0..<plan.tileColumns {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_DATA),
            buffer + (row - rows.lowerBound) * short.outputs * rowStride
              + column * short.outputs * block, rowStride, block, 0,
            target + ((row - rows.lowerBound) * plan.tileColumns + column) * plan.inputs,
            short.inputs * pointStride, pointStride, plan.inputs)
        }
      }
    }
  }

  /// `AT m A` of some rows of tiles, which are outputs; with a bias added, and rectified.
  ///
  /// - Parameters:
  ///   - source: The first tile's block; tiles are `plan.outputs` apart.
  ///   - image: The picture of outputs.
  func transformOutputs(
    _ source: UnsafePointer<Float>, pointStride: Int, block index: Int, rows: Range<Int>,
    bias: UnsafePointer<Float>?, relu: Bool, to image: UnsafeMutablePointer<Float>
  ) {
    let (short, size) = (plan.short, plan.geometry.output)
    let width = size.width * block
    let overhang = plan.tileColumns * short.outputs - size.width
    let channels = min(block, plan.geometry.outputChannels - index * block)
    let planes = image + index * block * plan.geometry.outputPixels
    withScratchMemory(of: Float.self, count: short.outputs * width + overhang * block) { buffer in
      for row in rows {
        // The lines of a picture follow each other without a gap. What the last tile has beyond the end of
        // a line lies where the next line begins, and is overwritten by the first tile after it.
        for column in (0..<plan.tileColumns).reversed() {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_OUTPUT),
            source + ((row - rows.lowerBound) * plan.tileColumns + column) * plan.outputs,
            short.inputs * pointStride, pointStride, -plan.outputs,
            buffer + column * short.outputs * block, width, block, 0)
        }
        let first = row * short.outputs
        let lines = min(short.outputs, size.height - first)
        kernels.table.from_channel_blocks(
          channels, lines * size.width, buffer, bias.map { $0 + index * block },
          relu ? Int32(RETROGRAD_RELU) : 0, planes + first * size.width,
          plan.geometry.outputPixels)
      }
    }
  }

  /// `A dy AT` of the tiles of one block: the adjoint of ``transformOutputs``.
  func transformOutputGradients(
    _ image: UnsafePointer<Float>, block index: Int, to target: UnsafeMutablePointer<Float>,
    pointStride: Int
  ) {
    let (short, size) = (plan.short, plan.geometry.output)
    let width = plan.tileColumns * short.outputs * block
    let channels = min(block, plan.geometry.outputChannels - index * block)
    let planes = image + index * block * plan.geometry.outputPixels
    withScratchMemory(of: Float.self, count: short.outputs * width) { buffer in
      for row in 0..<plan.tileRows {
        for line in 0..<short.outputs {
          let (y, to) = (row * short.outputs + line, buffer + line * width)
          let filled = y < size.height ? size.width : 0
          if filled > 0 {
            kernels.table.to_channel_blocks(
              channels, filled, planes + y * size.width, plan.geometry.outputPixels, to)
          }
          (to + filled * block).update(repeating: 0, count: width - filled * block)
        }
        for column in 0..<plan.tileColumns {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_OUTPUT_ADJOINT), buffer + column * short.outputs * block,
            width, block, 0, target + (row * plan.tileColumns + column) * plan.outputs,
            short.inputs * pointStride, pointStride, plan.outputs)
        }
      }
    }
  }

  /// `B v BT` of the tiles of one block, added up where they overlap: the adjoint of
  /// ``transformInputs``.
  func transformInputGradients(
    _ source: UnsafePointer<Float>, pointStride: Int, block index: Int,
    to image: UnsafeMutablePointer<Float>
  ) {
    let short = plan.short
    withScratchMemory(of: Float.self, count: plan.paddedHeight * rowStride) { buffer in
      memset(buffer, 0, plan.paddedHeight * rowStride * MemoryLayout<Float>.stride)
      for row in 0..<plan.tileRows {
        for column in 0..<plan.tileColumns {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_DATA_ADJOINT),
            source + (row * plan.tileColumns + column) * plan.inputs,
            short.inputs * pointStride, pointStride, plan.inputs,
            buffer + row * short.outputs * rowStride + column * short.outputs * block, rowStride,
            block, 0)
        }
      }
      store(buffer, block: index, to: image)
    }
  }
}

// MARK: - Pictures and blocks of channels

extension WinogradTransforms {
  /// Some rows of a picture with zeros around it, in blocks of channels.
  private func load(
    _ image: UnsafePointer<Float>, block index: Int, firstRow: Int, rows: Int,
    to buffer: UnsafeMutablePointer<Float>
  ) {
    let (size, padding) = (plan.geometry.input, plan.geometry.padding)
    if plan.fold > 1 {
      memset(buffer, 0, rows * rowStride * MemoryLayout<Float>.stride)
      forEachFoldedRun(block: index, firstRow: firstRow, rows: rows) {
        input, lanes, steps, offset in
        copyRuns(
          steps, of: lanes, from: image + input, step: plan.fold, to: buffer + offset, step: block)
      }
      return
    }
    let channels = min(block, plan.geometry.inputChannels - index * block)
    let planes = image + index * block * plan.geometry.inputPixels
    let filled = min(size.width, plan.paddedWidth - padding.width)
    for row in 0..<rows {
      let (y, to) = (firstRow + row - padding.height, buffer + row * rowStride)
      if y < 0 || y >= size.height {
        to.update(repeating: 0, count: rowStride)
        continue
      }
      to.update(repeating: 0, count: padding.width * block)
      kernels.table.to_channel_blocks(
        channels, filled, planes + y * size.width, plan.geometry.inputPixels,
        to + padding.width * block)
      let end = (padding.width + filled) * block
      (to + end).update(repeating: 0, count: rowStride - end)
    }
  }

  /// Blocks of channels back to a picture, without the zeros around it.
  private func store(
    _ buffer: UnsafePointer<Float>, block index: Int, to image: UnsafeMutablePointer<Float>
  ) {
    let (size, padding) = (plan.geometry.input, plan.geometry.padding)
    if plan.fold > 1 {
      forEachFoldedRun(block: index, firstRow: 0, rows: plan.paddedHeight) {
        input, lanes, steps, offset in
        copyRuns(
          steps, of: lanes, from: buffer + offset, step: block, to: image + input, step: plan.fold)
      }
      return
    }
    let channels = min(block, plan.geometry.inputChannels - index * block)
    let planes = image + index * block * plan.geometry.inputPixels
    let filled = min(size.width, plan.paddedWidth - padding.width)
    for y in 0..<min(size.height, plan.paddedHeight - padding.height) {
      kernels.table.from_channel_blocks(
        channels, filled, buffer + (y + padding.height) * rowStride + padding.width * block, nil,
        0, planes + y * size.width, plan.geometry.inputPixels)
    }
  }

  /// Calls `body` with neighbors in a row of the picture that become neighboring channels.
  ///
  /// Channel `(c · fold + v) · fold + u` has the inputs of `c` at row `v` and column `u` of each step.
  ///
  /// - Parameter body: Gets where the first run lies in the picture, its length, how many runs follow
  ///   `fold` apart, and where the first goes in the buffer; the others follow a block apart.
  private func forEachFoldedRun(
    block index: Int, firstRow: Int, rows: Int,
    _ body: (_ input: Int, _ lanes: Int, _ steps: Int, _ offset: Int) -> Void
  ) {
    let (fold, size, padding) = (plan.fold, plan.geometry.input, plan.geometry.padding)
    let end = min(block, plan.foldedInputs - index * block)
    // Rows of the picture in their order, as far as the channels of the block allow.
    for row in 0..<rows {
      var lane = 0
      while lane < end {
        let channel = index * block + lane
        let (plane, v, u) = (channel / (fold * fold), channel / fold % fold, channel % fold)
        let lanes = min(fold - u, end - lane)
        let y = (firstRow + row) * fold + v - padding.height
        if y >= 0 && y < size.height {
          let line = (plane * size.height + y) * size.width + u - padding.width
          let to = row * rowStride + lane
          // Steps whose run lies inside the picture as a whole, and those at either end that do in part.
          let whole = insideSteps(first: u, last: u + lanes - 1)
          body(
            line + whole.lowerBound * fold, lanes, whole.count, to + whole.lowerBound * block)
          for single in 0..<lanes {
            let steps = insideSteps(first: u + single, last: u + single)
            func runAlone(_ step: Int) {
              body(line + step * fold + single, 1, 1, to + step * block + single)
            }
            var step = steps.lowerBound
            while step < min(whole.lowerBound, steps.upperBound) {
              runAlone(step)
              step += 1
            }
            step = max(whole.upperBound, steps.lowerBound)
            while step < steps.upperBound {
              runAlone(step)
              step += 1
            }
          }
        }
        lane += lanes
      }
    }
  }

  /// The steps at which the columns `first...last` of a step lie inside the picture.
  private func insideSteps(first: Int, last: Int) -> Range<Int> {
    let (fold, padding) = (plan.fold, plan.geometry.padding.width)
    let start = max(0, (padding - first + fold - 1) / fold)
    let end = (plan.geometry.input.width + padding - last + fold - 1) / fold
    return start..<max(start, min(end, plan.paddedWidth))
  }
}

/// Copies runs of `lanes` neighbors.
@inline(__always)
private func copyRuns(
  _ count: Int, of lanes: Int, from source: UnsafePointer<Float>, step sourceStep: Int,
  to target: UnsafeMutablePointer<Float>, step targetStep: Int
) {
  if lanes == 4 {
    // AlexNet's stride.
    for step in 0..<count {
      let run = UnsafeRawPointer(source + step * sourceStep).loadUnaligned(as: SIMD4<Float>.self)
      UnsafeMutableRawPointer(target + step * targetStep).storeBytes(
        of: run, as: SIMD4<Float>.self)
    }
  } else {
    for step in 0..<count {
      for lane in 0..<lanes { target[step * targetStep + lane] = source[step * sourceStep + lane] }
    }
  }
}
