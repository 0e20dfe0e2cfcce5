import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("A gradient check")
struct GradientCheckTests {
  static func tensor(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .normal(shape, using: &random)
  }

  /// `x²` with the given derivative.
  static func square(
    _ derivative: @escaping @Sendable (_ x: Variable, _ dy: Variable) -> Variable
  ) -> (Variable) -> Variable {
    { x in
      record("square", x, value: x.value * x.value, keep: .inputs) { saved, dy in
        derivative(saved.inputs[0], dy)
      }
    }
  }

  @Test("passes what is right, at both orders, and measures order 2")
  func right() {
    let report = checkGradients(
      of: { x in softmax(matmul(x[0], x[1]).tanh(), axis: 1) * x[2].exp() },
      at: [Self.tensor([3, 4]), Self.tensor([4, 2], seed: 2), Self.tensor([2], seed: 3)])
    #expect(report.passed, "\(report)")
    #expect(report.parts.map(\.order) == [1, 1, 1, 2, 2, 2, 2])
    #expect(report.parts.last?.name == "cotangent")
    #expect(abs((report.measuredOrder ?? 0) - 2) < 0.3)
    #expect(report.coverage == 1 && report.cause == nil)
  }

  @Test("finds a missing factor, shows the worst elements and measures order 0")
  func factor() throws {
    let report = checkGradients(of: Self.square { x, dy in dy * x }, at: Self.tensor([2, 3]))
    #expect(report.verdict == .failed && !report.passed)
    #expect(report.cause == .constantFactor)
    #expect(abs(report.measuredOrder ?? 1) < 0.1)
    let part = try #require(report.parts.first)
    #expect(part.wrong == 6 && part.worst.count == 5)
    for element in part.worst {
      #expect(abs(element.analytic / element.numerical - 0.5) < 1e-6)
      #expect(element.error > element.tolerance)
    }
    #expect(report.description.contains("analytic = 0.5 × numerical"))
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
    #expect(cause { x, dy in dy * x * x * 2 } == .wrongFactor)
    #expect(cause { x, dy in dy * x.exp() } == .wrongFormula)
    #expect(cause { x, dy in dy * x.detached() * 2 } == .secondOrder)
    #expect(cause { x, dy in dy * dy * x * 2 } == .notLinear)
    #expect(cause { x, dy in (dy * x * 2).sum(axes: [0]) } == .wrongShape)
  }

  @Test("an error of 1 % in one element of a thousand is found, and its place named")
  func oneElement() throws {
    let report = checkGradients(
      of: Self.square { x, dy in
        var factor = Tensor.ones([10, 100], dtype: .float64)
        factor[7, 42] = 1.01
        return dy * x * 2 * Variable(factor)
      }, at: Self.tensor([10, 100]), options: .init(orders: 1...1))
    let part = try #require(report.parts.first)
    #expect(part.wrong == 1 && part.worst.first?.index == [7, 42])
    #expect(part.diagnoses.first?.explanation.contains("[7, 42]") == true)
  }

  @Test("a large input is checked along directions, and a mistake is located")
  func directions() throws {
    let x = Self.tensor([60, 60])
    let right = checkGradients(of: { ($0.tanh() * $0).sum(axes: [1]) }, at: x)
    #expect(right.passed && right.parts.allSatisfy { $0.name == "cotangent" || $0.usesDirections })
    let wrong = checkGradients(of: Self.square { x, dy in dy * x * 4 }, at: x)
    #expect(wrong.verdict == .failed && wrong.cause == .constantFactor)
    let part = try #require(wrong.parts.first)
    #expect(part.usesDirections && part.worst.count == 5)
  }

  @Test("text fits 80 columns, and JSON reads back")
  func forms() throws {
    let reports = [
      checkGradients(of: Self.square { x, dy in dy * x }, at: Self.tensor([2, 3])),
      checkGradients(of: Self.square { _, dy in dy.sum() }, at: Self.tensor([2, 3])),
      checkGradients(of: { $0.relu() }, at: [0, 0, 1, -1, 2, -3, 4, 5, 6, 7, 8, 9]),
    ]
    for report in reports {
      for line in report.description.split(separator: "\n") {
        #expect(line.count <= 80, "\(line)")
      }
      let read = try JSONDecoder().decode(GradientReport.self, from: Data(report.json.utf8))
      #expect(read.verdict == report.verdict && read.parts.count == report.parts.count)
      #expect(read.cause == report.cause)
    }
  }

