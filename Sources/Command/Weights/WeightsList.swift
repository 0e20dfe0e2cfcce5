import ArgumentParser
import Foundation
import Retrograd
import RetrogradText

struct WeightsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the pre-trained networks, their location, and whether they are verified.")

  @OptionGroup var options: WeightsOptions

  @Flag(help: "Print one JSON object per line.")
  var json = false

  /// A network, as a line of the table or an object of JSON.
  private struct Row: Encodable {
    let name: String
    let state: String
    let classes: Int?
    let bytes: Int?
    let location: String

    var cells: [String] {
      [name, state, classes.map { "\($0)" } ?? "-", bytes.map(megabytes) ?? "-", location]
    }
  }

  func run() throws {
    let rows = try [embeddedRow] + options.loadManifest().networks.map(row)
    if json {
      for row in rows { writeJSON(RetrogradText.json(row)) }
      return
    }
    let table = [["name", "state", "classes", "size", "location"]] + rows.map(\.cells)
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max()! }
    for row in table {
      let cells = zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }
      writeOutput(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
    }
  }

  private var embeddedRow: Row {
    guard EmbeddedNetwork.size > 0 else {
      return Row(
        name: "mini", state: "not in this build", classes: nil, bytes: nil, location: "built in")
    }
    let classes = (try? WeightChoice.resolve(.mini, default: .lessons))?.classes
    return Row(
      name: "mini", state: classes == nil ? "damaged" : "embedded", classes: classes,
      bytes: EmbeddedNetwork.size, location: "built in")
  }

  private func row(_ network: WeightManifest.Network) -> Row {
    let file = options.store.find(network)
    return Row(
      name: network.name, state: file.map { Self.state($0, network) } ?? "not downloaded",
      classes: network.classes,
      bytes: file.flatMap { try? BoundedFile($0).size } ?? network.bytes,
      location: file?.path ?? "\(network.address)")
  }

  /// The state of a file, by its digest.
  private static func state(_ file: URL, _ network: WeightManifest.Network) -> String {
    guard let digest = try? SHA256.digest(of: BoundedFile(file)) else { return "unreadable" }
    return network.matches(digest) ? "verified" : "WRONG"
  }
}
