import ArgumentParser
import Foundation
import Retrograd

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare training runs on one page.",
    discussion: """
      Each argument is the folder of a run, as written by finetune or pretrain. The page shows the results in \
      one table, the learning curves in one chart, and the settings that differ. The page of a single run is its \
      index.html.

      Example: retrograd report runs/head runs/classifier -o report.html
      """)

  @Argument(help: "Folders of the runs.")
  var folders: [String]

  @Option(name: [.short, .long], help: "Output file.")
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
