import Foundation
import RetrogradCKernels

// Between pictures [N, C, H, W] and transformed tiles [point, tile, channel]: the forward transforms and
// their adjoints. Every function works on one block of channels of one picture, or on those that a stride makes of the
// same rows; threads share those out.

/// The transforms of one convolution.
struct WinogradTransforms: Sendable {
  let plan: WinogradPlan
  let kernels: VectorKernels<Float>

  var block: Int { WinogradPlan.block }
  /// The distance between neighbors of one block in a row of the picture in blocks.
  var columnStride: Int { plan.blocksOfRow * block }
  var rowStride: Int { plan.paddedWidth * columnStride }

  /// `BT d B` of some rows of tiles.
  ///
  /// - Parameters:
  ///   - image: The picture's elements.
  ///   - group: The number of the blocks; see ``WinogradPlan/inputGroups``.
  ///   - target: The buffer for the first tile; tiles are `plan.inputStep` apart.
  func transformInputs(
    _ image: UnsafePointer<Float>, group: Int, rows: Range<Int>,
    to target: UnsafeMutablePointer<Float>, pointStride: Int
  ) {
    let short = plan.short
    let padded = (rows.count - 1) * short.outputs + short.inputs
    withScratchMemory(of: Float.self, count: padded * rowStride) { buffer in
      load(image, group: group, firstRow: rows.lowerBound * short.outputs, rows: padded, to: buffer)
      for row in rows {
        for column in 0..<plan.tileColumns {
          for place in 0..<plan.blocksOfRow {
            kernels.table.winograd_transform(
              short.tag + Int32(RETROGRAD_DATA),
              buffer + (row - rows.lowerBound) * short.outputs * rowStride
                + column * short.outputs * columnStride + place * block, rowStride, columnStride, 0,
              target + ((row - rows.lowerBound) * plan.tileColumns + column) * plan.inputStep
                + plan.inputBlock(group: group, place: place) * block,
              short.inputs * pointStride, pointStride, plan.inputStep)
          }
        }
      }
    }
  }

  /// `AT m A` of some rows of tiles, which are outputs; with a bias added, and rectified.
  ///
  /// - Parameters:
  ///   - source: The first tile's block; tiles are `plan.outputStep` apart.
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
            source + ((row - rows.lowerBound) * plan.tileColumns + column) * plan.outputStep,
            short.inputs * pointStride, pointStride, -plan.outputStep,
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
            width, block, 0, target + (row * plan.tileColumns + column) * plan.outputStep,
            short.inputs * pointStride, pointStride, plan.outputStep)
        }
      }
    }
  }

  /// `B v BT` of the tiles of a group of blocks, added up where they overlap: the adjoint of
  /// ``transformInputs``.
  func transformInputGradients(
    _ source: UnsafePointer<Float>, pointStride: Int, group: Int,
    to image: UnsafeMutablePointer<Float>
  ) {
    let short = plan.short
    withScratchMemory(of: Float.self, count: plan.paddedHeight * rowStride) { buffer in
      memset(buffer, 0, plan.paddedHeight * rowStride * MemoryLayout<Float>.stride)
      for row in 0..<plan.tileRows {
        for column in 0..<plan.tileColumns {
          for place in 0..<plan.blocksOfRow {
            kernels.table.winograd_transform(
              short.tag + Int32(RETROGRAD_DATA_ADJOINT),
              source + (row * plan.tileColumns + column) * plan.inputStep
                + plan.inputBlock(group: group, place: place) * block,
              short.inputs * pointStride, pointStride, plan.inputStep,
              buffer + row * short.outputs * rowStride + column * short.outputs * columnStride
                + place * block, rowStride, columnStride, 0)
          }
        }
      }
      store(buffer, group: group, to: image)
    }
  }
}

// MARK: - Pictures and blocks of channels

extension WinogradTransforms {
  /// Some rows of a picture with zeros around it, in blocks of channels.
  private func load(
    _ image: UnsafePointer<Float>, group: Int, firstRow: Int, rows: Int,
    to buffer: UnsafeMutablePointer<Float>
  ) {
    let (size, padding) = (plan.geometry.input, plan.geometry.padding)
    if plan.mixesChannels {
      return loadFolded(image, block: group, firstRow: firstRow, rows: rows, to: buffer)
    }
    let (channel, rowOfStep) = plan.origin(group: group)
    let channels = min(block, plan.geometry.inputChannels - channel)
    let planes = image + channel * plan.geometry.inputPixels
    let filled = min(size.width, plan.paddedWidth * plan.fold - padding.width)
    for row in 0..<rows {
      let y = (firstRow + row) * plan.fold + rowOfStep - padding.height
      let to = buffer + row * rowStride
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
    _ buffer: UnsafePointer<Float>, group: Int, to image: UnsafeMutablePointer<Float>
  ) {
    let (size, padding) = (plan.geometry.input, plan.geometry.padding)
    if plan.mixesChannels { return storeFolded(buffer, block: group, to: image) }
    let (channel, rowOfStep) = plan.origin(group: group)
    let channels = min(block, plan.geometry.inputChannels - channel)
    let planes = image + channel * plan.geometry.inputPixels
    let filled = min(size.width, plan.paddedWidth * plan.fold - padding.width)
    for row in 0..<plan.paddedHeight {
      let y = row * plan.fold + rowOfStep - padding.height
      if y < 0 || y >= size.height { continue }
      kernels.table.from_channel_blocks(
        channels, filled, buffer + row * rowStride + padding.width * block, nil,
        0, planes + y * size.width, plan.geometry.inputPixels)
    }
  }
}
