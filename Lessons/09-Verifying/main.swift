import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 9)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 9: Verifying")
say(
  "A wrong derivative does not crash. The loss may even fall. How do you know that a gradient is right?"
)

part("Two ways to the same number")
let x = Tensor.uniform([2, 3], low: -1, high: 1, dtype: .float64, using: &random)
say("The gradient of Σ tanh x by the chain rule:\n\(gradient(of: { $0.tanh() }, at: x))")
say(
  "The same by moving each number up and down by 10⁻⁵:\n\(numericalGradient({ $0.tanh().sum().item() }, x))"
)

part("A layer with a mistake")
/// A fully connected layer with tanh behind it; its derivative has a mistake.
func layer(_ inputs: [Variable]) -> Variable {
  record(
    "layer", inputs, value: (matmul(inputs[0].value, inputs[1].value) + inputs[2].value).tanh(),
    keep: .both
  ) {
    saved, dy in
    let dz = dy * (1 - saved.output * saved.output)
    return [
      matmul(dz, saved.inputs[1].transposed()),
      matmul(saved.inputs[0].transposed(), dz),
      dz.mean(axes: [0]),
    ]
  }
}
let inputs = [[3, 4], [4, 2], [2]].map {
  Tensor.uniform($0, low: -1, high: 1, dtype: .float64, using: &random)
}
say("y = tanh(x W + b). Three gradients, one of them wrong. Which one, and why?")
say(shortened(checkGradients(of: layer, at: inputs)))
say(
  "The bias was added to each row, so its gradient is a sum over the rows; here somebody has taken the mean."
)

func points(_ report: GradientReport) -> [(x: Double, y: Double)] {
  report.sweep.compactMap { point in point.error.map { (point.step, max($0, 1e-16)) } }
}
options.lesson.write(
  SVGChart(
    "Error of the difference quotient", x: .init("step", .logarithmic),
    y: .init("error", .logarithmic),
    [
      .line("the wrong layer", points(checkGradients(of: layer, at: inputs))),
      .line("tanh", points(checkGradients(of: { $0.tanh() }, at: x))),
    ]
  ).svg, as: "lesson9-steps",
  "where the gradient is right the error falls with the step, until rounding takes over")

part("Why one check is not enough")
say(
  """
  Eight functions with known mistakes, and four checks: the sum of the gradient; the whole gradient with ones coming \
  in; the same with random numbers; and checkGradients, which also checks the gradient of the gradient.
  """)
let checks: [(name: String, finds: (Flaw) -> Bool)] = [
  (
    "sum",
    { flaw in
      abs(
        gradient(of: flaw.f, at: flaw.x).sum().item()
          - numericalGradient({ flaw.f($0).sum().item() }, flaw.x).sum().item()) > 1e-5
    }
  ),
  (
    "ones",
    { flaw in
      differs(
        gradient(of: flaw.f, at: flaw.x), numericalGradient({ flaw.f($0).sum().item() }, flaw.x))
    }
  ),
  ("random", { flaw in findsWithRandomNumbers(flaw) }),
  ("checkGradients", { flaw in !checkGradients(of: { flaw.f($0) }, at: flaw.x).passed }),
]
let flaws = Flaw.all(using: &random)
var table: [[String]] = []
for flaw in flaws {
  table.append([flaw.name] + checks.map { $0.finds(flaw) ? "found" : "–" })
}
say(["mistake"] + checks.map(\.name), table)
let counts = checks.map { check in flaws.count { check.finds($0) } }
say(
  "Found: " + zip(checks, counts).map { "\($0.name) \($1)" }.joined(separator: ", ")
    + " of \(flaws.count).")

part("Kinks")
say(
  "relu has the slope 0 on the left of 0 and 1 on the right. At 0 a central difference gives a half:"
)
let atZero = numericalGradient(
  { $0.relu().sum().item() }, Tensor([0.0], shape: [1], dtype: .float64))
say(
  "difference quotient \(atZero.item()), backward pass \(gradient(of: { $0.relu() }, at: Tensor([0.0], shape: [1], dtype: .float64)).item())"
)
say(
  "Neither is wrong. The check notices that numbers change sides within its step and leaves them out:"
)
say(
  verdict(
    checkGradients(
      of: { $0.relu() },
      at: Tensor([0.0, 1, -2, 3, -1, 2, 4, -3, 5, 6, -4], shape: [11], dtype: .float64))))

part("Single precision")
var rows: [[String]] = []
for exponent in [-1, -2, -3, -4, -5] {
  let h = pow(10, Double(exponent))
  let errors = [DType.float32, .float64].map { dtype -> Double in
    let place = Tensor(0.7, dtype: dtype)
    let slope = ((place + h).sin().item() - (place - h).sin().item()) / (2 * h)
    return abs(slope - cos(0.7))
  }
  rows.append(["10^\(exponent)"] + errors.map { String(format: "%.0e", $0) })
}
say(["h", "error in float32", "error in float64"], rows)
say(
  "In single precision no step is good: that is why checks run in double precision, and layers can be converted."
)

part("Dropout")
let dropout = Dropout(0.5, using: &random)
let network = Sequential(
  Linear(4, 8, using: &random), Tanh(), dropout, Linear(8, 2, using: &random))
say(
  "Dropout draws another mask each time, so the function changes between two evaluations. The check draws the same one:"
)
let batch = Tensor.uniform([3, 4], low: -1, high: 1, using: &random)
let report = checkGradients(ofLayer: network, input: batch)
say(verdict(report))

part("Grading the checker")
let score = options.lesson.fast ? ["1 − x²"] : Array(GradientCheckSelfTest.mistakes.prefix(40))
let caught = score.count { name in GradientCheckSelfTest.report(onMistake: name)?.passed == false }
say(
  "A check that never alarms looks perfect. So it is checked itself: of \(score.count) planted mistakes it catches \(caught)."
)
say(
  "retrograd gradcheck --self-test tries all of them, and thousands of functions without a mistake."
)
yourTurn(9, "09-Verifying")

func gradient(of f: (Variable) -> Variable, at x: Tensor, seed: Tensor? = nil) -> Tensor {
  let input = Variable(x, requiresGrad: true)
  let output = f(input)
  return gradients(
    of: (output * Variable(seed ?? .ones(like: output.value))).sum(), withRespectTo: [input])[0]
    .value
}

/// Central differences, one number after the other.
func numericalGradient(_ f: (Variable) -> Double, _ x: Tensor) -> Tensor {
  let h = 1e-5
  let numbers = x.scalars
  func value(_ index: Int, _ step: Double) -> Double {
    var moved = numbers
    moved[index] += step
    return f(Variable(Tensor(moved, shape: x.shape, dtype: .float64)))
  }
  let slopes = numbers.indices.map { (value($0, h) - value($0, -h)) / (2 * h) }
  return Tensor(slopes, shape: x.shape, dtype: .float64)
}

func differs(_ a: Tensor, _ b: Tensor) -> Bool {
  (a - b).abs().max().item() / max(1, b.abs().max().item()) > 1e-6
}

func findsWithRandomNumbers(_ flaw: Flaw) -> Bool {
  let seed = Tensor.uniform(
    flaw.f(Variable(flaw.x)).shape, low: 0.5, high: 1.5, dtype: .float64, using: &random)
  return differs(
    gradient(of: flaw.f, at: flaw.x, seed: seed),
    numericalGradient({ (flaw.f($0) * Variable(seed)).sum().item() }, flaw.x))
}

/// The report without its error by step.
func shortened(_ report: GradientReport) -> String {
  report.description.components(separatedBy: "\n\nDifference quotient")[0]
}
