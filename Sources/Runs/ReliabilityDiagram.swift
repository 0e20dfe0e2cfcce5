import RetrogradReports
import RetrogradText
import RetrogradTraining

extension SVGChart {
  /// A reliability diagram: how many of the answers of each confidence are right (bars), and how many should be
  /// (the diagonal). Bars below the diagonal belong to a network that is too sure.
  ///
  /// - Parameters:
  ///   - reliability: The answers by their confidence.
  ///   - before: The answers before calibration, drawn as points.
  public static func reliability(_ reliability: Reliability, before: Reliability? = nil) -> SVGChart
  {
    let bins = reliability.bins.filter { $0.count > 0 }
    var series: [Series] = [
      .bars(
        "right", bins.map { (x: ($0.lower + $0.upper) / 2, y: $0.accuracy) },
        width: 1 / Double(reliability.bins.count)),
      .line("ideal", [(0, 0), (1, 1)]),
    ]
    if let before {
      series.append(
        .points(
          "before the temperature",
          before.bins.filter { $0.count > 0 }.map { (x: $0.confidence, y: $0.accuracy) }))
    }
    let error = reliability.expectedCalibrationError
    return SVGChart(
      "Reliability" + (error.isNaN ? "" : ": calibration error \(percent(error))"),
      x: .init("confidence", range: 0...1),
      y: .init("share that is right", range: 0...1), series)
  }
}
