import Foundation
import Retrograd
import RetrogradText

/// Prints what a network says of a picture: as lines for people, or as an object of JSON.
struct PredictionPrinter {
  let network: PretrainedNetwork
  let top: Int
  let json: Bool

  /// The printed line about one class.
  struct Prediction: Encodable {
    let `class`: Int
    let label: String
    let logit: Float
    let probability: Float
  }

  private struct Line: Encodable {
    let index: Int
    let file: String
    let sure: Bool
    let predictions: [Prediction]
  }

  /// Prints one picture.
  ///
  /// - Parameters:
  ///   - index: Its running number.
  ///   - file: Its file.
  ///   - logits: The network's output for it, [1, classes].
  /// - Returns: Whether the network is sure.
  func print(index: Int, file: String, logits: Tensor) -> Bool {
    let predictions = predictions(logits)
    let isSure = network.calibration.isSure(Double(predictions[0].probability))
    if json {
      writeJSON(
        RetrogradText.json(Line(index: index, file: file, sure: isSure, predictions: predictions)))
    } else {
      writeOutput(lines(index, file, predictions))
      if !isSure { writeOutput(spaces(12) + network.unsureWords) }
    }
    return isSure
  }

  /// The most likely classes, the first of equals first.
  func predictions(_ logits: Tensor) -> [Prediction] {
    let scores = logits.floats
    let probabilities = network.probabilities(logits).floats
    let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
    return order.prefix(top).map {
      Prediction(
        class: $0, label: network.labels[$0], logit: scores[$0], probability: probabilities[$0])
    }
  }

  private func lines(_ index: Int, _ file: String, _ predictions: [Prediction]) -> String {
    predictions.enumerated().map { rank, prediction in
      let number = rank == 0 ? "\(index)" : ""
      let percentage = aligned(percent(Double(prediction.probability)), 7)
      let name = visible(prediction.label)
      let label = name + spaces(30 - name.count)
      let line =
        "\(aligned(number, 4)) \(aligned("\(prediction.class)", 5))  \(label)  \(percentage)"
      return rank == 0 ? line + "  " + visible(file) : line
    }.joined(separator: "\n")
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
