import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseOrExit()
let (count, epochs) = options.fast ? (8, 3) : (options.count, options.epochs)
let unseenCount = options.fast ? 20 : 200

title("Lesson 8: Fine-tuning")
say(
  """
  A network that knows many things is to tell two new ones apart, from a handful of pictures. How much of it \
  should learn? The last layer alone, the whole classifier, or the last convolution too?
  """)
let (_, start) = options.network.loadNetwork()

part("The pictures")
let seed = options.network.seed
let (training, unseen) = loadPictures()
say(
  "\(training.count) pictures to learn from, of \(training.classes.joined(separator: " and ")), which the "
    + "network has never seen; \(unseen.count) others to be judged by.")

part("Three ways")
let ways = [
  (name: "the head", layers: ["classifier.6"]),
  (name: "the classifier", layers: ["classifier"]),
  (name: "conv5 and the classifier", layers: ["features.10", "classifier"]),
]
var table = TextTable(["what learns", "parameters", "right, seen", "unseen", "seconds"])
for way in ways {
  var random = RandomSource(seed: seed)
  // The same beginning each time: what was learned before, and a new last layer.
  let (model, _) = try AlexNet.transferring(
    start.state, classes: 2, using: &random)
  model.freeze()
  for layer in way.layers { model.unfreeze(layer) }
  let trained = model.trainableParameters.reduce(0) { $0 + $1.variable.count }

  var settings = TrainingSettings()
  settings.epochs = epochs
  // What has learned before takes smaller steps than the layer that begins anew.
  settings.learningRate = 1e-4
  settings.layerRates = [.init(path: "classifier.6", rate: 1e-3)]
  settings.seed = seed
  let trainer = Trainer(model, training: training, validation: unseen, settings: settings)
  let began = Date()
  while try trainer.advance() {}
  let seconds = Date().timeIntervalSince(began)
  guard let last = trainer.history.last, let right = last.validationAccuracy else { continue }

  say("\(way.name): \(trained) parameters learn")
  let curve = trainer.history.map { percent($0.validationAccuracy ?? 0) }
  say("  right on unseen pictures, epoch by epoch: " + curve.joined(separator: " "))
  let frozen = trainer.receipt.lines.filter { !$0.isTrainable }
  say(
    "  \(frozen.count) frozen parameters, \(frozen.count { $0.isUnchanged }) of them the same bit for bit"
  )
  table.add([
    way.name, "\(trained)", percent(last.trainingAccuracy), percent(right),
    String(format: "%.1f", seconds),
  ])
}

part("Side by side")
say(table.text(columns: 78))
say(
  """

  What is right on seen pictures and wrong on unseen ones has been learned by heart. Watch the two columns \
  with --count 5.
  """)

/// The pictures to learn from and those to be judged by; ends the lesson where they cannot be had.
func loadPictures() -> (training: any LabelledPictures, unseen: any LabelledPictures) {
  guard let source = options.data else {
    func draw(_ number: UInt64, _ count: Int) -> DrawnPictures {
      DrawnPictures(
        Sketchbook(seed: seed &+ number), classes: options.names, numbers: 0..<count,
        isRepeatable: true, preprocessing: start.preprocessing)
    }
    return (draw(1000, count), draw(2000, unseenCount))
  }
  do {
    let all = try PictureDataset.load(source, classes: options.counts()) { say($0) }
    guard all.classes.count == 2 else {
      fail("\(source) has \(all.classes.count) classes, expected two")
    }
    let smallest = [0, 1].map { label in all.labels.count { $0 == label } }.min()!
    // Some are kept to be judged by.
    let (first, rest) = all.split(perClass: max(1, min(count, smallest * 4 / 5)))
    return (
      PictureFiles(first, preprocessing: start.preprocessing),
      PictureFiles(rest, preprocessing: start.preprocessing)
    )
  } catch {
    fail("\(error)")
  }
}

func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
