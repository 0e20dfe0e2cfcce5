import ArgumentParser
import Foundation
import Retrograd

/// The network that a command uses.
struct WeightOptions: ParsableArguments {
  @Option(help: ArgumentHelp(WeightChoice.help), transform: { try WeightChoice($0) })
  var weights: WeightChoice?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  /// Loads the network, says which one it is, and what its answers about a person's own pictures are worth
  /// where that is little.
  func load() throws -> PretrainedNetwork {
    let network = try WeightChoice.resolve(weights, key: key, default: .tool)
    writeProse(network.description)
    if let warning = network.warning() { writeProse("warning: \(warning)") }
    return network
  }
}
