import ArgumentParser
import Foundation
import Retrograd

struct WeightsConvert: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case safetensors, onnx }

  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert weights to safetensors, or a network to ONNX.",
    discussion: """
      safetensors: reads mini, alexnet, and files: safetensors, PyTorch checkpoints and NumPy arrays, these one \
      tensor at a time. Metadata is kept; \
      anything that is not a tensor is left out and reported. If tensors would be left out (the optimizer's \
      state, unsupported types), nothing is written unless --key or --leave-out is given. PyTorch reads the \
      result with safetensors.torch.load_file.

      onnx: writes AlexNet as an ONNX model with the outputs logits and probabilities, labels and preprocessing as \
      metadata, and a batch of any size. The input is mini, alexnet or a file.

      Example: retrograd weights convert alexnet-owt-7be5be79.pth alexnet.safetensors --half bfloat16
      Example: retrograd weights convert runs/photographs/model.safetensors model.onnx --to onnx
      """)

  @Option(
    help: "Format to write (safetensors, onnx); by default that of the output's extension.")
  var to: Format?

  @Option(help: "Half precision in which to store float32 numbers: float16 or bfloat16.")
  var half: HalfPrecision?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Flag(help: "Write the file even if tensors are left out.")
  var leaveOut = false

  @Argument(help: "Weights to convert.")
  var input: String

  @Argument(help: "Output file (.safetensors or .onnx).")
  var output: String

  /// Returns the format to write: ``to``, which the output's extension has to agree with.
  private func format() throws -> Format {
    let named = Format(rawValue: URL(filePath: output).pathExtension)
    guard let format = to ?? named, named == format else {
      throw ValidationError(
        "\(output): the output must be a \(to.map { ".\($0)" } ?? ".safetensors or .onnx") file.")
    }
    return format
  }

  func validate() throws {
    guard try format() == .onnx else { return }
    if half != nil { throw ValidationError("--half goes with safetensors only.") }
    if leaveOut { throw ValidationError("--leave-out goes with safetensors only.") }
  }

  func run() throws {
    switch try format() {
    case .safetensors: try writeSafetensors()
    case .onnx: try writeONNX()
    }
  }

  private func writeONNX() throws {
    let network = try WeightChoice.resolve(WeightChoice(input), key: key, default: .tool)
    writeProse(network.description)
    let model = try network.onnxModel()
    let file = URL(filePath: output)
    try model.write(to: file)
    let side = network.preprocessing.crop
    writeProse(
      "\(model.operators.count) operators, input [N, 3, \(side), \(side)], outputs logits and probabilities, "
        + megabytes(try BoundedFile(file).size))
    writeOutput(file.relativePath)
  }

  private func writeSafetensors() throws {
    let choice = try WeightChoice(input)
    if choice == .mini || choice == .alexnet {
      let network = try WeightChoice.resolve(choice, default: .tool)
      writeProse(network.description)
      return try write(network)
    }
    var weights = try WeightFile.open(URL(filePath: input), key: key)
    if let choice = weights.choice { writeError(choice) }
    let lost = weights.leftOut.filter { isLost($0, weights.key) }
    if !leaveOut, !lost.isEmpty {
      writeError(
        "error: nothing was written, because tensors would be left out: "
          + lost.prefix(8).map(\.name).joined(separator: ", ") + (lost.count > 8 ? ", …" : "")
          + "; --leave-out writes the rest"
          + (weights.key.isEmpty ? "" : ", --key \(weights.key) selects what to write"))
      throw ExitCode(1)
    }
    let file = URL(filePath: output)
    try Safetensors.write(&weights, half: half, to: file)
    let size = try BoundedFile(file).size
    writeError(
      "\(weights.names.count) tensors, \(weights.metadata.count) metadata entries, \(megabytes(size))"
    )
    writeOutput(file.relativePath)
  }

  /// Writes the tensors of a network that was named, with all that is known of it.
  private func write(_ network: PretrainedNetwork) throws {
    let file = URL(filePath: output)
    try Safetensors.write(network.state, metadata: network.fileMetadata, half: half, to: file)
    writeError("\(network.state.count) tensors, \(megabytes(try BoundedFile(file).size))")
    writeOutput(file.relativePath)
  }

  /// Returns whether tensors are lost that nobody said may be: what stands beside a key that was given is not meant.
  private func isLost(_ part: LeftOut, _ chosen: String) -> Bool {
    part.tensorCount > 0
      && (key == nil || chosen.isEmpty || part.name.hasPrefix("\(chosen)."))
  }
}

extension HalfPrecision: ExpressibleByArgument {}
