import Foundation
import LessonKit
import Retrograd

/// The data of the lesson: rows that the frozen network made of pictures.
struct LessonData {
  let classes: [String]
  let training: LabeledOutputs
  let unseen: LabeledOutputs
  /// An unseen picture by its row; `nil` where it cannot be had.
  let picture: (Int) -> Picture?
  /// A description of the frozen network.
  let network: String
}

/// The rows that the options ask for; ends the lesson with a message where they cannot be had.
func loadData(_ options: Options, using random: inout RandomSource) throws -> LessonData {
  let frozen = FrozenNetwork(options, using: &random)
  guard let folder = options.data else {
    let names = ["owl", "cat"]
    say(
      "No --data: the lesson draws \(4 * options.usualCount) pictures, of an \(names[0]) or a \(names[1])."
    )
    func draw(_ book: Sketchbook) -> DrawnPictures {
      DrawnPictures(
        book, classes: names, numbers: 0..<options.usualCount, isRepeatable: true,
        preprocessing: frozen.preprocessing)
    }
    // Other pictures to be asked about than to learn from.
    let (book, other) = (Sketchbook(seed: random.next()), Sketchbook(seed: random.next()))
    return LessonData(
      classes: names, training: frozen.outputs(draw(book)), unseen: frozen.outputs(draw(other)),
      picture: { other.picture(of: names[$0 % 2], number: $0 / 2) }, network: frozen.description)
  }
  do {
    let all = try showingDeckProgress { report in
      try PictureSource(folder).dataset(
        classes: options.classes, note: { say($0) }, report: report)
    }
    let (training, rest) = split(all, options)
    let unseen =
      try options.val.map { source in
        try showingDeckProgress { try PictureSource(source).dataset(report: $0) }
      } ?? rest
    guard training.classes.count == 2 else {
      fail(
        "\(folder) needs a folder of pictures for each of two classes; found: \(training.classes)")
    }
    guard unseen.classes == training.classes else {
      fail(
        "expected two folders with the same names in each place, found \(training.classes) in the "
          + "training set and \(unseen.classes) in the validation set")
    }
    let (learned, asked) = (
      try frozen.outputs(training, "training set"),
      try frozen.outputs(unseen, "validation set")
    )
    let missing = Set(asked.unreadable.map(\.index))
    let readable = unseen.files.indices.filter { !missing.contains($0) }
    return LessonData(
      classes: training.classes, training: learned, unseen: asked,
      picture: { try? Picture.read(unseen.files[readable[$0]]) }, network: frozen.description)
  } catch {
    fail(words(for: error))
  }
}

/// The training set, and the rest as the validation set.
private func split(
  _ all: PictureDataset, _ options: Options
) -> (first: PictureDataset, rest: PictureDataset) {
  if let count = options.count { return all.split(perClass: count) }
  let smallest = all.classes.indices.map { label in all.labels.count { $0 == label } }.min() ?? 0
  // Fewer than 50 of a class, and nothing else to be asked about: a fifth is kept for that.
  let isSmall = options.val == nil && smallest < 2 * options.usualCount
  return all.split(perClass: isSmall ? max(1, smallest * 4 / 5) : options.usualCount)
}

/// AlexNet, or what of it the weights have.
struct FrozenNetwork {
  let description: String
  let preprocessing: Preprocessing
  private let model: AlexNet
  private let usesFeatures: Bool

  init(_ options: Options, using random: inout RandomSource) {
    do {
      let network = try WeightChoice.resolve(
        options.weights, key: options.key, default: .lessons)
      say(network.description)
      usesFeatures = options.features || network.classes == nil
      preprocessing = network.preprocessing
      model =
        network.classes == nil
        ? try AlexNet.transferring(network.state, classes: 1, using: &random).model
        : try network.alexNet()
      description =
        usesFeatures
        ? "The features of the network before its classifier"
        : "The \(model.classes) outputs of the network"
      model.eval()
    } catch {
      fail(words(for: error))
    }
  }

  /// The network's rows for drawn pictures.
  func outputs(_ pictures: DrawnPictures) -> LabeledOutputs {
    LabeledOutputs(pictures, batchSize: pictures.count, network: rows)
  }

  /// The network's rows for picture files; those that cannot be read are named and left out.
  func outputs(_ dataset: PictureDataset, _ title: String) throws -> LabeledOutputs {
    let progress = ProgressBar(title, total: dataset.files.count)
    let transform = preprocessing.transform
    let outputs = LabeledOutputs(
      dataset, transform: { transform($0) }, progress: { progress.advance(by: $0) }, network: rows)
    progress.finish()
    for picture in outputs.unreadable { say("left out: \(picture.error)") }
    for label in dataset.classes.indices where !outputs.labels.scalars.contains(label) {
      fail("\(title): none of the pictures of class \(dataset.classes[label]) could be read")
    }
    return outputs
  }

  private func rows(_ x: Variable) -> Variable {
    usesFeatures ? model.pooledFeatures(x) : model(x)
  }
}
