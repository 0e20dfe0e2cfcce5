import ArgumentParser
import Foundation
import Retrograd

/// Which network a command uses.
struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      The network: mini (the embedded one, which knows drawn things), alexnet (torchvision's; \
      "retrograd weights fetch" downloads it), or a file of weights (safetensors or a PyTorch \
      checkpoint). By default alexnet where it has been downloaded, otherwise mini.
      """)
  var weights: String?

  /// What was chosen.
  var choice: WeightChoice { weights.map(WeightChoice.init) ?? .toolDefault() }

  /// Loads the network, and says which one it is.
  func load() throws -> PretrainedNetwork {
    let (network, description) = try choice.load()
    writeError(description)
    return network
  }
}

/// Writes a line to standard error.
func writeError(_ line: String) {
  FileHandle.standardError.write(Data("\(line)\n".utf8))
}
