import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson9 --check` tells whether it is right.

/// The relative error of a gradient: `max |a − b| / max(1, max |b|)`.
///
/// - Parameters:
///   - a: The values to check.
///   - b: The correct values, in the same shape.
/// - Returns: About 0 when they agree.
func relativeError(_ a: Tensor, _ b: Tensor) throws -> Double {
  throw NotWritten(
    "Tensors have abs() and max(), and max().item() is a number; Swift.max takes the larger of two numbers."
  )
}

/// The gradient of a function of many numbers by central differences: for each number, move it alone by `h = 10⁻⁵` up and
/// down and divide what happens by `2h`.
///
/// - Parameters:
///   - f: Any function that gives one number.
///   - x: The point, in double precision.
/// - Returns: In the shape of `x`.
func numericalGradient(of f: (Tensor) -> Double, at x: Tensor) throws -> Tensor {
  throw NotWritten(
    "x.scalars is an array that you can change in a copy; Tensor(numbers, shape: x.shape, dtype: .float64) makes a tensor of it again."
  )
}

/// Swish, `y = x · σ(x)` with the logistic function σ, with a derivative that is wrong. Find out why and mend it.
///
/// Run `swift run -c release lesson9 --exercise 3`: the check says what is wrong.
///
/// Derivative: `dx = dy · (σ + x · σ · (1 − σ))`. Shape: any; unchanged.
func repairedSwish(_ x: Variable) throws -> Variable {
  record("swish", x, value: x.value * x.value.sigmoid(), keep: .inputs) { saved, dy in
    let x = saved.inputs[0]
    let sigma = x.sigmoid()
    return dy * (sigma + sigma * (1 - sigma))
  }
}

/// A gradient check of your own. It is tried on functions whose derivative is right, and on others whose derivative has a
/// mistake.
///
/// (Only its verdicts are checked: the library's `checkGradients` would pass, but the point is to write one.)
///
/// - Parameters:
///   - f: A function of one tensor, recorded: `gradients(of:withRespectTo:seed:)` gives its gradient.
///   - x: The point, in double precision.
/// - Returns: Whether the gradient is right.
func isGradientRight(of f: (Variable) -> Variable, at x: Tensor) throws -> Bool {
  throw NotWritten(
    """
    Make one number of the output: the sum of the output times fixed random numbers. (With ones instead of random numbers
    some mistakes cancel.) Then compare the gradient of that number with a numerical one, such as that of exercise 2.
    var random = RandomSource(seed: 1) and Tensor.uniform(shape, low: 0.5, high: 1.5, dtype: .float64, using: &random) give
    random numbers; gradients(of: output, withRespectTo: [input], seed: Variable(numbers))[0] is the gradient.
    """)
}

/// Predict, then run: what does a check see at a kink? `f(x) = max(a · x, b · x)` with `a < b`, at `x = 0`.
///
/// - Parameters:
///   - a: The smaller slope.
///   - b: The larger slope.
/// - Returns: The slope on the left of 0, the slope on the right of 0, and what a central difference gives at 0.
func slopesAtKink(a: Double, b: Double) throws -> [Double] {
  throw NotWritten("For x > 0 the larger product is b · x. And for x < 0?")
}
