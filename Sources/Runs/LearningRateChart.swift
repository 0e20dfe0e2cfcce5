import RetrogradReports
import RetrogradTraining

extension Chart {
  /// The losses of a search for a learning rate, and their moving average.
  ///
  /// - Parameter search: The search.
  public static func learningRates(_ search: LearningRateSearch) -> Chart {
    let highest = search.points.map(\.smoothedLoss).max() ?? 1
    var series: [Series] = [
      .points("loss of a step", search.points.map { ($0.rate, min($0.loss, highest)) }),
      .line("moving average", search.points.map { ($0.rate, $0.smoothedLoss) }),
    ]
    if let rate = search.suggestion {
      series.append(.line("suggestion", [(rate, 0), (rate, highest)]))
    }
    return Chart(
      "Loss by learning rate", x: Axis("learning rate", .logarithmic), y: Axis("cross-entropy"),
      series)
  }
}
