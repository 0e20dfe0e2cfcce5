import RetrogradCKernels

// Convolutions in which every channel has kernels of its own (depthwise): nothing is multiplied that a matrix product
// would have a use for, so each plane is worked on by itself.

extension PhaseLayout {
  /// Planes that are worth handing to another thread together.
  private var grain: Int {
    max(1, (1 << 17) / max(1, run * taps.count * geometry.outputChannels))
  }

  /// The convolution; see ``conv2d(_:_:bias:stride:padding:dilation:groups:relu:)``.
  func convolve<T: Scalar>(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, relu: Bool, into y: inout Tensor,
    _ type: T.Type
  ) {
    let table = VectorKernels<T>.current.table
    let offsets = taps.map { $0.phase * phaseSize + $0.offset }
    let (multiplier, size) = (geometry.outputChannels, geometry.output)
    withPointers(x, weight, bias, T.self) { x, weight, bias in
      y.withMutable(T.self) { y in
        parallelRanges(geometry.images * geometry.groups, grain: grain) { planes in
          withScratchMemory(of: T.self, count: phaseCount * phaseSize + run) { phases in
            let sums = phases + phaseCount * phaseSize
            phases.update(repeating: 0, count: phaseCount * phaseSize)
            for plane in planes {
              split(x + plane * geometry.inputPixels, into: phases)
              for part in 0..<multiplier {
                let channel = plane % geometry.groups * multiplier + part
                table.weighted_sum(
                  run, taps.count, phases, offsets, weight + channel * taps.count, sums)
                table.finish_rows(
                  size.height, size.width, sums, pitch, bias.map { Double($0[channel]) } ?? 0,
                  relu ? Int32(RETROGRAD_RELU) : 0,
                  y + (plane * multiplier + part) * geometry.outputPixels, size.width)
              }
            }
          }
        }
      }
    }
  }

  /// The gradient of the input; see ``conv2dInputGradient(_:_:inputSize:stride:padding:dilation:groups:)``.
  func inputGradient<T: Scalar>(
    _ dy: Tensor, _ weight: Tensor, into dx: inout Tensor, _ type: T.Type
  ) {
    let weightedSum = VectorKernels<T>.current.table.weighted_sum!
    let (multiplier, reach) = (geometry.outputChannels, reach)
    // One run for each output of the channel, with zeros before it, because taps look backwards.
    let spreadSize = reach + phaseSize
    let phases = (0..<phaseCount).map { phase in
      (0..<multiplier).flatMap { part in
        taps.indices.filter { taps[$0].phase == phase }.map {
          (
            weight: part * taps.count + $0,
            offset: part * spreadSize + reach - taps[$0].offset
          )
        }
      }
    }
    let offsets = phases.map { $0.map(\.offset) }
    withPointers(dy, weight, nil, T.self) { dy, weight, _ in
      dx.withMutable(T.self) { dx in
        parallelRanges(geometry.images * geometry.groups, grain: grain) { planes in
          withScratchMemory(of: T.self, count: multiplier * spreadSize + phaseCount * phaseSize) {
            spread in
            let sums = spread + multiplier * spreadSize
            spread.update(repeating: 0, count: multiplier * spreadSize)
            var weights: [T] = []
            for plane in planes {
              for part in 0..<multiplier {
                self.spread(
                  dy + (plane * multiplier + part) * geometry.outputPixels,
                  into: spread + part * spreadSize + reach)
              }
              let own = weight + plane % geometry.groups * multiplier * taps.count
              for (phase, entries) in phases.enumerated() {
                weights = entries.map { own[$0.weight] }
                weightedSum(
                  phaseSize, entries.count, spread, offsets[phase], weights,
                  sums + phase * phaseSize)
              }
              join(sums, into: dx + plane * geometry.inputPixels)
            }
          }
        }
      }
    }
  }

  /// The gradient of the kernels; see ``conv2dWeightGradient(_:_:kernelSize:stride:padding:dilation:groups:)``.
  ///
  /// Threads share out channels; the pictures are added up one after the other.
  func weightGradient<T: Scalar>(
    _ dy: Tensor, _ x: Tensor, into dw: inout Tensor, _ type: T.Type
  ) {
    let products = VectorKernels<T>.current.table.tap_products!
    let offsets = taps.map { $0.phase * phaseSize + $0.offset }
    let multiplier = geometry.outputChannels
    withPointers(x, dy, nil, T.self) { x, dy, _ in
      dw.withMutable(T.self) { dw in
        parallelRanges(geometry.groups, grain: max(1, grain / max(1, geometry.images))) { groups in
          withScratchMemory(of: T.self, count: phaseCount * phaseSize + phaseSize) { phases in
            let slopes = phases + phaseCount * phaseSize
            phases.update(repeating: 0, count: (phaseCount + 1) * phaseSize)
            for group in groups {
              var sums = [Double](repeating: 0, count: multiplier * taps.count)
              for image in 0..<geometry.images {
                let plane = image * geometry.groups + group
                split(x + plane * geometry.inputPixels, into: phases)
                for part in 0..<multiplier {
                  spread(
                    dy + (plane * multiplier + part) * geometry.outputPixels, into: slopes)
                  sums.withUnsafeMutableBufferPointer {
                    products(
                      run, taps.count, phases, offsets, slopes,
                      $0.baseAddress! + part * taps.count)
                  }
                }
              }
              for (place, sum) in sums.enumerated() { dw[group * sums.count + place] = T(sum) }
            }
          }
        }
      }
    }
  }

  private func withPointers<T: Scalar>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor?, _ type: T.Type,
    _ body: (UnsafePointer<T>, UnsafePointer<T>, UnsafePointer<T>?) -> Void
  ) {
    a.withElements(T.self) { a in
      b.withElements(T.self) { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        if let c { return c.withElements(T.self) { body(a, b, $0.baseAddress) } }
        body(a, b, nil)
      }
    }
  }
}
