import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

/// Trials that take the place of a training.
struct TrialOptions: ParsableArguments {
  @Flag(
    help: """
      Find a learning rate instead of training: one that grows step by step, the loss at each, and a suggestion. \
      Writes learning-rate.svg into the output folder.
      """)
  var findRate = false

  @Option(
    help: """
      Check, instead of training, whether the network can overfit this many pictures (8, say): one that does \
      not will not learn more either.
      """)
  var overfit: Int?

  func validate() throws {
    try checkOption("--overfit", overfit, .from(2, to: 4096))
    if findRate && overfit != nil {
      throw ValidationError("--find-rate and --overfit are two different trials: choose one.")
    }
  }

  /// Indicates whether there is a trial in place of a training.
  var isTrial: Bool { findRate || overfit != nil }

  /// Runs the trial; ends the program with status 1 where it fails.
  ///
  /// - Parameters:
  ///   - tuning: The training that it is for.
  ///   - folder: The path of the output folder.
  func run(for tuning: FineTuning, folder: String) throws {
    if let overfit {
      try checkOverfitting(tuning, count: overfit)
    } else {
      try findRate(tuning, folder)
    }
  }

  private func findRate(_ tuning: FineTuning, _ folder: String) throws {
    var bar: ProgressBar?
    let search = try searchLearningRate(
      of: tuning.network, on: tuning.data.training, settings: tuning.options.training
    ) { step, total in
      bar = bar ?? ProgressBar("trying learning rates", total: total)
      bar?.advance(to: step)
    }
    bar?.finish()
    guard let first = search.points.first, let last = search.points.last else {
      throw Failure("the loss is not finite at the smallest learning rate already")
    }
    func short(_ rate: Double) -> String { String(format: "%.1g", rate) }
    writeOutput(
      TerminalChart(
        "Loss by learning rate, from \(short(first.rate)) to \(short(last.rate))",
        [("moving average", search.points.map(\.smoothedLoss))]
      ).text(columns: 72, rows: 6))
    let file = try RunFolder(URL(filePath: folder)).url.appending(path: "learning-rate.svg")
    try writeAtomically(Array(SVGChart.learningRates(search).svg.utf8), to: file)
    writeOutput("written: \(file.relativePath)")
    guard let suggestion = search.suggestion else {
      writeOutput("the loss did not fall at any learning rate; does --overfit 8 pass?")
      throw ExitCode(1)
    }
    writeOutput(
      "suggestion: --learning-rate \(short(suggestion)), a tenth of the rate with the lowest loss")
  }

  private func checkOverfitting(_ tuning: FineTuning, count: Int) throws {
    let steps = 200
    let bar = ProgressBar("overfitting \(count) pictures", total: steps)
    let check = try reportingDivergence {
      defer { bar.finish() }
      return try Retrograd.checkOverfitting(
        of: tuning.network, on: tuning.data.training, settings: tuning.options.training,
        count: count, steps: steps
      ) { step, loss in bar.advance(to: step, note: String(format: "loss %.3f", loss)) }
    }
    writeOutput(
      String(
        format: "%d pictures, %d steps: loss %.4f at first, %.4f in the end, accuracy ",
        check.count, check.losses.count, check.losses.first ?? .nan, check.loss)
        + percent(check.accuracy))
    if check.passes {
      writeOutput("✓ the network can overfit these pictures: it learns them by heart")
      return
    }
    writeOutput(
      """
      ✗ the network cannot overfit even these pictures. Possible reasons:
        a learning rate that is too small or too large (--find-rate)
        frozen layers that would have to learn (--layers classifier, all)
        pictures in the wrong class, or the same picture in two
      """)
    throw ExitCode(1)
  }
}
