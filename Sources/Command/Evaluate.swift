import ArgumentParser
import Foundation
import Retrograd

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how well a network does on labelled pictures.",
    discussion: """
      DIR holds one folder of pictures for each class, named as the network names it; or it is a deck \
      of slides whose classes --classes names.

      Example: retrograd evaluate --weights runs/photographs/model.safetensors photographs/val
      """)

  @Argument(help: "A folder with one folder of pictures for each class, or slides with --classes.")
  var folder: String

  @OptionGroup var classes: ClassOptions
  @OptionGroup var weights: WeightOptions

  @Option(help: "How many pictures to run at once.")
  var batch = 16

  @Option(
    name: [.short, .long], help: "A folder for the confusion table and the most wrong pictures.")
  var output: String?

  func validate() throws {
    if batch < 1 { throw ValidationError("--batch must be at least 1, got \(batch).") }
  }

  func run() throws {
    let network = try weights.load()
    let model = try network.alexNet()
    let found = try classes.dataset(folder)
    let places = try found.classes.map { name in
      guard let place = network.labels.firstIndex(of: name) else {
        throw ValidationError(
          "the network knows no class \"\(name)\". It knows "
            + network.labels.prefix(20).joined(separator: ", ")
            + (network.labels.count > 20 ? ", …" : "") + ".")
      }
      return place
    }
    let dataset = found.renamed(network.labels) { places[$0] }
    let progress = ProgressBar("evaluating", total: dataset.files.count)
    let evaluation = evaluate(
      model, on: PictureFiles(dataset, preprocessing: network.preprocessing),
      batchSize: batch
    ) { progress.advance(by: $0) }
    progress.finish()
    for picture in evaluation.unreadable { writeError("left out: \(picture.error)") }
    guard !evaluation.predictions.isEmpty else {
      writeError("error: no picture could be read")
      throw ExitCode(1)
    }
    print(evaluation.summary)
    if let output {
      try RunFolder(URL(filePath: output)).write(
        evaluation, names: dataset.files.map(\.relativePath)
      ) { try? Picture.read(dataset.files[$0]) }
    }
  }
}

extension Evaluation {
  /// Accuracy over all and for each class, and who was taken for whom.
  var summary: String {
    var lines = [
      String(
        format: "right: %.1f %% of %d pictures, loss %.4f", 100 * accuracy, predictions.count, loss)
    ]
    if classes.count >= 10 {
      lines.append(String(format: "among the first five: %.1f %%", 100 * accuracy(top: 5)))
    }
    let present = classes.indices.filter { label in predictions.contains { $0.label == label } }
    for label in present.prefix(60) {
      lines.append(
        String(format: "  %5.1f %%  ", 100 * accuracy(ofClass: label)) + classes[label])
    }
    let shown = present.count == classes.count ? classes.indices.map { $0 } : present
    if shown.count == classes.count {
      lines.append("\n" + ConfusionTable(classes: classes, counts: confusion).text())
    }
    return lines.joined(separator: "\n")
  }
}
