import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// Tests/Fixtures/optimizers.json.
struct OptimizerFixtures: Sendable, Decodable {
  struct Group: Sendable, Decodable {
    let parameters: [Int]
    let learningRate: Double
    let weightDecay: Double
    let momentum: Double?
    let nesterov: Bool?
    let betas: [Double]?
    let alpha: Double?
    let epsilon: Double?
    let momentumDecay: Double?
  }

  struct Trajectory: Sendable, Decodable, CustomTestStringConvertible {
    let name: String
    let optimizer: String
    let groups: [Group]
    let start: [[Double]]
    /// Step by step; `nil` where a parameter has no gradient in that step.
    let gradients: [[[Double]?]]
    let values: [[[Double]]]

    var testDescription: String { name }
  }

  struct Clip: Sendable, Decodable, CustomTestStringConvertible {
    let name: String
    let by: String
    let limit: Double
    let gradients: [[Double]]
    let norm: Double?
    let clipped: [[Double]]

    var testDescription: String { name }
  }

  let shapes: [[Int]]
  let trajectories: [Trajectory]
  let clips: [Clip]

  static let all: OptimizerFixtures = Fixtures.json("optimizers.json")

  func tensors(_ numbers: [[Double]]) -> [Tensor] {
    zip(numbers, shapes).map { Tensor($0, shape: $1, dtype: .float64) }
  }
}

@Suite("Optimizers")
struct OptimizerTests {
  let fixtures = OptimizerFixtures.all

  func optimizer(
    _ example: OptimizerFixtures.Trajectory, _ parameters: [Variable]
  ) throws -> any Optimizer {
    let first = example.groups[0]
    let groups = example.groups.map { group in
      ParameterGroup(
        group.parameters.map { parameters[$0] }, learningRate: group.learningRate,
        weightDecay: group.weightDecay)
    }
    switch example.optimizer {
    case "SGD":
      return SGD(
        groups, learningRate: 0, momentum: first.momentum!, nesterov: first.nesterov!)
    case "Adam":
      return Adam(groups, betas: (first.betas![0], first.betas![1]), epsilon: first.epsilon!)
    case "AdamW":
      return AdamW(groups, betas: (first.betas![0], first.betas![1]), epsilon: first.epsilon!)
    case "RMSprop": return RMSprop(groups, alpha: first.alpha!, epsilon: first.epsilon!)
    case "NAdam":
      return NAdam(
        groups, betas: (first.betas![0], first.betas![1]), epsilon: first.epsilon!,
        momentumDecay: first.momentumDecay!)
    default: throw TestError("no optimizer \(example.optimizer)")
    }
  }

  @Test(
    "go where PyTorch's go, step by step",
    arguments: OptimizerFixtures.all.trajectories, DType.allCases)
  func trajectories(_ example: OptimizerFixtures.Trajectory, dtype: DType) throws {
    let parameters = fixtures.tensors(example.start).map {
      Variable($0.converted(to: dtype), requiresGrad: true)
    }
    let optimizer = try optimizer(example, parameters)
    for (step, gradients) in example.gradients.enumerated() {
      for (index, gradient) in gradients.enumerated() {
        parameters[index].grad = gradient.map {
          Tensor($0, shape: fixtures.shapes[index], dtype: dtype)
        }
      }
      optimizer.step()
      for (parameter, expected) in zip(parameters, fixtures.tensors(example.values[step])) {
        let problem = disagreement(
          parameter.value.converted(to: .float64), expected,
          tolerance: dtype == .float64 ? 1e-13 : 1e-5)
        if let problem { Issue.record("step \(step): the value \(problem)") }
      }
    }
  }

  @Test("defaults are PyTorch's, also where parameters come by name")
  func defaults() throws {
    for (name, make) in [
      ("Adam", { Adam($0) }), ("AdamW", { AdamW($0) }), ("RMSprop", { RMSprop($0) }),
      ("NAdam", { NAdam($0) }),
    ] as [(String, ([(name: String, variable: Variable)]) -> any Optimizer)] {
      let example = try #require(fixtures.trajectories.first { $0.name == name })
      let parameters = fixtures.tensors(example.start).map { Variable($0, requiresGrad: true) }
      let optimizer = make(parameters.enumerated().map { ("\($0)", $1) })
      for gradients in example.gradients {
        for (parameter, gradient) in zip(parameters, fixtures.tensors(gradients.map { $0! })) {
          parameter.grad = gradient
        }
        optimizer.step()
      }
      for (parameter, expected) in zip(parameters, fixtures.tensors(example.values.last!)) {
        #expect(disagreement(parameter.value, expected, tolerance: 1e-13) == nil)
      }
    }
  }

