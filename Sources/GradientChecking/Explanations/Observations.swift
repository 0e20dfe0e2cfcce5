import Foundation
import RetrogradTensors

// What can be seen of a wrong gradient that no known cause predicts. Each is true as it stands, and none claims to
// be the reason.

extension Explainer {
  /// Describes the visible symptoms, the most helpful first.
  func observations() -> [Diagnosis] {
    let found = [
      flat(), otherMask(), support(), changingFactor(), closeness(), places(), growth(),
    ]
    let seen = Array(found.compactMap { $0 }.prefix(2))
    return seen.isEmpty ? [range()].compactMap { $0 } : seen
  }

  private func observation(_ cause: GradientCause, _ words: String) -> Diagnosis {
    Diagnosis(cause: cause, explanation: words, evidence: "", isObservation: true)
  }

  /// The function does not depend on this input.
  private func flat() -> Diagnosis? {
    guard first.right(input).largest == 0, first.right(input).numbers.allSatisfy({ !$0.isNaN })
    else { return nil }
    return observation(
      .wrongMask,
      "the output does not change with this input: 0 is right everywhere, and something is returned"
    )
  }

  /// Slopes that occur, at other elements.
  private func otherMask() -> Diagnosis? {
    guard isElementwise, hasFewValues else { return nil }
    let (right, returned) = (first.right(input), first.returned(input))
    let own = identity(first).numbers
    let places = own.indices.filter { own[$0] == 1 && right.numbers[$0].isFinite }
    let slopes = places.map { right.numbers[$0] }
    let allowed = 1e-6 * max(right.largest, 1)
    let wrong = places.filter { abs(returned.numbers[$0] - right.numbers[$0]) > allowed }
    guard let example = wrong.first,
      wrong.allSatisfy({ place in slopes.contains { abs($0 - returned.numbers[place]) <= allowed } }
      )
    else { return nil }
    let index = indexText(first.columns(input)[example % right.columns], inputShape)
    return observation(
      .wrongMask,
      "\(wrong.count) of \(places.count) elements get the slope of another branch (\(index) gets "
        + "\(shortText(returned.numbers[example])) instead of \(shortText(right.numbers[example]))): the mask is not "
        + "that of this forward pass")
  }

