import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseOrExit()

title("Lesson 5: AlexNet")
let (model, network) = options.network.loadNetwork()

part("The network")
say(
  """
  Five convolutions look for ever larger patterns, and three fully connected layers weigh what they found. \
  This is what becomes of one picture, layer by layer:
  """)
let blank = Variable(.zeros([1, 3, network.preprocessing.crop, network.preprocessing.crop]))
let layers = model.namedLayers.filter { $0.layer.children.isEmpty && !$0.path.isEmpty }
let outputs = model.activations(of: blank, at: layers.map(\.path))
say("  \(padded("layer", 16))\(padded("kind", 20))\(padded("output", 18))parameters")
for (path, layer) in layers {
  let shape = outputs[path].map { "\($0.shape.dropFirst().map { $0 })" } ?? ""
  let count = layer.parameterCount
  say(
    "  \(padded(path, 16))\(padded("\(type(of: layer))", 20))\(padded(shape, 18))"
      + (count > 0 ? "\(count)" : ""))
}
say("\(model.parameterCount) parameters in all, most of them in classifier.1.")

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
say(
  "  \(padded("no.", 5))\(padded("index", 7))\(padded("label", 24))\(padded("sure to", 11))it shows"
)
var sheet = ContactSheet(size: 144, columns: 5)
for (number, example) in examples.enumerated() {
  let index = choices[number]
  let label = network.labels[index]
  let share = String(format: "%.1f %%", 100 * probabilities[number, index])
  say(
    "  \(padded("\(number)", 5))\(padded("\(index)", 7))\(padded(label, 24))\(padded(share, 11))"
      + example.name)
  let border: ContactSheet.Border =
    options.data != nil ? .plain : label == example.name ? .right : .wrong
  sheet.add(example.picture, [label, share], border: border)
}

part("Five guesses for the first picture")
let first = (0..<network.labels.count).map { probabilities[0, $0] }
let order = first.indices.sorted { first[$0] > first[$1] }
for index in order.prefix(5) {
  let bar = String(repeating: "█", count: Int((40 * first[index]).rounded()))
  say(
    "  \(padded(network.labels[index], 24))\(padded(String(format: "%.2f %%", 100 * first[index]), 9)) \(bar)"
  )
}
say("")
options.network.write(sheet.picture, as: "lesson5.png")

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
