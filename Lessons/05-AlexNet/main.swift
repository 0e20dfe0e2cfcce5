import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 5)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 5: AlexNet")
let (model, network) = options.network.loadNetwork()
if let warning = network.warning(about: options.kind) { say(warning) }

part("The network")
say(
  """
  Five convolutions look for ever larger patterns, and three fully connected layers weigh what they found. \
  This is what becomes of one picture, layer by layer:
  """)
let side = network.preprocessing.crop
let blank = Variable(.zeros([1, 3, side, side]))
let layers = model.namedLayers.filter { $0.layer.children.isEmpty && !$0.path.isEmpty }
let outputs = model.activations(of: blank, at: layers.map(\.path))
var millions = 0.0
say(
  ["layer", "kind", "output", "parameters", "multiplications"],
  layers.compactMap { path, layer in
    guard let output = outputs[path] else { return nil }
    // Each number of the output is a sum of as many products as one filter, or one row, has weights.
    let weight = layer.parameters.first { $0.name == "weight" }?.variable
    let products = weight.map { output.count * $0.count / $0.shape[0] } ?? 0
    millions += Double(products) / 1e6
    return [
      path, "\(type(of: layer))", "\(Array(output.shape.dropFirst()))",
      layer.parameterCount > 0 ? grouped(layer.parameterCount) : "",
      products > 0 ? grouped(products) : "",
    ]
  })
let largest = layers.max { $0.layer.parameterCount < $1.layer.parameterCount }!.path
say(
  "\(grouped(model.parameterCount)) parameters in all, most of them in \(largest); \(Int(millions.rounded())) million "
    + "multiplications for each picture, most of them in the convolutions.")

if network.width < 1 {
  say(
    "torchvision's AlexNet is wider: \(Int((100 * network.width).rounded())) % of its channels are here. It has "
      + "61,100,840 parameters.")
}

part("The pictures")
let examples = Example.load(options, labels: network.labels)
let batch = Variable(stack(examples.map { network.preprocessing.transform($0.picture) }))
say(
  "\(examples.count) pictures, each scaled, cut to its middle and normalized: a tensor \(batch.shape)."
)

part("What the network says")
let logits = withoutGradients { model(batch).value }
let probabilities = network.probabilities(logits)
let answers = examples.enumerated().map { number, example in
  Answer(
    probabilities[number..<(number + 1)].scalars,
    right: example.label.flatMap { network.labels.firstIndex(of: $0) })
}
say("The logits are a tensor \(logits.shape): one score for each label. argmax takes the largest.")
let isOurs = options.data == nil
var sheet = ContactSheet(size: 144, columns: examples.count > 10 ? 6 : 5)
var rows: [[String]] = []
for (number, (example, answer)) in zip(examples, answers).enumerated() {
  let label = network.labels[answer.choice]
  let share = percent(answer.probability)
  let doubt = network.calibration.isSure(answer.probability) ? "" : "not sure"
  let place = isOurs ? [answer.place.map { "\($0)" } ?? "none"] : []
  rows.append(["\(number)", "\(answer.choice)", label, share, doubt, example.name] + place)
  let border = answer.place.map { $0 == 1 ? ContactSheet.Border.right : .wrong } ?? .plain
  sheet.add(example.picture, [label, "\(share) \(doubt)"], border: border)
}
say(
  ["no.", "index", "label", "confidence", "", isOurs ? "it shows" : "file"]
    + (isOurs ? ["place"] : []), rows)
if isOurs {
  say(
    "The place is the rank of the right label, the most likely first; none if the network has no such label."
  )
}
if network.calibration.temperature != 1 {
  say(
    "Before the softmax the logits are divided by \(decimal(network.calibration.temperature, 2)), a temperature that makes "
      + "probabilities mean what they say: on pictures like those that it was fitted to, 70 % of the answers with a "
      + "confidence of 70 % are right.")
}
say("Below \(percent(network.calibration.threshold)) an answer counts as not sure.")

part("Five guesses for the first picture")
say(
  ["label", "logit", "probability", ""],
  answers[0].order.prefix(5).map { index in
    let probability = probabilities[0, index]
    return [
      network.labels[index], decimal(logits[0, index], 2), percent(probability),
      String(repeating: "█", count: Int((30 * probability).rounded(), within: 0...30)),
    ]
  })

part("Confident is not the same as right")
if isOurs { sayHowSure(answers, network.calibration) }
let noise = Tensor.normal([1, 3, side, side], using: &random)
let ofNoise = network.probabilities(withoutGradients { model(Variable(noise)).value })
say(
  "Of pure noise the network says: \(network.labels[ofNoise.argmax()]), with a confidence of \(percent(ofNoise.max().item())). It "
    + "must choose one of its \(network.labels.count) labels; \"none of them\" is not among them.")
options.lesson.show(
  sheet.picture, as: "lesson5",
  isOurs ? "blue frames are right, orange ones wrong" : "with what it says of them")
if isOurs {
  let known = answers.compactMap(\.place)
  say(
    "Accuracy: \(known.count { $0 == 1 }) of \(known.count) (top-1), and \(known.count { $0 <= 5 }) of \(known.count) among "
      + "the first five (top-5). Pictures of what it has no label for: \(answers.count - known.count)."
  )
}
yourTurn(5, "05-AlexNet")
