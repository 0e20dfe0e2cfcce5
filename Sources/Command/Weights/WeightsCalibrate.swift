import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct WeightsCalibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract:
      "Calibrate a network: fit the softmax temperature, so that confidence matches accuracy.",
    discussion: """
      FOLDER contains one folder of pictures for each class of the network, none of them from its training set. \
      The copy has the temperature in its metadata, and the probability above which an answer counts as sure; \
      its tensors are the same, byte for byte.

      Example: retrograd weights calibrate model.safetensors val -o calibrated.safetensors
      """)

  @Argument(help: "Network to calibrate: a safetensors file.")
  var file: String

  @Argument(help: "Validation set: a folder with one folder of pictures for each class.")
  var folder: String

  @OptionGroup var labels: LabelOptions
  @OptionGroup var device: DeviceOptions

  @Option(help: "Batch size.")
  var batch = 16

  @Option(name: [.short, .long], help: "Output file for the calibrated copy (safetensors).")
  var output: String

  @Option(
    help:
      "New input width and height, in pixels, to be stored in the copy; larger than in training is often more accurate."
  )
  var size: Int?

  @Option(
    help:
      "Shorter side to which larger pictures are scaled down first, in pixels, to be stored in the copy."
  )
  var detail: Int?

  func validate() throws {
    try checkOption("--size", size, .from(AlexNet.smallestSize, to: 512))
    try checkOption("--detail", detail, .from(AlexNet.smallestSize, to: 512))
    try checkOption("--batch", batch, .from(1, to: 65_536))
    if URL(filePath: output).pathExtension != "safetensors" {
      throw ValidationError("\(output): the output must be a .safetensors file.")
    }
  }

  func run() throws { try device { try calibrate() } }

  private func calibrate() throws {
    var source = URL(filePath: file)
    let target = URL(filePath: output)
    // Before the work: what cannot be copied need not be judged.
    var metadata: [String: String]
    do throws(FileError) {
      metadata = try Safetensors.metadata(source)
    } catch {
      writeError(
        "error: \(error)"
          + (error.kind == .unreadable
            ? "" : "; \"retrograd weights convert\" converts other formats to safetensors"))
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
    writeProse(network.description)
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
