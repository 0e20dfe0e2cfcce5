import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson3 --check` tells whether it is right.

/// The slope of a function by a central difference: `(f(x + h) − f(x − h)) / (2h)` with `h = 10⁻⁵`.
///
/// - Parameters:
///   - f: Any function of one number.
///   - x: The point at which the slope is taken.
/// - Returns: About `f′(x)`.
func slope(of f: (Double) -> Double, at x: Double) throws -> Double {
  throw NotWritten(
    "Call f twice: a little to the right of x and a little to the left. How far are the two apart?")
}

/// The derivative of `f(x) = sin(x²) · exp(−x)`, by the product rule and the chain rule.
///
/// - Parameter x: The point at which the slope is taken.
/// - Returns: `f′(x)`.
func derivative(at x: Double) throws -> Double {
  throw NotWritten(
    "(u · v)′ = u′ · v + u · v′ with u = sin(x²) and v = exp(−x). What is the inner derivative of u?"
  )
}

/// An order in which the nodes of a graph can be visited on the way back from its output: each node comes only after
/// everything that uses it, because only then is its gradient complete.
///
/// - Parameter inputs: For each node the numbers of the nodes that it is computed from, all smaller than its own. The last
///   node is the output.
/// - Returns: Each node that the output depends on, once, the output first.
func backwardOrder(of inputs: [[Int]]) throws -> [Int] {
  throw NotWritten(
    "Inputs have smaller numbers than what is computed from them, so you need no search for the order itself. Which "
      + "nodes does the output depend on? Graphs may be very deep: use a loop, not recursion.")
}

/// The gradient on the way back through broadcasting: `x` was repeated to a larger shape, so everything that
/// was repeated is added.
///
/// - Parameters:
///   - gradient: In the large shape.
///   - shape: The shape of `x`: it may have fewer axes (those at the front were added), and axes of length 1 where the
///     large one is longer.
/// - Returns: In the shape of `x`.
func summed(_ gradient: Tensor, to shape: [Int]) throws -> Tensor {
  throw NotWritten(
    "gradient.sum(axes: […], keepDims: true) adds along axes; reshaped(shape) leaves out those at the front."
  )
}

/// An operation of your own: `y = x / (1 + |x|)`, called softsign. It is to be one operation in the graph: the check looks
/// whether it was put together from others, which have derivatives already.
///
/// Derivative: `dx = dy / (1 + |x|)²`. Shape: any; unchanged.
func softsign(_ x: Variable) throws -> Variable {
  throw NotWritten(
    """
    Use record, as the lesson does for its cube:
    record("softsign", x, value: …, keep: .inputs) { saved, dy in … }
    x.value is the tensor of x, and saved.inputs[0] is x on the way back. If the compiler speaks of Sendable, you have
    used x itself between the braces.
    """)
}