  /// Compares the size of the returned derivatives with that of the right ones.
  private func range() -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    let ratios = right.numbers.indices.compactMap { i in
      abs(right.numbers[i]) > 1e-3 * right.largest ? returned.numbers[i] / right.numbers[i] : nil
    }.sorted()
    guard let low = ratios.first, let high = ratios.last, ratios.count > 1 else { return nil }
    return observation(
      .unknown,
      "no known mistake gives these numbers; they are between \(shortText(low)) and \(shortText(high)) times "
        + "what is right")
  }

  /// A factor that is one number here and another elsewhere.
  private func changingFactor() -> Diagnosis? {
    guard let second = scene.second else { return nil }
    let factors = [first, second].compactMap { site -> Double? in
      let (right, returned) = (site.right(input), site.returned(input))
      let strong = right.numbers.indices.filter {
        abs(right.numbers[$0]) > 1e-4 * right.largest
      }
      let ratios = strong.map { returned.numbers[$0] / right.numbers[$0] }
      guard let low = ratios.min(), let high = ratios.max(), high - low < 1e-5 * abs(high) else {
        return nil
      }
      return ratios[0]
    }
    guard factors.count == 2, abs(factors[0] - factors[1]) > 1e-4 * abs(factors[0]),
      support(first.right(input)).numbers == support(first.returned(input)).numbers
    else { return nil }
    return observation(
      .wrongFactor,
      "all derivatives are \(shortText(factors[0])) times what is right here, and \(shortText(factors[1])) times at "
        + "other inputs: a factor that depends on the input is missing or too many")
  }

  /// Outputs that send their gradient to other elements than those they read.
  private func support() -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    let (rows, columns) = (first.rows, first.columns(input))
    guard right.rows > 0, right.columns > 1 else { return nil }
    func read(_ jacobian: Jacobian, _ row: Int, _ least: Double) -> Set<Int> {
      Set((0..<jacobian.columns).filter { abs(jacobian[row, $0]) > least })
    }
    let (leastRight, leastReturned) = (1e-7 * right.largest, 1e-7 * returned.largest)
    var example: (row: Int, reads: Set<Int>, sends: Set<Int>)?
    var count = 0
    for row in 0..<right.rows {
      guard !(0..<right.columns).contains(where: { right[row, $0].isNaN }) else { continue }
      let (reads, sends) = (
        read(right, row, leastRight), read(returned, row, leastReturned)
      )
      if reads == sends { continue }
      count += 1
      // One in the middle tells more than one at the edge.
      if example == nil || abs(row - right.rows / 2) < abs(example!.row - right.rows / 2) {
        example = (row, reads, sends)
      }
    }
    guard let example else { return nil }
    let output =
      outputShape.isEmpty ? "the output" : "y\(indexText(rows[example.row], outputShape))"
    func words(_ places: Set<Int>) -> String {
      places.isEmpty
        ? "nothing" : positionsText(places.sorted().map { columns[$0] }, inputShape)
    }
    let lost = example.reads.subtracting(example.sends)
    let extra = example.sends.subtracting(example.reads)
    let name = first.names[input]
    var what: String
    if example.reads.isEmpty {
      what =
        "\(output) does not depend on \(name), and its gradient goes to \(words(example.sends))"
    } else if extra.isEmpty {
      what =
        "\(output) reads \(name) at \(words(example.reads)); of these, \(words(lost)) "
        + "get\(lost.count == 1 ? "s" : "") nothing from it"
    } else if lost.isEmpty {
      what =
        "\(output) reads \(name) at \(words(example.reads)), and its gradient also goes to "
        + words(extra)
    } else {
      what =
        "\(output) reads \(name) at \(words(example.reads)), and its gradient goes to "
        + words(example.sends)
    }
    if right.rows > 1 { what += " (\(count) of \(right.rows) outputs are like that)" }
    return observation(.wrongPlace, what)
  }

  /// Close everywhere, and equal nowhere.
  private func closeness() -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    let error = Jacobian.largest(zip(right.numbers, returned.numbers).map { $0 - $1 })
    let share = error / max(right.largest, .leastNormalMagnitude)
    guard share < 0.1 else { return nil }
    return observation(
      .closeFormula,
      "all derivatives come within \(String(format: "%.2g", 100 * share)) % of the largest: "
        + (share < 0.03
          ? "a formula for almost the same function (an approximation, a rounded constant, an epsilon), or a small "
            + "term that is missing" : "most of it is right, and a term is wrong or missing"))
  }

  /// Describes the places of wrong elements, if others are right.
  private func places() -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    let columns = first.columns(input)
    let allowed = 1e-5 * max(right.largest, returned.largest)
    let wrong = (0..<right.columns).filter { column in
      (0..<right.rows).contains { abs(right[$0, column] - returned[$0, column]) > allowed }
    }
    guard !wrong.isEmpty, wrong.count < columns.count else {
      let rows = (0..<right.rows).filter { row in
        (0..<right.columns).contains { abs(right[row, $0] - returned[row, $0]) > allowed }
      }
      guard !rows.isEmpty, rows.count < right.rows else { return nil }
      return observation(
        .someElements,
        "wrong only what comes in at \(positionsText(rows.map { first.rows[$0] }, outputShape)) of dy: "
          + "\(rows.count) of \(right.rows)")
    }
    return observation(
      .someElements,
      "wrong at \(positionsText(wrong.map { columns[$0] }, inputShape)): \(wrong.count) of \(columns.count)"
    )
  }

  /// An error that grows with the input.
  private func growth() -> Diagnosis? {
    guard inputShape == outputShape, isDiagonal(first.right(input), first) else { return nil }
    let x = first.values[input].scalars
    let difference = residual(first)
    var points: [(x: Double, error: Double)] = []
    for (c, element) in first.columns(input).enumerated() {
      guard let r = first.rows.firstIndex(of: element), difference[r, c].isFinite else { continue }
      points.append((abs(x[element]), abs(difference[r, c])))
    }
    points.sort { $0.x < $1.x }
    guard points.count >= 4 else { return nil }
    let half = points.count / 2
    let (low, high) = (
      points.prefix(half).map(\.error).max()!, points.suffix(half).map(\.error).min()!
    )
    let name = first.formulaName(input)
    if low < high {
      return observation(
        .closeFormula,
        "the error grows with |\(name)|: \(shortText(points[0].error)) at \(shortText(points[0].x)), "
          + "\(shortText(points.last!.error)) at \(shortText(points.last!.x)): a term in \(name) is wrong"
      )
    }
    return nil
  }
}
