import Foundation

// An engine for reverse-mode automatic differentiation in sixty lines, to be read before the library's own. Three
// ideas: a number remembers what it was computed from, an order, and a sweep from the end of it to the beginning.

/// A number that remembers how it was computed.
final class ScalarVariable {
  let value: Double
  /// The derivative of a result with respect to this number, added up over the calls of `backward()`.
  private(set) var grad = 0.0
  /// The numbers it was computed from, each with the slope of this one with respect to it.
  private let inputs: [(variable: ScalarVariable, slope: Double)]

  init(_ value: Double, from inputs: [(ScalarVariable, slope: Double)] = []) {
    self.value = value
    self.inputs = inputs
  }

  /// Every number that this one depends on, each after all that it was computed from: a topological order.
  func order() -> [ScalarVariable] {
    var seen: Set<ObjectIdentifier> = []
    var order: [ScalarVariable] = []
    func visit(_ variable: ScalarVariable) {
      guard seen.insert(ObjectIdentifier(variable)).inserted else { return }
      for input in variable.inputs { visit(input.variable) }
      order.append(variable)
    }
    visit(self)
    return order
  }

  /// Adds to the `grad` of every leaf, a number that was computed from none, the derivative of this one.
  func backward() {
    let order = order()
    for variable in order where !variable.inputs.isEmpty { variable.grad = 0 }
    grad += 1
    // From the end, so that a gradient is complete before it is passed on: the chain rule, once for each use.
    for variable in order.reversed() {
      for (input, slope) in variable.inputs { input.grad += variable.grad * slope }
    }
  }

  static func + (a: ScalarVariable, b: ScalarVariable) -> ScalarVariable {
    ScalarVariable(a.value + b.value, from: [(a, slope: 1), (b, slope: 1)])
  }
  static func * (a: ScalarVariable, b: ScalarVariable) -> ScalarVariable {
    ScalarVariable(a.value * b.value, from: [(a, slope: b.value), (b, slope: a.value)])
  }
  func exp() -> ScalarVariable {
    let result = Foundation.exp(value)
    return ScalarVariable(result, from: [(self, slope: result)])
  }
  func sin() -> ScalarVariable {
    ScalarVariable(Foundation.sin(value), from: [(self, slope: cos(value))])
  }
  func relu() -> ScalarVariable {
    ScalarVariable(max(0, value), from: [(self, slope: value > 0 ? 1 : 0)])
  }
}
