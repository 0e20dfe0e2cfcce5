import Foundation
import RetrogradTensors

// Where there is no slope through a point: those on its two sides.

extension Probe {
  private struct Side {
    let values: [Double]
    let uncertainties: [Double]
    let changes: Set<Int>
    var isResolved: Bool {
      let largest = values.reduce(0) { max($0, abs($1)) }
      return (uncertainties.max() ?? 0) <= 1e-3 * largest || uncertainties.allSatisfy { $0 == 0 }
    }
  }

  /// The slopes to the left and to the right, where there is none through the point.
  func sides() -> SlopeResult {
    let (left, right) = (side(-1), side(1))
    switch (left, right) {
    case (nil, nil): return .none("the function is not finite on either side")
    case (let only?, nil), (nil, let only?):
      let place = left == nil ? "left" : "right"
      guard only.isResolved, only.changes.isEmpty else {
        return .none(
          "an edge of the domain: the function is not finite to the \(place), and its slope on the "
            + "other side does not settle")
      }
      return .slope(Slope(values: only.values, uncertainties: only.uncertainties))
    case (let left?, let right?):
      // What is nothing beside the function itself.
      let nothing =
        1e-8 * differences.middle.reduce(0) { max($0, abs($1)) } / max(size, .leastNormalMagnitude)
      let changes = left.changes.union(right.changes)
      var isSmooth = changes.count <= 1
      var uncertainties = left.uncertainties
      let largest = zip(left.values, right.values).reduce(0) {
        max($0, abs($1.0), abs($1.1))
      }
      for i in uncertainties.indices {
        let apart = abs(left.values[i] - right.values[i])
        let both = left.uncertainties[i] + right.uncertainties[i]
        uncertainties[i] = both + apart
        isSmooth = isSmooth && apart <= 10 * both + 1e-6 * largest + nothing
      }
      func isKnown(_ side: Side) -> Bool {
        side.isResolved || (side.uncertainties.max() ?? 0) <= nothing
      }
      isSmooth = isSmooth && isKnown(left) && isKnown(right)
      if isSmooth {
        // A joint at which the function is differentiable all the same.
        return .slope(
          Slope(
            values: zip(left.values, right.values).map { ($0 + $1) / 2 },
            uncertainties: uncertainties))
      }
      let isKink = left.isResolved && right.isResolved
      return .kink(
        left: left.values, right: right.values, changes: isKink ? changes.count : .max)
    }
  }

  /// The slope at one side: the same extrapolation from (f(x + h) − f(x)) / h at three steps.
  private func side(_ sign: Double) -> Side? {
    var best: (side: Side, worst: Double)?
    for exponent in [-12, -16, -20, -24, -28, -36] {
      let step = sign * smallest * scalbn(1, exponent)
      guard let next = side(step: step) else { continue }
      let worst = next.uncertainties.max() ?? 0
      if best == nil || worst < best!.worst { best = (next, worst) }
    }
    return best?.side
  }

  private func side(step: Double) -> Side? {
    var quotients: [[Double]] = []
    var seen: Set<Int>?
    var branches: [[Int: UInt64]] = []
    for part in [1.0, 0.5, 0.25] {
      let (moved, offset) = move(step * part)
      let there = differences.evaluator.observe(moved)
      guard there.output.shape == differences.center.output.shape, there.output.isFinite,
        offset != 0
      else { return nil }
      let here = differences.center.branches
      var changed: [Int: UInt64] = [:]
      if here.count == there.branches.count {
        for i in here.indices where here[i] != there.branches[i] {
          changed[i] = there.branches[i].decisions
        }
      } else {
        changed = [-1: 0, -2: 0]
      }
      branches.append(changed)
      seen = Set(changed.keys)
      quotients.append(
        zip(there.output.scalars, differences.middle).map { ($0 - $1) / offset })
    }
    guard branches.allSatisfy({ $0 == branches[0] }), let seen else { return nil }
    var values = quotients[0]
    var uncertainties = values
    for i in values.indices {
      let (a, b, c) = (quotients[0][i], quotients[1][i], quotients[2][i])
      if a == 0 && b == 0 && c == 0 {
        (values[i], uncertainties[i]) = (0, 0)
        continue
      }
      let (coarse, fine) = (2 * b - a, 2 * c - b)
      values[i] = (4 * fine - coarse) / 3
      uncertainties[i] =
        abs(values[i] - fine) + 0x1p-48 * abs(differences.middle[i]) / abs(step)
    }
    return Side(values: values, uncertainties: uncertainties, changes: seen)
  }
}
