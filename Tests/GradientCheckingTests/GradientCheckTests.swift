import Retrograd
import RetrogradTestSupport
import Testing

@Suite("A gradient check")
struct GradientCheckTests {
  static func tensor(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .normal(shape, using: &random)
  }

  @Test("passes what is right, at both orders")
  func right() {
    let report = checkGradients(
      of: { x in softmax(matmul(x[0], x[1]).tanh(), axis: 1) * x[2].exp() },
      at: [Self.tensor([3, 4]), Self.tensor([4, 2], seed: 2), Self.tensor([2], seed: 3)])
    #expect(report.passed, "\(report)")
    #expect(report.parts.map(\.order) == [1, 1, 1, 2, 2, 2, 2])
    #expect(abs((report.measuredOrder ?? 0) - 2) < 0.3)
    #expect(report.coverage == 1)
    print(report)
  }

  /// `x²` with a mistake.
  static func square(
    _ derivative: @escaping @Sendable (Variable, Variable) -> Variable
  ) -> (Variable) -> Variable {
    { x in
      record("square", x, value: x.value * x.value, keep: .inputs) { saved, dy in
        derivative(saved.inputs[0], dy)
      }
    }
  }

  @Test("finds a missing factor, and names it")
  func factor() {
    let report = checkGradients(of: Self.square { x, dy in dy * x }, at: Self.tensor([2, 3]))
    #expect(report.verdict == .failed)
    #expect(report.cause == .constantFactor)
    #expect(abs(report.measuredOrder ?? 0) < 0.1)
    print(report)
    print(report.json.count)
  }

  @Test("names the usual mistakes")
  func causes() {
    func cause(
      _ derivative: @escaping @Sendable (Variable, Variable) -> Variable
    ) -> GradientCause? {
      checkGradients(of: Self.square(derivative), at: Self.tensor([3, 3])).cause
    }
    #expect(cause { x, dy in -(dy * x * 2) } == .sign)
    #expect(cause { x, _ in x * 2 } == .cotangentIgnored)
    #expect(cause { x, dy in (dy * x * 2).transposed() } == .transposed)
    #expect(cause { x, dy in dy * x * 0 } == .zero)
    // 2y · dy: the derivative 2x at the output y = x².
    #expect(cause { x, dy in dy * x * x * 2 } == .wrongPoint)
    #expect(cause { x, dy in dy * x.detached() * 2 } == .secondOrder)
    #expect(cause { x, dy in dy * dy * x * 2 } == .notLinear)
    #expect(cause { x, dy in (dy * x * 2).sum(axes: [0]) } == .wrongShape)
    #expect(cause { x, dy in dy * x * 2 + 1 } == .cotangentIgnored)
  }
}
