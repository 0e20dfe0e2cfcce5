import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

struct BenchThreads: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "threads",
    abstract: "Measure what a second thread brings to operations of all sizes, and what it costs.",
    discussion: """
      Each operation runs in turn with one thread and with several, within one process, for sizes from \
      2^6 to 2^24 elements; matrix products and convolutions up to 2^22. The table shows the time with one \
      thread by the time with several: 2 is twice as fast, below 1 the second thread does harm. What comes \
      out below 0.98 is measured again, with more turns, and at the end once more, when a busy moment of the \
      machine has passed: the list below the table has what came out last. The cost of handing out work is that of an empty \
      job, while the other threads wait for the next one, and after they have gone to sleep.

      Example: retrograd bench threads relu softmax --from 12 --to 18
      """)

  @Argument(help: "Operations to measure; by default all.")
  var operations: [String] = []

  @Option(help: "Number of threads that is compared with one.")
  var threads = 2

  @Option(help: "Exponent of the smallest size.")
  var from = 6

  @Option(help: "Exponent of the largest size.")
  var to = 24

  @Option(help: "Difference between the exponents of two sizes.")
  var step = 2

  @Option(help: "Number of runs with each number of threads.")
  var runs = 9

  @Flag(help: "List the operations.")
  var list = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try checkOption("--threads", threads, .from(2, to: 64))
    try checkOption("--from", from, .from(6, to: 24))
    try checkOption("--to", to, .from(from, to: 24))
    try checkOption("--step", step, .from(1, to: 18))
    try checkOption("--runs", runs, .from(1, to: 10_000))
    let names = SweptOperation.all.map(\.name)
    for name in operations where !names.contains(name) {
      throw ValidationError(
        "There is no operation called \(name). There are: \(names.joined(separator: ", ")).")
    }
  }

  func run() throws {
    if list {
      for operation in SweptOperation.all { writeOutput(operation.name) }
      return
    }
    let chosen = SweptOperation.all.filter { operations.isEmpty || operations.contains($0.name) }
    let exponents = Array(stride(from: from, through: to, by: step))
    let sweep = ThreadSweep(threads: threads, runs: runs)
    let progress = ProgressBar("measuring", total: chosen.count * exponents.count)
    var report = ThreadReport(
      cpu: BenchReport.Machine.cpuName, threads: threads, running: Threads.count,
      handingOut: sweep.costOfHandingOut())
    let table = ThreadTable(names: chosen.map(\.name), exponents: exponents)
    func show(_ text: String) {
      progress.clear()
      if !json { writeOutput(text) }
      flushOutput()
    }

    show(table.head(report))
    for operation in chosen {
      var results: [ThreadReport.Case] = []
      for exponent in exponents {
        progress.advance(by: 1, note: "\(operation.name), 2^\(exponent)")
        if let result = sweep.measure(operation, exponent: exponent) { results.append(result) }
      }
      report.cases += results
      show(table.line(operation.name, results))
    }
    for index in report.cases.indices where sweep.isDoubtful(report.cases[index]) {
      let doubted = report.cases[index]
      guard let operation = chosen.first(where: { $0.name == doubted.operation }) else { continue }
      let exponent = doubted.elements.trailingZeroBitCount
      progress.advance(by: 0, note: "\(operation.name), 2^\(exponent) once more")
      report.cases[index] = sweep.measure(operation, exponent: exponent) ?? doubted
    }
    progress.finish()
    report.cases.sort { ($0.ratio, $0.operation) < ($1.ratio, $1.operation) }
    if json {
      writeJSON(RetrogradText.json(report))
    } else {
      writeOutput("\n" + table.worst(report))
    }
  }
}
