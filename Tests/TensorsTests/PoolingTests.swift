import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Pooling")
struct PoolingTests {
  private func random(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var source = RandomSource(seed: seed)
    return .normal(shape, dtype: .float64, using: &source)
  }

  private func product(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item() }

  @Test("of maxima is PyTorch's, ties included", arguments: DType.allCases)
  func reference(dtype: DType) {
    let poolings = Fixtures.json("kernels.json", as: KernelFixtures.self).poolings
    for instructions in InstructionSet.available {
      for (number, each) in poolings.enumerated() {
        let (values, indices) = instructions.use {
          maxPool2d(
            each.x.tensor(dtype), kernel: Size2D(each.kernel), stride: Size2D(each.stride),
            padding: Size2D(each.padding), dilation: Size2D(each.dilation),
            ceilMode: each.ceilMode)
        }
        let comment: Comment = "case \(number), \(instructions.name)"
        #expect(values == each.values.tensor(dtype), comment)
        #expect(
          indices == IntTensor(each.indices.scalars, shape: each.indices.shape), comment)
      }
    }
  }

  @Test("takes the first of equal maxima")
  func ties() {
    let x = Tensor([2, 1, 0, 2], shape: [1, 1, 2, 2])
    #expect(maxPool2d(x, kernel: 2).indices.scalars == [0])
    #expect(maxPool2d(-x.abs() * 0, kernel: 2).indices.scalars == [0])
  }

  @Test("NaN wins over every number, the last of several, and −∞ over the padding")
  func notANumber() {
    let x = Tensor([1, .nan, .nan, 2], shape: [1, 1, 2, 2])
    let (values, indices) = maxPool2d(x, kernel: 2)
    #expect(values.item().isNaN && indices.scalars == [2])
    let lowest = Tensor(repeating: -.infinity, shape: [1, 1, 2, 2])
    let padded = maxPool2d(lowest, kernel: 2, stride: 2, padding: 1)
    #expect(padded.values.scalars == [Double](repeating: -.infinity, count: 4))
    #expect(padded.indices.scalars == [0, 1, 2, 3])
  }

  @Test("unpooling adds where the same maximum was taken twice")
  func overlap() {
    let x = Tensor([0, 5, 0], shape: [1, 1, 1, 3])
    let (_, indices) = maxPool2d(x, kernel: [1, 2], stride: 1)
    let dx = scatterAddPlanes(Tensor([1, 10], shape: [1, 1, 1, 2]), indices, planeSize: [1, 3])
    #expect(dx.scalars == [0, 11, 0])
  }

  @Test("unpooling and gathering are adjoint")
  func unpoolAdjoint() {
    let x = random([2, 3, 7, 8])
    let (values, indices) = maxPool2d(x, kernel: 3, stride: 2, padding: 1, ceilMode: true)
    #expect(gatherPlanes(x, indices) == values)
    let dy = random(values.shape, seed: 2)
    let difference =
      product(values, dy) - product(x, scatterAddPlanes(dy, indices, planeSize: [7, 8]))
    #expect(abs(difference) < 1e-12)
  }

  @Test("of means and its gradient are adjoint")
  func meanAdjoint() {
    for (kernel, stride, padding): (Size2D, Size2D, Size2D) in [
      (3, 2, 1), ([2, 3], [1, 2], [0, 1]), (4, 3, 2), (1, 2, 0),
    ] {
      for ceilMode in [false, true] {
        for countIncludesPadding in [false, true] {
          let x = random([2, 3, 7, 8])
          let pooling = AveragePooling(
            x.shape, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
            countIncludesPadding: countIncludesPadding, divisorOverride: nil)
          let y = pooling(x)
          let dy = random(y.shape, seed: 2)
          let dx = pooling.adjoint(dy)
          #expect(abs(product(y, dy) - product(x, dx)) < 1e-12)
        }
      }
    }
  }

  @Test("adaptive pooling to a size and its gradient are adjoint")
  func adaptiveAdjoint() {
    for size: Size2D in [1, 3, [7, 8], [2, 11], 6] {
      let x = random([2, 3, 7, 8])
      let pooling = AveragePooling(x.shape, to: size)
      let y = pooling(x)
      #expect(y.shape == [2, 3, size.height, size.width])
      let dy = random(y.shape, seed: 2)
      let dx = pooling.adjoint(dy)
      #expect(abs(product(y, dy) - product(x, dx)) < 1e-12)
    }
    let x = random([1, 2, 3, 5])
    #expect(adaptiveAvgPool2d(x, to: [3, 5]) == x)
  }

  @Test("the padding counts in a mean when asked to")
  func padding() {
    let x = Tensor.ones([1, 1, 2, 2])
    let counting = avgPool2d(x, kernel: 2, stride: 2, padding: 1)
    let not = avgPool2d(x, kernel: 2, stride: 2, padding: 1, countIncludesPadding: false)
    #expect(counting.scalars == [0.25, 0.25, 0.25, 0.25])
    #expect(not.scalars == [1, 1, 1, 1])
  }

  @Test("no pictures give no pictures")
  func empty() {
    #expect(maxPool2d(Tensor.ones([0, 3, 4, 4]), kernel: 2).values.shape == [0, 3, 2, 2])
    #expect(avgPool2d(Tensor.ones([2, 0, 4, 4]), kernel: 2).shape == [2, 0, 2, 2])
  }

  @Test("a window that fits nowhere stops with the shapes")
  func mistakes() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = maxPool2d(Tensor.ones([1, 1, 2, 2]), kernel: 3) }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("maxPool2d") && message.contains("[1, 1, 2, 2]"))
  }
}
