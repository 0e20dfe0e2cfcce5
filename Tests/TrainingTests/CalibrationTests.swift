import Foundation
import RetrogradNeuralNetworks
import RetrogradReports
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradTraining

/// What `calibration.py` wrote.
private struct CalibrationFixture: Decodable {
  struct Bin: Decodable {
    let count: Int
    let confidence: Double
    let accuracy: Double
  }

  struct Table: Decodable {
    let bins: [Bin]
    let error: Double
  }

  struct Case: Decodable {
    let name: String
    let shape: [Int]
    let logits: [Double]
    let labels: [Int]
    let temperature: Double
    let loss: Double
    let fittedLoss: Double
    let before: Table
    let after: Table

    func tensor(_ dtype: DType) -> Tensor { Tensor(logits, shape: shape, dtype: dtype) }

    func evaluation(_ calibration: Calibration) -> Evaluation {
      var evaluation = Evaluation(
        classes: (0..<shape[1]).map { "\($0)" }, calibration: calibration)
      evaluation.add(
        logits: tensor(.float64), indices: Array(labels.indices), labels: labels)
      return evaluation
    }
  }

  let cases: [Case]
  static let all: CalibrationFixture = Fixtures.json("calibration.json")
}

@Suite("Calibration")
struct CalibrationTests {
  @Test("the temperature is the one that PyTorch finds", arguments: [DType.float64, .float32])
  func temperature(_ dtype: DType) throws {
    for one in CalibrationFixture.all.cases {
      let fitted = try fitTemperature(one.tensor(dtype), IntTensor(one.labels))
      let tolerance = dtype == .float64 ? 1e-9 : one.name == "scores far from 0" ? 1e-2 : 1e-5
      #expect(abs(fitted / one.temperature - 1) < tolerance, "\(one.name): \(fitted)")
    }
  }

  @Test("loss, reliability table and expected calibration error are those of the definition")
  func reliability() {
    for one in CalibrationFixture.all.cases {
      for (temperature, loss, expected) in [
        (1, one.loss, one.before), (one.temperature, one.fittedLoss, one.after),
      ] {
        let evaluation = one.evaluation(Calibration(temperature: temperature))
        #expect(abs(evaluation.loss - loss) < 1e-9 * max(1, loss), "\(one.name)")
        let table = evaluation.reliability(bins: expected.bins.count)
        #expect(abs(table.expectedCalibrationError - expected.error) < 1e-9, "\(one.name)")
        #expect(table.bins.map(\.count) == expected.bins.map(\.count), "\(one.name)")
        for (bin, other) in zip(table.bins, expected.bins) where other.count > 0 {
          #expect(abs(bin.confidence - other.confidence) < 1e-9)
          #expect(abs(bin.accuracy - other.accuracy) < 1e-12)
        }
      }
    }
  }

  @Test("no temperature near the fitted one has a smaller loss")
  func smallest() throws {
    for one in CalibrationFixture.all.cases {
      let fitted = try fitTemperature(one.tensor(.float64), IntTensor(one.labels))
      let loss = one.evaluation(Calibration(temperature: fitted)).loss
      for factor in [0.9, 0.99, 1.01, 1.1] {
        #expect(one.evaluation(Calibration(temperature: fitted * factor)).loss > loss)
      }
    }
  }

  @Test("twice the scores have twice the temperature, and the same probabilities then")
  func scale() throws {
    let one = CalibrationFixture.all.cases[0]
    let (x, labels) = (one.tensor(.float64), IntTensor(one.labels))
    let (once, twice) = (try fitTemperature(x, labels), try fitTemperature(x * 2, labels))
    #expect(abs(twice / once - 2) < 1e-9)
    let p = Calibration(temperature: once).probabilities(x)
    let q = Calibration(temperature: twice).probabilities(x * 2)
    #expect(disagreement(p, q, tolerance: 1e-9) == nil)
  }

