import ArgumentParser
import Foundation
import Retrograd
import RetrogradText

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare training runs on one page.",
    discussion: """
      Each argument is the folder of a run, as written by finetune or pretrain. The page shows the results in \
      one table, the learning curves in one chart, and the settings that differ. The page of a single run is its \
      index.html. With --json the results are printed, one JSON object per run, and no page is written; all else \
      about a run is in its run.json.

      Example: retrograd report runs/head runs/classifier -o report.html
      """)

  @Argument(help: "Folders of the runs.")
  var folders: [String]

  @Option(name: [.short, .long], help: "Output file.")
  var output = "report.html"

  @Flag(help: "Print one JSON object per run, and write no page.")
  var json = false

  /// A run as a line of JSON.
  private struct Line: Encodable {
    let folder: String
    let name: String
    let state: RunRecord.State
    let epochs: Int
    let bestEpoch: Int?
    let accuracy: Double?
    let standardError: Double?
    let count: Int?
    let loss: Double?
    let trainingAccuracy: Double?
    let validationSet: String?
    let seconds: Double
  }

  func validate() throws {
    if folders.isEmpty { throw ValidationError("name at least one folder of a run.") }
  }

  func run() throws {
    let records = try folders.map {
      try RunRecord(from: URL(filePath: $0).appending(path: "run.json"))
    }
    if json {
      for (folder, record) in zip(folders, records) {
        writeJSON(RetrogradText.json(line(folder, record)))
      }
      return
    }
    let target = URL(filePath: output)
    try writeAtomically(Array(RunComparison(records).page.html.utf8), to: target)
    writeOutput("\(records.count) runs compared: \(target.relativePath)")
  }

  private func line(_ folder: String, _ record: RunRecord) -> Line {
    Line(
      folder: folder, name: record.name, state: record.state, epochs: record.history.count,
      bestEpoch: record.bestEpoch, accuracy: record.score?.accuracy,
      standardError: record.score?.standardError, count: record.score?.count,
      loss: record.score?.loss, trainingAccuracy: record.history.last?.trainingAccuracy,
      validationSet: record.judge?.source,
      seconds: record.history.reduce(0) { $0 + $1.seconds })
  }
}
