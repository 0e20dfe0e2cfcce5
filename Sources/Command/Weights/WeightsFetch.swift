import ArgumentParser
import Foundation
import Retrograd

struct WeightsFetch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download pre-trained weights, or copy them from a mirror.",
    discussion: """
      The file gets its name only after its digest has been verified. An interrupted download (also by \
      Ctrl-C) is resumed when the command is run again.

      Examples: retrograd weights fetch
                retrograd weights fetch alexnet --mirror /media/usb/alexnet-owt-7be5be79.pth
                retrograd weights fetch --mirror https://school.example/weights/
      """)

  @OptionGroup var options: WeightsOptions

  @Option(
    help: ArgumentHelp(
      "Source to use instead: a file or its address, or a folder or address that contains it.",
      valueName: "url|file"))
  var mirror: String?

  @Option(help: "Target folder; by default that of \"retrograd weights path\".")
  var to: String?

  @Flag(help: "Replace an existing file.")
  var force = false

  @Argument(help: "Name of the network; by default the first in the list.")
  var name: String?

  func run() throws {
    let network = try options.network(name)
    let mirror = try mirror.map { text in
      guard let mirror = WeightMirror(text) else {
        throw ValidationError(
          "--mirror \(text): expected a file or an address (http, https, file).")
      }
      return mirror
    }
    let folder = to.map { URL(filePath: $0) } ?? options.store.folder
    if !force, try isThere(network, folder) { return }
    // Writing to a connection that has ended is then an error like any other.
    signal(SIGPIPE, SIG_IGN)
    let source = mirror?.place(of: network) ?? network.address
    writeError(
      "fetching \(network.file)\(network.bytes.map { " (\(megabytes($0)))" } ?? "") from "
        + (source.isFileURL ? source.path : source.absoluteString))
    let progress = FetchProgress()
    let file = try network.fetch(into: folder, mirror: mirror) { progress.show($0) }
    progress.finish()
    writeError(
      "SHA-256 verified: \(network.sha256)\(network.isWholeDigestKnown ? "" : "…")")
    writeOutput(file.path)
  }

  /// Returns whether there is nothing to do. What PyTorch has downloaded will do, unless a folder was named.
  private func isThere(_ network: WeightManifest.Network, _ folder: URL) throws -> Bool {
    let target = folder.appending(path: network.file)
    for file in to == nil ? options.store.places(of: network) : [target] {
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      if network.matches(try SHA256.digest(of: BoundedFile(file))) {
        writeError("already there and verified; --force downloads it again")
        writeOutput(file.path)
        return true
      }
      if file == target {
        writeError("\(file.path) exists but is not the \(network.title); --force replaces it")
        throw ExitCode(1)
      }
    }
    return false
  }
}

/// Shows how a download goes.
private final class FetchProgress {
  private var bar: ProgressBar?
  private var shown = 0

  func show(_ event: Download.Event) {
    switch event {
    case .waiting: say("another process is downloading the same file; waiting for it")
    case .received(let count, let total):
      let bar = bar ?? ProgressBar("fetching", total: total ?? 0, done: count, unit: .bytes)
      if self.bar != nil { bar.advance(by: count - shown) }
      (self.bar, shown) = (bar, count)
    case .retrying(let seconds, let error):
      say("\(error)")
      say(String(format: "trying again in %.0f s", seconds))
      // The rate begins anew.
      (bar, shown) = (nil, 0)
    case .verifying: bar?.clear()
    }
  }

  func finish() { bar?.finish() }

  private func say(_ line: String) {
    bar?.clear()
    writeError(line)
  }
}
