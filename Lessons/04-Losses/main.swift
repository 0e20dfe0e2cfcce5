import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 4)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 4: Losses")
say("A network gives scores, any numbers. What should it be told about them, so that it can learn?")

part("From scores to probabilities")
let scores = Tensor([[2.0, 1.0, -1.0], [0.5, 0.5, 3.0]], dtype: .float64)
say("Two pictures, three classes, the scores (logits):\n\(scores)")
let exponentials = scores.exp()
let p = exponentials / exponentials.sum(axes: [1], keepDims: true)
say(
  "softmax: exp(x), divided by the sum of its row. All are positive, and each row has the sum 1:\n\(p)"
)

part("When exp is too large")
let large = Tensor([[1000.0, 1001.0]], dtype: .float64)
let naive = large.exp() / large.exp().sum(axes: [1], keepDims: true)
say("For scores of 1000 and 1001 the same formula gives \(naive): exp(1000) is infinite.")
let shifted = large - large.amax(axes: [1], keepDims: true)
say(
  "Softmax does not change when all scores of a row are moved. With the largest subtracted they are \(shifted):"
)
say(
  "\(shifted.exp() / shifted.exp().sum(axes: [1], keepDims: true)). The library's softmax does that."
)
say(
  "log Σ exp x = m + log Σ exp(x − m) in the same way: \(decimal(large.logSumExp().item(), 6)) instead of infinity."
)

part("Cross-entropy")
let labels: IntTensor = [0, 2]
say(
  "The right classes are \(labels). The loss is −log of the probability that the right class got:")
for row in 0..<2 {
  let probability = p[row, labels[row]]
  say("picture \(row): p = \(decimal(probability)), −log p = \(decimal(-log(probability)))")
}
let byHand = -(log(p[0, 0]) + log(p[1, 2])) / 2
let loss = crossEntropy(Variable(scores), labels)
say(
  "Their mean is \(decimal(byHand, 6)); crossEntropy(logits, labels) says \(decimal(loss.item(), 6))."
)
say("It takes logits, not probabilities: it needs the trick with the largest score inside.")

part("Its gradient")
say(
  """
  Move one score x_k a little. log Σ exp x changes by exp(x_k) / Σ exp x = p_k, and the right score itself by 1. \
  So the gradient of log Σ exp x − x_label is p − y, with y = 1 for the right class and 0 otherwise; the mean over \
  the rows divides it by their number.
  """)
let logits = Variable(scores, requiresGrad: true)
crossEntropy(logits, labels).backward()
let y = Tensor([[1.0, 0, 0], [0, 0, 1]], dtype: .float64)
say("(p − y) / 2:\n\((p - y) / 2)")
say(
  "backward() agrees to within \(String(format: "%.0e", (logits.grad! - (p - y) / 2).abs().max().item()))."
)
say(verdict(checkGradients(of: { crossEntropy($0, labels) }, at: scores)))
say("Each row has the sum 0: what the right class gains, the others lose.")

part("Softmax twice")
say(
  """
  A common mistake, and scripts for PyTorch often make it: the network ends in softmax, and the loss \
  applies softmax again. Nothing crashes. But probabilities lie between 0 and 1, so the second softmax can never be \
  sure:
  """)
let classCounts = [2, 10, 1000]
say(
  ["classes", "lowest loss, once", "lowest loss, twice", "loss of guessing"],
  classCounts.map { count in
    // The best that can be said: all probability on the right class.
    let best = Variable(Tensor([1] + [Double](repeating: 0, count: count - 1), shape: [1, count]))
    return [
      "\(count)", "0.000", decimal(crossEntropy(best, [0]).item(), 3),
      decimal(log(Double(count)), 3),
    ]
  })
let steps = options.lesson.fast ? 60 : 300
let (once, twice) = (train(appliesTwice: false), train(appliesTwice: true))
say("A small network learns three classes of points, \(steps) steps, same start, same points:")
let chosen = stride(from: 0, to: steps, by: steps / 6).map { $0 } + [steps - 1]
say(
  ["step", "loss, once", "loss, twice", "accuracy, once", "accuracy, twice"],
  chosen.map {
    [
      "\($0 + 1)", decimal(once[$0].loss, 3), decimal(twice[$0].loss, 3), percent(once[$0].right),
      percent(twice[$0].right),
    ]
  })
say(
  TerminalChart(
    "The loss, step by step", [("once", once.map(\.loss)), ("twice", twice.map(\.loss))]
  )
  .text(columns: 72, rows: 6))
options.lesson.write(
  SVGChart(
    "Softmax once and twice", x: "step", y: "cross-entropy",
    [
      .line("once", once.enumerated().map { (Double($0), $1.loss) }),
      .line("twice", twice.enumerated().map { (Double($0), $1.loss) }),
    ]
  ).svg, as: "lesson4-twice", "the second softmax keeps the loss up and the gradient small")
yourTurn(4, "04-Losses")

/// Trains a small network to tell three spirals apart.
func train(appliesTwice: Bool) -> [(loss: Double, right: Double)] {
  var random = RandomSource(seed: options.lesson.seed)
  let (points, classes) = spirals(count: 60, using: &random)
  let model = Sequential(
    Linear(2, 32, using: &random), Tanh(), Linear(32, 32, using: &random), Tanh(),
    Linear(32, 3, using: &random))
  let optimizer = Adam(model.namedParameters, learningRate: 0.01)
  return (0..<steps).map { _ in
    let logits = model(Variable(points))
    let loss = crossEntropy(appliesTwice ? softmax(logits, axis: 1) : logits, classes)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return (loss.item(), accuracy(logits.value, classes))
  }
}

/// Points on three arms that wind around the middle.
func spirals(count: Int, using random: inout RandomSource) -> (Tensor, IntTensor) {
  var numbers: [Double] = []
  var classes: [Int] = []
  for index in 0..<(3 * count) {
    let arm = index % 3
    let along = Double(index / 3) / Double(count)
    let angle = 2.1 * Double(arm) + 4 * along + 0.1 * random.normal()
    numbers += [along * cos(angle), along * sin(angle)]
    classes.append(arm)
  }
  return (Tensor(numbers, shape: [3 * count, 2]), IntTensor(classes))
}
