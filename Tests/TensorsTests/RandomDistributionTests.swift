import Foundation
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Draws from distributions with parameters")
struct RandomDistributionTests {
  static let count = 20_000

  func moments(_ draws: [Double]) -> (mean: Double, variance: Double) {
    let mean = draws.reduce(0, +) / Double(draws.count)
    return (mean, draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws.count))
  }

  @Test(
    "gamma draws have the mean and the variance of their shape", arguments: [0.05, 0.4, 1, 2.5, 40])
  func gamma(shape: Double) {
    var random = RandomSource(seed: 3)
    let draws = (0..<Self.count).map { _ in random.gamma(shape: shape) }
    let (mean, variance) = moments(draws)
    #expect(draws.allSatisfy { $0 >= 0 && $0.isFinite })
    // Five standard errors: of the mean √(k / n), of the variance √((2k² + 6k) / n).
    #expect(abs(mean - shape) < 5 * (shape / Double(Self.count)).squareRoot())
    let error = ((2 * shape * shape + 6 * shape) / Double(Self.count)).squareRoot()
    #expect(abs(variance - shape) < 5 * error)
  }

  @Test("gamma draws of shape 1 are exponential: e⁻ˣ of them lie above x")
  func exponential() {
    var random = RandomSource(seed: 4)
    let draws = (0..<Self.count).map { _ in random.gamma(shape: 1) }
    for x in [0.01, 0.1, 0.5, 1, 2, 4] {
      let share = Double(draws.count { $0 > x }) / Double(Self.count)
      let error = (exp(-x) * (1 - exp(-x)) / Double(Self.count)).squareRoot()
      #expect(abs(share - exp(-x)) < 5 * error)
    }
  }

  @Test(
    "beta draws have the mean and the variance of their shapes",
    arguments: [(0.2, 0.2), (1, 1), (0.5, 2), (8, 3), (300, 300), (0.001, 0.001)])
  func beta(a: Double, b: Double) {
    var random = RandomSource(seed: 5)
    let draws = (0..<Self.count).map { _ in random.beta(a, b) }
    let (mean, variance) = moments(draws)
    #expect(draws.allSatisfy { (0...1).contains($0) })
    let expected = a * b / ((a + b) * (a + b) * (a + b + 1))
    #expect(abs(mean - a / (a + b)) < 5 * (expected / Double(Self.count)).squareRoot())
    #expect(abs(variance - expected) < 0.05 * expected)
  }

  @Test("beta draws of shapes 1 and 1 are even, those of ½ and ½ follow the arcsine")
  func distribution() {
    for (shape, below) in [
      (1, { $0 }), (0.5, { 2 / Double.pi * asin($0.squareRoot()) }),
    ] as [(Double, (Double) -> Double)] {
      var random = RandomSource(seed: 6)
      let draws = (0..<Self.count).map { _ in random.beta(shape, shape) }
      for x in [0.02, 0.2, 0.5, 0.7, 0.99] {
        let share = Double(draws.count { $0 < x }) / Double(Self.count)
        let error = (below(x) * (1 - below(x)) / Double(Self.count)).squareRoot()
        #expect(abs(share - below(x)) < 5 * error)
      }
    }
  }

  @Test("the smallest and very large shapes give numbers, not NaN")
  func extremes() {
    var random = RandomSource(seed: 7)
    let draws = (0..<200).map { _ in random.beta(1e-300, 1e-300) }
    #expect(draws.allSatisfy { $0 == 0 || $0 == 1 })
    #expect((60...140).contains(draws.count { $0 == 1 }))
    #expect(abs(random.beta(1e300, 1e300) - 0.5) < 1e-6)
    #expect(random.gamma(shape: 1e-300) == 0)
    #expect(abs(random.gamma(shape: 1e300) / 1e300 - 1) < 1e-6)
  }

  @Test("the same seed gives the same draws")
  func repeatable() {
    var (first, second) = (RandomSource(seed: 8), RandomSource(seed: 8))
    for _ in 0..<50 { #expect(first.beta(0.3, 2) == second.beta(0.3, 2)) }
    #expect(first == second)
  }

  @Test("shapes that make no distribution stop with a message")
  func mistakes() async {
    let zero = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      _ = random.beta(0, 1)
    }
    #expect(zero!.message.contains("beta: expects a finite shape of at least 1e-300, got 0.0"))
    let unknown = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      _ = random.gamma(shape: .nan)
    }
    #expect(unknown!.message.contains("gamma: expects a finite shape"))
  }
}
