import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct WeightsCalibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fit a network's temperature, so that its probabilities mean what they say.",
    discussion: """
      DIR holds one folder of pictures for each class that the network knows, none of which it has learned \
      from. The copy has the temperature in its metadata, and the probability from which on an answer \
      counts as sure; its tensors are the same bytes.

      Example: retrograd weights calibrate model.safetensors val -o calibrated.safetensors
      """)

  @Argument(help: "The network: a safetensors file.")
  var file: String

  @Argument(help: "A folder with one folder of pictures for each class.")
  var folder: String

  @OptionGroup var labels: LabelOptions

  @Option(help: "How many pictures to run at once.")
  var batch = 16

  @Option(name: [.short, .long], help: "The copy to write, a safetensors file.")
  var output: String

  @Option(
    help:
      "Width and height of the pictures that the network gets from now on, in pixels: larger ones than it learned from often serve it better."
  )
  var size: Int?

  @Option(
    help: "The shorter side to which larger pictures are scaled down first from now on, in pixels.")
  var detail: Int?

  func validate() throws {
    try checkOption("--size", size, .from(AlexNet.smallestSize, to: 512))
    try checkOption("--detail", detail, .from(AlexNet.smallestSize, to: 512))
    try checkOption("--batch", batch, .from(1, to: 65_536))
    if URL(filePath: output).pathExtension != "safetensors" {
      throw ValidationError("\(output): only .safetensors can be written.")
    }
  }

  func run() throws {
    var source = URL(filePath: file)
    let target = URL(filePath: output)
    // Before the work: what cannot be copied need not be judged.
    var metadata: [String: String]
    do throws(WeightFileError) {
      metadata = try Safetensors.metadata(source)
    } catch {
      writeError(
        "error: \(error)"
          + (error.kind == .unreadable
            ? "" : "; \"retrograd weights convert\" makes safetensors of other forms"))
      throw ExitCode(1)
    }
    if size != nil || detail != nil {
      var preprocessing = try WeightChoice.resolve(.file(source), default: .tool).preprocessing
      if let size { preprocessing = preprocessing.resized(to: size) }
      if let detail { preprocessing.detail = detail }
      metadata.merge(NetworkMetadata(preprocessing: preprocessing).texts) { $1 }
      try Safetensors.copy(source, metadata: metadata, to: target)
      source = target
    }
    let network = try WeightChoice.resolve(.file(source), default: .tool)
    writeError(network.description)
    let dataset = try labels.matched(PictureDataset(folder: URL(filePath: folder)), to: network)
    let before = try evaluation(of: network, on: dataset, batch: batch)
      .calibrated(by: .none)
    let calibration = try Calibration(fitting: before.logits, before.labels)
    let after = before.calibrated(by: calibration)
    writeOutput(after.calibrationLine)
    writeOutput(after.sureLine)
    try Safetensors.copy(
      source,
      metadata: metadata.merging(NetworkMetadata(calibration: calibration).texts) { $1 },
      to: target)
    writeOutput(target.relativePath)
  }
}
