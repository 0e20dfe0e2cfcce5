import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("matmul and linear")
struct MatrixProductTests {
  private func random(_ shape: [Int], seed: UInt64 = 1, _ dtype: DType = .float64) -> Tensor {
    var source = RandomSource(seed: seed)
    return .normal(shape, dtype: dtype, using: &source)
  }

  @Test("multiply rows by columns")
  func smallest() {
    let a = Tensor([[1, 2], [3, 4]])
    let b = Tensor([[5, 6], [7, 8]])
    #expect(matmul(a, b) == Tensor([[19, 22], [43, 50]]))
    #expect(matmul(a, b, transposeA: true) == Tensor([[26, 30], [38, 44]]))
    #expect(matmul(a, b, transposeB: true) == Tensor([[17, 23], [39, 53]]))
    #expect(matmul(a, b, transposeA: true, transposeB: true) == Tensor([[23, 31], [34, 46]]))
  }

  @Test("an operand of one axis is a row on the left and a column on the right")
  func vectors() {
    let x = Tensor([1, 2, 3])
    let m = Tensor([[1, 0], [0, 1], [1, 1]])
    #expect(matmul(x, x) == Tensor(14))
    #expect(matmul(x, m) == Tensor([4, 5]))
    #expect(matmul(m, x, transposeA: true) == Tensor([4, 5]))
    #expect(matmul(x.reshaped([1, 3]), m) == Tensor([[4, 5]]))
    #expect(matmul(Tensor.ones([5, 2, 3]), x) == Tensor(repeating: 6, shape: [5, 2]))
    #expect(matmul(x, Tensor.ones([5, 3, 2])) == Tensor(repeating: 6, shape: [5, 2]))
  }

  @Test("leading axes broadcast, and each pair is a product of its own")
  func batches() {
    let a = random([2, 1, 3, 4])
    let b = random([5, 4, 6], seed: 2)
    let c = matmul(a, b)
    #expect(c.shape == [2, 5, 3, 6])
    for i in 0..<2 {
      for j in 0..<5 {
        let product = matmul(
          a[i..<(i + 1)].reshaped([3, 4]), b[j..<(j + 1)].reshaped([4, 6]))
        #expect(c[i..<(i + 1)].reshaped([5, 3, 6])[j..<(j + 1)].reshaped([3, 6]) == product)
      }
    }
  }

  @Test("without anything to sum the result is zeros, without rows it is empty")
  func empty() {
    #expect(matmul(Tensor.ones([2, 0]), Tensor.ones([0, 3])) == Tensor.zeros([2, 3]))
    #expect(matmul(Tensor.ones([0, 2]), Tensor.ones([2, 3])).shape == [0, 3])
    #expect(matmul(Tensor.ones([0, 2, 2]), Tensor.ones([2, 3])).shape == [0, 2, 3])
    #expect(matmul(Tensor.ones([0]), Tensor.ones([0])) == Tensor(0))
    let bias = Tensor([1, 2])
    #expect(linear(Tensor.ones([3, 0]), Tensor.ones([2, 0]), bias: bias)[2, 1] == 2)
    #expect(linear(Tensor.ones([0, 4]), Tensor.ones([2, 4]), bias: bias).shape == [0, 2])
  }

  @Test("linear is x · Wᵀ + b over the last axis")
  func linearLayer() {
    for (rows, inputs, outputs) in [(1, 5, 3), (6, 100, 7), (16, 64, 33), (40, 33, 50)] {
      let x = random([2, rows, inputs])
      let weight = random([outputs, inputs], seed: 2)
      let bias = random([outputs], seed: 3)
      let expected = matmul(x, weight, transposeB: true) + bias
      #expect(disagreement(linear(x, weight, bias: bias), expected, tolerance: 1e-13) == nil)
      #expect(disagreement(linear(x, weight), expected - bias, tolerance: 1e-13) == nil)
    }
    #expect(linear(Tensor([1, 2]), Tensor([[3, 4]])) == Tensor([11]))
  }

  @Test("results do not depend on the number of threads")
  func threads() {
    for (rows, depth, columns) in [(70, 900, 110), (3, 500, 200), (200, 500, 3), (1, 64, 999)] {
      for dtype in DType.allCases {
        let a = random([rows, depth], dtype)
        let b = random([depth, columns], seed: 2, dtype)
        let w = random([columns, depth], seed: 3, dtype)
        let one = Threads.withLimit(1) { [matmul(a, b), linear(a, w)] }
        for limit in [2, 3, 7] {
          #expect(Threads.withLimit(limit) { [matmul(a, b), linear(a, w)] } == one)
        }
      }
    }
  }

  @Test(
    "products of all kinds are the sums of products, with every instruction set",
    arguments: InstructionSet.available,
    // Rows, depth and columns: few rows, whole vectors that are multiplied in place, rests of tiles and blocks, and
    // more than the caches hold.
    [
      [1, 40, 33], [25, 31, 48], [64, 64, 64], [70, 300, 32], [97, 257, 256], [130, 90, 145],
      [33, 600, 320], [60, 520, 192],
    ])
  func kinds(instructions: InstructionSet, extents: [Int]) {
    let (rows, depth, columns) = (extents[0], extents[1], extents[2])
    let a = random([rows, depth], .float32)
    let b = random([depth, columns], seed: 2, .float32)
    let exact = instructions.use {
      matmul(a.converted(to: .float64), b.converted(to: .float64))
    }
    // Against sums that no matrix product has a part in.
    let plain =
      (a.converted(to: .float64).reshaped([rows, depth, 1])
      * b.converted(to: .float64).reshaped([1, depth, columns])).sum(axes: [1])
    #expect((exact - plain).abs().max().item() < 1e-10)
    let products = instructions.use {
      [
        matmul(a, b), matmul(a.transposed(), b, transposeA: true),
        matmul(a, b.transposed(), transposeB: true),
      ]
    }
    for product in products {
      let error = (product.converted(to: .float64) - exact).abs().max().item()
      #expect(error < 1e-4 * exact.abs().max().item())
    }
    for limit in [1, 3] {
      #expect(Threads.withLimit(limit) { instructions.use { matmul(a, b) } } == products[0])
    }
  }

  @Test("operands that do not fit stop with both shapes")
  func mistakes() async {
    await #expect(processExitsWith: .exitCode(70)) {
      _ = matmul(Tensor.ones([2, 3]), Tensor.ones([4, 5]))
    }
    await #expect(processExitsWith: .exitCode(70)) {
      _ = matmul(Tensor.ones([2, 1, 3]), Tensor.ones([3, 3, 5]).reshaped([3, 5, 3]))
    }
    await #expect(processExitsWith: .exitCode(70)) {
      _ = matmul(Tensor.ones([2, 2]), Tensor.ones([2, 2], dtype: .float64))
    }
    await #expect(processExitsWith: .exitCode(70)) {
      _ = linear(Tensor.ones([2, 3]), Tensor.ones([5, 4]))
    }
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = linear(Tensor.ones([2, 3]), Tensor.ones([5, 3]), bias: Tensor.ones([4])) }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("linear: bias [4] does not fit weight [5, 3]: expects [5]"))
  }
}
