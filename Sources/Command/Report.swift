import ArgumentParser
import Foundation
import Retrograd

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare runs on one page.",
    discussion: """
      DIR is the folder of a run, as finetune leaves it. The page shows the results in one table, the \
      curves over each other, and which settings differ. The page of a single run is its index.html.

      Example: retrograd report runs/head runs/classifier -o report.html
      """)

  @Argument(help: "Folders of runs.")
  var folders: [String]

  @Option(name: [.short, .long], help: "The page.")
  var output = "report.html"

  func validate() throws {
    if folders.isEmpty { throw ValidationError("name at least one folder of a run.") }
  }

  func run() throws {
    let records = try folders.map {
      try RunRecord(from: URL(filePath: $0).appending(path: "run.json"))
    }
    let target = URL(filePath: output)
    try writeAtomically(Array(RunComparison(records).page.html.utf8), to: target)
    writeOutput("\(records.count) runs compared: \(target.relativePath)")
  }
}
