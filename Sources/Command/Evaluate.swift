import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a network's accuracy on labeled pictures.",
    discussion: """
      FOLDER contains one folder of pictures for each class, named after the network's label or as given by \
      --labels; or it is a deck of slides whose classes are given by --classes. The calibration error is the \
      gap between the network's confidence and its accuracy.

      Example: retrograd evaluate --weights runs/photographs/model.safetensors photographs/val
      """)

  @Argument(
    help: "Test set: a folder with one folder of pictures for each class, or slides with --classes."
  )
  var folder: String

  @OptionGroup var classes: ClassOptions
  @OptionGroup var labels: LabelOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var device: DeviceOptions

  @Option(help: "Batch size.")
  var batch = 16

  @Option(
    name: [.short, .long],
    help: "Output folder for the confusion matrix, the reliability diagram and the worst mistakes.")
  var output: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try checkOption("--batch", batch, .from(1, to: 65_536))
  }

  func run() throws { try device { try evaluate() } }

  private func evaluate() throws {
    let network = try weights.load()
    let dataset = try labels.matched(classes.dataset(folder), to: network)
    let evaluation = try evaluation(of: network, on: dataset, batch: batch)
    if json {
      writeJSON(RetrogradText.json(EvaluationJSON(evaluation)))
    } else {
      writeOutput(evaluation.summary)
      writeOutput(evaluation.calibrationLine)
      writeOutput(evaluation.sureLine)
    }
    if let line = evaluation.guessingLine(remedy: network.remedy) { writeProse(line) }
    if let output {
      let folder = try RunFolder(URL(filePath: output))
      try folder.write(
        evaluation, names: dataset.files.indices.map(dataset.name)
      ) { try? Picture.read(dataset.files[$0]) }
      if !json {
        writeOutput(
          "results in \(folder.url.relativePath): confusion.svg, mistakes.png, reliability.svg, …")
      }
    }
  }
}

/// The evaluation of a network on labeled pictures, with its calibration; ends the program if none can be read.
func evaluation(
  of network: PretrainedNetwork, on dataset: PictureDataset, batch: Int
) throws -> Evaluation {
  let model = try network.alexNet()
  let progress = ProgressBar("evaluating", total: dataset.files.count)
  let evaluation = evaluate(
    model, on: PictureFiles(dataset, preprocessing: network.preprocessing), batchSize: batch
  ) { progress.advance(by: $0) }
  progress.finish()
  for picture in evaluation.unreadable { writeError("left out: \(picture.error)") }
  guard !evaluation.predictions.isEmpty else {
    throw Failure("none of the pictures could be read")
  }
  return evaluation.calibrated(by: network.calibration)
}
