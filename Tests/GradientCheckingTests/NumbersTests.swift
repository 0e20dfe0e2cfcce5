import Retrograd
import RetrogradTestSupport
import Testing

@Suite("The numbers of a gradient check")
struct NumbersTests {
  static func square(tilting element: Int, by factor: Double) -> (Variable) -> Variable {
    { x in
      record("square", x, value: x.value * x.value, keep: .inputs) { saved, dy in
        var factors = Tensor.ones([saved.inputs[0].count], dtype: .float64)
        factors[element] = factor
        return dy * saved.inputs[0] * 2 * Variable(factors)
      }
    }
  }

  @Test("name the one of 5,000 elements that is wrong by a percent")
  func bisected() throws {
    let report = checkGradients(
      of: Self.square(tilting: 3210, by: 1.01), at: GradientCheckTests.tensor([5000]))
    let part = try #require(report.parts.first)
    #expect(report.verdict == .failed && part.usesDirections)
    #expect(part.worst.first?.index == [3210], "\(report)")
  }

  @Test("name one of 200,000 in about twice the evaluations that a right gradient takes")
  func bisectedFast() throws {
    func evaluations(_ factor: Double) -> (count: Int, report: GradientReport) {
      var count = 0
      let square = Self.square(tilting: 123_456, by: factor)
      let x = Tensor.arange(0, 200_000, dtype: .float64) * 5e-6 + 0.5
      let report = checkGradients(
        of: { variable in
          count += 1
          return square(variable)
        }, at: x)
      return (count, report)
    }
    let (right, wrong) = (evaluations(1), evaluations(1.01))
    #expect(right.report.passed && wrong.report.verdict == .failed)
    #expect(wrong.report.parts.first?.worst.first?.index == [123_456], "\(wrong.report)")
    #expect(wrong.count <= 9 * right.count / 4)
  }

  @Test("say what directions do not show")
  func unseen() throws {
    let report = checkGradients(
      of: { ($0 * $0).sum() + 1e8 }, at: GradientCheckTests.tensor([4000]),
      options: .init(orders: 1...1))
    let part = try #require(report.parts.first)
    #expect(part.usesDirections && part.unseen > 0 && part.unseen <= 1)
  }

  @Test("say why an element was left out")
  func reasons() throws {
    let edge = checkGradients(of: { $0.pow(1.5) }, at: [0, 1, 2])
    #expect(edge.description.contains("an edge of the domain"), "\(edge)")
    let rounding = checkGradients(of: { ($0 + 1e14) - 1e14 }, at: [1.3, -0.7])
    #expect(rounding.verdict == .inconclusive)
    #expect(rounding.description.contains("rounding in the function"), "\(rounding)")
  }

  @Test("of what is 0 but for rounding are compared with what rounding does")
  func biasBeforeStatistics() {
    var random = RandomSource(seed: 2)
    let model = Sequential(Linear(3, 4, using: &random), Normalized())
    let report = checkGradients(ofLayer: model, input: GradientCheckTests.tensor([6, 3]))
    #expect(report.passed, "\(report)")
    #expect(report.parts.allSatisfy { $0.worstError < 1e-3 }, "\(report)")
  }

  /// Mean 0 and variance 1 over the batch.
  final class Normalized: Layer {
    func forward(_ x: Variable) -> Variable {
      let centered = x - x.mean(axes: [0], keepDims: true)
      return centered / (centered.square().mean(axes: [0], keepDims: true) + 1e-5).sqrt()
    }
  }

  @Test("at a kink reject what is not between the slopes on its sides")
  func outsideKink() {
    func report(_ slope: Double) -> GradientReport {
      checkGradients(
        of: { x in
          noteBranches("ramp") { x.value .> 0 }
          return record("ramp", x, value: x.value.relu(), keep: .inputs) { saved, dy in
            let x = saved.inputs[0].value
            return dy * Variable((x .> 0) + (x .== 0) * slope)
          }
        }, at: Tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1], dtype: .float64),
        options: .init(orders: 1...1))
    }
    for slope in [0, 0.5, 1] { #expect(report(slope).passed, "\(report(slope))") }
    for slope in [-0.5, 2] { #expect(report(slope).verdict == .failed) }
  }

  @Test("are not compared at all where the output is not finite")
  func notFinite() {
    let report = checkGradients(of: { ($0 - 1).log() }, at: [1, 2])
    #expect(report.verdict == .failed && report.parts.isEmpty && report.cause == .nonFinite)
  }

  @Test("do not take NaN for agreement")
  func nan() {
    let report = checkGradients(
      of: { x in
        record("nan", x, value: x.value * 1, keep: .nothing) { _, dy in dy * .nan }
      }, at: [1, 2])
    #expect(report.verdict == .failed)
  }

  @Test("need a tolerance that is one")
  func tolerance() async {
    await #expect(processExitsWith: .exitCode(70)) {
      _ = checkGradients(of: { $0 }, at: [1], options: .init(tolerance: .nan))
    }
    await #expect(processExitsWith: .exitCode(70)) {
      _ = checkGradients(of: { $0 }, at: [1], options: .init(tolerance: -1))
    }
  }
}

@Suite("Inside a gradient check")
struct LiteralTests {
  @Test("tensors that a function writes as literals take part in double precision")
  func literals() {
    let report = checkGradients(
      of: { x in
        let scaled = record(
          "scaled", x[0], value: x[0].value * Tensor([1, 2, 3]), keep: .nothing
        ) { _, dy in dy * Variable([1, 2, 3]) }
        let mixed = record(
          "mixed", scaled, value: matmul(scaled.value.reshaped([1, 3]), Tensor([[1], [2], [0]])),
          keep: .nothing
        ) { _, dy in matmul(dy, Variable([[1, 2, 0]])).reshaped([3]) }
        return mixed
      }, at: [[1, 2, 3]])
    #expect(report.passed, "\(report)")
  }

  @Test("outside of one they do not")
  func outside() async {
    await #expect(processExitsWith: .exitCode(70)) {
      _ = Tensor([1, 2], dtype: .float64) * Tensor([1, 2])
    }
    await #expect(processExitsWith: .exitCode(70)) {
      _ = conv2d(
        Tensor.ones([1, 1, 2, 2]), .ones([1, 1, 1, 1]), bias: .ones([1], dtype: .float64))
    }
  }
}
