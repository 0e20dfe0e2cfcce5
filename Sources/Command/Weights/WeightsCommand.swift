import ArgumentParser
import Foundation
import Retrograd

struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights",
    abstract: "Download, check and convert pre-trained weights.",
    subcommands: [
      WeightsList.self, WeightsFetch.self, WeightsVerify.self, WeightsConvert.self,
      WeightsCalibrate.self, WeightsPath.self,
    ])
}

/// The networks, and the folder where their files are kept.
struct WeightsOptions: ParsableArguments {
  @Option(help: "Manifest of networks to use instead of the built-in one: a JSON file.")
  var manifest: String?

  var store: WeightStore { WeightStore() }

  func loadManifest() throws -> WeightManifest {
    guard let manifest else { return .embedded }
    let file = try BoundedFile(URL(filePath: manifest))
    return try WeightManifest(file.readAll(limit: 1 << 20), name: file.name)
  }

  /// The network of a name, by default the first.
  func network(_ name: String?) throws -> WeightManifest.Network {
    let networks = try loadManifest().networks
    guard let network = name.map({ name in networks.first { $0.name == name } }) ?? networks.first
    else {
      let names = networks.map(\.name).joined(separator: ", ")
      throw ValidationError(
        "There is no network \"\(name ?? "")\" to fetch. Known: \(names)."
          + (name == "mini" ? " The network mini is built in." : ""))
    }
    return network
  }
}

/// `244.4 MB`.
func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
