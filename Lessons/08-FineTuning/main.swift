import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 8)
let isFast = options.lesson.fast
let (count, epochs) = isFast ? (4, 8) : (options.count, options.epochs)
let repetitions = isFast ? 2 : options.repetitions
let unseenCount = isFast ? 8 : 25

title("Lesson 8: Fine-tuning")
say(
  """
  A network that knows many things should learn to tell new ones apart, from a handful of pictures. How much of it \
  should learn? The last layer alone, the whole classifier, or the last convolution too?
  """)
let (_, start) = options.network.loadNetwork()

part("The pictures")
let seed = options.lesson.seed
let (training, unseen) = loadPictures(0)
say(
  "Training set: \(training.count) pictures of \(training.classes.count) kinds: "
    + training.classes.joined(separator: ", ")
    + ". Validation set: \(unseen.count) others.")
if options.data == nil, let learned = start.learnedFrom?.kind, learned == .photographs {
  say(
    "The network has learned from photographs and never seen a drawing. What it knows of edges, colors and "
      + "shapes serves here all the same; what it knows of things does less.")
}

part("Three ways")
if !isFast {
  say(
    "\(repetitions) times each, with different pictures and a different start. All of this lesson takes some fifteen "
      + "seconds on two cores.")
}
let ways = [
  (name: "the head", layers: ["classifier.6"]),
  (name: "the classifier", layers: ["classifier"]),
  (name: "conv5 and the classifier", layers: ["features.10", "classifier"]),
]
var table = TextTable(["what learns", "parameters", "accuracy, seen", "unseen, mean ± error"])
for way in ways {
  var results: [EpochResult] = []
  for repetition in 0..<repetitions {
    let history = train(way.layers, repetition, tells: repetition == 0 ? way.name : nil)
    if let last = history.last { results.append(last) }
  }
  let unseenShares = results.compactMap(\.validationAccuracy)
  table.add([
    way.name, "\(trainedCount)", percent(mean(results.map(\.trainingAccuracy))),
    percent(mean(unseenShares)) + String(format: " ± %.1f", 100 * standardError(unseenShares)),
  ])
}

part("Side by side")
say(table.text(columns: 78))
say(
  "The error is the standard error of the mean over the repetitions: two ways that differ by less than about "
    + "two of them cannot be told apart. Which way wins depends on how new the pictures are.")

part("Overfitting")
let few = 4
let scratch = drawFiles(classes: Sketchbook.unseenClasses, count: few)
say(
  "\(few) pictures each of \(Sketchbook.unseenClasses.count) classes, no dropout, large steps: the classifier learns them by "
    + "heart: it overfits. Then the same with data augmentation: every picture is cut, mirrored and colored "
    + "differently each time.")
var comparison = TextTable([
  "pictures", "loss, seen", "unseen", "lowest", "epoch", "accuracy, seen", "unseen",
])
var losses: [(String, [Double])] = []
for augments in [false, true] {
  let history = trainByHeart(augments: augments)
  let last = history.last!
  losses.append(
    (
      augments ? "with augmentation" : "without augmentation",
      history.map { $0.validationLoss ?? 0 }
    ))
  let unseenLosses = history.map { $0.validationLoss ?? 0 }
  let lowest = unseenLosses.indices.min { unseenLosses[$0] < unseenLosses[$1] } ?? 0
  comparison.add([
    augments ? "augmented" : "as they are", decimal(last.trainingLoss, 3),
    decimal(unseenLosses.last ?? 0, 3), decimal(unseenLosses[lowest], 3), "\(lowest + 1)",
    percent(last.trainingAccuracy), percent(last.validationAccuracy ?? 0),
  ])
}
say(comparison.text(columns: 78))
say("")
say(TerminalChart("Validation loss by epoch", losses).text(columns: 72, rows: 5))
options.lesson.write(
  SVGChart(
    "Overfitting", x: "epoch", y: "validation loss",
    losses.map { name, values in
      .line(name, values.enumerated().map { (Double($0.offset + 1), $0.element) })
    }
  ).svg, as: "lesson8-heart", "the validation loss, with and without data augmentation")
say(
  "A training loss of nearly 0 says nothing; look at unseen pictures, and keep the epoch with the lowest validation loss (early stopping)."
)
yourTurn(8, "08-FineTuning")

/// The number of parameters that learned in the last training.
var trainedCount = 0

