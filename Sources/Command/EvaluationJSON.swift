import Retrograd
import RetrogradText

/// An evaluation as `evaluate --json` prints it: one object.
struct EvaluationJSON: Encodable {
  /// One class of the network of which there were pictures.
  struct ClassResult: Encodable {
    let label: String
    let count: Int
    let right: Int
    let accuracy: Double
  }

  let accuracy: Double
  let standardError: Double
  let top5Accuracy: Double
  let count: Int
  let unanswered: Int
  let unreadable: [String]
  let loss: Double
  let expectedCalibrationError: Double
  let temperature: Double
  let threshold: Double
  let classes: [ClassResult]
  /// The names of rows and columns of ``confusion``.
  let labels: [String]
  let confusion: [[Int]]

  /// The numbers of an evaluation.
  init(_ evaluation: Evaluation) {
    accuracy = evaluation.accuracy
    standardError = evaluation.standardError
    top5Accuracy = evaluation.accuracy(top: 5)
    count = evaluation.predictions.count
    unanswered = evaluation.unansweredCount
    unreadable = evaluation.unreadable.map { $0.error.file }
    loss = evaluation.loss
    expectedCalibrationError = evaluation.reliability().expectedCalibrationError
    temperature = evaluation.calibration.temperature
    threshold = evaluation.calibration.threshold
    labels = evaluation.classes
    classes = evaluation.classResults.filter { $0.count > 0 }.map {
      ClassResult(
        label: evaluation.classes[$0.label], count: $0.count, right: $0.right,
        accuracy: $0.accuracy)
    }
    confusion = evaluation.confusion
  }
}
