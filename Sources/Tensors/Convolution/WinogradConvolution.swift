import RetrogradCKernels

extension WinogradPlan {
  /// Calls `body` with `0..<count`, several at once if there is enough to multiply.
  private func share(_ count: Int, _ body: (Int) -> Void) {
    parallel(count, multiplications: geometry.multiplications, body)
  }

  /// `y = x ∗ W + b`, rectified if that is wanted.
  func convolve(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, relu: Bool, into result: inout Tensor
  ) {
    let kernels = VectorKernels<Float>.current
    let weights = WinogradWeights.of(weight, for: .inputs, self, kernels)
    let chunks = chunks
    let (pictures, biases) = (x.elements(Float.self), bias.map { $0.elements(Float.self) })
    result.withMutable(Float.self) { y in
      if worksOnRows {
        share(chunks.count) {
          convolve(chunks[$0], pictures, weights, biases, relu, y, kernels)
        }
      } else {
        for chunk in chunks { convolve(chunk, pictures, weights, biases, relu, y, kernels) }
      }
    }
    withExtendedLifetime((x, weight, bias)) {}
  }

  /// A part of the work; its steps are shared out among threads unless the parts are.
  private func convolve(
    _ chunk: Chunk, _ x: UnsafePointer<Float>, _ weights: WinogradWeights,
    _ bias: UnsafePointer<Float>?, _ relu: Bool, _ y: UnsafeMutablePointer<Float>,
    _ kernels: VectorKernels<Float>
  ) {
    let transforms = WinogradTransforms(plan: self, kernels: kernels)
    let tilesOfImage = chunk.rows.count * tileColumns
    let tiles = chunk.images.count * tilesOfImage
    let inputStride = Self.pointStride(tiles * inputStep)
    let outputStride = Self.pointStride(tiles * outputStep)
    let inputCount = geometry.inputChannels * geometry.inputPixels
    let outputCount = geometry.outputChannels * geometry.outputPixels
    let bands = bands(of: chunk)
    withScratchMemory(of: Float.self, count: short.points * (inputStride + outputStride)) { v in
      let products = v + short.points * inputStride
      share(chunk.images.count * inputGroups * bands.count) { task in
        let (image, group) = (task / bands.count / inputGroups, task / bands.count % inputGroups)
        let rows = bands[task % bands.count]
        let tile = image * tilesOfImage + (rows.lowerBound - chunk.rows.lowerBound) * tileColumns
        transforms.transformInputs(
          x + (chunk.images.lowerBound + image) * inputCount, group: group, rows: rows,
          to: v + tile * inputStep, pointStride: inputStride)
      }
      share(short.points) { point in
        for channels in channels(ofPoint: point) {
          gemmBlock(
            rows: 0..<tiles, columns: 0..<outputs, depth: channels.count,
            MatrixInPlace(
              pointer: v + point * inputStride + channels.lowerBound, depthStride: 1,
              widthStride: inputStep),
            weights.operand(point: point, firstRow: channels.lowerBound),
            into: ProductOutput(
              pointer: products + point * outputStride, rowStride: outputStep,
              accumulates: channels.lowerBound > 0),
            kernels: kernels)
        }
      }
      share(chunk.images.count * outputBlocks * bands.count) { task in
        let (image, block) = (task / bands.count / outputBlocks, task / bands.count % outputBlocks)
        let rows = bands[task % bands.count]
        let tile = image * tilesOfImage + (rows.lowerBound - chunk.rows.lowerBound) * tileColumns
        transforms.transformOutputs(
          products + tile * outputStep + block * Self.block, pointStride: outputStride,
          block: block, rows: rows, bias: bias, relu: relu,
          to: y + (chunk.images.lowerBound + image) * outputCount)
      }
    }
  }

