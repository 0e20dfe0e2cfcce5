import Foundation
import Retrograd
import RetrogradText

/// The evaluation as the tool prints it.
extension Evaluation {
  /// The most classes that are listed one by one.
  private static let classLimit = 30
  /// The number of the best and of the worst classes listed where there are more.
  private static let extremes = 10

  /// The accuracy, in all and for each class, and the confusion matrix.
  var summary: String {
    var lines = [
      "accuracy: \(percent(accuracy, error: standardError)) of \(predictions.count) pictures, "
        + String(format: "loss %.4f", loss)
    ]
    if classes.count >= 10 {
      let share = accuracy(top: 5)
      lines.append(
        "top-5 accuracy: "
          + percent(share, error: Self.standardError(of: share, count: predictions.count)))
    }
    if unansweredCount > 0 {
      lines.append(
        "no answer for \(unansweredCount) of them: the network's output is not a number")
    }
    let present = classResults.filter { $0.count > 0 }
    if present.count <= Self.classLimit {
      lines += present.map(line)
    } else {
      let order = present.sorted {
        ($1.accuracy, $0.label) < ($0.accuracy, $1.label)
      }
      lines += ["best:"] + order.prefix(Self.extremes).map(line)
      lines += ["worst:"] + order.suffix(Self.extremes).reversed().map(line)
    }
    if present.count == classes.count || classes.count > Self.classLimit {
      lines.append("\n" + ConfusionTable(classes: classes, counts: confusion).text())
    }
    return lines.joined(separator: "\n")
  }

  private func line(_ result: ClassResult) -> String {
    let share = percent(
      result.accuracy, error: Self.standardError(of: result.accuracy, count: result.count))
    return "  \(aligned(share, 14))  \(classes[result.label])"
  }

  /// The calibration error, without the temperature and with it.
  var calibrationLine: String {
    func error(_ evaluation: Evaluation) -> String {
      percent(evaluation.reliability().expectedCalibrationError)
    }
    if calibration.temperature == 1 { return "expected calibration error: " + error(self) }
    return "expected calibration error: \(error(calibrated(by: .none))) without a temperature, "
      + error(self) + String(format: " with the temperature %.3f", calibration.temperature)
  }

  /// The number of sure answers, and their accuracy.
  var sureLine: String {
    let sure = predictions.filter { calibration.isSure($0.confidence) }
    let start = "answers at \(percent(calibration.threshold)) confidence or more: "
    if sure.isEmpty { return start + "none of \(predictions.count)" }
    let right = Double(sure.count(where: \.isRight)) / Double(sure.count)
    return start
      + "\(sure.count) of \(predictions.count), "
      + percent(right, error: Self.standardError(of: right, count: sure.count)) + " of them right"
  }

  /// A warning where always giving the most frequent class would do as well; `nil` where it would not.
  ///
  /// - Parameter remedy: Advice on getting a better network.
  func guessingLine(remedy: String?) -> String? {
    guard isNoBetterThanGuessing, let most = classResults.max(by: { $0.count < $1.count }) else {
      return nil
    }
    return "warning: that is not clearly better than always answering \"\(classes[most.label])\", "
      + percent(guessing.share, error: guessing.standardError)
      + (remedy.map { ": \($0)" } ?? "")
  }
}
