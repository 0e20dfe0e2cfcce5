import Foundation
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("A tensor used wrongly says what, and what to do")
struct TensorMistakeTests {
  @Test("shapes, indices and axes")
  func messages() async {
    let reshape = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).reshaped([4, -1]) }
    #expect(reshape?.message.contains("6 elements do not fit shape [4, -1]") == true)
    let count = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor([1, 2, 3], shape: [2, 2]) }
    #expect(count?.message.contains("3 numbers do not fill shape [2, 2]") == true)
    let axis = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).sum(axes: [2]) }
    #expect(axis?.message.contains("axis 2 is out of bounds for shape [2, 3]") == true)
    let huge = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([1 << 40, 1 << 40]) }
    #expect(huge?.message.contains("more elements than memory can hold") == true)
    let index = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = gather(Tensor.zeros([2, 3]), IntTensor([3], shape: [1, 1]), axis: 1) }
    #expect(index?.message.contains("index 3 is out of bounds for axis 1 of shape [2, 3]") == true)
  }

  @Test("a bad axis of softmax is told by softmax, also for a tensor without elements")
  func softmaxAxis() async {
    let softmaxed = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).softmax(axis: 2) }
    #expect(
      softmaxed?.message.contains("softmax: axis 2 is out of bounds for shape [2, 3]") == true)
    let logarithm = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 0]).logSoftmax(axis: -3) }
    #expect(
      logarithm?.message.contains("logSoftmax: axis -3 is out of bounds for shape [2, 0]") == true)
  }

  @Test("reshaping names the shape that there is, and the one that was asked for")
  func reshaping() async {
    let ambiguous = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([0, 3]).reshaped([-1, 0]) }
    #expect(ambiguous?.message.contains("reshaped: shape [0, 3] to [-1, 0]") == true)
    let product = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).reshaped([.max, 8]) }
    #expect(product?.message.contains("reshaped from [2, 3]") == true)
    let negative = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = IntTensor([1, 2, 3]).reshaped([-3, -1]) }
    #expect(negative?.message.contains("reshaped from [3]: shape [-3] has a negative") == true)
  }
}

@Suite("Numbers too large to count with stop with a message, not with a trap")
struct HugeNumberTests {
  @Test("a step larger than the range takes the first element")
  func slice() {
    let x = Tensor([[0, 1, 2], [3, 4, 5]])
    #expect(x.slice(0..<3, step: .max, axis: 1) == Tensor([[0], [3]]))
    #expect(x.slice(1..<2, step: .max, axis: 0) == Tensor([[3, 4, 5]]))
    #expect(x.slice(1..<1, step: .max, axis: 1).shape == [2, 0])
  }

  @Test("shapes")
  func shapes() async {
    let repeated = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor(repeating: 1, shape: [.max]) }
    #expect(repeated?.message.contains("shape [9223372036854775807] has more elements") == true)
    let empty = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([0, .max, .max])[0..<0] }
    #expect(empty?.message.contains("more elements than memory can hold") == true)
    let padded = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor([1, 2]).padded([(before: .max, after: 1)]) }
    #expect(padded?.message.contains("padded: axis 0 of shape [2]") == true)
    let joined = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let x = Tensor.zeros([0, 1 << 59])
      _ = concatenate([Tensor](repeating: x, count: 40), axis: 1)
    }
    #expect(joined?.message.contains("concatenate: shapes") == true)
  }

  @Test("counts of numbers")
  func counts() async {
    let range = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.arange(0, 1e30) }
    #expect(range?.message.contains("arange: from 0.0 to 1e+30") == true)
    let endless = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.arange(0, .infinity) }
    #expect(endless?.message.contains("arange: start 0.0, end inf") == true)
    let long = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor.arange(0, 1e17) }
    #expect(long?.message.contains("arange: out of memory") == true)
    let order = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      _ = random.permutation(.max)
    }
    #expect(order?.message.contains("permutation: out of memory") == true)
    let index = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = gather(Tensor([1, 2]), [.max], axis: 0) }
    #expect(index?.message.contains("gather: index 9223372036854775807") == true)
  }

  @Test("convolutions")
  func convolutions() async {
    let padding = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor.zeros([1, 1, 3, 3]), .zeros([1, 1, 2, 2]), padding: Size2D(.max)) }
    #expect(padding?.message.contains("conv2d: padding 9223372036854775807×") == true)
    #expect(padding?.message.contains("[1, 1, 3, 3] and [1, 1, 2, 2]") == true)
    let dilation = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor.zeros([1, 1, 3, 3]), .zeros([1, 1, 2, 2]), dilation: Size2D(.max)) }
    #expect(dilation?.message.contains("conv2d: dilation") == true)
    let stride = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor.zeros([1, 1, 3, 3]), .zeros([1, 1, 2, 2]), stride: Size2D(1, .max)) }
    #expect(stride?.message.contains("conv2d: stride 1×9223372036854775807") == true)
    // Each alone is in range, but not the padded plane.
    let plane = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = conv2d(
        Tensor.zeros([1, 1, 3, 3]), .zeros([1, 1, 2, 2]), stride: Size2D(2_147_483_647),
        padding: Size2D(2_147_483_647))
    }
    #expect(plane?.message.contains("conv2d of input [1, 1, 3, 3] with padding") == true)
    let groups = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor.zeros([1, 4, 3, 3]), .zeros([0, 4, 2, 2]), groups: .max) }
    #expect(groups?.message.contains("does not fit weight [0, 4, 2, 2]") == true)
  }

  @Test("pooling")
  func pooling() async {
    let padding = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = maxPool2d(Tensor.zeros([1, 1, 3, 3]), kernel: 3, padding: Size2D(.max)) }
    #expect(padding?.message.contains("maxPool2d: padding") == true)
    let dilation = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = maxPool2d(Tensor.zeros([1, 1, 3, 3]), kernel: 3, dilation: Size2D(.max)) }
    #expect(dilation?.message.contains("maxPool2d: dilation") == true)
    let kernel = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = avgPool2d(Tensor.zeros([1, 1, 3, 3]), kernel: Size2D(.max), ceilMode: true) }
    #expect(kernel?.message.contains("avgPool2d: kernel") == true)
    let size = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = adaptiveAvgPool2d(Tensor.zeros([1, 1, 3, 3]), to: Size2D(.max)) }
    #expect(size?.message.contains("adaptiveAvgPool2d: size") == true)
    let unpooled = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = scatterAddPlanes(
        Tensor.zeros([1, 1, 1, 1]), IntTensor([0], shape: [1, 1, 1, 1]), planeSize: Size2D(.max))
    }
    #expect(unpooled?.message.contains("scatterAddPlanes: a tensor of shape [1, 1,") == true)
  }
}
