import RetrogradAutograd
import RetrogradTensors

// Derivatives by central differences in double precision:
//
//     f′ ≈ (8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h
//
// whose error is h⁴/30 · f⁗′ from the formula and about 1.5 ε|f| / h from rounding. At h = 2⁻¹⁰ that is
// 3·10⁻¹⁴ · f⁗′ + 3·10⁻¹³ · |f|: the tolerance of 10⁻⁹ leaves room for fifth derivatives in the tens of
// thousands, as functions with poles have them near x = ½, and is far below any mistake in a formula.

/// A function whose derivatives are to be checked.
public typealias VariableFunction = ([Variable]) -> Variable

/// The gradient of a function of `inputs` with one number as its result, by central differences.
///
/// - Parameters:
///   - function: The function to differentiate; smooth within `2h` of the inputs.
///   - inputs: The point, in `float64`.
/// - Returns: One tensor for each input, in its shape.
public func finiteDifferences(
  of function: ([Tensor]) -> Double, at inputs: [Tensor]
) -> [Tensor] {
  inputs.indices.map { index in
    let x = inputs[index].scalars
    let shape = inputs[index].shape
    let slopes = x.indices.map { position in
      // A power of two, so that the step is added without rounding where x is of its size.
      let h = 0x1p-10 * max(1, abs(x[position]))
      func value(_ steps: Double) -> Double {
        var moved = x
        moved[position] += steps * h
        var arguments = inputs
        arguments[index] = Tensor(moved, shape: shape, dtype: .float64)
        return function(arguments)
      }
      return (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h)
    }
    return Tensor(slopes, shape: shape, dtype: .float64)
  }
}

/// Compares the derivatives of a function with finite differences.
///
/// Order 1 is the gradient of `Σ dy · f(x)` for a random cotangent `dy`. Order 2 is the same for the
/// function `(x, dy) ↦ Σ v · gradient` with random `v`: whether the derivative depends on the inputs
/// and on the cotangent as it should. Each further order does it again.
///
/// - Parameters:
///   - function: The function to check.
///   - inputs: The point, in `float64` and away from kinks.
///   - orders: The number of orders.
///   - tolerance: The largest relative error that counts as agreement.
///   - seed: The random seed.
/// - Returns: What is wrong, or `nil`.
public func gradientDisagreement(
  of function: @escaping VariableFunction, at inputs: [Tensor], orders: Int = 2,
  tolerance: Double = 1e-9, seed: UInt64 = 1
) -> String? {
  var random = RandomSource(seed: seed)
  func normal(_ shape: [Int]) -> Tensor { .normal(shape, dtype: .float64, using: &random) }

  var function = function
  var inputs = inputs
  for order in 1...orders {
    let leaves = inputs.map { Variable($0, requiresGrad: true) }
    let output = function(leaves)
    let cotangent = normal(output.shape)
    let computed = gradients(of: output, withRespectTo: leaves, seed: Variable(cotangent))
    let measured = finiteDifferences(
      of: { [function] arguments in
        let variables = arguments.map { Variable($0, requiresGrad: true) }
        return (function(variables).value * cotangent).sum().item()
      }, at: inputs)
    for (index, (computed, measured)) in zip(computed, measured).enumerated() {
      if let problem = disagreement(computed.value, measured, tolerance: tolerance) {
        return "order \(order), input \(index): the gradient \(problem) from finite differences"
      }
    }
    function = derivative(of: function, along: inputs.map { normal($0.shape) })
    inputs.append(cotangent)
  }
  return nil
}

/// The function `(x, dy) ↦ Σ v · g`, where `g` is the gradient of `Σ dy · f(x)` with respect to `x`.
private func derivative(
  of function: @escaping VariableFunction, along directions: [Tensor]
) -> VariableFunction {
  { variables in
    let x = Array(variables.dropLast())
    let gradients = gradients(
      of: function(x), withRespectTo: x, seed: variables.last, createGraph: true)
    return zip(gradients, directions).map { ($0 * Variable($1)).sum() }.reduce(
      Variable(Tensor(0, dtype: .float64)), +)
  }
}
