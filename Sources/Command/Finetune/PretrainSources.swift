import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

/// The training and validation set of a pre-training.
struct PretrainSources: ParsableArguments {
  @OptionGroup var labels: LabelOptions

  @Option(
    help: "Number of synthetic drawings per class and epoch, as a further source of pictures."
  )
  var sketches: Int?

  @Option(
    help: ArgumentHelp(
      "Share of each source in an epoch, in order, drawings last, such as 0.8,0.2; in proportion to their size by default.",
      valueName: "shares"))
  var share: String?

  @Option(
    help: "Share of each class to hold out as the validation set, if --val is not given.")
  var validationShare = 0.05

  @Option(
    help:
      "Memory limit for decoded pictures, in megabytes; those beyond it are read again in each epoch."
  )
  var memory: Int = PictureCache.defaultMemoryLimit >> 20

  /// Stops at values that make no sense for so many folders.
  func check(count: Int) throws {
    try checkOption("--sketches", sketches, .from(1, to: 1_000_000))
    try checkOption("--validation-share", validationShare, .from(0, below: 1))
    try checkOption("--memory", memory, .from(0, to: 1 << 20))
    let sources = count + (sketches == nil ? 0 : 1)
    if let shares = try shares(), shares.count != sources {
      throw ValidationError("--share has \(shares.count) values for \(sources) sources.")
    }
  }

  private func shares() throws -> [Double]? {
    try share.map { text in
      try splitNames("--share", text).map { word in
        guard let number = Double(word) else {
          throw ValidationError("--share: \"\(word)\" is not a number.")
        }
        try checkOption("--share", number, .above(0, to: 1e6))
        return number
      }
    }
  }

  /// The pictures of a folder, or of slides, under the labels of the table.
  func dataset(_ source: String) throws -> PictureDataset {
    try labels.labeled(showingDeckProgress { try PictureSource(source).dataset(report: $0) })
  }

  /// A description of the training set, for the network's file.
  func description(of folders: [String]) -> LearnedPictures {
    LearnedPictures(
      folders.isEmpty ? .drawings : sketches == nil ? .photographs : .both,
      description: (folders.map { URL(filePath: $0).lastPathComponent }
        + (sketches == nil ? [] : ["drawings"])).joined(separator: ", "))
  }

  /// The training set.
  func training(
    _ datasets: [PictureDataset], _ shape: PretrainShape, _ recipe: PretrainRecipe
  ) throws -> any LabeledPictures {
    let augmentation = try recipe.augmentation()
    var sources: [any LabeledPictures] = datasets.map {
      PictureFiles(
        $0, preprocessing: shape.preprocessing, augmentation: augmentation,
        resizing: recipe.resizing, seed: recipe.seed,
        cache: PictureCache(memoryLimit: memory << 20))
    }
    if let sketches {
      sources.append(
        DrawnPictures(
          Sketchbook(seed: recipe.seed), numbers: 0..<sketches, isRepeatable: false,
          preprocessing: shape.preprocessing, resizing: recipe.resizing))
    }
    if sources.count == 1 { return sources[0] }
    let shares = try shares() ?? sources.map { Double($0.count) }
    return MixedPictures(Array(zip(sources, shares)).map { (pictures: $0, share: $1) })
  }

  /// The validation set: photographs, or drawings if the training set has nothing else.
  func validation(
    _ judged: PictureDataset?, _ classes: [String], _ shape: PretrainShape,
    _ recipe: PretrainRecipe
  ) throws -> (any LabeledPictures)? {
    guard let judged else {
      return sketches.map {
        DrawnPictures(
          // Other pictures than those to learn from.
          Sketchbook(seed: recipe.seed &+ 1), numbers: 0..<max(1, $0 / 20), isRepeatable: true,
          preprocessing: shape.preprocessing)
      }
    }
    let places = try judged.classes.map { name in
      guard let place = classes.firstIndex(of: name) else {
        throw Failure(
          "--val has a class \"\(name)\" that is not in the training set.")
      }
      return place
    }
    return PictureFiles(
      judged.renamed(classes) { places[$0] }, preprocessing: shape.preprocessing,
      cache: PictureCache(memoryLimit: memory << 20))
  }
}
