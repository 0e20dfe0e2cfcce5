import RetrogradTensors

extension Evaluation {
  /// The result for the pictures of one class.
  public struct ClassResult: Sendable {
    /// The class.
    public let label: Int
    /// The number of its pictures.
    public fileprivate(set) var count = 0
    /// The number of them that were classified correctly.
    public fileprivate(set) var right = 0

    /// The share that was classified correctly; `NaN` without pictures.
    public var accuracy: Double { Double(right) / Double(count) }
  }

  /// The result for each class, in the order of the classes, counted in one pass over the pictures.
  public var classResults: [ClassResult] {
    var results = classes.indices.map { ClassResult(label: $0) }
    for prediction in predictions {
      results[prediction.label].count += 1
      results[prediction.label].right += prediction.isRight ? 1 : 0
    }
    return results
  }

  /// The accuracy of always answering the most frequent class, and by how much chance alone moves that: one
  /// standard error.
  public var guessing: (share: Double, standardError: Double) {
    let share =
      Double(classResults.map(\.count).max() ?? 0) / Double(predictions.count)
    return (share, Self.standardError(of: share, count: predictions.count))
  }

  /// Indicates whether the accuracy is less than two standard errors above that of always giving the most frequent
  /// class; `false` where all pictures are of one class.
  public var isNoBetterThanGuessing: Bool {
    guard classResults.count(where: { $0.count > 0 }) > 1 else { return false }
    let (share, standardError) = guessing
    return accuracy < share + 2 * standardError
  }
}
