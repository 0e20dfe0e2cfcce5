import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import Testing

@Suite("Learning rate schedules")
struct LearningRateScheduleTests {
  @Test("the constant one stays, steps fall by a factor")
  func steps() {
    #expect(LearningRateSchedule().factor(at: 7, of: 10) == 1)
    let schedule = LearningRateSchedule(.step(every: 3, factor: 0.1))
    let factors = (0..<7).map { schedule.factor(at: $0, of: 7) }
    for (factor, expected) in zip(factors, [1, 1, 1, 0.1, 0.1, 0.1, 0.01]) {
      #expect(abs(factor - expected) < 1e-12)
    }
  }

  @Test("the cosine goes from 1 down to its end, half-way in the middle")
  func cosine() {
    let schedule = LearningRateSchedule(.cosine(to: 0.2))
    #expect(schedule.factor(at: 0, of: 100) == 1)
    #expect(abs(schedule.factor(at: 50, of: 100) - 0.6) < 1e-12)
    #expect(abs(schedule.factor(at: 100, of: 100) - 0.2) < 1e-12)
    #expect(abs(schedule.factor(at: 200, of: 100) - 0.2) < 1e-12)
  }

  @Test("the warm-up grows evenly, and the course begins after it")
  func warmUp() {
    let schedule = LearningRateSchedule(.cosine(to: 0), warmUp: 4)
    #expect((0..<4).map { schedule.factor(at: $0, of: 20) } == [0.25, 0.5, 0.75, 1])
    #expect(schedule.factor(at: 4, of: 20) == 1)
    #expect(abs(schedule.factor(at: 12, of: 20) - 0.5) < 1e-12)
    // A warm-up longer than the training is no trouble.
    #expect(LearningRateSchedule(warmUp: 50).factor(at: 9, of: 10) == 0.2)
  }

  @Test("can be written down")
  func codable() throws {
    for schedule in [
      LearningRateSchedule(.step(every: 2, factor: 0.5), warmUp: 3),
      LearningRateSchedule(.cosine(to: 0.1)), LearningRateSchedule(),
    ] {
      let data = try JSONEncoder().encode(schedule)
      #expect(try JSONDecoder().decode(LearningRateSchedule.self, from: data) == schedule)
    }
  }
}

@Suite("What optimizers remember")
struct OptimizerStateTests {
  static let kinds: [String] = ["SGD", "Adam", "AdamW", "RMSprop", "NAdam"]

  func optimizer(_ kind: String, _ parameters: [Variable]) -> any Optimizer {
    switch kind {
    case "SGD": SGD(parameters, learningRate: 0.1, momentum: 0.9)
    case "Adam": Adam(parameters, learningRate: 0.1)
    case "RMSprop": RMSprop(parameters, learningRate: 0.1)
    case "NAdam": NAdam(parameters, learningRate: 0.1)
    default: AdamW(parameters, learningRate: 0.1)
    }
  }

  @Test("goes on to the same bits in another optimizer", arguments: kinds)
  func roundTrip(kind: String) throws {
    func parameters() -> [Variable] {
      [Variable([1, 2, 3], requiresGrad: true), Variable([[0.5], [-1]], requiresGrad: true)]
    }
    func step(_ optimizer: any Optimizer, _ parameters: [Variable]) {
      optimizer.zeroGrad()
      (parameters[0].exp().sum() + (parameters[1] * parameters[1]).sum()).backward()
      optimizer.step()
    }
    let (first, second) = (parameters(), parameters())
    let one = optimizer(kind, first)
    for _ in 0..<3 { step(one, first) }
    let state = one.state
    for (old, new) in zip(first, second) { new.value = old.value }
    let other = optimizer(kind, second)
    try other.load(state: state)
    for _ in 0..<3 {
      step(one, first)
      step(other, second)
    }
    for (a, b) in zip(first, second) { #expect(a.value == b.value) }
    let fresh = optimizer(kind, parameters())
    #expect(fresh.state.isEmpty)
  }

  @Test("of other parameters is refused", arguments: kinds)
  func misfit(kind: String) throws {
    let parameter = Variable([1, 2, 3], requiresGrad: true)
    let optimizer = optimizer(kind, [parameter])
    parameter.sum().backward()
    optimizer.step()
    let other = self.optimizer(kind, [Variable([[1], [2]], requiresGrad: true)])
    #expect(throws: StateDictError.self) { try other.load(state: optimizer.state) }
    #expect(throws: StateDictError.self) { try other.load(state: ["7.velocity": Tensor(1)]) }
    #expect(other.state.isEmpty)
    for step in [Double.nan, 0.5, -1, 1e300] where kind != "SGD" {
      var state = optimizer.state
      state["0.step"] = Tensor(step, dtype: .float64)
      #expect(throws: StateDictError.self) { try optimizer.load(state: state) }
    }
  }

  @Test("of NAdam has a product of momenta from 0 to below 1", arguments: [Double.nan, -0.1, 1, 2])
  func momentumProduct(product: Double) throws {
    let parameter = Variable([1, 2, 3], requiresGrad: true)
    let optimizer = NAdam([parameter])
    parameter.sum().backward()
    optimizer.step()
    let before = optimizer.state
    var state = before
    state["0.momentumProduct"] = Tensor(product, dtype: .float64)
    let error = #expect(throws: StateDictError.self) { try optimizer.load(state: state) }
    #expect(
      error?.description.contains("0.momentumProduct, a number from 0 to below 1") == true)
    #expect(optimizer.state == before)
  }
}