  @Test("the same seed gives the same report")
  func repeatable() {
    func report(_ seed: UInt64) -> String {
      checkGradients(
        of: { $0.tanh() }, at: Self.tensor([3]), options: .init(seed: seed)
      ).json
    }
    #expect(report(4) == report(4) && report(4) != report(5))
  }

  @Test("empty inputs and single numbers are no trouble")
  func awkwardShapes() {
    for shape in [[0], [2, 0], [], [1], [1, 1, 1]] {
      let report = checkGradients(of: { $0.exp() * 2 }, at: Self.tensor(shape))
      #expect(report.passed, "\(shape): \(report)")
    }
    let none = checkGradients(of: { _ in Variable(Tensor([1], dtype: .float64)) }, at: [])
    #expect(none.passed)
  }

  @Test("a value that is infinite or no number is blamed on the operation that made it")
  func nonFinite() {
    let report = checkGradients(of: { ($0.log() * 2).tanh() }, at: [1, -1, 2])
    #expect(report.verdict == .failed && report.cause == .nonFinite)
    #expect(report.description.contains("\"log\" gave infinities or NaN"))
  }
}

@Suite("At kinks a gradient check")
struct KinkTests {
  @Test("leaves out elements at a kink and reports the slopes on both sides")
  func exactKink() throws {
    let report = checkGradients(
      of: { $0.relu() * 3 }, at: [0, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5],
      options: .init(orders: 1...1))
    #expect(report.passed, "\(report)")
    let part = try #require(report.parts.first)
    #expect(part.leftOut == 1 && part.compared == 10)
    let kink = try #require(part.kinks.first)
    #expect(kink.index == [0] && kink.returned == 0)
    #expect(kink.left == 0 && abs(kink.right) > 0 && kink.isDeclared)
    #expect(report.coverage < 1 && !"\(report)".contains("noteBranches"))
  }

  @Test("says what an operation that does not declare its kink should do")
  func undeclaredKink() throws {
    let report = checkGradients(
      of: { x in
        record("hinge", x, value: x.value.relu(), keep: .inputs) { saved, dy in
          dy * Variable(saved.inputs[0].value .> 0)
        }
      }, at: [0, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5], options: .init(orders: 1...1))
    #expect(report.passed, "\(report)")
    let kink = try #require(report.parts.first?.kinks.first)
    #expect(kink.index == [0] && !kink.isDeclared)
    #expect("\(report)".contains("Not declared: an operation with branches calls noteBranches."))
  }

  @Test("does not take a kink nearby for a mistake")
  func nearKink() {
    let report = checkGradients(of: { $0.relu() }, at: [1e-5, -1e-5, 1e-4, 3, -3])
    #expect(report.verdict != .failed, "\(report)")
  }

  @Test("is inconclusive where too many elements sit at kinks, and that is no pass")
  func inconclusive() {
    let report = checkGradients(of: { $0.abs() }, at: [0, 0, 0, 1])
    #expect(report.verdict == .inconclusive && !report.passed)
    #expect(report.description.contains("Inconclusive"))
  }

  @Test("sees a choice of max and of max-pool change")
  func choices() {
    let ties = checkGradients(
      of: { $0.max(axis: 0) }, at: [[1, 2, 3, 4], [1, 0, 0, 0]], options: .init(orders: 1...1))
    #expect(ties.verdict != .failed && ties.parts[0].leftOut == 2, "\(ties)")
    let pool = checkGradients(
      of: { maxPool2d($0, kernel: 2) }, at: Tensor(repeating: 1, shape: [1, 4, 4]))
    #expect(pool.verdict == .inconclusive)
  }
}

@Suite("A gradient check leaves everything as it was")
struct GradientCheckStateTests {
  @Test("dropout is checked switched on, and its source does not move")
  func dropoutReplayed() {
    let layer = Dropout(0.5)
    let before = layer.random
    let report = checkGradients(ofLayer: layer, input: GradientCheckTests.tensor([4, 5]))
    #expect(report.passed, "\(report)")
    #expect(layer.random == before)
    var random = RandomSource(seed: 8)
    let source = random
    let closure = checkGradients(
      of: { dropout($0 * 2, 0.3, using: &random) }, at: GradientCheckTests.tensor([20]))
    #expect(closure.passed, "\(closure)")
    #expect(random == source)
  }

