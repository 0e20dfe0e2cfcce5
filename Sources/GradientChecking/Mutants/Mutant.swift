import RetrogradAutograd
import RetrogradTensors

/// A function whose derivative has a known mistake, to prove that a gradient check finds it.
struct Mutant: Sendable {
  /// Its name: function and mistake.
  let name: String
  /// The required text of the first line that explains it: the true mistake, as it was judged by reading it.
  let says: String
  /// The point at which to check it.
  let inputs: [Tensor]
  /// The function.
  let function: @Sendable ([Variable]) -> Variable

  /// All of them.
  static let all: [Mutant] =
    elementwise + masks + secondOrders + contracts + broadcasting + matrices + reductions + layouts
    + pictures + losses + networks + normalizations
}

extension Mutant {
  /// A derivative as it is written for a mutant, from inputs, output and cotangent.
  typealias MutantDerivative =
    @Sendable (_ x: [Variable], _ y: Variable, _ dy: Variable) ->
    [Variable?]

  /// A mutant of an operation on any number of inputs.
  static func operation(
    _ name: String, _ says: String, _ inputs: [Tensor],
    value: @escaping @Sendable ([Tensor]) -> Tensor, _ derivative: @escaping MutantDerivative
  ) -> Mutant {
    Mutant(name: name, says: says, inputs: inputs) { x in
      record(name, x, value: value(x.map(\.value)), keep: .both) { saved, dy in
        derivative(
          (0..<saved.inputCount).map { saved.inputs[$0] }, saved.output, dy)
      }
    }
  }

  /// A mutant of an operation on one input.
  static func unary(
    _ name: String, _ says: String, _ input: Tensor = Samples.normal([3, 4]),
    value: @escaping @Sendable (Tensor) -> Tensor,
    _ derivative: @escaping @Sendable (_ x: Variable, _ y: Variable, _ dy: Variable) -> Variable
  ) -> Mutant {
    operation(name, says, [input], value: { value($0[0]) }) { x, y, dy in
      [derivative(x[0], y, dy)]
    }
  }
}

/// Inputs for mutants: seeded, and away from kinks.
enum Samples {
  static func normal(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .normal(shape, dtype: .float64, using: &random)
  }

  /// From 0.5 to 2.
  static func positive(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .uniform(shape, low: 0.5, high: 2, dtype: .float64, using: &random)
  }

  /// Both signs, no nearer to 0 than 0.3, no two alike.
  static func spaced(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    let count = shape.reduce(1, *)
    let numbers = random.permutation(count).map { (Double($0) - Double(count) / 2 + 0.5) * 0.7 }
    return Tensor(numbers, shape: shape, dtype: .float64)
  }
}
