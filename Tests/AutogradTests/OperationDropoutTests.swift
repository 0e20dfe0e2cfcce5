import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Dropout")
struct OperationDropoutTests {
  /// Dropout by the same mask in each call.
  func fixed(_ x: Variable, _ p: Double, seed: UInt64 = 3) -> Variable {
    var random = RandomSource(seed: seed)
    return dropout(x, p, using: &random)
  }

  @Test("sets elements to 0 or scales them by 1/(1 − p)", arguments: [0.0, 0.1, 0.5, 0.9, 1.0])
  func mask(p: Double) {
    let mask = fixed(Variable(.ones([100, 100], dtype: .float64)), p).value
    let kept = mask.scalars.filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 1 / (1 - p)) < 1e-15 / (1 - p) })
    // Five standard deviations of a binomial count.
    let deviation = (10_000 * p * (1 - p)).squareRoot()
    #expect(abs(Double(kept.count) - 10_000 * (1 - p)) <= 5 * deviation)
  }

  @Test("multiplies values, gradients and second derivatives by one mask", arguments: [0.2, 0.5])
  func oneMask(p: Double) {
    var random = RandomSource(seed: 8)
    func normal() -> Tensor { .normal([4, 5], dtype: .float64, using: &random) }
    let mask = fixed(Variable(.ones([4, 5], dtype: .float64)), p).value
    let x = Variable(normal(), requiresGrad: true)
    let cotangent = Variable(normal(), requiresGrad: true)
    let direction = normal()

    let y = fixed(x, p)
    #expect(y.value == x.value * mask)
    let dx = gradients(of: y, withRespectTo: [x], seed: cotangent, createGraph: true)[0]
    #expect(dx.value == cotangent.value * mask)
    let second = gradients(of: (dx * Variable(direction)).sum(), withRespectTo: [x, cotangent])
    #expect(second[0].value == .zeros(like: mask))
    #expect(second[1].value == direction * mask)
  }

  @Test("agrees with finite differences at orders 1 and 2")
  func finiteDifferences() {
    let x = Tensor([0.5, -1, 2, 0.1, -0.3, 1], shape: [2, 3], dtype: .float64)
    #expect(gradientDisagreement(of: { fixed($0[0], 0.5) }, at: [x]) == nil)
  }

  @Test("draws another mask each time, and the same ones from the same seed")
  func masks() {
    let ones = Variable(.ones([64], dtype: .float64))
    var random = RandomSource(seed: 5)
    let first = dropout(ones, 0.5, using: &random).value
    let second = dropout(ones, 0.5, using: &random).value
    #expect(first != second)
    #expect(first == fixed(ones, 0.5, seed: 5).value)
  }
}