  @Test("a layer's parameters, gradients, modes and frozen parts come back bit for bit")
  func layer() {
    var random = RandomSource(seed: 2)
    let model = Sequential(Linear(3, 4, using: &random), Tanh(), Linear(4, 2, using: &random))
    model.freeze("0")
    model.namedParameters[2].variable.grad = .ones([2, 4])
    let before = model.stateDict
    let report = checkGradients(ofLayer: model, input: GradientCheckTests.tensor([5, 3]))
    #expect(report.passed, "\(report)")
    #expect(
      report.parts.filter { $0.order == 1 }.map(\.name)
        == ["input", "0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(model.stateDict == before)
    #expect(model.trainableParameters.map(\.name) == ["2.weight", "2.bias"])
    #expect(model.namedParameters[2].variable.grad == .ones([2, 4]))
    #expect(model.namedParameters[3].variable.grad == nil)
  }

  @Test("batch normalization is checked in training, and its running statistics come back")
  func batchNorm() {
    var random = RandomSource(seed: 2)
    let model = Sequential(Conv2d(2, 3, kernel: 2, using: &random), BatchNorm2d(3), ReLU())
    let before = model.stateDict
    let report = checkGradients(ofLayer: model, input: GradientCheckTests.tensor([4, 2, 3, 3]))
    #expect(report.passed, "\(report)")
    #expect(model.stateDict == before)
  }

  @Test("a closure's own parameters of single precision are converted on the way")
  func promoted() {
    let weight = Variable(GradientCheckTests.tensor([4, 3]), requiresGrad: true)
    let bias = Variable(GradientCheckTests.tensor([4]), requiresGrad: true)
    let kernel = Variable(GradientCheckTests.tensor([2, 1, 2, 2]))
    let report = checkGradients(
      of: { x in
        let y = linear(x[0], weight, bias: bias).tanh()
        return conv2d(y.reshaped([1, 1, 5, 4]), kernel) * Variable([2]) + x[1]
      }, at: [GradientCheckTests.tensor([5, 3]), GradientCheckTests.tensor([3])])
    #expect(report.passed, "\(report)")
    #expect(weight.dtype == .float32 && weight.grad == nil)
  }

  @Test("the inputs are not changed")
  func inputs() {
    let x = GradientCheckTests.tensor([3])
    let copy = x + 0
    _ = checkGradients(of: { $0 * 2 }, at: x)
    #expect(x == copy)
  }
}

@Suite("A gradient check proves itself")
struct SelfTestTests {
  /// 2,000 graphs as `retrograd gradcheck --self-test` does; fewer in debug builds, which are slow.
  static let result: GradientCheckSelfTest = {
    #if DEBUG
      GradientCheckSelfTest(graphs: 50)
    #else
      GradientCheckSelfTest(graphs: 2000)
    #endif
  }()

  @Test("every one of at least 80 mistakes is caught")
  func caught() {
    #expect(Self.result.score.mutants >= 80)
    for outcome in Self.result.outcomes where !outcome.isCaught {
      Issue.record("not caught: \(outcome.name)")
    }
  }

  @Test("for at least 90 % of them the explanation names the true cause")
  func diagnosed() {
    let score = Self.result.score
    #expect(Double(score.diagnosed) >= 0.9 * Double(score.mutants))
  }

  @Test("random graphs without a mistake raise no alarm, and few are inconclusive")
  func noAlarms() {
    for alarm in Self.result.alarms { Issue.record("\(alarm)") }
    let score = Self.result.score
    #expect(Double(score.inconclusive) < 0.02 * Double(score.correctGraphs))
  }

  @Test("the command prints the score as JSON")
  func command() throws {
    let result = try runProgram(
      "retrograd", ["gradcheck", "--self-test", "--graphs", "10", "--json"])
    #expect(result.status == 0)
    let score = try JSONDecoder().decode(GradientCheckScore.self, from: Data(result.output.utf8))
    #expect(score.mutants == score.caught && score.correctGraphs == 10 && score.falseAlarms == 0)
  }

  @Test("a whole network is checked, each of AlexNet's 16 parameters along a direction")
  func network() throws {
    let result = try runProgram(
      "retrograd", ["gradcheck", "--network", "--width", "0.06", "--json"])
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let report = try JSONDecoder().decode(GradientReport.self, from: Data(result.output.utf8))
    #expect(report.passed && report.parts.count == 17)
  }
}
