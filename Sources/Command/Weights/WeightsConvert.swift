import ArgumentParser
import Foundation
import Retrograd

struct WeightsConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write weights as safetensors.",
    discussion: """
      Reads safetensors, PyTorch checkpoints and NumPy arrays, one tensor at a time. Metadata are kept; what \
      is no tensor is left out and reported. Where tensors would be left out (an optimizer's state, \
      tensors of kinds that cannot be read) nothing is written unless --key or --leave-out says so. PyTorch reads the result with safetensors.torch.load_file.

      Example: retrograd weights convert alexnet-owt-7be5be79.pth alexnet.safetensors --half bfloat16
      """)

  @Option(help: "Store float32 numbers in half the room: float16 or bfloat16.")
  var half: HalfPrecision?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Flag(help: "Write the rest where tensors are left out.")
  var leaveOut = false

  @Argument(help: "The weights.")
  var input: String

  @Argument(help: "The safetensors file to write.")
  var output: String

  func validate() throws {
    if URL(filePath: output).pathExtension != "safetensors" {
      throw ValidationError("\(output): only .safetensors can be written.")
    }
  }

  func run() throws {
    var weights = try WeightFile.open(URL(filePath: input), key: key)
    if let choice = weights.choice { writeError(choice) }
    let lost = weights.leftOut.filter { isLost($0, weights.key) }
    if !leaveOut, !lost.isEmpty {
      writeError(
        "error: nothing was written, since tensors would be left out: "
          + lost.prefix(8).map(\.name).joined(separator: ", ") + (lost.count > 8 ? ", …" : "")
          + "; --leave-out writes the rest"
          + (weights.key.isEmpty ? "" : ", --key \(weights.key) names what is to be written"))
      throw ExitCode(1)
    }
    let file = URL(filePath: output)
    try Safetensors.write(&weights, half: half, to: file)
    let size = try BoundedFile(file).size
    writeError(
      "\(weights.names.count) tensors, \(weights.metadata.count) metadata, \(megabytes(size))")
    writeOutput(file.relativePath)
  }

  /// Whether tensors are lost that nobody said may be: what stands beside a key that was given is not meant.
  private func isLost(_ part: LeftOut, _ chosen: String) -> Bool {
    part.tensorCount > 0
      && (key == nil || chosen.isEmpty || part.name.hasPrefix("\(chosen)."))
  }
}

extension HalfPrecision: ExpressibleByArgument {}
