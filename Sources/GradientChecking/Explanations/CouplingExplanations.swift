import Foundation
import RetrogradTensors

// Functions whose outputs depend on a whole slice: softmax, normalization, anything with a mean or a sum in it.
// Their derivative is a sum of a few terms, each a product of a number of the output's place and one of the
// element's, over slices along some axes.

extension Explainer {
  /// A term through the rest of the slice that is missing, doubled or has the other sign.
  func couplings() -> Diagnosis? {
    guard inputShape == outputShape, first.isWhole(input), inputShape.reduce(1, *) > 1,
      !isElementwise
    else {
      return nil
    }
    if let found = diagnosis(
      .diagonalOnly,
      "each output is treated as if it depended on its own element alone: the terms through the other "
        + "elements are missing",
      { site in site.right(input).combined(identity(site)) { $1 == 1 ? $0 : 0 } })
    {
      return found
    }
    let rights = bases.compactMap { basis in
      coefficients(basis, { $0.right(input) }).map { (basis, $0) }
    }
    for (basis, right) in rights {
      if let found = compare(basis, right, basis) { return found }
    }
    for (basis, right) in rights {
      for other in bases where other.family == basis.family && other.axes != basis.axes {
        if let found = compare(basis, right, other) { return found }
      }
    }
    return nil
  }

  /// Terms that the derivative of such a function is made of.
  private struct Basis {
    let family: Int
    let axes: [Int]
    let scale: String
    let terms: [(words: String, at: (Site) -> Jacobian)]
  }

  private func compare(_ basis: Basis, _ right: [Double], _ other: Basis) -> Diagnosis? {
    guard let returned = coefficients(other, { $0.returned(input) }) else { return nil }
    let axisText = basis.axes.map(String.init).joined(separator: " and ")
    if basis.axes != other.axes {
      let otherText = other.axes.map(String.init).joined(separator: " and ")
      return diagnosis(
        .wrongAxis,
        "the sum in the derivative runs over axis \(otherText) instead of axis \(axisText)",
        { sum(other, returned, $0) })
    }
    var parts: [String] = []
    for (index, term) in basis.terms.enumerated() {
      let (n, a) = (right[index], returned[index])
      let size = max(abs(n), abs(a))
      if size == 0 || abs(n - a) < 1e-4 * size { continue }
      if a == 0 {
        parts.append("\(term.words) is missing")
      } else if n == 0 {
        parts.append("\(term.words) does not belong there")
      } else if abs(a + n) < 1e-4 * size {
        parts.append("\(term.words) has the wrong sign")
      } else {
        parts.append("\(term.words) is counted \(shortText(a / n)) times")
      }
    }
    // More at a time are no explanation.
    guard (1...3).contains(parts.count) else { return nil }
    return diagnosis(
      .missingTerm,
      parts.joined(separator: ", ") + " (over axis \(axisText))", { sum(basis, returned, $0) })
  }

  private func sum(_ basis: Basis, _ coefficients: [Double], _ site: Site) -> Jacobian? {
    var numbers = [Double](repeating: 0, count: site.right(input).numbers.count)
    for (term, coefficient) in zip(basis.terms, coefficients) where coefficient != 0 {
      for (i, number) in term.at(site).numbers.enumerated() { numbers[i] += coefficient * number }
    }
    return Jacobian(rows: site.rows.count, columns: site.columns(input).count, numbers)
  }

  /// Returns the coefficient of each term, fitted at the first point and true at the second.
  private func coefficients(_ basis: Basis, _ jacobian: (Site) -> Jacobian) -> [Double]? {
    let target = jacobian(first)
    guard target.numbers.allSatisfy(\.isFinite), target.largest > 0 else { return nil }
    let columns = basis.terms.map { $0.at(first).numbers }
    guard columns.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    var found = leastSquares(columns, target.numbers)
    for i in found.indices
    where abs(found[i]) * Jacobian.largest(columns[i]) < 1e-6 * target.largest {
      found[i] = 0
    }
    let isTrue = sites.allSatisfy { site in
      guard let made = sum(basis, found, site) else { return false }
      let there = jacobian(site)
      let allowed = 5e-6 * there.largest
      return zip(made.numbers, there.numbers).allSatisfy { abs($0 - $1) <= allowed }
    }
    return isTrue ? found : nil
  }

  // MARK: - Terms

