import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Moving averages of parameters")
struct MovingAverageTests {
  @Test("follow the formula, with a decay that grows at the beginning")
  func formula() {
    let network = Linear(2, 1, dtype: .float64)
    let weight = network.weight
    weight.value = Tensor([[1, 2]], dtype: .float64)
    let average = MovingAverage(of: network, decay: 0.5)
    var expected = weight.value
    for step in 1...12 {
      weight.value = weight.value + 1
      average.update()
      let kept = min(0.5, Double(1 + step) / Double(10 + step))
      expected = expected * kept + weight.value * (1 - kept)
    }
    #expect(average.updates == 12)
    #expect(disagreement(average.state["weight"]!, expected, tolerance: 1e-14) == nil)
  }

  @Test("are exchanged for the network's own numbers and back, running statistics with them")
  func exchange() {
    let network = Sequential(BatchNorm2d(2), Conv2d(2, 1, kernel: 1))
    let average = MovingAverage(of: network, decay: 0.9)
    var random = RandomSource(seed: 1)
    for _ in 0..<3 {
      _ = network(Variable(.normal([4, 2, 3, 3], mean: 2, using: &random)))
      average.update()
    }
    let (own, averages) = (network.stateDict, average.state)
    #expect(own != averages)
    average.exchange()
    #expect(average.isExchanged && network.stateDict == averages)
    average.exchange()
    #expect(!average.isExchanged && network.stateDict == own && average.state == averages)
  }

  @Test("leave out what is frozen, and go on from what was kept")
  func frozen() throws {
    let network = Sequential(Linear(2, 2), Linear(2, 1))
    network.freeze("0")
    let average = MovingAverage(of: network, decay: 0.9)
    #expect(Set(average.state.keys) == ["1.weight", "1.bias"])
    let kept = average.state
    let other = MovingAverage(of: network, decay: 0.9)
    try other.load(kept, updates: 5)
    #expect(other.updates == 5)
    #expect(throws: StateDictError.self) { try other.load([:], updates: 5) }
  }
}
