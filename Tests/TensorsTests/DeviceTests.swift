import RetrogradDevices
import RetrogradTestSupport
import Testing

@testable import RetrogradTensors

@Suite(
  "Tensors on a device",
  .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
struct DeviceTests {
  func random(_ shape: [Int], seed: UInt64) -> Tensor {
    var source = RandomSource(seed: seed)
    return .normal(shape, using: &source)
  }

  /// How far what `compute` gives on the device is from the host's result in double precision.
  func error(_ inputs: [Tensor], _ compute: ([Tensor]) -> Tensor) -> Double {
    let (result, trace) = DeviceTrace.counting { TestDevice.use { compute(inputs) } }
    #expect(trace.fallbacks.isEmpty, "\(trace)")
    #expect(!trace.kernels.isEmpty)
    let expected = compute(inputs.map { $0.converted(to: .float64) })
    return relativeError(result.converted(to: .float64), expected)
  }

  // MARK: Where the numbers are

  @Test("are computed there inside of withDevice, and read like any others")
  func scope() {
    let x = Tensor([1, 2, 3])
    let y = TestDevice.use { x * 2 + 1 }
    #expect(y.deviceName != nil && x.deviceName == nil)
    #expect(y.scalars == [3, 5, 7] && y[1] == 5)
  }

  @Test("stay where they were moved to, and take with them what is computed from them")
  func moving() {
    let x = Tensor([1, 2, 3]).to(.gpu)
    let y = x.exp()
    #expect(x.deviceName != nil && y.deviceName == x.deviceName)
    let back = y.to(.cpu)
    #expect(back.deviceName == nil && back == y)
    #expect((back + 1).deviceName == nil)
    #expect(withDevice(.cpu) { x * x }.deviceName == nil)
  }

  @Test("are copied to it once, and back when they are read")
  func transfers() {
    let x = random([1000], seed: 1)
    let (_, trace) = DeviceTrace.counting {
      TestDevice.use {
        let y = x * x + x
        #expect(y.scalars == y.scalars)
      }
    }
    #expect(trace.uploads.count == 1 && trace.uploads.bytes >= 4000)
    #expect(trace.downloads.count == 1 && trace.downloads.bytes == 4000)
    #expect(trace.kernels == ["x * y": 1, "x + y": 1] && trace.fallbacks.isEmpty)
  }

  @Test("tell of several tensors whether they are finite in one answer")
  func finite() {
    var broken = random([5, 70], seed: 2)
    broken[4, 69] = .nan
    let tensors = [random([3], seed: 1), broken, random([2, 2], seed: 3), .ones([1]) / 0]
    let (answers, trace) = DeviceTrace.counting { TestDevice.use { Tensor.areFinite(tensors) } }
    #expect(answers == [true, false, true, false])
    #expect(trace.downloads.count == 1 && trace.downloads.bytes == 16, "\(trace)")
    let mixed = tensors + [.zeros([0]), .zeros([2], dtype: .float64)]
    #expect(TestDevice.use { Tensor.areFinite(mixed) } == answers + [true, true])
    #expect(TestDevice.use { Tensor.areFinite([]) }.isEmpty)
  }

  @Test("are copied before one of two is changed")
  func values() {
    let x = TestDevice.use { Tensor.zeros([4]) + 1 }
    var y = x
    y[2] = 5
    #expect(x.scalars == [1, 1, 1, 1] && y.scalars == [1, 1, 5, 1])
    // And what was changed on the host is new to the device.
    #expect(TestDevice.use { y + 1 }.scalars == [2, 2, 6, 2])
  }

  @Test("share memory when they are reshaped or a range of rows")
  func views() {
    let x = TestDevice.use { Tensor((0..<12).map(Double.init), shape: [4, 3]) * 1 }
    let y = TestDevice.use { x[1..<3].reshaped([3, 2]) + 0.5 }
    #expect(y.scalars == [3.5, 4.5, 5.5, 6.5, 7.5, 8.5])
  }

  @Test("of float64 are computed on the host")
  func doublePrecision() {
    let (y, trace) = DeviceTrace.counting {
      TestDevice.use { Tensor([1, 2], dtype: .float64).exp() }
    }
    #expect(y.deviceName == nil && trace.kernels.isEmpty && trace.uploads.count == 0)
  }

  @Test("that have no kernel for an operation are right, and it is counted")
  func fallback() {
    let (y, trace) = DeviceTrace.counting {
      TestDevice.use { (Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) * 1).tril() }
    }
    #expect(y.scalars == [1, 0, 0, 4, 5, 0, 7, 8, 9])
    #expect(trace.downloads.count == 1 && trace.fallbacks.values.reduce(0, +) == 1)
  }

  @Test("without elements are nothing special")
  func empty() {
    let y = TestDevice.use { (Tensor.zeros([0, 3]) + 1).sum(axes: [0]) }
    #expect(y.scalars == [0, 0, 0])
    #expect(
      TestDevice.use { matmul(Tensor.zeros([2, 0]), Tensor.zeros([0, 3])) }.scalars == [
        0, 0, 0, 0, 0, 0,
      ])
  }

  @Test("are read by several threads at once")
  func threads() async {
    let x = TestDevice.use { Tensor.ones([5000]) * 3 }
    await withTaskGroup(of: Double.self) { group in
      for _ in 0..<8 { group.addTask { x.scalars.reduce(0, +) } }
      for await sum in group { #expect(sum == 15000) }
    }
  }

  @Test("that ask for an unknown device are computed on the host")
  func unknownDevice() {
    #expect(withDevice(Device("abacus")) { Tensor([1, 2]) + 1 }.scalars == [2, 3])
    #expect(throws: DeviceError.self) { try Device("abacus").check() }
  }

  // MARK: Kernels

  @Test("keep infinities and what is no number")
  func specialNumbers() {
    let x = Tensor([Double.nan, .infinity, -.infinity, -0.0, 1])
    for function in [
      { (x: Tensor) in x.relu() }, { $0.exp() }, { $0.sigmoid() }, { $0.abs() }, { $0.sign() },
      { $0.clamped(min: -1, max: 1) }, { maximum($0, Tensor([0])) }, { $0.softmax(axis: 0) },
      { $0.max() }, { $0.min() }, { $0.sum() }, { $0 .> 0 },
      { logAddExp($0, Tensor([-.infinity])) },
    ] {
      let (host, device) = (function(x), TestDevice.use { function(x) })
      #expect(zip(host.scalars, device.scalars).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    }
  }

  @Test("broadcast any two shapes", arguments: 0..<20)
  func broadcasting(seed: Int) {
    var source = RandomSource(seed: UInt64(seed))
    func shape() -> [Int] {
      let full = [2, 3, 1, 5, 4]
      return full.suffix(source.integer(in: 0..<6)).map {
        source.integer(in: 0..<2) == 0 ? 1 : $0
      }
    }
    let (a, b) = (random(shape(), seed: 1), random(shape(), seed: 2))
    #expect(error([a, b]) { $0[0] * $0[1] - $0[0] } < 1e-6)
  }

  @Test(
    "are summed over any axes",
    arguments: [
      ([7], [0]), ([3, 1000], [1]), ([100_000], [0]), ([40, 3, 70], [0, 2]), ([5, 6, 7], [1]),
      ([2, 300, 3], [1]),
    ])
  func sums(shape: [Int], axes: [Int]) {
    let x = random(shape, seed: 3)
    #expect(error([x]) { $0[0].sum(axes: axes) } < 2e-6)
    #expect(error([x]) { $0[0].amax(axes: axes) } < 1e-6)
    #expect(error([x]) { $0[0].amin(axes: axes) } < 1e-6)
  }

  @Test(
    "are multiplied as matrices of any extents, transposed or not",
    arguments: [
      (1, 1, 1), (64, 64, 16), (65, 63, 17), (3, 200, 70), (130, 5, 1000), (20, 30, 5000),
    ])
  func products(rows: Int, columns: Int, depth: Int) {
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = random(transposeA ? [depth, rows] : [rows, depth], seed: 4)
      let b = random(transposeB ? [columns, depth] : [depth, columns], seed: 5)
      let worst = error([a, b]) {
        matmul($0[0], $0[1], transposeA: transposeA, transposeB: transposeB)
      }
      #expect(worst < 1e-5)
    }
  }

  @Test("are multiplied in batches")
  func batches() {
    let (a, b) = (random([4, 1, 5, 6], seed: 6), random([4, 1, 6, 3], seed: 7))
    #expect(error([a, b]) { matmul($0[0], $0[1]) } < 1e-5)
    #expect(error([a, b[0..<1].reshaped([6, 3])]) { matmul($0[0], $0[1]) } < 1e-5)
  }

  /// A convolution by its numbers.
  struct Example: Sendable, CustomTestStringConvertible {
    let input: [Int]
    let weight: [Int]
    let options: ConvolutionOptions
    var testDescription: String { "\(input) by \(weight), stride \(options.stride)" }
  }

  @Test(
    "are convolved, and the gradients gathered",
    arguments: [
      Example(input: [2, 3, 9, 8], weight: [4, 3, 3, 3], options: .init(padding: 1)),
      Example(
        input: [1, 3, 31, 30], weight: [5, 3, 11, 11], options: .init(stride: 4, padding: 2)),
      Example(
        input: [3, 4, 10, 12], weight: [6, 2, 3, 2],
        options: .init(
          stride: Size2D(2, 3), padding: Size2D(1, 0), dilation: Size2D(2, 1), groups: 2)),
      Example(input: [2, 5, 7, 7], weight: [5, 1, 3, 3], options: .init(padding: 1, groups: 5)),
      Example(input: [2, 70, 13, 13], weight: [66, 70, 1, 1], options: .init()),
      Example(input: [1, 1, 1, 1], weight: [1, 1, 1, 1], options: .init()),
    ])
  func convolutions(_ example: Example) {
    let (x, w) = (random(example.input, seed: 8), random(example.weight, seed: 9))
    let bias = random([example.weight[0]], seed: 10)
    let options = example.options
    let plain = error([x, w, bias]) { conv2d($0[0], $0[1], bias: $0[2], options: options) }
    #expect(plain < 1e-5)
    let rectified = error([x, w]) { conv2d($0[0], $0[1], options: options, relu: true) }
    #expect(rectified < 1e-5)
    let dy = random(conv2d(x, w, options: options).shape, seed: 11)
    #expect(
      error([dy, x, w]) { conv2dGradients($0[0], $0[1], $0[2], options: options).input } < 1e-5)
    #expect(
      error([dy, x, w]) { conv2dGradients($0[0], $0[1], $0[2], options: options).weight } < 1e-5)
  }

  @Test(
    "are pooled, and the gradients gathered",
    arguments: [
      (3, 2, 0, 1, false), (2, 2, 0, 1, true), (3, 1, 1, 1, false), (3, 2, 1, 2, true),
      (5, 3, 2, 1, true),
    ])
  func pooling(kernel: Int, stride: Int, padding: Int, dilation: Int, ceilMode: Bool) {
    let x = random([2, 3, 13, 11], seed: 12)
    let worst = error([x]) {
      maxPool2d(
        $0[0], kernel: Size2D(kernel, kernel), stride: Size2D(stride, stride),
        padding: Size2D(padding, padding), dilation: Size2D(dilation, dilation), ceilMode: ceilMode
      ).values
    }
    #expect(worst < 1e-6)
    let gradient = error([x]) {
      let (values, indices) = maxPool2d(
        $0[0], kernel: Size2D(kernel, kernel), stride: Size2D(stride, stride),
        padding: Size2D(padding, padding), dilation: Size2D(dilation, dilation), ceilMode: ceilMode)
      let dx = scatterAddPlanes(values, indices, planeSize: Size2D(13, 11))
      return dx + gatherPlanes(dx, indices).sum()
    }
    #expect(gradient < 1e-5)
    if dilation > 1 { return }
    func pooling(_ shape: [Int], dividingBy divisor: Int?) -> AveragePooling {
      AveragePooling(
        shape, kernel: Size2D(kernel, kernel), stride: Size2D(stride, stride),
        padding: Size2D(padding, padding), ceilMode: ceilMode, countIncludesPadding: true,
        divisorOverride: divisor)
    }
    for divisor in [nil, 7, -3] {
      let mean = error([x]) {
        let pooling = pooling($0[0].shape, dividingBy: divisor)
        return pooling.adjoint(pooling($0[0]))
      }
      #expect(mean < 1e-5)
    }
    // A divisor that kernels cannot count to.
    let huge = pooling(x.shape, dividingBy: 1 << 33)
    #expect(TestDevice.use { huge.adjoint(huge(x)) } == huge.adjoint(huge(x)))
  }

  @Test("are normalized by channels and by rows, and summed over windows")
  func normalization() {
    let (x, dy) = (random([3, 4, 5, 6], seed: 16), random([3, 4, 5, 6], seed: 17))
    let (a, b) = (random([4], seed: 18), random([4], seed: 19))
    #expect(error([x]) { $0[0].channelMoments().mean } < 1e-5)
    #expect(error([x]) { $0[0].channelMoments().variance } < 1e-5)
    #expect(
      error([x, a, b]) { $0[0].normalizedChannels(mean: $0[1], scale: $0[2], shift: $0[1]) } < 1e-5)
    #expect(error([dy, x, a]) { $0[0].channelSums(with: $0[1], mean: $0[2]).sum } < 1e-5)
    #expect(error([dy, x, a]) { $0[0].channelSums(with: $0[1], mean: $0[2]).product } < 1e-5)
    let back = error([dy, x, a, b]) {
      $0[0].backThroughChannels(x: $0[1], mean: $0[2], offset: $0[3], slope: $0[2], scale: $0[3])
    }
    #expect(back < 1e-5)
    for (before, after) in [(2, 2), (0, 3), (5, 0)] {
      #expect(error([x]) { $0[0].windowSums(before: before, after: after, axis: 1) } < 1e-5)
    }
  }

  @Test("are rearranged")
  func rearranging() {
    let x = random([3, 4, 5], seed: 13)
    #expect(error([x]) { $0[0].permuted([2, 0, 1]) } == 0)
    #expect(error([x]) { $0[0].flipped(axes: [0, 2]) } == 0)
    #expect(error([x]) { $0[0].slice(1..<5, step: 2, axis: 2) } == 0)
    #expect(error([x]) { $0[0].padded([(1, 0), (0, 2), (3, 1)], mode: .constant(7)) } == 0)
    #expect(error([x, x]) { concatenate([$0[0], $0[1] * 2], axis: 1) } == 0)
    #expect(error([x]) { $0[0].rolled(by: [2], axes: [1]) } == 0)
    #expect(error([x]) { select($0[0] .> 0, $0[0], -$0[0]) } == 0)
  }

  @Test("give the same bits in every run")
  func reproducible() {
    let (x, w) = (random([4, 8, 20, 20], seed: 14), random([16, 8, 3, 3], seed: 15))
    func run() -> Tensor {
      TestDevice.use {
        let y = conv2d(x, w, padding: 1)
        return conv2dWeightGradient(y, x, kernelSize: 3, options: .init(padding: 1)) + y.sum()
      }
    }
    #expect(run().hasSameBits(as: run()))
  }
}
