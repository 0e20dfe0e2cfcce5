import RetrogradDevices
import RetrogradTestSupport
import Testing

@testable import RetrogradTensors

// What gathers: resampling, picking, pooling that covers the picture, running sums.

extension DeviceTests {
  /// Whether the device gives what the host gives, also where that is infinite or no number.
  private func agrees(_ compute: () -> Tensor) -> Bool {
    let (host, (device, trace)) = (compute(), DeviceTrace.counting { TestDevice.use(compute) })
    #expect(trace.fallbacks.isEmpty, "\(trace)")
    return host.shape == device.shape
      && zip(host.scalars, device.scalars).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
  }

  // MARK: Resampling

  @Test(
    "are resampled, and the gradients gathered",
    arguments: InterpolationMode.allCases, [false, true])
  func resampling(mode: InterpolationMode, alignCorners: Bool) {
    if alignCorners && !mode.canAlignCorners { return }
    for (shape, size) in [
      ([1, 1, 1, 1], Size2D(1, 1)), ([1, 2, 1, 1], Size2D(3, 2)), ([2, 3, 5, 7], Size2D(10, 14)),
      ([2, 3, 5, 7], Size2D(3, 4)), ([2, 3, 5, 7], Size2D(1, 1)), ([2, 3, 5, 7], Size2D(5, 7)),
      ([1, 1, 40, 3], Size2D(7, 300)),
    ] {
      let plan = Interpolation(shape, to: size, mode: mode, alignCorners: alignCorners)
      let x = random(shape, seed: 20)
      let dy = random(plan(x).shape, seed: 21)
      #expect(error([x]) { plan($0[0]) } < 1e-6, "\(shape) to \(size)")
      #expect(error([dy]) { plan.adjoint($0[0]) } < 2e-6, "\(shape) to \(size)")
    }
    let none = Interpolation([0, 2, 3, 4], to: 6, mode: mode, alignCorners: alignCorners)
    #expect(
      agrees { none(.zeros([0, 2, 3, 4])) } && agrees { none.adjoint(.zeros([0, 2, 6, 6])) })
    // What is picked keeps its bits.
    if !mode.canAlignCorners {
      let odd = Tensor([-0.0, .infinity, -.infinity, .nan], shape: [1, 1, 2, 2])
      let y = TestDevice.use { interpolate(odd, to: 4, mode: mode) }
      #expect(y.hasSameBits(as: interpolate(odd, to: 4, mode: mode)))
    }
  }

  // MARK: Picking

  @Test("are picked along any axis, and added to where they were picked")
  func picking() {
    let x = random([4, 5, 6], seed: 22)
    for axis in 0..<3 {
      // Some several times, some never, and not in order.
      let indices: IntTensor = [3, 0, 0, 2, 3, 3, 0]
      #expect(agrees { x.indexSelect(indices, axis: axis) })
      let picked = x.indexSelect(indices, axis: axis)
      #expect(agrees { picked.indexAdded(indices, axis: axis, extent: 6) })
      #expect(agrees { x.indexSelect([], axis: axis) })
      #expect(agrees { x.indexSelect([], axis: axis).indexAdded([], axis: axis, extent: 3) })
      var source = RandomSource(seed: 23)
      var shape = [4, 5, 6]
      shape[axis] = 9
      let places = IntTensor(
        (0..<shape.reduce(1, *)).map { _ in source.integer(in: 0..<[4, 5, 6][axis]) }, shape: shape)
      #expect(agrees { gather(x, places, axis: axis) })
      let dy = random(shape, seed: 24)
      #expect(agrees { scatterAdd(dy, places, into: [4, 5, 6], axis: axis) })
    }
    #expect(agrees { gather(Tensor(7), IntTensor([0], shape: []), axis: 0) })
    #expect(agrees { scatterAdd(.zeros([0]), [], into: [3], axis: 0) })
    let odd = Tensor([-0.0, .infinity, .nan])
    #expect(
      TestDevice.use { odd.indexSelect([2, 0, 1], axis: 0) }.hasSameBits(
        as: odd.indexSelect([2, 0, 1], axis: 0)))
  }

  // MARK: Pooling

  /// Pictures with many equal numbers, and some that are none.
  private var ties: Tensor {
    var x = (random([2, 3, 13, 11], seed: 25) * 2).round()
    x[0, 0, 4, 5] = .nan
    x[0, 0, 5, 5] = .nan
    x[1, 2, 0, 0] = -.infinity
    return x
  }

  @Test(
    "are pooled by windows that cover the picture",
    arguments: [
      Size2D(1, 1), Size2D(3, 4), Size2D(7, 5), Size2D(13, 11), Size2D(16, 20), Size2D(0, 2),
    ])
  func adaptiveMaxPooling(size: Size2D) {
    let x = ties
    #expect(agrees { adaptiveMaxPool2d(x, to: size).values })
    let host = adaptiveMaxPool2d(x, to: size).indices
    #expect(TestDevice.use { adaptiveMaxPool2d(x, to: size).indices } == host)
    let (dy, whole) = (random(host.shape, seed: 26), Size2D(13, 11))
    let (dx, trace) = DeviceTrace.counting {
      TestDevice.use {
        let indices = adaptiveMaxPool2d(x, to: size).indices
        let dx = scatterAddPlanes(dy, indices, planeSize: whole)
        return dx + gatherPlanes(dx, indices).sum()
      }
    }
    #expect(trace.fallbacks.isEmpty && trace.downloads.count == 0, "\(trace)")
    let expected = scatterAddPlanes(dy, host, planeSize: whole)
    #expect(relativeError(dx, expected + gatherPlanes(expected, host).sum()) < 1e-6)
  }

  @Test("are put back where pooling found them, the last of several")
  func unpooling() {
    // Windows that overlap find the same place several times.
    let x = ties
    let (values, host) = maxPool2d(x, kernel: 3, stride: 1, padding: 1)
    let dy = random(values.shape, seed: 27)
    let (y, trace) = DeviceTrace.counting {
      TestDevice.use {
        let indices = maxPool2d(x, kernel: 3, stride: 1, padding: 1).indices
        return maxUnpool2d(dy, indices, outputSize: Size2D(13, 11))
      }
    }
    #expect(trace.fallbacks.isEmpty && trace.downloads.count == 0, "\(trace)")
    #expect(y == maxUnpool2d(dy, host, outputSize: Size2D(13, 11)))
    // Positions that come from the host, and planes of another size.
    #expect(agrees { maxUnpool2d(dy, host, outputSize: Size2D(13, 11)) })
    #expect(agrees { maxUnpool2d(dy, host, outputSize: Size2D(20, 30)) })
    #expect(agrees { scatterAddPlanes(dy, host, planeSize: Size2D(13, 11)) })
    let none = IntTensor([], shape: [0, 2, 3, 3])
    #expect(agrees { maxUnpool2d(.zeros([0, 2, 3, 3]), none, outputSize: 6) })
  }

  // MARK: Running sums

  @Test(
    "are summed as they come, from either end",
    arguments: [
      ([1], 0), ([5], 0), ([64], 0), ([1000], 0), ([3, 777], 1), ([4, 300, 3], 1), ([300, 2], 0),
      ([2, 256], 1), ([2, 257], 1), ([100_000], 0),
    ])
  func runningSums(shape: [Int], axis: Int) {
    let x = random(shape, seed: 28)
    for reversed in [false, true] {
      #expect(error([x]) { $0[0].cumsum(axis: axis, reversed: reversed) } < 1e-6)
      // A tenth is not a number in binary: its rounding adds up.
      let tenths = Tensor(repeating: 0.1, shape: shape)
      #expect(error([tenths]) { $0[0].cumsum(axis: axis, reversed: reversed) } < 1e-6)
      let empty = Tensor.zeros([0] + shape)
      #expect(agrees { empty.cumsum(axis: axis + 1, reversed: reversed) })
    }
    for odd in [Double.infinity, -.infinity, .nan] {
      var x = Tensor.ones(shape)
      let half = shape.map { $0 / 2 }
      switch shape.count {
      case 1: x[half[0]] = odd
      case 2: x[half[0], half[1]] = odd
      default: x[half[0], half[1], half[2]] = odd
      }
      #expect(agrees { x.cumsum(axis: axis) } && agrees { x.cumsum(axis: axis, reversed: true) })
    }
  }

  @Test("give the same bits in every run where they are gathered")
  func gatheringIsReproducible() {
    let x = random([2, 3, 40, 40], seed: 29)
    let indices = IntTensor((0..<500).map { $0 * 7 % 13 })
    func run() -> Tensor {
      TestDevice.use {
        let plan = Interpolation(x.shape, to: 93, mode: .bicubic, alignCorners: false)
        let y = plan.adjoint(plan(x)).reshaped([240, 40]).cumsum(axis: 1)
        return y.indexSelect(indices, axis: 0).indexAdded(indices, axis: 0, extent: 240)
      }
    }
    #expect(run().hasSameBits(as: run()))
  }

  // MARK: Peaks

  @Test("are what a device's peaks are measured with")
  func probe() throws {
    let probe = try DeviceProbe(.gpu, seconds: 0, megabytes: 1, steps: 8)
    for figure in [
      probe.operationsPerSecond, probe.bytesCopiedPerSecond, probe.bytesUploadedPerSecond,
      probe.bytesDownloadedPerSecond,
    ] { #expect(figure > 0 && figure.isFinite) }
    #expect(throws: DeviceError.self) { try DeviceProbe(.cpu) }
  }
}
