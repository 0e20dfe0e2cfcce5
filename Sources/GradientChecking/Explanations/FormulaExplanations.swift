import Foundation
import RetrogradTensors

// What the backward pass computes, written as a formula, beside the formula that is right; and the right
// formula at another place.

/// Derivatives as a formula of what is known.
struct Formula {
  let words: String
  /// The numbers that tell two formulas apart, without what they are formulas of.
  let coefficients: [Double]
  /// The name of the variable in the formulas.
  let base: String
  let at: (Site) -> Jacobian?
}

extension Explainer {
  private static let exactness = 1e-6

  /// The formula that derivatives follow at both points; `nil` where none of those tried does.
  ///
  /// - Parameters:
  ///   - jacobian: The derivatives.
  ///   - base: 1 where there are any.
  func formula(
    of jacobian: @escaping (Site) -> Jacobian?, on base: @escaping (Site) -> Jacobian?
  ) -> Formula? {
    func simple(_ level: Level) -> Formula? {
      relation(jacobian, base, level) { relation -> Formula? in
        guard relation.factors.allSatisfy({ $0.words != Quantity.derivative }),
          sites.allSatisfy({ site in
            guard let b = base(site), let target = jacobian(site) else { return false }
            return isClose(applied(relation, to: b, site), target)
          })
        else { return nil }
        return Formula(
          words: relation.words(),
          coefficients: [relation.constant] + relation.factors.map(\.power),
          base: relation.factors.first?.words ?? ""
        ) { site in base(site).map { applied(relation, to: $0, site) } }
      }
    }
    return simple(.single)
      ?? polynomial(
        jacobian, base, [[0, 1], [1, 2], [0, 1, 2], [0, 1, 2, 3], [-2, -1, 0, 1, 2]])
      ?? simple(.derived)
  }

  private func isClose(_ a: Jacobian, _ b: Jacobian) -> Bool {
    let allowed = Self.exactness * max(a.largest, b.largest)
    return zip(a.numbers, b.numbers).allSatisfy { $1.isNaN || abs($0 - $1) <= allowed }
  }

  /// A polynomial of one plain quantity that makes a Jacobian of a base, fitted at the first point.
  func polynomial(
    _ jacobian: (Site) -> Jacobian?, _ base: @escaping (Site) -> Jacobian?, _ powers: [[Int]]
  ) -> Formula? {
    guard let target = jacobian(first), let b = base(first) else { return nil }
    let entries = b.numbers.indices.filter { b.numbers[$0] != 0 && target.numbers[$0].isFinite }
    let step = max(1, entries.count / 600)
    let sample = stride(from: 0, to: entries.count, by: step).map { entries[$0] }
    for (index, quantity) in first.quantities(input).enumerated()
    where quantity.isPlain && quantity.words != Quantity.derivative {
      let q = sample.map { quantity[$0 / b.columns, $0 % b.columns] }
      guard q.allSatisfy({ $0.isFinite && $0 != 0 }) else { continue }
      for exponents in powers where Set(q).count >= exponents.count + 3 {
        let columns = exponents.map { power in
          zip(q, sample).map { Foundation.pow($0, Double(power)) * b.numbers[$1] }
        }
        var solution = leastSquares(columns, sample.map { target.numbers[$0] })
        let largest = Jacobian.largest(sample.map { target.numbers[$0] })
        for k in solution.indices
        where abs(solution[k]) * Jacobian.largest(columns[k]) < 1e-5 * largest {
          solution[k] = 0
        }
        let coefficients = solution
        guard coefficients.count(where: { $0 != 0 }) > 0 else { continue }
        let at: (Site) -> Jacobian? = { site in
          guard let b = base(site) else { return nil }
          let quantity = site.quantities(input)[index]
          return Jacobian(rows: b.rows, columns: b.columns) { r, c in
            b[r, c] == 0
              ? 0
              : zip(exponents, coefficients).reduce(0) {
                $0 + $1.1 * Foundation.pow(quantity[r, c], Double($1.0))
              } * b[r, c]
          }
        }
        guard
          sites.allSatisfy({ site in
            guard let there = at(site), let target = jacobian(site) else { return false }
            return isClose(there, target)
          })
        else { continue }
        return Formula(
          words: words(exponents, coefficients, quantity.words), coefficients: coefficients,
          base: quantity.words, at: at)
      }
    }
    return nil
  }

  private func words(_ exponents: [Int], _ coefficients: [Double], _ base: String) -> String {
    var text = ""
    for (power, coefficient) in zip(exponents, coefficients) where coefficient != 0 {
      let size = abs(coefficient)
      let term = power == 0 ? "" : Relation.words(base, Double(power))
      let number = abs(size - 1) < 1e-6 ? "1" : shortText(size)
      let product = term.isEmpty ? number : number == "1" ? term : "\(number) · \(term)"
      text +=
        text.isEmpty
        ? (coefficient < 0 ? "−" : "") + product : (coefficient < 0 ? " − " : " + ") + product
    }
    return text
  }

  /// Two formulas, the one that is computed and the one that is right, for the same places.
  func formulas() -> Diagnosis? {
    func places(_ site: Site) -> Jacobian { support(site.right(input)) }
    let isSame = sites.allSatisfy { places($0).numbers == support($0.returned(input)).numbers }
    guard isSame, let right = formula(of: { $0.right(input) }, on: places),
      let written = formula(of: { $0.returned(input) }, on: places)
    else { return nil }
    let isSameFormula =
      right.coefficients.count == written.coefficients.count
      && zip(right.coefficients, written.coefficients).allSatisfy { abs($0 - $1) < 1e-5 }
    let (computed, expected) = (
      "dy · \(factorText(written.words))", "dy · \(factorText(right.words))"
    )
    if isSameFormula && right.base != written.base && !right.base.isEmpty {
      let place =
        right.base == "y"
        ? "a formula for the output is given \(written.base): read saved.output"
        : "\(written.base) stands where \(right.base) belongs"
      return diagnosis(
        .wrongPoint, "\(place) (\(expected) is right, \(computed) is computed)", written.at)
    }
    return diagnosis(
      .wrongFormula, "the backward pass computes \(computed); right is \(expected)", written.at)
  }

