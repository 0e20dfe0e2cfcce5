import ArgumentParser
import Foundation
import Retrograd

struct WeightsPath: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path",
    abstract: "Print where a network's file is, or the folder that networks are fetched into.",
    discussion: """
      The folder is weights in RETROGRAD_HOME, or in retrograd in the platform's cache (XDG_CACHE_HOME, \
      ~/.cache, on macOS ~/Library/Caches). What PyTorch has downloaded is found as well (TORCH_HOME).
      """)

  @OptionGroup var options: WeightsOptions

  @Argument(help: "The network's name.")
  var name: String?

  func run() throws {
    guard let name else {
      writeOutput(options.store.folder.path)
      return
    }
    let network = try options.network(name)
    guard let file = options.store.find(network) else {
      writeError(
        "\(name) is not here: \"retrograd weights fetch \(name)\" fetches it (looked for "
          + options.store.places(of: network).map(\.path).joined(separator: " and ") + ")")
      throw ExitCode(1)
    }
    writeOutput(file.path)
  }
}
