import ArgumentParser
import Foundation
import Retrograd

struct WeightsConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert weights to safetensors.",
    discussion: """
      Reads safetensors, PyTorch checkpoints and NumPy arrays, one tensor at a time. Metadata is kept; \
      anything that is not a tensor is left out and reported. If tensors would be left out (the optimizer's \
      state, unsupported types), nothing is written unless --key or --leave-out is given. PyTorch reads the \
      result with safetensors.torch.load_file.

      Example: retrograd weights convert alexnet-owt-7be5be79.pth alexnet.safetensors --half bfloat16
      """)

  @Option(help: "Half precision in which to store float32 numbers: float16 or bfloat16.")
  var half: HalfPrecision?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Flag(help: "Write the file even if tensors are left out.")
  var leaveOut = false

  @Argument(help: "Weights to convert.")
  var input: String

  @Argument(help: "Output file (safetensors).")
  var output: String

  func validate() throws {
    if URL(filePath: output).pathExtension != "safetensors" {
      throw ValidationError("\(output): the output must be a .safetensors file.")
    }
  }

  func run() throws {
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

  /// Whether tensors are lost that nobody said may be: what stands beside a key that was given is not meant.
  private func isLost(_ part: LeftOut, _ chosen: String) -> Bool {
    part.tensorCount > 0
      && (key == nil || chosen.isEmpty || part.name.hasPrefix("\(chosen)."))
  }
}

extension HalfPrecision: ExpressibleByArgument {}
