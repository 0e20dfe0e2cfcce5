// How the three convolutions become matrix products. Each input that a weight meets lies at the sum of
// two offsets, one for the weight's place in the kernel and one for the kernel's place in the picture:
// that is what `GatheredMatrix` takes. Around the planes lie as many zeros as the kernel sticks out.

extension ConvolutionGeometry {
  /// The zeros that the kernel meets around the input. At the end, fewer than the padding when the
  /// last stride does not reach it, none below 0.
  fileprivate var inputMargin: PlanePadding {
    let reach = Size2D(
      (output.height - 1) * stride.height + (kernel.height - 1) * dilation.height,
      (output.width - 1) * stride.width + (kernel.width - 1) * dilation.width)
    return PlanePadding(
      top: padding.height, bottom: max(0, reach.height + 1 - padding.height - input.height),
      left: padding.width, right: max(0, reach.width + 1 - padding.width - input.width))
  }

  /// The offsets of the elements of a patch in padded planes, relative to its first.
  fileprivate func patchOffsets(_ padded: Size2D) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(patch)
    for channel in 0..<inputChannels {
      for row in 0..<kernel.height {
        for column in 0..<kernel.width {
          offsets.append(
            (channel * padded.height + row * dilation.height) * padded.width
              + column * dilation.width)
        }
      }
    }
    return offsets
  }

  /// The offsets of the patches of all outputs in a padded plane.
  fileprivate func outputOffsets(_ padded: Size2D) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(outputPixels)
    for row in 0..<output.height {
      for column in 0..<output.width {
        offsets.append(row * stride.height * padded.width + column * stride.width)
      }
    }
    return offsets
  }
}

extension PlanePadding {
  fileprivate func extended(_ size: Size2D) -> Size2D {
    Size2D(size.height + top + bottom, size.width + left + right)
  }
}

/// Into how many blocks to cut each of `products`, so that there is work for every thread that shares the
/// multiplications.
func blocks(forEachOf products: Int, multiplications: Int) -> Int {
  let threads = threads(multiplications: multiplications)
  let wanted = threads == 1 ? 1 : 2 * threads
  return products >= wanted ? 1 : (wanted + products - 1) / max(products, 1)
}

/// For each picture and group, `y = W · patches`: [O, C·kH·kW] · [C·kH·kW, H'·W'].
func convolve<T: Scalar>(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ relu: Bool, into result: inout Tensor,
  _ geometry: ConvolutionGeometry, _ type: T.Type
) {
  let kernels = VectorKernels<T>.current
  let (groups, outputs, pixels) = (geometry.groups, geometry.outputChannels, geometry.outputPixels)
  let margin = geometry.inputMargin
  let padded = margin.extended(geometry.input)
  let patchOffsets = geometry.patchOffsets(padded)
  let outputOffsets = geometry.outputOffsets(padded)
  let groupPlanes = geometry.inputChannels * padded.height * padded.width
  let biasPointer = bias.map { $0.elements(T.self) }
  result.withMutable(T.self) { y in
    withPackedWeights(
      weight.elements(T.self), groups: groups, depth: geometry.patch, width: outputs, kernels
    ) { weights in
      withPaddedPlanes(
        x.elements(T.self), images: geometry.images, channels: groups * geometry.inputChannels,
        size: geometry.input, padding: margin
      ) { images, planes in
        let products = images.count * groups
        let grid = ProductGrid(
          rows: outputs, columns: pixels,
          parts: blocks(forEachOf: products, multiplications: geometry.multiplications), kernels)
        parallel(products * grid.count, multiplications: geometry.multiplications) { task in
          let (product, block) = (task / grid.count, grid[task % grid.count])
          let patches = GatheredMatrix(
            pointer: planes + product * groupPlanes, depthOffsets: patchOffsets,
            widthOffsets: outputOffsets)
          gemmBlock(
            rows: block.rows, columns: block.columns, depth: geometry.patch,
            weights[product % groups], patches,
            into: ProductOutput(
              pointer: y + (images.lowerBound * groups + product) * outputs * pixels,
              rowStride: pixels, rowBias: biasPointer.map { $0 + product % groups * outputs },
              relu: relu),
            kernels: kernels)
        }
      }
    }
  }
  withExtendedLifetime((x, weight, bias)) {}
}

/// Packs the kernels of all groups once, for all pictures.
private func withPackedWeights<T: Scalar>(
  _ weight: UnsafePointer<T>, groups: Int, depth: Int, width: Int, _ kernels: VectorKernels<T>,
  _ body: ([PackedMatrix<T>]) -> Void
) {
  let count = PackedMatrix<T>.count(depth: depth, width: width, panelWidth: kernels.tileRows)
  withScratchMemory(of: T.self, count: groups * count) { memory in
    body(
      (0..<groups).map { group in
        PackedMatrix(
          StridedMatrix(
            pointer: weight + group * width * depth, depthStride: 1, widthStride: depth),
          depth: depth, width: width, panelWidth: kernels.tileRows,
          into: memory + group * count, kernels: kernels)
      })
  }
}

/// For each group, `dW = Σ dy · patchesᵀ` over the pictures: [O, H'·W'] · [H'·W', C·kH·kW]. Threads
/// share out the elements of `dW`, and each takes the pictures in order.
func convolveWeightGradient<T: Scalar>(
  _ dy: Tensor, _ x: Tensor, into result: inout Tensor, _ geometry: ConvolutionGeometry,
  _ type: T.Type
) {
  let kernels = VectorKernels<T>.current
  let (groups, outputs, pixels) = (geometry.groups, geometry.outputChannels, geometry.outputPixels)
  let patch = geometry.patch
  let margin = geometry.inputMargin
  let padded = margin.extended(geometry.input)
  let patchOffsets = geometry.patchOffsets(padded)
  let outputOffsets = geometry.outputOffsets(padded)
  let groupPlanes = geometry.inputChannels * padded.height * padded.width
  let dyPointer = dy.elements(T.self)
  let grid = ProductGrid(
    rows: outputs, columns: patch,
    parts: blocks(forEachOf: groups, multiplications: geometry.multiplications), kernels)
  result.withMutable(T.self) { dw in
    if geometry.images == 0 { dw.update(repeating: 0, count: groups * outputs * patch) }
    withPaddedPlanes(
      x.elements(T.self), images: geometry.images, channels: groups * geometry.inputChannels,
      size: geometry.input, padding: margin
    ) { images, planes in
      parallel(groups * grid.count, multiplications: geometry.multiplications) { task in
        let (group, block) = (task / grid.count, grid[task % grid.count])
        for image in images {
          let gradient = StridedMatrix(
            pointer: dyPointer + (image * groups + group) * outputs * pixels, depthStride: 1,
            widthStride: pixels)
          let patches = GatheredMatrix(
            pointer: planes + ((image - images.lowerBound) * groups + group) * groupPlanes,
            depthOffsets: outputOffsets, widthOffsets: patchOffsets)
          gemmBlock(
            rows: block.rows, columns: block.columns, depth: pixels, gradient, patches,
            into: ProductOutput(
              pointer: dw + group * outputs * patch, rowStride: patch, accumulates: image > 0),
            kernels: kernels)
        }
      }
    }
  }
  withExtendedLifetime((dy, x)) {}
}
