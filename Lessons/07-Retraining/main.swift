import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 7)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 7: Retraining")
say(
  """
  A network that was trained on very many pictures has learned to see. To tell two new kinds of \
  pictures apart, keep all of it as it is and train one small layer on its output: transfer learning.
  """)

part("The pictures")
let data = try loadData(options, using: &random)
let (training, unseen) = (data.training, data.unseen)
say(
  "\(training.labels.count) pictures to learn from (the training set), \(unseen.labels.count) to be asked about later (the validation set). "
    + "Class 0: \(data.classes[0]). Class 1: \(data.classes[1]).")

part("What the frozen network says of them")
let inputs = training.values.shape[1]
say("\(data.network), so each picture is now a row of \(inputs) numbers.")

// Columns differ in size; brought to mean 0 and standard deviation 1 they all have a say.
let standardize = Standardizer(training.values)
let x = standardize(training.values)
let labels = training.labels

part("The new layer")
let weight = Variable(truncatedNormal([inputs, 2], deviation: 0.01), requiresGrad: true)
let bias = Variable(.zeros([2]), requiresGrad: true)
say(
  "A matrix \(weight.shape), drawn from the truncated normal distribution, and a bias \(bias.shape): "
    + "\(weight.count + bias.count) numbers to learn.")

/// The scores of both classes; softmax makes probabilities of them.
func model(_ x: Tensor) -> Variable { matmul(Variable(x), weight) + bias }

/// −log of the probability of the right class, the mean over the rows, by our own means: see lesson 4.
func loss(_ scores: Variable, _ labels: IntTensor) -> Variable {
  // Softmax does not change when all scores of a row are moved; so exp never overflows.
  let shifted = scores - Variable(scores.value.amax(axes: [1], keepDims: true))
  let logarithms = shifted - shifted.exp().sum(axes: [1], keepDims: true).log()
  return -gather(logarithms, labels.reshaped([labels.count, 1]), axis: 1).mean()
}

part("Training")
say(
  "Each step takes a mini-batch of \(options.batch) pictures"
    + (options.batch < labels.count ? "" : ", here all of them (--batch 10 takes fewer)")
    + ". Loss and accuracy are those of all training pictures after so many steps; before the first one the layer guesses."
)
let optimizer = Adam([weight, bias], learningRate: 1e-3, weightDecay: 1e-2)
var curves = MetricTable(["step", "loss", "accuracy"])
note(0)
for step in 1...options.steps {
  let batch = getBatch(x, labels, size: options.batch, using: &random)
  optimizer.zeroGrad()
  loss(model(batch.inputs), batch.labels).backward()
  optimizer.step()
  note(step)
}

say("")
let losses = curves.rows.compactMap { $0[1] }
say(TerminalChart("Loss by step", [("loss", losses)]).text(columns: 72, rows: 6))

makePlots()

part("Pictures it has not seen")
let logits = model(standardize(unseen.values))
let probabilities = softmax(logits, axis: 1)
let right = accuracy(probabilities.value, unseen.labels)
for index in 0..<min(5, unseen.labels.count) {
  let p = probabilities.value[index, 1]
  say(
    "picture \(aligned(index))   \(data.classes[p > 0.5 ? 1 : 0]), confidence "
      + "\(percent(max(p, 1 - p)))   (it shows: \(data.classes[unseen.labels[index]]))")
}
var evaluation = Evaluation(classes: data.classes)
evaluation.add(
  logits: logits.value, indices: Array(0..<unseen.labels.count), labels: unseen.labels.scalars)

part("What so few pictures can show")
let standardError = (right * (1 - right) / Double(unseen.labels.count)).squareRoot()
say(
  "\(percent(right)) of \(unseen.labels.count) pictures: with so few, chance alone moves that by about \(percent(standardError)) (one "
    + "standard error). Two networks that differ by less cannot be told apart.")
say("With a smaller training set, five times each, with different pictures each time:")
let counts = [2, 5, 10, 25].filter { 2 * $0 <= training.labels.count }
say(
  ["of each class", "accuracy on unseen pictures, in %", "mean ± error"],
  counts.map { count in
    let shares = (0..<5).map { _ in 100 * retrained(perClass: count) }
    let mean = shares.reduce(0, +) / Double(shares.count)
    let squares = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double(shares.count - 1) / Double(shares.count)).squareRoot()
    return [
      "\(count)", shares.map { String(format: "%5.1f", $0) }.joined(separator: " "),
      String(format: "%.1f ± %.1f", mean, error),
    ]
  })
yourTurn(7, "07-Retraining")
writeReport(data, curves, evaluation, options)
say(
  "Accuracy on the validation set: \(percent(right, error: standardError)) of \(unseen.labels.count) pictures."
)

/// The accuracy on the unseen pictures of another layer, trained on some of the pictures.
func retrained(perClass count: Int) -> Double {
  let order = random.permutation(labels.count)
  let chosen = IntTensor(
    [0, 1].flatMap { label in order.filter { labels[$0] == label }.prefix(count) })
  let rows = standardize(training.values).indexSelect(chosen, axis: 0)
  let classes = IntTensor(chosen.scalars.map { labels[$0] })
  let layer = Linear(inputs, 2, using: &random)
  let optimizer = Adam(layer.namedParameters, learningRate: 1e-3, weightDecay: 1e-2)
  for _ in 0..<options.steps {
    optimizer.zeroGrad()
    loss(layer(Variable(rows)), classes).backward()
    optimizer.step()
  }
  return accuracy(layer(Variable(standardize(unseen.values))).value, unseen.labels)
}

/// Keeps how the layer does after so many steps, and says it now and then.
func note(_ step: Int) {
  let scores = model(x)
  let (loss, accuracy) = (loss(scores, labels).item(), accuracy(scores.value, labels))
  curves.add([Double(step), loss, accuracy])
  if step <= 1 || step.isMultiple(of: 10) || step == options.steps {
    say("step \(aligned(step))   loss \(decimal(loss, 4))   accuracy \(percent(accuracy))")
  }
}

/// The script's `makePlots`: loss and accuracy by step.
func makePlots() {
  func points(_ column: Int) -> [(x: Double, y: Double)] {
    curves.rows.compactMap { row in row[0].flatMap { step in row[column].map { (step, $0) } } }
  }
  options.lesson.write(
    SVGChart(
      "Retraining on \(labels.count) pictures", x: "step", y: "loss, accuracy",
      [.line("loss", points(1)), .line("accuracy", points(2))]
    ).svg, as: "lesson7-curves", "loss and accuracy, step by step")
}

func truncatedNormal(_ shape: [Int], deviation: Double) -> Tensor {
  .truncatedNormal(shape, standardDeviation: deviation, using: &random)
}

func aligned(_ number: Int) -> String { String(format: "%4d", number) }
