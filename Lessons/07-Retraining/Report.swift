import Foundation
import LessonKit
import Retrograd

/// Writes what the lesson found as a page to look at, `lesson7.html`.
func writeReport(
  _ data: LessonData, _ curves: MetricTable, _ evaluation: Evaluation, _ options: Options
) {
  func points(_ column: Int, times factor: Double = 1) -> [(x: Double, y: Double)] {
    curves.rows.compactMap { row in
      guard let step = row[0], let value = row[column] else { return nil }
      return (step, factor * value)
    }
  }
  var page = HTMLPage(
    "Lesson 7: Retraining", subtitle: data.classes.joined(separator: " or ") + ". " + data.network)
  page.add(
    "Result",
    HTMLPage.figures([
      HTMLPage.accuracy(
        evaluation.accuracy, error: evaluation.standardError,
        on: "\(evaluation.predictions.count) unseen pictures"),
      (decimal(evaluation.loss, 4), "validation loss"),
      ("\(data.training.labels.count)", "training pictures"),
    ]))
  page.add(
    "Curves",
    HTMLPage.charts([
      SVGChart("Loss", x: "step", y: "cross-entropy", [.line("training set", points(1))])
        .svg,
      SVGChart(
        "Accuracy", x: "step", y: .init("%", range: 0...100),
        [.line("training set", points(2, times: 100))]
      ).svg,
    ]))
  page.add(
    "Confusion matrix",
    HTMLPage.charts([HeatMap(confusion: evaluation.confusion, classes: data.classes).svg]))
  let wrong = evaluation.mistakes.prefix(12).compactMap { illustrate($0, data) }
  page.add("Worst mistakes", HTMLPage.gallery(wrong))
  let samples = evaluation.predictions.prefix(24).compactMap { illustrate($0, data) }
  page.add("Unseen pictures", HTMLPage.gallery(samples))
  page.add("How to repeat it", HTMLPage.code(RunRecord.thisCommand))
  if options.lesson.noPictures { return }
  let file = options.lesson.write("lesson7.html") {
    try writeAtomically(Array(page.html.utf8), to: $0)
  }
  say("All of it as a page: \(file)")
}

/// An unseen picture with what the new layer says of it.
private func illustrate(
  _ prediction: Evaluation.Prediction, _ data: LessonData
) -> HTMLPage.Illustration? {
  guard let picture = data.picture(prediction.index), let predicted = prediction.predicted else {
    return nil
  }
  let (label, guess) = (data.classes[prediction.label], data.classes[predicted])
  return try? HTMLPage.Illustration(
    CenterCrop(144)(Resize(144)(picture)), description: "It shows \(label); the guess is \(guess)",
    caption: ["\(guess), \(percent(prediction.confidence))", "it shows \(label)"],
    isRight: prediction.isRight)
}
