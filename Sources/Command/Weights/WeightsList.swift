import ArgumentParser
import Foundation
import Retrograd

struct WeightsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the pre-trained networks, their location, and whether they are verified.")

  @OptionGroup var options: WeightsOptions

  func run() throws {
    var rows = [["name", "state", "classes", "size", "location"], embeddedRow]
    for network in try options.loadManifest().networks { rows.append(row(network)) }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    for row in rows {
      let cells = zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }
      writeOutput(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
    }
  }

  private var embeddedRow: [String] {
    guard EmbeddedNetwork.size > 0 else {
      return ["mini", "not in this build", "-", "-", "built in"]
    }
    let classes = (try? WeightChoice.resolve(.mini, default: .lessons))?.classes
    return [
      "mini", classes == nil ? "damaged" : "embedded", classes.map { "\($0)" } ?? "-",
      megabytes(EmbeddedNetwork.size), "built in",
    ]
  }

  private func row(_ network: WeightManifest.Network) -> [String] {
    let file = options.store.find(network)
    let size = file.flatMap { try? BoundedFile($0).size } ?? network.bytes
    return [
      network.name, file.map { Self.state($0, network) } ?? "not downloaded", "\(network.classes)",
      size.map(megabytes) ?? "-", file?.path ?? "\(network.address)",
    ]
  }

  /// The state of a file, by its digest.
  private static func state(_ file: URL, _ network: WeightManifest.Network) -> String {
    guard let digest = try? SHA256.digest(of: BoundedFile(file)) else { return "unreadable" }
    return network.matches(digest) ? "verified" : "WRONG"
  }
}
