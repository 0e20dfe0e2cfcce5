import Foundation
import Retrograd

/// Prints what happens in a training: a bar on standard error, and a line for each epoch.
final class TrainingPrinter {
  private var bar: ProgressBar?

  /// Prints an event.
  func show(_ event: TrainingRun.Event) {
    switch event {
    case .resumed(let step): writeOutput("resuming after step \(step)")
    case .began(let page): writeOutput("the run as a page: \(page.relativePath)")
    case .prepared(let count, let total):
      bar = bar ?? ProgressBar("frozen layers", total: total)
      bar?.advance(to: count)
    case .started(let step, let total):
      finish()
      bar = ProgressBar("training", total: total, done: step)
    case .stepped(let step, let epoch, let loss):
      bar?.advance(to: step, note: String(format: "epoch %d  loss %.3f", epoch, loss))
    case .finishedEpoch(let epoch):
      bar?.clear()
      writeOutput(epoch.line)
      flushOutput()
    }
  }

  /// Ends the bar's line.
  func finish() {
    bar?.finish()
    bar = nil
  }
}