/// Trains some layers from the same beginning, what was learned before and a new last layer; ends the lesson where
/// the weights do not fit.
///
/// - Parameters:
///   - layers: The layers to train.
///   - repetition: The number of the repetition: each has other pictures and another new layer.
///   - name: The name under which to tell how it goes; `nil` for silence.
func train(_ layers: [String], _ repetition: Int, tells name: String?) -> [EpochResult] {
  do {
    let (training, unseen) = repetition == 0 ? (training, unseen) : loadPictures(repetition)
    var choices = FineTuning.Options()
    choices.layers = layers
    choices.training.epochs = epochs
    // What has learned before takes smaller steps than the layer that begins anew.
    choices.training.learningRate = 1e-4
    choices.training.layerRates = [.init(path: "classifier.6", rate: 1e-3)]
    choices.training.seed = seed &+ UInt64(repetition)
    let tuning = try FineTuning(
      start: start, data: TrainingData(training: training, validation: unseen), options: choices)
    trainedCount = tuning.trainedCount
    let trainer = tuning.trainer
    while try trainer.advance() {}
    guard let name else { return trainer.history }
    say("\(name): \(trainedCount) parameters learn")
    let every = max(1, epochs / 5)
    let curve = trainer.history.enumerated().filter { ($0.offset + 1).isMultiple(of: every) }
      .map { percent($0.element.validationAccuracy ?? 0) }
    say("  validation accuracy, every \(every) epochs: " + curve.joined(separator: ", "))
    let frozen = trainer.receipt.lines.filter { !$0.isTrainable }
    say(
      "  \(frozen.count) frozen tensors, \(frozen.count { $0.isUnchanged }) of them the same bit for bit"
    )
    return trainer.history
  } catch {
    fail(words(for: error))
  }
}

func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(max(numbers.count, 1)) }

/// The standard error of the mean; 0 of a single number.
func standardError(_ numbers: [Double]) -> Double {
  if numbers.count < 2 { return 0 }
  let center = mean(numbers)
  let variance =
    numbers.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(numbers.count - 1)
  return (variance / Double(numbers.count)).squareRoot()
}

/// Draws pictures of classes into files, one folder for each class.
func drawFiles(classes: [String], count: Int) -> ScratchFolder {
  do {
    let folder = try ScratchFolder()
    let book = Sketchbook(seed: seed &+ 3000)
    for name in classes {
      let place = folder.url.appending(path: name)
      try makeFolder(place)
      for number in 0..<count {
        try book.picture(of: name, number: number).writePNG(
          to: place.appending(path: "\(number).png"))
      }
    }
    return folder
  } catch {
    fail(words(for: error))
  }
}

/// Trains the classifier on a handful of pictures for so long that it knows each of them.
func trainByHeart(augments: Bool) -> [EpochResult] {
  do {
    let dataset = try PictureDataset(folder: scratch.url)
    var choices = FineTuning.Options()
    choices.layers = ["classifier"]
    choices.dropout = 0
    choices.training.epochs = options.lesson.fast ? 10 : 25
    choices.training.batchSize = 8
    choices.training.learningRate = 5e-4
    choices.training.seed = seed
    let changes = Augmentation(crop: .init(smallestArea: 0.5), flips: true, color: ColorJitter())
    let others = DrawnPictures(
      Sketchbook(seed: seed &+ 4000), classes: dataset.classes,
      numbers: 0..<(options.lesson.fast ? 5 : 15),
      isRepeatable: true, preprocessing: start.preprocessing)
    let seen = PictureFiles(
      dataset, preprocessing: start.preprocessing, augmentation: augments ? changes : .none,
      seed: seed)
    let tuning = try FineTuning(
      start: start, data: TrainingData(training: seen, validation: others), options: choices)
    while try tuning.trainer.advance() {}
    return tuning.trainer.history
  } catch {
    fail(words(for: error))
  }
}

/// The training and validation set, different in each repetition; ends the lesson where they
/// cannot be had.
func loadPictures(
  _ repetition: Int
) -> (training: any LabeledPictures, unseen: any LabeledPictures) {
  guard let source = options.data else {
    func draw(_ number: UInt64, _ count: Int) -> DrawnPictures {
      DrawnPictures(
        Sketchbook(seed: seed &+ number &+ UInt64(repetition)), classes: options.names,
        numbers: 0..<count,
        isRepeatable: true, preprocessing: start.preprocessing)
    }
    return (draw(1000, count), draw(2000, unseenCount))
  }
  do {
    let all = try showingDeckProgress { report in
      try PictureSource(source).dataset(
        classes: options.counts(), note: { if repetition == 0 { say($0) } }, report: report)
    }
    guard all.classes.count >= 2 else {
      fail(
        "\(source) needs a folder of pictures for each of two or more classes; found: \(all.classes)"
      )
    }
    let smallest = all.classes.indices.map { label in all.labels.count { $0 == label } }.min()!
    guard smallest >= 2 else { fail("\(source) has a class with less than two pictures") }
    // Some are kept to be judged by; in each repetition others.
    var random = RandomSource(seed: seed, at: [UInt64(repetition)])
    let (first, rest) = all.part(random.permutation(all.files.count))
      .split(perClass: max(1, min(count, smallest * 4 / 5)))
    return (
      PictureFiles(first, preprocessing: start.preprocessing),
      PictureFiles(rest, preprocessing: start.preprocessing)
    )
  } catch {
    fail(words(for: error))
  }
}
