import Foundation
import LessonKit
import Retrograd

/// What the lesson works with: rows that the frozen network made of pictures.
struct LessonData {
  let classes: [String]
  let training: LabelledOutputs
  let unseen: LabelledOutputs
  /// What the frozen network is, in words.
  let network: String
}

/// The rows that the options ask for; ends the lesson with a message where they cannot be had.
func loadData(_ options: Options, using random: inout RandomSource) throws -> LessonData {
  let frozen = FrozenNetwork(options, using: &random)
  guard let folder = options.data else {
    say(
      "No --data: the lesson draws \(4 * options.count) small pictures of stripes itself.")
    let (training, unseen) = (
      Sketches(count: options.count, using: &random), Sketches(count: options.count, using: &random)
    )
    return LessonData(
      classes: Sketches.classes, training: frozen.outputs(training), unseen: frozen.outputs(unseen),
      network: frozen.description)
  }
  do {
    let (training, rest) = try PictureDataset(folder: URL(filePath: folder))
      .split(perClass: options.count)
    let unseen = try options.val.map { try PictureDataset(folder: URL(filePath: $0)) } ?? rest
    guard training.classes.count == 2, unseen.classes == training.classes else {
      fail(
        "expected two folders with the same names in each place, found \(training.classes) to learn "
          + "from and \(unseen.classes) to be asked about")
    }
    return LessonData(
      classes: training.classes, training: try frozen.outputs(training, "pictures to learn from"),
      unseen: try frozen.outputs(unseen, "pictures to ask about"), network: frozen.description)
  } catch {
    fail("\(error)")
  }
}

/// AlexNet, or what of it the weights have.
struct FrozenNetwork {
  let description: String
  private let model: AlexNet
  private let usesFeatures: Bool

  init(_ options: Options, using random: inout RandomSource) {
    guard let path = options.weights else {
      model = AlexNet(using: &random)
      usesFeatures = true
      description =
        "No --weights: these are the features of an AlexNet that nobody has trained, and even random "
        + "features are enough to tell simple pictures apart"
      model.eval()
      return
    }
    do {
      let state = try WeightFile.read(URL(filePath: path))
      let hasClassifier = state.keys.contains { $0.hasPrefix("classifier.") }
      usesFeatures = options.features || !hasClassifier
      if hasClassifier {
        model = try AlexNet(state)
      } else {
        model = AlexNet(using: &random)
        let classifier = model.classifier.stateDict.map { ("classifier.\($0)", $1) }
        try model.load(state.merging(classifier) { given, _ in given })
      }
      description =
        usesFeatures
        ? "The features of AlexNet before its classifier, with the weights of \(path)"
        : "The \(model.classes) outputs of AlexNet with the weights of \(path)"
      model.eval()
    } catch {
      fail("\(error)")
    }
  }

  /// The network's rows for pictures in memory.
  func outputs(_ sketches: Sketches) -> LabelledOutputs {
    LabelledOutputs(
      values: withoutGradients {
        rows(Variable(stack(sketches.pictures.map(Sketches.prepare)))).value
      }, labels: IntTensor(sketches.labels))
  }

  /// The network's rows for picture files; those that cannot be read are named and left out.
  func outputs(_ dataset: PictureDataset, _ title: String) throws -> LabelledOutputs {
    let progress = ProgressBar(title, total: dataset.files.count)
    let outputs = LabelledOutputs(
      dataset, progress: { progress.advance(by: $0) }, network: rows)
    progress.finish()
    for picture in outputs.unreadable { say("left out: \(picture.error)") }
    for label in dataset.classes.indices where !outputs.labels.scalars.contains(label) {
      fail("\(title): no picture of class \(dataset.classes[label]) could be read")
    }
    return outputs
  }

  private func rows(_ x: Variable) -> Variable {
    usesFeatures ? model.pooledFeatures(x) : model(x)
  }
}
