import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

struct GradientCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Check gradients against numerical derivatives.",
    discussion: """
      --self-test checks the checker itself: functions whose derivative has a known mistake must be caught \
      and explained; random functions without a mistake must pass.
      --mistake shows the report on one of those mistakes, or on "all"; without a match it lists them.
      --network checks the gradient of AlexNet's logits with respect to its input and each of its 16 \
      parameters, along random directions in double precision.
      --rounding compares the gradients of AlexNet's convolutions in float32 with those in float64: as they \
      are, with the decisions of ReLU and max-pooling taken from float64, and with smooth layers instead.

      All of it is computed on the processor, whatever RETROGRAD_DEVICE says: devices have no float64.
      """)

  @Flag(help: "Measure the share of known mistakes that is found.")
  var selfTest = false

  @Option(
    help:
      "Show the reports on the known mistakes whose name contains this text; all shows every one.")
  var mistake: String?

  @Flag(help: "Check the whole AlexNet.")
  var network = false

  @Flag(help: "Measure the effect of rounding on the gradients of AlexNet's convolutions.")
  var rounding = false

  @Option(help: "Weights for --network and --rounding; random by default.")
  var weights: String?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Option(help: "Width factor of AlexNet for --network and --rounding, if no weights are given.")
  var width = 1.0

  @Option(help: "Number of random functions to check.")
  var graphs = 2000

  @Option(help: "Random seed.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if [selfTest, network, rounding, mistake != nil].count(where: { $0 }) != 1 {
      throw ValidationError("Pass exactly one of --self-test, --mistake, --network and --rounding.")
    }
    try checkOption("--graphs", graphs, .from(0, to: 10_000_000))
    try checkOption("--width", width, .above(0, to: 4))
  }

  func run() throws { try withDevice(.cpu) { try check() } }

  private func check() throws {
    if let mistake {
      showMistakes(mistake)
    } else if selfTest {
      try runSelfTest()
    } else if rounding {
      try runRounding()
    } else {
      try runNetwork()
    }
  }

  private func showMistakes(_ text: String) {
    let names = GradientCheckSelfTest.mistakes.filter { text == "all" || $0.contains(text) }
    if names.isEmpty {
      writeOutput("There is no known mistake of that name. The known mistakes are:")
      for name in GradientCheckSelfTest.mistakes { writeOutput("  \(name)") }
    }
    for name in names {
      guard let report = GradientCheckSelfTest.report(onMistake: name) else { continue }
      json ? writeJSON(report.json) : writeOutput("\(name)\n\n\(report)\n")
    }
  }

  private func runSelfTest() throws {
    let count = GradientCheckSelfTest.count(graphs: graphs)
    let counter = ProgressCounter(ProgressBar("checking", total: count))
    let test = GradientCheckSelfTest(graphs: graphs, seed: seed) { counter.advance() }
    counter.finish()
    let score = test.score
    if json {
      writeJSON(RetrogradText.json(score))
    } else {
      for outcome in test.outcomes where !outcome.isDiagnosed {
        let cause = outcome.report.explanation.map { "explained as: \($0)" } ?? "not explained"
        writeOutput("\(outcome.isCaught ? "caught, but \(cause)" : "NOT CAUGHT"): \(outcome.name)")
      }
      for alarm in test.alarms.prefix(3) { writeOutput("FALSE ALARM\n\(alarm)") }
      writeOutput(
        """
        mistakes       \(score.mutants)
          caught       \(score.caught)
          explained    \(score.diagnosed)
        right graphs   \(score.correctGraphs)
          false alarms \(score.falseAlarms)
          inconclusive \(score.inconclusive)
        """)
    }
    if score.caught < score.mutants || score.falseAlarms > 0 { throw ExitCode(1) }
  }

  private func makeModel(_ random: inout RandomSource) throws -> AlexNet {
    let model =
      try weights.map {
        try WeightChoice.resolve(.file(URL(filePath: $0)), key: key, default: .tool).alexNet()
      }
      ?? AlexNet(width: width, using: &random)
    model.eval()
    return model
  }

  private func runRounding() throws {
    var random = RandomSource(seed: seed)
    let model = try makeModel(&random)
    let pictures = Tensor.normal([2, 3, 224, 224], using: &random)
    let rows = RoundingExperiment(model, pictures: pictures, using: &random).run()
    if json {
      writeJSON(RetrogradText.json(rows))
    } else {
      writeOutput(
        "Error of the weight gradients of conv1 … conv5 in float32, relative to the largest element;"
      )
      writeOutput("last column: decisions that differ from those in float64.\n")
      for row in rows { writeOutput("\(row)") }
    }
  }

  private func runNetwork() throws {
    var random = RandomSource(seed: seed)
    let model = try makeModel(&random)
    let input = Tensor.normal([1, 3, 224, 224], using: &random)
    var options = GradientCheckOptions(orders: 1...1, seed: seed)
    options.cotangents = 1
    options.directions = 1
    options.checksProperties = false
    let start = ProcessInfo.processInfo.systemUptime
    let report = checkGradients(ofLayer: model, input: input, options: options)
    let seconds = ProcessInfo.processInfo.systemUptime - start
    if json {
      writeJSON(report.json)
    } else {
      writeOutput("\(report)\n\nTook \(String(format: "%.1f", seconds)) s.")
    }
    if !report.passed { throw ExitCode(1) }
  }
}

/// A progress bar for several threads.
private final class ProgressCounter: @unchecked Sendable {
  private let bar: ProgressBar
  private let lock = NSLock()

  init(_ bar: ProgressBar) { self.bar = bar }

  func advance() { lock.withLock { bar.advance() } }
  func finish() { lock.withLock { bar.finish() } }
}
