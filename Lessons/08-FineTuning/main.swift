import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseOrExit()
options.lesson.checkIfAsked(exercises, of: 8)
let (count, epochs) = options.lesson.fast ? (8, 8) : (options.count, options.epochs)
let unseenCount = options.lesson.fast ? 20 : 200

title("Lesson 8: Fine-tuning")
say(
  """
  A network that knows many things is to tell two new ones apart, from a handful of pictures. How much of it \
  should learn? The last layer alone, the whole classifier, or the last convolution too?
  """)
let (_, start) = options.network.loadNetwork()

part("The pictures")
let seed = options.lesson.seed
let (training, unseen) = loadPictures()
say(
  "\(training.count) pictures to learn from, of \(training.classes.joined(separator: " and ")), which the "
    + "network has never seen; \(unseen.count) others to be judged by.")

part("Three ways")
if !options.lesson.fast { say("All of this lesson takes some twenty seconds on two cores.") }
let ways = [
  (name: "the head", layers: ["classifier.6"]),
  (name: "the classifier", layers: ["classifier"]),
  (name: "conv5 and the classifier", layers: ["features.10", "classifier"]),
]
var table = TextTable(["what learns", "parameters", "right, seen", "unseen"])
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
  while try trainer.advance() {}
  guard let last = trainer.history.last, let right = last.validationAccuracy else { continue }

  say("\(way.name): \(trained) parameters learn")
  let every = max(1, epochs / 5)
  let curve = trainer.history.enumerated().filter { ($0.offset + 1).isMultiple(of: every) }
    .map { percent($0.element.validationAccuracy ?? 0) }
  say("  right on unseen ones, every \(every) epochs: " + curve.joined(separator: ", "))
  let frozen = trainer.receipt.lines.filter { !$0.isTrainable }
  say(
    "  \(frozen.count) frozen tensors, \(frozen.count { $0.isUnchanged }) of them the same bit for bit"
  )
  table.add([
    way.name, "\(trained)", percent(last.trainingAccuracy), percent(right),
  ])
}

part("Side by side")
say(table.text(columns: 78))
say(
  "For what the first layers have learned, two classes are easy. Which way wins depends on how new the pictures are."
)

part("Learned by heart")
let few = 4
let scratch = drawFiles(classes: Sketchbook.unseenClasses, count: few)
say(
  "\(few) pictures each of \(Sketchbook.unseenClasses.count) classes, no dropout, large steps: the classifier learns them by "
    + "heart. Then the same with every picture cut, turned round and coloured otherwise each time.")
var comparison = TextTable([
  "pictures", "loss, seen", "unseen", "lowest", "in epoch", "right, seen", "unseen",
])
var losses: [(String, [Double])] = []
for augments in [false, true] {
  let history = trainByHeart(augments: augments)
  let last = history.last!
  losses.append(
    (augments ? "unseen, changed" : "unseen, as they are", history.map { $0.validationLoss ?? 0 }))
  let unseenLosses = history.map { $0.validationLoss ?? 0 }
  let lowest = unseenLosses.indices.min { unseenLosses[$0] < unseenLosses[$1] } ?? 0
  comparison.add([
    augments ? "changed each time" : "as they are", decimal(last.trainingLoss, 3),
    decimal(unseenLosses.last ?? 0, 3), decimal(unseenLosses[lowest], 3), "\(lowest + 1)",
    percent(last.trainingAccuracy), percent(last.validationAccuracy ?? 0),
  ])
}
say(comparison.text(columns: 78))
say("")
say(TerminalChart("The loss on unseen pictures, epoch by epoch", losses).text(columns: 72, rows: 5))
options.lesson.write(
  Chart(
    "Learned by heart", x: Axis("epoch"), y: Axis("loss on unseen pictures"),
    losses.map { name, values in
      .line(name, values.enumerated().map { (Double($0.offset + 1), $0.element) })
    }
  ).svg, as: "lesson8-heart", "the loss on unseen pictures, with and without changes")
say(
  "A loss of nearly 0 on seen pictures says nothing; look at unseen ones, and keep the epoch with the lowest loss on them."
)
say("")
say("Your turn: Lessons/08-FineTuning/Exercises.swift, then swift run -c release lesson8 --check")

/// Draws pictures of classes into files, one folder for each class.
func drawFiles(classes: [String], count: Int) -> ScratchFolder {
  do {
    let folder = try ScratchFolder()
    let book = Sketchbook(seed: seed &+ 3000)
    for name in classes {
      let place = folder.url.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in 0..<count {
        try book.picture(of: name, number: number).writePNG(
          to: place.appending(path: "\(number).png"))
      }
    }
    return folder
  } catch {
    fail("\(error)")
  }
}

/// Trains the classifier on a handful of pictures for so long that it knows each of them.
func trainByHeart(augments: Bool) -> [EpochResult] {
  do {
    var random = RandomSource(seed: seed)
    let dataset = try PictureDataset(folder: scratch.url)
    let (model, _) = try AlexNet.transferring(
      start.state, classes: dataset.classes.count, dropout: 0, using: &random)
    model.freeze()
    model.unfreeze("classifier")
    var settings = TrainingSettings()
    settings.epochs = options.lesson.fast ? 10 : 25
    settings.batchSize = 8
    settings.learningRate = 5e-4
    settings.seed = seed
    let changes = Augmentation(crop: .init(smallestArea: 0.5), flips: true, color: ColorJitter())
    let others = DrawnPictures(
      Sketchbook(seed: seed &+ 4000), classes: dataset.classes,
      numbers: 0..<(options.lesson.fast ? 5 : 15),
      isRepeatable: true, preprocessing: start.preprocessing)
    let trainer = Trainer(
      model,
      training: PictureFiles(
        dataset, preprocessing: start.preprocessing, augmentation: augments ? changes : .none,
        seed: seed),
      validation: others, settings: settings)
    while try trainer.advance() {}
    return trainer.history
  } catch {
    fail("\(error)")
  }
}

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
    let all = try PictureSource(source).dataset(classes: options.counts()) { say($0) }
    guard all.classes.count == 2 else {
      fail("\(source) needs a folder of pictures for each of two classes; found: \(all.classes)")
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