  private var bases: [Basis] {
    var found: [Basis] = []
    let others = first.values.indices.filter {
      $0 != input && broadcastPlaces(first.values[$0].shape, in: outputShape) != nil
        && first.values[$0].shape.reduce(1, *) > 1
    }
    for axes in Statistic.groups(rank: inputShape.count)
    where axes.contains(where: { inputShape[$0] > 1 }) {
      for scale in ["", "sum", "norm"] { found.append(softmaxLike(axes, scale)) }
      for weight in [nil] + others.map({ Optional($0) }) {
        for epsilon in [0, 1e-5] { found.append(normalizing(axes, epsilon, weight)) }
      }
    }
    return found
  }

  /// A matrix of the numbers of one slice, 0 between slices.
  private func matrix(
    _ site: Site, _ axes: [Int], _ number: (_ row: Int, _ column: Int) -> Double
  ) -> Jacobian {
    let slices = (0..<site.output.count).map { position in
      let index = unravel(position, inputShape)
      return ravel(
        index.enumerated().map { axes.contains($0) ? 0 : $1 }, inputShape)
    }
    return Jacobian(rows: slices.count, columns: slices.count) { r, c in
      slices[r] == slices[c] ? number(r, c) : 0
    }
  }

  private func softmaxLike(_ axes: [Int], _ scale: String) -> Basis {
    func scales(_ site: Site) -> [Double] {
      let x = site.values[input]
      let zeros = Tensor.zeros(x.shape, dtype: .float64)
      switch scale {
      case "sum": return (zeros + x.sum(axes: axes, keepDims: true)).scalars.map { 1 / $0 }
      case "norm":
        return (zeros + (x * x).sum(axes: axes, keepDims: true).sqrt()).scalars.map { 1 / $0 }
      default: return x.scalars.map { _ in 1 }
      }
    }
    func term(
      _ words: String, _ number: @escaping (Double, Double, Bool) -> Double
    )
      -> (String, (Site) -> Jacobian)
    {
      (
        words,
        { site in
          let (y, s) = (site.output, scales(site))
          return matrix(site, axes) { s[$0] * number(y[$0], y[$1], $0 == $1) }
        }
      )
    }
    return Basis(
      family: scale.isEmpty ? 0 : scale == "sum" ? 1 : 2, axes: axes, scale: scale,
      terms: [
        term("dy itself") { $2 ? 1 : 0 },
        term("the term y · dy of the element itself") { a, _, isOwn in isOwn ? a : 0 },
        term("the term y² · dy of the element itself") { a, _, isOwn in isOwn ? a * a : 0 },
        term("the term y · Σ(y · dy)") { a, b, _ in a * b },
        term("the term Σ(y · dy)") { a, _, _ in a },
        term("the term y · Σ dy") { _, b, _ in b },
        term("the term through the sum or mean, Σ dy") { _, _, _ in 1 },
        term("the term exp(y) · Σ dy") { _, b, _ in Foundation.exp(b) },
      ])
  }

  private func normalizing(_ axes: [Int], _ epsilon: Double, _ weight: Int?) -> Basis {
    func term(
      _ words: String, _ number: @escaping (Double, Double, Bool) -> Double
    )
      -> (String, (Site) -> Jacobian)
    {
      (
        words,
        { site in
          let x = site.values[input]
          let zeros = Tensor.zeros(x.shape, dtype: .float64)
          let deviation = (x.variance(axes: axes, correction: 0, keepDims: true) + epsilon).sqrt()
          let s = (zeros + deviation).scalars
          let z = ((x - x.mean(axes: axes, keepDims: true)) / deviation).scalars
          let w = weight.map { (zeros + site.values[$0]).scalars }
          return matrix(site, axes) { r, c in
            (w?[r] ?? 1) / s[r] * number(z[r], z[c], r == c)
          }
        }
      )
    }
    return Basis(
      family: 3, axes: axes, scale: "",
      terms: [
        term("the direct term dy / σ") { $2 ? 1 : 0 },
        term("the term through the mean") { _, _, _ in 1 },
        term("the term through the variance") { a, b, _ in a * b },
        term("a term x̂ · dy of the element itself") { a, _, isOwn in isOwn ? a * a : 0 },
        term("a term x̂ · Σ dy") { _, b, _ in b },
        term("a term Σ(x̂ · dy)") { a, _, _ in a },
      ])
  }
}
