import RetrogradCKernels

// Between pictures [N, C, H, W] and transformed tiles [point, tile, channel]: the forward transforms and
// their adjoints. Every function works on one block of channels of one picture; threads share those out.

/// What the transforms of one convolution need.
struct WinogradTransforms: Sendable {
  let plan: WinogradPlan
  let kernels: VectorKernels<Float>

  private typealias Pointer = UnsafeMutablePointer<Float>
  private var block: Int { WinogradPlan.block }
  private var rowStride: Int { plan.paddedWidth * block }

  /// Rows of tiles that are transformed at a time: those whose inputs stay in a second-level cache.
  var bandRows: Int {
    let bytes = plan.short.outputs * rowStride * MemoryLayout<Float>.size
    return max(1, min(plan.tileRows, (96 << 10) / bytes))
  }
  /// Bands of a picture.
  var bands: Int { (plan.tileRows + bandRows - 1) / bandRows }

  private func tileRows(ofBand band: Int) -> Range<Int> {
    (band * bandRows)..<min(plan.tileRows, (band + 1) * bandRows)
  }

  /// `BT d B` of the tiles in a band.
  ///
  /// - Parameters:
  ///   - image: The picture's elements.
  ///   - target: Where the block's first tile goes; tiles are `plan.inputs` apart.
  func transformInputs(
    _ image: UnsafePointer<Float>, block index: Int, band: Int,
    to target: UnsafeMutablePointer<Float>, pointStride: Int
  ) {
    let (short, rows) = (plan.short, tileRows(ofBand: band))
    let padded = (rows.count - 1) * short.outputs + short.inputs
    Scratch.with(Float.self, count: padded * rowStride) { buffer in
      load(image, block: index, firstRow: rows.lowerBound * short.outputs, rows: padded, to: buffer)
      for row in rows {
        for column in 0..<plan.tileColumns {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_DATA),
            buffer + (row - rows.lowerBound) * short.outputs * rowStride
              + column * short.outputs * block, rowStride, block,
            target + (row * plan.tileColumns + column) * plan.inputs,
            short.inputs * pointStride, pointStride)
        }
      }
    }
  }

  /// `AT m A` of the tiles in a band, which are outputs; with a bias added, and rectified.
  ///
  /// - Parameters:
  ///   - source: The block's first tile; tiles are `plan.outputs` apart.
  ///   - image: The picture of outputs.
  func transformOutputs(
    _ source: UnsafePointer<Float>, pointStride: Int, block index: Int, band: Int,
    bias: UnsafePointer<Float>?, relu: Bool, to image: UnsafeMutablePointer<Float>
  ) {
    let (short, size) = (plan.short, plan.geometry.output)
    let width = plan.tileColumns * short.outputs * block
    let channels = min(block, plan.geometry.outputChannels - index * block)
    let planes = image + index * block * plan.geometry.outputPixels
    Scratch.with(Float.self, count: short.outputs * width) { buffer in
      for row in tileRows(ofBand: band) {
        for column in 0..<plan.tileColumns {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_OUTPUT),
            source + (row * plan.tileColumns + column) * plan.outputs,
            short.inputs * pointStride, pointStride, buffer + column * short.outputs * block,
            width, block)
        }
        let first = row * short.outputs
        for y in first..<min(first + short.outputs, size.height) {
          kernels.table.from_channel_blocks(
            channels, size.width, buffer + (y - first) * width, bias.map { $0 + index * block },
            relu ? Int32(RETROGRAD_RELU) : 0, planes + y * size.width, plan.geometry.outputPixels)
        }
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
    Scratch.with(Float.self, count: short.outputs * width) { buffer in
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
            width, block, target + (row * plan.tileColumns + column) * plan.outputs,
            short.inputs * pointStride, pointStride)
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
    Scratch.with(Float.self, count: plan.paddedHeight * rowStride) { buffer in
      buffer.update(repeating: 0, count: plan.paddedHeight * rowStride)
      for row in 0..<plan.tileRows {
        for column in 0..<plan.tileColumns {
          kernels.table.winograd_transform(
            short.tag + Int32(RETROGRAD_DATA_ADJOINT),
            source + (row * plan.tileColumns + column) * plan.inputs,
            short.inputs * pointStride, pointStride,
            buffer + row * short.outputs * rowStride + column * short.outputs * block, rowStride,
            block)
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
      buffer.update(repeating: 0, count: rows * rowStride)
      forEachFoldedRow(block: index, firstRow: firstRow, rows: rows) { input, columns, offset in
        let (from, to) = (image + input, buffer + offset)
        for i in 0..<columns { to[i * block] = from[i * plan.fold] }
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
      forEachFoldedRow(block: index, firstRow: 0, rows: plan.paddedHeight) {
        input, columns, offset in
        let (to, from) = (image + input, buffer + offset)
        for i in 0..<columns { to[i * plan.fold] = from[i * block] }
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

  /// Calls `body` with each row of a channel that a folded stride makes: every `fold`-th element of an
  /// input row. Channel `(c · fold + v) · fold + u` has the inputs of `c` at row `v` and column `u` of
  /// each step.
  ///
  /// - Parameter body: Gets where the first element lies in the picture, how many follow `fold` apart,
  ///   and where the first goes in the buffer; the others follow a block apart.
  private func forEachFoldedRow(
    block index: Int, firstRow: Int, rows: Int,
    _ body: (_ input: Int, _ columns: Int, _ offset: Int) -> Void
  ) {
    let (fold, size, padding) = (plan.fold, plan.geometry.input, plan.geometry.padding)
    for lane in 0..<min(block, plan.foldedInputs - index * block) {
      let channel = index * block + lane
      let (plane, v, u) = (channel / (fold * fold), channel / fold % fold, channel % fold)
      // The first step whose column lies inside the picture, and how many do.
      let first = max(0, (padding.width - u + fold - 1) / fold)
      let x = first * fold + u - padding.width
      let columns = min(plan.paddedWidth - first, (size.width - x + fold - 1) / fold)
      if columns <= 0 { continue }
      for row in 0..<rows {
        let y = (firstRow + row) * fold + v - padding.height
        if y < 0 || y >= size.height { continue }
        body(
          (plane * size.height + y) * size.width + x, columns,
          row * rowStride + first * block + lane)
      }
    }
  }
}
