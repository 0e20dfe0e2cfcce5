import RetrogradReports
import RetrogradTraining

extension SVGChart {
  /// The losses of a search for a learning rate, and their moving average.
  ///
  /// - Parameter search: The search.
  public static func learningRates(_ search: LearningRateSearch) -> SVGChart {
    let highest = search.points.map(\.smoothedLoss).max() ?? 1
    var series: [Series] = [
      .points("loss of a step", search.points.map { ($0.rate, min($0.loss, highest)) }),
      .line("moving average", search.points.map { ($0.rate, $0.smoothedLoss) }),
    ]
    if let rate = search.suggestion {
      series.append(.line("suggestion", [(rate, 0), (rate, highest)]))
    }
    return SVGChart(
      "Loss by learning rate", x: .init("learning rate", .logarithmic), y: "cross-entropy",
      series)
  }
}