  @Test("where no temperature is best, the error says why")
  func noTemperature() {
    let cases: [(Tensor, IntTensor, String)] = [
      (.zeros([0, 3]), [], "no pictures"), ([[4], [5]], [0, 0], "one class"),
      ([[3, 1, 0]], [0], "classified correctly"),
      ([[3, 1], [0, 2], [9, 0]], [0, 1, 0], "classified correctly"),
      ([[3, 1, 0]], [2], "say nothing"), ([[3, 1], [0, 2]], [1, 0], "say nothing"),
      // A right answer that another class shares is one all the same.
      ([[2, 2, 0]], [1], "classified correctly"), ([[1, 1], [1, 1]], [0, 1], "say nothing"),
      (Tensor([1, 2, .nan, 2], shape: [2, 2]), [0, 1], "picture 1"),
      (Tensor([1, .infinity, 1, 2], shape: [2, 2]), [0, 1], "picture 0"),
      (Tensor([0, 1, 1, -.infinity], shape: [2, 2]), [0, 1], "picture 1"),
    ]
    for (logits, labels, words) in cases {
      let error = #expect(throws: CalibrationError.self, "\(logits)") {
        try fitTemperature(logits, labels)
      }
      #expect(error?.description.contains(words) == true, "\(logits): \(error?.description ?? "")")
    }
  }

  @Test("scores of any size have probabilities, at any temperature")
  func extremes() {
    let x: Tensor = [[3e38, -3e38, 0], [1e-38, 0, 2e-38]]
    for temperature in [1e-3, 0.5, 1, 1e3] {
      let p = Calibration(temperature: temperature).probabilities(x)
      #expect(p.scalars.allSatisfy { $0.isFinite })
      #expect(disagreement(p.sum(axes: [1]), [1, 1], tolerance: 1e-6) == nil)
    }
    #expect(Calibration(temperature: 2).probabilities(.zeros([0, 3])).shape == [0, 3])
    let halved = Calibration(temperature: 2).probabilities([[2, 0]])
    #expect(disagreement(halved, Tensor([[1, 0]]).softmax(axis: 1), tolerance: 1e-7) == nil)
  }

  @Test("a table holds every answer once, at its bounds too")
  func bounds() {
    let table = Reliability(
      confidences: [0, 0.2, 0.21, 0.6, 1], isRight: [false, true, true, false, true], bins: 5)
    #expect(table.bins.map(\.count) == [2, 1, 1, 0, 1] && table.count == 5)
    #expect(table.bins[0].accuracy == 0.5 && abs(table.bins[0].confidence - 0.1) < 1e-12)
    #expect(table.bins[3].accuracy.isNaN && table.bins[4].upper == 1)
    // (|1 - 0.2| + 0.79 + 0.6 + 0) / 5: two answers of the first bin have the mean 0.1, one of them right.
    let expected = (2 * abs(0.5 - 0.1) + 0.79 + 0.6 + 0) / 5
    #expect(abs(table.expectedCalibrationError - expected) < 1e-12)
    #expect(Reliability(confidences: [], isRight: []).expectedCalibrationError.isNaN)
    let broken = Reliability(confidences: [0.5, .nan], isRight: [true, false])
    #expect(broken.count == 2 && broken.expectedCalibrationError.isNaN)
  }

  @Test("the threshold is the lowest confidence with enough right answers from there on")
  func threshold() {
    let many = [Bool](repeating: true, count: 5)
    func threshold(
      _ confidences: [Double], _ isRight: [Bool], _ accuracy: Double = 0.75
    ) -> Double {
      Calibration.threshold(confidences: confidences, isRight: isRight, accuracy: accuracy)
    }
    // (right + 1) / (answers + 2): 4 / 6 of the first four, 5 / 7 and 6 / 8 with more of them.
    #expect(threshold([0.6, 0.9, 0.8, 0.7], [false, true, true, true]) == 0.7)
    #expect(threshold([0.6, 0.9, 0.8, 0.7, 0.65, 0.62], [false] + many) == 0.6)
    #expect(threshold([0.6, 0.9, 0.8, 0.7], [true, true, false, false]) == 1)
    // Two that are equally sure stand or fall together.
    #expect(threshold([0.9, 0.8, 0.7, 0.7], [true, true, true, false]) == 0.8)
    #expect(threshold([0.9, 0.8, 0.7, 0.7], [true, true, false, true]) == 0.8)
    // What is less probable than all others together is never sure.
    #expect(threshold([0.9, 0.8, 0.3], [true, true, true]) == 0.3)
    #expect(threshold([0.9, 0.8], [false, false]) == 1)
    #expect(threshold([], []) == 1)
  }

  @Test("what always giving the most frequent class would reach, by two standard errors")
  func guessing() {
    func evaluation(_ right: Int, labels: [Int]) -> Evaluation {
      var evaluation = Evaluation(classes: ["a", "b", "c"])
      for (index, label) in labels.enumerated() {
        let answer = index < right ? label : (label + 1) % 3
        evaluation.add(
          logits: Tensor((0..<3).map { $0 == answer ? 1 : 0 }, shape: [1, 3]), indices: [index],
          labels: [label])
      }
      return evaluation
    }
    let halves = (0..<64).map { $0 % 2 }
    // One half, and two standard errors of 1/16 each: five of eight are needed.
    let poor = evaluation(39, labels: halves)
    #expect(poor.guessing.share == 0.5 && poor.guessing.standardError == 1.0 / 16)
    #expect(poor.isNoBetterThanGuessing)
    #expect(!evaluation(40, labels: halves).isNoBetterThanGuessing)
    #expect(abs(poor.standardError - (39.0 / 64 * 25 / 64 / 64).squareRoot()) < 1e-12)
    #expect(poor.classResults.map(\.count) == [32, 32, 0])
    #expect(poor.classResults.map(\.right) == [20, 19, 0] && poor.classResults[2].accuracy.isNaN)
    // With one class there is nothing to guess.
    #expect(!evaluation(0, labels: [0, 0, 0, 0]).isNoBetterThanGuessing)
    #expect(!Evaluation(classes: ["a"]).isNoBetterThanGuessing)
  }

  @Test("of two classes the more probable one always has half, which is not enough to be sure")
  func twoClasses() throws {
    #expect(Calibration.none(classes: 3) == .none && Calibration.none.isSure(0.5))
    #expect(!Calibration.none(classes: 2).isSure(0.74) && Calibration.none(classes: 2).isSure(0.75))
    // All answers are right, and none is confident: 0.6 against 0.4.
    let logits = Tensor([[0.4, 0], [0, 0.4], [0.4, 0], [0, 0.4], [0, 0.4], [4, 0]])
    let fitted = try Calibration(fitting: logits, [0, 1, 0, 1, 0, 0])
    #expect(fitted.threshold >= 0.75)
  }

  @Test("a fitted calibration keeps what it promises on the pictures it was fitted by")
  func fitted() throws {
    let one = CalibrationFixture.all.cases[0]
    let (x, labels) = (one.tensor(.float64), IntTensor(one.labels))
    let calibration = try Calibration(fitting: x, labels)
    #expect(abs(calibration.temperature / one.temperature - 1) < 1e-9)
    let sure = one.evaluation(calibration).predictions.filter {
      calibration.isSure($0.confidence)
    }
    #expect(sure.count > 10)
    #expect(Double(sure.count(where: \.isRight)) >= 0.8 * Double(sure.count))
    #expect(!calibration.isSure(.nan) && calibration.isSure(1))
  }

  @Test("an evaluation can be asked again with another calibration")
  func again() {
    let one = CalibrationFixture.all.cases[0]
    let before = one.evaluation(.none)
    let after = before.calibrated(by: Calibration(temperature: one.temperature))
    #expect(after.logits == one.tensor(.float64) && after.labels.scalars == one.labels)
    #expect(abs(after.loss - one.fittedLoss) < 1e-9 && abs(before.loss - one.loss) < 1e-9)
    #expect(after.accuracy == before.accuracy, "no answer changes")
    #expect(Evaluation(classes: ["a", "b"]).logits.shape == [0, 2])
  }

  @Test("classes whose probabilities are too small for a number still have an order and a loss")
  func tiny() throws {
    var evaluation = Evaluation(classes: ["a", "b", "c"])
    evaluation.add(logits: [[9000, 8000, 7000]], indices: [0], labels: [2])
    let prediction = try #require(evaluation.predictions.first)
    #expect(prediction.probabilityOfLabel == 0 && prediction.rank == 2)
    #expect(evaluation.loss == 2000)
  }

  @Test("the reliability diagram has a bar for each bin with answers")
  func diagram() {
    let one = CalibrationFixture.all.cases[0]
    let before = one.evaluation(.none).reliability()
    let after = one.evaluation(Calibration(temperature: one.temperature)).reliability()
    let chart = SVGChart.reliability(after, before: before)
    #expect(chart.svg.contains("before the temperature") && !chart.svg.contains("nan"))
    #expect(
      chart.svg.ranges(of: "<rect").count == after.bins.count { $0.count > 0 } + 1,
      "one more for the legend")
    #expect(!SVGChart.reliability(Reliability(confidences: [], isRight: [])).svg.contains("nan"))
  }
}
