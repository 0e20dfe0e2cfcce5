import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseOrExit()
options.lesson.checkIfAsked(exercises, of: 5)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 5: AlexNet")
let (model, network) = options.network.loadNetwork()

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
      layer.parameterCount > 0 ? "\(layer.parameterCount)" : "", products > 0 ? "\(products)" : "",
    ]
  })
say(
  "\(model.parameterCount) parameters in all, most of them in classifier.1; \(Int(millions.rounded())) million "
    + "multiplications for each picture, most of them in the convolutions.")

if network.width < 1 {
  say(
    "torchvision's AlexNet is wider: 1/\(Int((1 / network.width).rounded())) of its channels are here. It has 61,100,840 parameters."
  )
}

part("The pictures")
let examples = Example.load(options)
let batch = Variable(stack(examples.map { network.preprocessing.transform($0.picture) }))
say(
  "\(examples.count) pictures, each scaled, cut to its middle and normalised: a tensor \(batch.shape)."
)

part("What the network says")
let logits = withoutGradients { model(batch) }
let probabilities = softmax(logits, axis: 1).value
let choices = logits.value.argmax(axis: 1)
say("The logits are a tensor \(logits.shape): one score for each label. argmax takes the largest.")
var sheet = ContactSheet(size: 144, columns: 5)
var rows: [[String]] = []
for (number, example) in examples.enumerated() {
  let index = choices[number]
  let label = network.labels[index]
  let share = percent(probabilities[number, index])
  rows.append(["\(number)", "\(index)", label, share, example.name])
  let border: ContactSheet.Border =
    options.data != nil ? .plain : label == example.name ? .right : .wrong
  sheet.add(example.picture, [label, share], border: border)
}
say(["no.", "index", "label", "sure to", options.data == nil ? "it shows" : "file"], rows)

part("Five guesses for the first picture")
let first = (0..<network.labels.count).map { probabilities[0, $0] }
let order = first.indices.sorted { first[$0] > first[$1] }
say(
  ["label", "logit", "probability", ""],
  order.prefix(5).map { index in
    [
      network.labels[index], decimal(logits.value[0, index], 2), percent(first[index]),
      String(repeating: "█", count: Int((30 * first[index]).rounded())),
    ]
  })

part("Sure and right are two things")
let noise = Tensor.normal([1, 3, side, side], using: &random)
let ofNoise = withoutGradients { softmax(model(Variable(noise)), axis: 1).value }
say(
  "Of pure noise the network says: \(network.labels[ofNoise.argmax()]), sure to \(percent(ofNoise.max().item())). It "
    + "must choose one of its \(network.labels.count) labels; \"none of them\" is not among them.")
options.lesson.show(
  sheet.picture, as: "lesson5",
  options.data == nil ? "blue frames are right, orange ones wrong" : "with what it says of them")
if options.data == nil {
  let right = zip(choices.scalars, examples).count { network.labels[$0] == $1.name }
  say("Right: \(right) of \(examples.count).")
}
say("")
say("Your turn: Lessons/05-AlexNet/Exercises.swift, then swift run -c release lesson5 --check")