  /// A formula as a factor.
  private func factorText(_ words: String) -> String {
    let isSum = words.contains(" + ") || words.contains(" − ")
    return isSum && !words.hasPrefix("(") ? "(\(words))" : words
  }

  /// A function that does not depend on this input.
  func flatFunction() -> Diagnosis? {
    sites.allSatisfy { $0.right(input).largest == 0 } ? writtenFormula() : nil
  }

  /// A formula that can be read from what is returned, where the right one cannot.
  func writtenFormula() -> Diagnosis? {
    if isPicking { return nil }
    let (right, returned) = (first.right(input), first.returned(input))
    let isAlone = inputShape == outputShape && isDiagonal(returned, first)
    let bases: [((Site) -> Jacobian?, String)] = [
      (
        { isAlone ? identity($0) : nil },
        isDiagonal(right, first)
          ? "" : ", each element by itself, though outputs depend on other elements too"
      ),
      ({ support($0.right(input)) }, ""),
      ({ site in site.right(input).map { _ in 1 } }, " for every element and output"),
    ]
    for (base, remark) in bases {
      guard let written = formula(of: { $0.returned(input) }, on: base) else { continue }
      let values = Set(right.numbers.map { Float($0) }).sorted()
      let nothing =
        right.largest == 0
        ? " (the function is flat there: 0 is right)"
        : isAlone && hasFewValues && values.count == 2
          ? " (right are \(shortText(Double(values[0]))) and \(shortText(Double(values[1]))), by element)"
          : ""
      return diagnosis(
        .wrongFormula,
        "the backward pass computes dy · \(factorText(written.words))\(remark)\(nothing): that is not the "
          + "function's derivative", written.at)
    }
    return nil
  }

  /// The derivative at the output, or at another point.
  func elsewhere() -> Diagnosis? {
    if hasFewValues { return nil }
    if inputShape == outputShape {
      let found = diagnosis(
        .wrongPoint, "the derivative is evaluated at the output instead of the input"
      ) { site in
        var values = site.values
        values[input] = site.differences.center.output
        return site.right(input, at: values)
      }
      if let found { return found }
    }
    guard inputShape == outputShape, first.isWhole(input), inputShape.reduce(1, *) <= 100,
      isDiagonal(first.right(input), first), isDiagonal(first.returned(input), first)
    else { return nil }
    let name = first.formulaName(input)
    for (move, words) in [
      (
        { $0 + $1 },
        { "the derivative is evaluated at \(name) + \(shortText($0)) instead of \(name)" }
      ),
      (
        { $0 * (1 + $1) },
        { "the derivative is evaluated at \(shortText(1 + $0)) · \(name) instead of \(name)" }
      ),
      (
        { $0 * (1 + $1) },
        {
          "it is the derivative of the function of \(shortText(1 + $0)) · \(name): another constant inside"
        }
      ),
    ] as [((Double, Double) -> Double, (Double) -> String)] {
      let isInner = words(0).contains("another")
      func at(_ site: Site, _ amount: Double) -> Jacobian? {
        var values = site.values
        values[input] = Tensor(
          site.values[input].scalars.map { move($0, amount) }, shape: inputShape,
          dtype: .float64)
        return site.right(input, at: values)?.map { isInner ? $0 * (1 + amount) : $0 }
      }
      guard let amount = solve({ at(first, $0) }) else { continue }
      if let found = diagnosis(.wrongPoint, words(amount), { at($0, amount) }) { return found }
    }
    return nil
  }

  /// The amount at which a family of Jacobians comes closest to what is returned, by Gauss and Newton.
  private func solve(_ family: (Double) -> Jacobian?) -> Double? {
    let target = first.returned(input)
    var amount = 0.0
    for _ in 0..<14 {
      let step = 1e-5
      guard let here = family(amount), let there = family(amount + step) else { return nil }
      var (products, squares) = (0.0, 0.0)
      for i in target.numbers.indices {
        let slope = (there.numbers[i] - here.numbers[i]) / step
        let miss = target.numbers[i] - here.numbers[i]
        guard slope.isFinite, miss.isFinite else { return nil }
        products += slope * miss
        squares += slope * slope
      }
      guard squares > 0 else { return nil }
      let change = products / squares
      amount += max(-1, min(1, change))
      if abs(change) < 1e-9 { break }
    }
    return abs(amount) > 1e-9 && amount > -0.9 ? amount : nil
  }

  /// Something that is added in a denominator.
  func denominator() -> Diagnosis? {
    guard isElementwise, !hasFewValues else { return nil }
    let (right, returned) = (first.right(input), first.returned(input))
    let entries = right.numbers.indices.filter {
      abs(right.numbers[$0]) > nothingAt && abs(returned.numbers[$0]) > nothingAt
    }
    guard entries.count > 2 else { return nil }
    let shifts = entries.map { 1 / returned.numbers[$0] - 1 / right.numbers[$0] }
    let shift = shifts.sorted()[shifts.count / 2]
    return diagnosis(
      .wrongFormula,
      "1/analytic = 1/numerical \(shift < 0 ? "−" : "+") \(shortText(abs(shift))): a number is added in a "
        + "denominator"
    ) { site in
      let least = 1e-8 * site.right(input).largest
      return site.right(input).map { abs($0) <= least ? $0 : 1 / (1 / $0 + shift) }
    }
  }
}
