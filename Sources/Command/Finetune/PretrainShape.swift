import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

/// The network that a pre-training makes, and what pictures it takes.
struct PretrainShape: ParsableArguments {
  @Option(
    help:
      "Weights of an AlexNet with the same classes to start from: mini (built in) or a file; random parameters by default."
  )
  var weights: String?

  @Option(
    help:
      "Width factor: multiplies the number of channels of AlexNet's convolutions (default: 0.5; with --weights that of the file)."
  )
  var width: Double?

  @Option(
    help:
      "Number of units in each hidden fully connected layer (default: 1024; with --weights as many as in the file)."
  )
  var hidden: Int?

  @Option(help: "Input width and height, in pixels.")
  var size = 128

  @Option(help: "Shorter side to which larger pictures are scaled down first, in pixels.")
  var detail: Int?

  func validate() throws {
    try checkOption("--width", width, .above(0, to: 4))
    try checkOption("--hidden", hidden, .from(1, to: 8192))
    try checkOption("--size", size, .from(AlexNet.smallestSize, to: 512))
    try checkOption("--detail", detail, .from(16, to: 512))
    if weights != nil, width != nil || hidden != nil {
      throw ValidationError("--width and --hidden are for a network without --weights.")
    }
  }

  /// The preprocessing of pictures.
  var preprocessing: Preprocessing { Preprocessing(resize: size, crop: size, detail: detail) }

  /// The width of a network that starts from random parameters.
  var drawnWidth: Double { width ?? 0.5 }

  /// The network to start from, if there is one; it must have the same classes.
  func start(classes: [String]) throws -> PretrainedNetwork? {
    guard let weights else { return nil }
    let start = try WeightChoice.resolve(WeightChoice(weights), default: .tool)
    guard start.labels == classes else {
      throw Failure(
        "--weights: the network has \(start.labels.count) classes, and they are not the "
          + "\(classes.count) of the pictures. To learn other classes, use retrograd finetune.")
    }
    return start
  }

  /// The network to train, with batch normalization: from random parameters, or one that gives what `start` gives.
  ///
  /// - Parameters:
  ///   - start: The network to start from.
  ///   - outputs: The number of outputs, at least one for each class.
  ///   - pictures: The training set.
  ///   - recipe: The recipe.
  func network(
    _ start: PretrainedNetwork?, outputs: Int, learning pictures: any LabeledPictures,
    _ recipe: PretrainRecipe
  ) throws -> AlexNet {
    var random = RandomSource(seed: recipe.seed)
    guard let model = try start?.alexNet() else {
      return AlexNet(
        classes: outputs, dropout: recipe.dropout, width: drawnWidth, hidden: hidden ?? 1024,
        batchNorm: true, using: &random)
    }
    // Spread over all classes, which follow one another.
    let count = min(pictures.count, 256)
    let sample = pictures.batch((0..<count).map { $0 * pictures.count / count }, epoch: 0)
    guard !sample.pictures.isEmpty else { throw Failure("none of the pictures can be read.") }
    return (model.hasBatchNorm ? model.folded() : model).unfolded(
      on: Variable(stack(sample.pictures)), outputs: outputs, dropout: recipe.dropout,
      using: &random)
  }
}
