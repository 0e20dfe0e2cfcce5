import ArgumentParser
import Foundation
import Retrograd

struct WeightsVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Verify a weights file: its digest, the names and shapes of its tensors, and that all are finite.",
    discussion: "The exit status is 1 if anything is wrong.")

  @OptionGroup var options: WeightsOptions

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Argument(help: "Name of a network, mini, or a file; by default the first network in the list.")
  var target: String?

  func run() throws {
    let networks = try options.loadManifest().networks
    if target == "mini" { return try report(digestIsRight: true, .mini) }
    let named = target.map { name in networks.first { $0.name == name } } ?? networks.first
    let file: URL
    if let named {
      guard let found = options.store.find(named) else {
        writeError(
          "\(named.name) has not been downloaded: \"retrograd weights fetch \(named.name)\" downloads it"
        )
        throw ExitCode(1)
      }
      file = found
    } else {
      file = URL(filePath: target ?? "")
    }
    let digest = try SHA256.digest(of: BoundedFile(file))
    writeOutput(file.path)
    writeOutput("  SHA-256  \(digest)")
    let network =
      named ?? networks.first { $0.file == file.lastPathComponent }
      ?? networks.first { $0.matches(digest) }
    try report(digestIsRight: compare(digest, network), .file(file))
  }

  /// Prints whether the digest is that of the manifest.
  private func compare(_ digest: String, _ network: WeightManifest.Network?) -> Bool {
    guard let network else {
      writeOutput(
        "  not listed in the manifest: there is no digest to compare with")
      return true
    }
    let known = network.isWholeDigestKnown ? "" : " (of which \(network.sha256) is known)"
    guard network.matches(digest) else {
      writeOutput("  WRONG: the \(network.title) has \(network.sha256)\(known)")
      return false
    }
    writeOutput("  matches the \(network.title)\(known)")
    return true
  }

  /// Prints whether the tensors are AlexNet's, and ends.
  private func report(digestIsRight: Bool, _ choice: WeightChoice) throws {
    do {
      let network = try WeightChoice.resolve(choice, key: key, default: .tool)
      let parameters = try network.alexNet().parameterCount
      writeOutput("  \(network.state.count) tensors, \(parameters) parameters")
      for line in network.description.split(separator: "\n") { writeOutput("  \(line)") }
    } catch {
      writeOutput("  WRONG: \(error)")
      throw ExitCode(1)
    }
    if !digestIsRight { throw ExitCode(1) }
  }
}
