import ArgumentParser
import Foundation
import Retrograd

struct WeightsPath: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path",
    abstract: "Print the path of a network's file, or of the folder for downloaded weights.",
    discussion: """
      The folder is RETROGRAD_HOME/weights, or retrograd/weights in the platform's cache folder \
      (XDG_CACHE_HOME, ~/.cache, on macOS ~/Library/Caches). Files that PyTorch has downloaded are found \
      as well (TORCH_HOME).
      """)

  @OptionGroup var options: WeightsOptions

  @Argument(help: "Name of the network.")
  var name: String?

  func run() throws {
    guard let name else {
      writeOutput(options.store.folder.path)
      return
    }
    let network = try options.network(name)
    guard let file = options.store.find(network) else {
      writeError(
        "\(name) has not been downloaded: \"retrograd weights fetch \(name)\" downloads it (looked for "
          + options.store.places(of: network).map(\.path).joined(separator: " and ") + ")")
      throw ExitCode(1)
    }
    writeOutput(file.path)
  }
}
