import RetrogradAutograd
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradTensors

/// The performance of a network on labeled pictures.
public struct Evaluation: Sendable {
  /// The network's answer for one picture.
  public struct Prediction: Sendable {
    /// The picture's index.
    public let index: Int
    /// Its class.
    public let label: Int
    /// The class with the largest probability; `nil` where the probabilities are no numbers, which is no answer.
    public let predicted: Int?
    /// The probability of that class; `NaN` without an answer.
    public let confidence: Double
    /// The probability of the right class; `NaN` without an answer.
    public let probabilityOfLabel: Double
    /// The cross-entropy: minus the natural logarithm of that probability; `NaN` without an answer.
    public let loss: Double
    /// The number of classes that were more probable than the right one; all of them without an answer.
    public let rank: Int

    /// Indicates whether it was right.
    public var isRight: Bool { label == predicted }

    fileprivate static func noAnswer(index: Int, label: Int, classes: Int) -> Prediction {
      Prediction(
        index: index, label: label, predicted: nil, confidence: .nan, probabilityOfLabel: .nan,
        loss: .nan, rank: classes)
    }
  }

  /// The names of the classes.
  public let classes: [String]
  /// One for each picture that could be read.
  public private(set) var predictions: [Prediction] = []
  /// The pictures that could not be read.
  public internal(set) var unreadable: [UnreadablePicture] = []
  /// The calibration, which turns logits into probabilities.
  public let calibration: Calibration
  /// The logits of all predictions, one row after the other. Not as the tensors they came in: small ones between the
  /// large ones of a network would keep the memory of those from being used again.
  private var scores: [Double] = []
  private var dtype = DType.float32

  /// Nothing evaluated yet.
  ///
  /// - Parameters:
  ///   - classes: The names of the classes.
  ///   - calibration: The calibration, which turns logits into probabilities.
  public init(classes: [String], calibration: Calibration = .none) {
    (self.classes, self.calibration) = (classes, calibration)
  }

  /// The network's output for each prediction, [N, classes].
  public var logits: Tensor {
    Tensor(scores, shape: [predictions.count, classes.count], dtype: dtype)
  }

  /// The class of each prediction, [N].
  public var labels: IntTensor { IntTensor(predictions.map(\.label)) }

  /// The same pictures, told by the same network, with other probabilities.
  public func calibrated(by calibration: Calibration) -> Evaluation {
    var other = Evaluation(classes: classes, calibration: calibration)
    if !predictions.isEmpty {
      other.add(
        logits: logits, indices: predictions.map(\.index), labels: predictions.map(\.label))
    }
    other.unreadable = unreadable
    return other
  }

  /// Takes in what a network gave for some pictures.
  ///
  /// - Parameters:
  ///   - logits: One row for each picture, [N, classes].
  ///   - indices: The indices of the pictures.
  ///   - labels: Their classes.
  public mutating func add(logits: Tensor, indices: [Int], labels: [Int]) {
    let count = classes.count
    require(
      logits.shape == [indices.count, count] && labels.count == indices.count,
      "Evaluation: expects logits [\(indices.count), \(count)] and as many labels, got "
        + "\(logits.shape) and \(labels.count)")
    let rows = logits.scalars
    scores += rows
    dtype = logits.dtype
    let probabilities = calibration.probabilities(logits).scalars
    let logarithms = calibration.logProbabilities(logits).scalars
    // Probabilities that are too small for a number are equal; logits are not.
    for (row, (index, label)) in zip(indices, labels).enumerated() {
      let (places, own) = ((row * count)..<((row + 1) * count), row * count + label)
      guard places.allSatisfy({ !probabilities[$0].isNaN }) else {
        predictions.append(.noAnswer(index: index, label: label, classes: count))
        continue
      }
      let best = places.max { (rows[$0], $1) < (rows[$1], $0) }!
      predictions.append(
        Prediction(
          index: index, label: label, predicted: best - row * count,
          confidence: probabilities[best], probabilityOfLabel: probabilities[own],
          loss: -logarithms[own], rank: places.count { rows[$0] > rows[own] }))
    }
  }

  /// The accuracy, the share of pictures that were classified correctly; `NaN` without pictures.
  public var accuracy: Double { share(of: predictions) { $0.isRight } }

  /// The standard error of ``accuracy``: `√(p (1 − p) / N)`.
  public var standardError: Double { Self.standardError(of: accuracy, count: predictions.count) }

  /// The share of pictures whose class is among the `count` most probable.
  public func accuracy(top count: Int) -> Double { share(of: predictions) { $0.rank < count } }

  /// The mean cross-entropy; `NaN` without pictures.
  public var loss: Double {
    predictions.reduce(0) { $0 + $1.loss } / Double(predictions.count)
  }

  /// The share of pictures of one class that were classified correctly; `NaN` without any.
  public func accuracy(ofClass label: Int) -> Double {
    share(of: predictions.filter { $0.label == label }) { $0.isRight }
  }

  /// The number of pictures that the network has no answer for: what it gives for them are no numbers.
  public var unansweredCount: Int { predictions.count { $0.predicted == nil } }

  /// The confusion matrix, numbers of pictures by true class (row) and answer; those without an answer are in no
  /// column.
  public var confusion: [[Int]] {
    var counts = [[Int]](
      repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
    for prediction in predictions {
      if let predicted = prediction.predicted { counts[prediction.label][predicted] += 1 }
    }
    return counts
  }

  /// The wrong predictions, the most confident first, and those without an answer in the end.
  public var mistakes: [Prediction] {
    func confidence(_ prediction: Prediction) -> Double {
      prediction.predicted == nil ? -1 : prediction.confidence
    }
    return predictions.filter { !$0.isRight }.sorted {
      (confidence($1), $0.index) < (confidence($0), $1.index)
    }
  }

  /// The standard error of a share of `count` things: how far chance alone moves it, from one choice of so many to the
  /// next, `√(p (1 − p) / n)`.
  public static func standardError(of share: Double, count: Int) -> Double {
    (share * (1 - share) / Double(count)).squareRoot()
  }

  private func share(
    of predictions: [Prediction], _ condition: (Prediction) -> Bool
  ) -> Double {
    Double(predictions.count(where: condition)) / Double(predictions.count)
  }
}
