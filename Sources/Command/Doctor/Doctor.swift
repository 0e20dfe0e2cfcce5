import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check what this machine has and lacks, and how to install the rest.",
    discussion: """
      Nothing is installed and nothing is downloaded. The exit status is 0 if everything that is needed is \
      there, and 1 otherwise; what is optional is listed, too.
      """)

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    let findings = Finding.all
    let missing = findings.filter { $0.isNeeded && !$0.isThere }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let report = Report(version: retrogradVersion, healthy: missing.isEmpty, findings: findings)
      writeJSON(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      for finding in findings { writeOutput(finding.text) }
      writeOutput("")
      writeOutput(
        missing.isEmpty
          ? "Everything that is needed is there."
          : "Needed, and missing: \(missing.map(\.name).joined(separator: ", ")).")
    }
    if !missing.isEmpty { throw ExitCode(ExitStatus.failure) }
  }

  private struct Report: Encodable {
    let version: String
    let healthy: Bool
    let findings: [Finding]
  }
}
