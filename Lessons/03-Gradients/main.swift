import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 3)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 3: Gradients")
say(
  "What does loss.backward() do? First without it: how fast does a number change when another one is moved?"
)

part("A slope, measured")
func f(_ x: Double) -> Double { sin(x * x) }
let place = 1.2
let truth = 2 * place * cos(place * place)
say(
  "f(x) = sin(x²) at x = \(place); the rules of analysis say f′(x) = 2x cos(x²) = \(decimal(truth, 10))."
)
var measured: [[String]] = []
var errors: [(x: Double, forward: Double, central: Double)] = []
for exponent in stride(from: -1, through: -13, by: options.lesson.fast ? -3 : -2) {
  let h = pow(10, Double(exponent))
  let forward = abs((f(place + h) - f(place)) / h - truth)
  let central = abs((f(place + h) - f(place - h)) / (2 * h) - truth)
  errors.append((h, forward, central))
  measured.append([
    "10^\(exponent)", String(format: "%.1e", forward), String(format: "%.1e", central),
  ])
}
say(["h", "one-sided error", "central error"], measured)
say(
  "The one-sided error falls with h, the central one with h², until rounding takes over: a small h is not always better."
)
options.lesson.write(
  SVGChart(
    "Difference quotients", x: .init("h", .logarithmic), y: .init("error", .logarithmic),
    [
      .line("one-sided", errors.map { ($0.x, max($0.forward, 1e-16)) }),
      .line("central", errors.map { ($0.x, max($0.central, 1e-16)) }),
    ]
  ).svg, as: "lesson3-differences", "the error by h: both axes are logarithmic")

part("The chain rule, by hand")
say("The same function in two steps: a = x², y = sin a. Each step knows its own slope only:")
let a = place * place
say("da/dx = 2x = \(decimal(2 * place)),  dy/da = cos a = \(decimal(cos(a)))")
say(
  "and the product is dy/dx = \(decimal(2 * place * cos(a))). To get dx you need dy first, so the computation runs backwards: this is backpropagation."
)

part("The same with Variable")
let x = Variable(Tensor(place, dtype: .float64), requiresGrad: true)
let y = x.square().sin()
say(
  "y = x.square().sin() gives \(decimal(y.item(), 6)); it remembers that it comes from \"\(y.operation ?? "")\"."
)
y.backward()
say("After y.backward(): x.grad = \(decimal(x.grad!.item(), 10))")

part("A graph with a fork")
let p = Variable([2], requiresGrad: true)
let q = p * 3
let r = q * p + q
say(
  "q = 3p and r = q·p + q = 3p² + 3p: p is used twice, q is used twice. At p = 2 the slope is 6p + 3 = 15."
)
r.sum().backward()
say("After backward(): p.grad = \(p.grad!)")
say(
  """
  Each use of a number sends a gradient back, and they are added. That is right only if a node is visited after all \
  that use it: a topological order. graphDot() gives the graph as text, for Graphviz.
  """)

part("Gradients add up until they are forgotten")
let w = Variable([1, 1], requiresGrad: true)
for pass in 1...3 {
  (w * 2).sum().backward()
  say("after pass \(pass): w.grad = \(w.grad!)")
}
w.zeroGrad()
say(
  "zeroGrad() forgets them: w.grad is \(w.grad == nil ? "nil" : "there"). Optimizers' zeroGrad() does it for all parameters."
)

part("Broadcasting backwards")
let row = Variable([1, 2, 3], requiresGrad: true)
let column = Variable([[10], [20]], requiresGrad: true)
let table = row + column
say("[3] + [2, 1] gives [2, 3]: the row is repeated twice, the column three times.")
table.sum().backward()
say(
  "What was repeated is added on the way back: row.grad = \(row.grad!), column.grad = \(column.grad!.reshaped([2]))"
)

part("Your own operation")
/// The third power, with its derivative next to it.
func cube(_ x: Variable) -> Variable {
  record("cube", x, value: x.value * x.value * x.value, keep: .inputs) { saved, dy in
    3 * saved.inputs[0] * saved.inputs[0] * dy
  }
}
say("record takes the value and a function that makes dx from dy. Is the derivative right?")
let numbers = Tensor.uniform([2, 3], low: -1, high: 1, dtype: .float64, using: &random)
let report = checkGradients(of: cube, at: numbers)
say(verdict(report))

/// The same with a mistake.
func wrongCube(_ x: Variable) -> Variable {
  record("wrong cube", x, value: x.value * x.value * x.value, keep: .inputs) { saved, dy in
    3 * saved.inputs[0] * saved.inputs[0]
  }
}
let wrong = checkGradients(of: wrongCube, at: numbers)
say("The same with dy forgotten:")
say(verdict(wrong))
if let explanation = wrong.explanation { say("  Why: \(explanation).") }

part("A gradient of a gradient")
let t = Variable(Tensor(0.5, dtype: .float64), requiresGrad: true)
let first = gradients(of: t.sin(), withRespectTo: [t], createGraph: true)[0]
let second = gradients(of: first, withRespectTo: [t])[0]
say(
  "sin has the slope cos: \(decimal(first.item(), 6)), and that has the slope −sin: \(decimal(second.item(), 6))."
)
say(
  "Derivatives are written in operations that have derivatives themselves, so this goes on for ever."
)
yourTurn(3, "03-Gradients")