  @Test("cut gradients as PyTorch does", arguments: OptimizerFixtures.all.clips)
  func clips(_ example: OptimizerFixtures.Clip) {
    let parameters = fixtures.tensors(example.gradients).enumerated().map { index, gradient in
      let variable = Variable(.zeros(like: gradient), requiresGrad: true)
      variable.grad = gradient
      return (name: "\(index)", variable: variable)
    }
    switch example.by {
    case "value": clipGradientValue(parameters, to: example.limit)
    default:
      let norm = clipGradientNorm(
        parameters, to: example.limit, infinityNorm: example.by == "largest")
      #expect(abs(norm - example.norm!) <= 1e-14 * max(1, norm))
    }
    for (parameter, expected) in zip(parameters, fixtures.tensors(example.clipped)) {
      #expect(disagreement(parameter.variable.grad!, expected, tolerance: 1e-14) == nil)
    }
  }

  @Test("zeroGrad forgets the gradients of all groups")
  func zeroGrad() {
    let parameters = (0..<2).map { Variable(Tensor([Double($0)]), requiresGrad: true) }
    for parameter in parameters { parameter.grad = [1] }
    SGD(parameters.map { ParameterGroup([$0]) }, learningRate: 1).zeroGrad()
    #expect(parameters.allSatisfy { $0.grad == nil })
  }

  @Test("a step changes only the optimizer's own copy of a shared tensor")
  func sharedTensor() {
    let start: Tensor = [1, 2]
    let parameter = Variable(start, requiresGrad: true)
    parameter.grad = [1, 1]
    SGD([parameter], learningRate: 1).step()
    #expect(parameter.value == [0, 1])
    #expect(start == [1, 2])
  }

  @Test("one of your own needs a step and nothing else")
  func ownOptimizer() throws {
    let parameters = (0..<3).map { Variable(Tensor([Double($0)]), requiresGrad: true) }
    let optimizer = SignDescent(
      [
        ParameterGroup([parameters[0], parameters[2]]),
        ParameterGroup([parameters[1]], learningRate: 4),
      ],
      learningRate: 0.5)
    parameters[0].grad = [3]
    parameters[1].grad = [-0.1]
    optimizer.step()
    #expect(parameters.map { $0.value.item() } == [-0.5, 5, 2])
    #expect(optimizer.parameters.count == 3 && optimizer.state.isEmpty)
    try optimizer.load(state: [:])
    #expect(throws: StateDictError.self) { try optimizer.load(state: ["0.velocity": [1]]) }
    optimizer.zeroGrad()
    #expect(parameters.allSatisfy { $0.grad == nil })
  }

  @Test("a network's own list of parameters, which is empty, is told from all of them")
  func noParameters() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Adam(Sequential(Linear(2, 2)).parameters)
    }
    #expect(result?.message.contains("namedParameters") == true)
  }

  @Test("a parameter given twice, or a negative rate, is a mistake")
  func mistakes() async {
    let twice = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let parameter = Variable([1], requiresGrad: true)
      _ = SGD([parameter, parameter], learningRate: 0.1)
    }
    #expect(twice?.message.contains("a parameter comes twice") == true)
    let negative = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Adam([Variable([1], requiresGrad: true)], learningRate: -1)
    }
    #expect(negative?.message.contains("the learning rate must be at least 0") == true)
  }
}

/// An optimizer of somebody's own, from what is public: the sign of each gradient alone.
private final class SignDescent: Optimizer {
  var groups: [ParameterGroup]
  var learningRate: Double

  init(_ groups: [ParameterGroup], learningRate: Double) {
    self.groups = groups
    self.learningRate = learningRate
  }

  func step() {
    forEachGradient { parameter, gradient, group in
      parameter.value = parameter.value - gradient.sign() * (group.learningRate ?? learningRate)
    }
  }
}

struct TestError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