  /// Computes the gradients of inputs and weights from that of the outputs. Both need `dy`
  /// transformed, so that whoever wants both gets them together.
  ///
  /// - Parameters:
  ///   - dy: The gradient of the outputs.
  ///   - x: The inputs; for the gradient of the weights.
  ///   - weight: The kernels; for the gradient of the inputs.
  func gradients(
    _ dy: Tensor, x: Tensor?, weight: Tensor?
  ) -> (input: Tensor?, weight: Tensor?) {
    let kernels = VectorKernels<Float>.current
    let transforms = WinogradTransforms(plan: self, kernels: kernels)
    let weights = weight.map { WinogradWeights.of($0, for: .outputGradients, self, kernels) }
    let imagesAtOnce = imagesAtOnce(numbersPerTile: 2 * inputs + outputs)
    let inputStride = Self.pointStride(imagesAtOnce * tiles * inputStep)
    let outputStride = Self.pointStride(imagesAtOnce * tiles * outputStep)
    let weightStride = Self.pointStride(x == nil ? 0 : inputs * outputs)
    let inputCount = geometry.inputChannels * geometry.inputPixels
    let outputCount = geometry.outputChannels * geometry.outputPixels
    // Inputs that no tile reaches, past the last step of a stride, get no gradient.
    var dx = weight.map { _ in
      fold == 1
        ? Tensor(uninitialized: geometry.inputShape, dtype: .float32) : .zeros(geometry.inputShape)
    }
    var dw = x.map { _ in Tensor(uninitialized: geometry.weightShape, dtype: .float32) }
    let dxElements = dx?.withMutable(Float.self) { $0 }
    let dwElements = dw?.withMutable(Float.self) { $0 }
    let (dyElements, xElements) = (dy.elements(Float.self), x?.elements(Float.self))
    let perPoint = 2 * inputStride + outputStride + weightStride
    withScratchMemory(of: Float.self, count: short.points * perPoint) { v in
      let dv = v + short.points * inputStride
      let dm = dv + short.points * inputStride
      let du = dm + short.points * outputStride
      for first in stride(from: 0, to: geometry.images, by: imagesAtOnce) {
        let images = min(imagesAtOnce, geometry.images - first)
        let rows = images * tiles
        share(images * outputBlocks) { task in
          let (image, block) = (task / outputBlocks, task % outputBlocks)
          transforms.transformOutputGradients(
            dyElements + (first + image) * outputCount, block: block,
            to: dm + image * tiles * outputStep + block * Self.block, pointStride: outputStride)
        }
        if let xElements {
          share(images * inputGroups) { task in
            let (image, group) = (task / inputGroups, task % inputGroups)
            transforms.transformInputs(
              xElements + (first + image) * inputCount, group: group, rows: 0..<tileRows,
              to: v + image * tiles * inputStep, pointStride: inputStride)
          }
        }
        share(short.points) { point in
          let gradient = dm + point * outputStride
          let channels = channels(ofPoint: point)
          // Other rows of `du` stay as they are: no element of a kernel comes of them.
          for range in x == nil ? [] : channels {
            gemmBlock(
              rows: 0..<range.count, columns: 0..<outputs, depth: rows,
              MatrixInPlace(
                pointer: v + point * inputStride + range.lowerBound, depthStride: inputStep,
                widthStride: 1),
              MatrixInPlace(pointer: gradient, depthStride: outputStep, widthStride: 1),
              into: ProductOutput(
                pointer: du + point * weightStride + range.lowerBound * outputs,
                rowStride: outputs, accumulates: first > 0),
              kernels: kernels)
          }
          if let weights, let end = channels.last?.upperBound {
            gemmBlock(
              rows: 0..<rows, columns: 0..<end, depth: outputs,
              MatrixInPlace(pointer: gradient, depthStride: 1, widthStride: outputStep),
              weights.operand(point: point),
              into: ProductOutput(pointer: dv + point * inputStride, rowStride: inputStep),
              kernels: kernels)
            // Between the channels that have a part lie products with zeros, and behind them nothing.
            for row in 0..<(end < inputs ? rows : 0) {
              (dv + point * inputStride + row * inputStep + end)
                .update(repeating: 0, count: inputs - end)
            }
          }
        }
        if let dxElements {
          share(images * inputGroups) { task in
            let (image, group) = (task / inputGroups, task % inputGroups)
            transforms.transformInputGradients(
              dv + image * tiles * inputStep, pointStride: inputStride,
              group: group, to: dxElements + (first + image) * inputCount)
          }
        }
      }
      if let dwElements {
        if geometry.images == 0 {
          dwElements.update(repeating: 0, count: geometry.outputChannels * geometry.patch)
        } else {
          storeWeightGradient(du, pointStride: weightStride, to: dwElements, kernels)
        }
      }
    }
    withExtendedLifetime((dy, x, weight, dx, dw)) {}
    return (dx, dw)
  }

  /// `GT du G` for each pair of channels, in the layout of the weights. A thread takes some inputs with all outputs, which
  /// lie side by side.
  private func storeWeightGradient(
    _ du: UnsafePointer<Float>, pointStride: Int, to dw: UnsafeMutablePointer<Float>,
    _ kernels: VectorKernels<Float>
  ) {
    let kernelPixels = short.kernel * short.kernel
    share(inputBlocks) { index in
      let inputs = (index * Self.block)..<min((index + 1) * Self.block, foldedInputs)
      let places = fold == 1 ? [] : places(inputBlock: index)
      withScratchMemory(of: Float.self, count: inputs.count * kernelPixels * Self.block) { taps in
        for block in 0..<outputBlocks {
          let channels = min(Self.block, geometry.outputChannels - block * Self.block)
          let target = dw + block * Self.block * geometry.patch
          for input in inputs {
            kernels.table.winograd_transform(
              short.tag + Int32(RETROGRAD_WEIGHT_ADJOINT),
              du + input * outputs + block * Self.block, short.inputs * pointStride, pointStride,
              outputs, taps + (input - inputs.lowerBound) * kernelPixels * Self.block,
              short.kernel * Self.block, Self.block, 0)
          }
          if fold == 1 {
            kernels.table.from_channel_blocks(
              channels, inputs.count * kernelPixels, taps, nil, 0,
              target + inputs.lowerBound * kernelPixels, geometry.patch)
          }
          for (tap, input, pixel) in places {
            let values = taps + (input * kernelPixels + pixel) * Self.block
            for lane in 0..<channels { target[lane * geometry.patch + tap] = values[lane] }
          }
        }
      }
    }
  }
}
