import LessonKit
import Retrograd

/// A network's answer for one picture.
struct Answer {
  /// The labels' numbers, the most likely first; of equally likely ones the smaller number first.
  let order: [Int]
  /// The probability of the most likely label.
  let probability: Double
  /// The rank of the right label, from 1; `nil` where it is not known, or there is none.
  let place: Int?

  /// The answer that these probabilities give.
  ///
  /// - Parameters:
  ///   - probabilities: One for each label.
  ///   - right: The number of the right label; `nil` where it is not known, or there is none.
  init(_ probabilities: [Double], right: Int?) {
    let order = probabilities.indices.sorted {
      (-probabilities[$0], $0) < (-probabilities[$1], $1)
    }
    self.order = order
    probability = probabilities[order[0]]
    place = right.map { order.firstIndex(of: $0)! + 1 }
  }

  /// The number of the most likely label.
  var choice: Int { order[0] }
}

/// The mean confidence of answers: those that are right, those that are wrong, and those that cannot be right.
///
/// - Parameters:
///   - answers: All answers.
///   - calibration: The calibration, whose threshold decides which of them are sure.
func sayHowSure(_ answers: [Answer], _ calibration: Calibration) {
  let kinds = [
    ("right", answers.filter { $0.place == 1 }),
    ("wrong", answers.filter { $0.place.map { $0 > 1 } ?? false }),
    ("of something that has no label", answers.filter { $0.place == nil }),
  ]
  say(
    ["the answer is", "pictures", "mean confidence", "not sure"],
    kinds.filter { !$0.1.isEmpty }.map { name, answers in
      let mean = answers.map(\.probability).reduce(0, +) / Double(answers.count)
      let unsure = answers.count { !calibration.isSure($0.probability) }
      return [name, "\(answers.count)", percent(mean), "\(unsure)"]
    })
}
