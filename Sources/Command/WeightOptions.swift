import ArgumentParser
import Foundation
import Retrograd

/// Which network a command uses.
struct WeightOptions: ParsableArguments {
  @Option(help: ArgumentHelp(WeightChoice.help), transform: { try WeightChoice($0) })
  var weights: WeightChoice?

  /// Loads the network, and says which one it is.
  func load() throws -> PretrainedNetwork {
    let network = try WeightChoice.resolve(weights, default: .tool)
    writeError(network.description)
    return network
  }
}
