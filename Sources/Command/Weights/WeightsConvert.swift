import ArgumentParser
import Foundation
import Retrograd

struct WeightsConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write weights as safetensors.",
    discussion: """
      Reads safetensors, PyTorch checkpoints and NumPy arrays. Metadata are kept; what is no tensor is \
      left out and reported. PyTorch reads the result with safetensors.torch.load_file.

      Example: retrograd weights convert alexnet-owt-7be5be79.pth alexnet.safetensors --half bfloat16
      """)

  @Option(help: "Store float32 numbers in half the room: float16 or bfloat16.")
  var half: HalfPrecision?

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
    let contents = try WeightFile.readAll(BoundedFile(URL(filePath: input)))
    if !contents.ignored.isEmpty {
      writeError("left out, being no tensors: \(contents.ignored.joined(separator: ", "))")
    }
    let file = URL(filePath: output)
    try Safetensors.write(contents.tensors, metadata: contents.metadata, half: half, to: file)
    let size = try BoundedFile(file).size
    writeError(
      "\(contents.tensors.count) tensors, \(contents.metadata.count) metadata, \(megabytes(size))")
    writeOutput(file.relativePath)
  }
}

extension HalfPrecision: ExpressibleByArgument {}
