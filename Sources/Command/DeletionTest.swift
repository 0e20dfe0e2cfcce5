import Foundation
import Retrograd
import RetrogradText

/// A test of whether maps tell the truth: the curves of a picture that is covered in their order, and in a random one.
struct DeletionTest {
  private let curves: [(name: String, curve: DeletionCurve)]

  /// An explanation of the figures, for a page.
  static let meaning =
    "The picture is covered tile by tile, those first that a map calls important. Where a map is right, the "
    + "probability of the class falls early; a map whose curve lies no lower than that of a random order says nothing "
    + "about what the network needs."

  private static let chance = "random order"

  /// Covers the picture in the order of each map, and in random orders.
  init(
    _ model: AlexNet, _ x: Tensor, target: Int, calibration: Calibration,
    _ maps: [(name: String, map: Tensor)]
  ) {
    let (steps, orders) = (14, 5)
    let progress = ProgressBar("covering in their order", total: maps.count + orders)
    var curves = maps.map { name, map in
      defer { progress.advance(by: 1) }
      return (
        name,
        model.deletionCurve(
          of: x, target: target, by: map, steps: steps, calibration: calibration)
      )
    }
    var random = RandomSource(seed: 1)
    let curve = model.randomDeletionCurve(
      of: x, target: target, orders: orders, steps: steps, calibration: calibration, using: &random)
    progress.finish()
    curves.append((Self.chance, curve))
    self.curves = curves
  }

  /// The mean probability of each order, the lowest first.
  func text(label: String) -> String {
    let limit = curves.last!.curve.area
    let rows = curves.sorted { $0.curve.area < $1.curve.area }.map { name, curve in
      let share = "  \(aligned(percent(curve.area), 7))  "
      guard name != Self.chance, curve.area >= limit else { return share + name }
      return share + name.padding(toLength: 12, withPad: " ", startingAt: 0)
        + "no better than a random order"
    }
    return
      (["mean probability of \(label) while the picture is covered in the order of each map:"]
      + rows).joined(separator: "\n")
  }

  /// The curves.
  func chart(label: String) -> SVGChart {
    SVGChart(
      "Deletion curves", x: .init("% covered", range: 0...100),
      y: .init("probability of \(label), %", range: 0...100),
      curves.map { name, curve in
        .line(name, zip(curve.shares, curve.probabilities).map { (100 * $0, 100 * $1) })
      })
  }
}
