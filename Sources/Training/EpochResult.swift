/// One pass over all pictures.
public struct EpochResult: Codable, Equatable, Sendable {
  /// Its number, from 1.
  public let epoch: Int
  /// The mean loss in training, with dropout and augmentation, while the parameters changed.
  public let trainingLoss: Double
  /// The training accuracy.
  public let trainingAccuracy: Double
  /// The mean loss on the validation pictures.
  public var validationLoss: Double?
  /// The validation accuracy.
  public var validationAccuracy: Double?
  /// The learning rate of the first group at the last step.
  public var learningRate = 0.0
  /// The time it took, including validation.
  public var seconds = 0.0
}

/// Means over the pictures of an epoch.
struct RunningMeans: Codable, Equatable {
  private var lossSum = 0.0
  private var right = 0.0
  private(set) var count = 0

  mutating func add(loss: Double, accuracy: Double, count: Int) {
    lossSum += loss * Double(count)
    right += accuracy * Double(count)
    self.count += count
  }

  mutating func add(_ other: RunningMeans) {
    lossSum += other.lossSum
    right += other.right
    count += other.count
  }

  var isEmpty: Bool { count == 0 }

  /// Returns whether it can be the means over some of so many pictures.
  func isPossible(of pictures: Int) -> Bool { (0...pictures).contains(count) }

  var loss: Double { lossSum / Double(count) }
  var accuracy: Double { right / Double(count) }
}
