import Foundation
import RetrogradTensors

/// A law `target = constant · base · q₁^k₁ · q₂^k₂` between derivatives, which holds at both points.
struct Relation {
  struct Factor {
    let quantity: Int
    let words: String
    let power: Double
    /// Indicates whether the quantity's sign counts though its power is no odd number.
    let isSigned: Bool
    let magnitude: Bool
  }

  let constant: Double
  let factors: [Factor]

  /// The law's number at one place.
  func value(_ quantities: [Quantity], _ row: Int, _ column: Int) -> Double {
    factors.reduce(constant) { result, factor in
      result * Self.power(quantities[factor.quantity][row, column], factor)
    }
  }

  private static func power(_ q: Double, _ factor: Factor) -> Double {
    let whole = factor.power.rounded() == factor.power
    let size = Foundation.pow(abs(q), factor.power)
    if whole && !factor.magnitude {
      return Int(factor.power) % 2 != 0 && q < 0 ? -size : size
    }
    return factor.isSigned && q < 0 ? -size : size
  }

  /// `constant · q^k` as it is written, with the constant only if it is not 1.
  func words(inverted: Bool = false, sign: Double = 1) -> String {
    let constant = sign * (inverted ? 1 / constant : constant)
    let parts = factors.map { factor in
      Self.words(
        factor.magnitude ? "|\(factor.words)|" : factor.words,
        inverted ? -factor.power : factor.power)
        + (factor.isSigned ? " · sign(\(factor.words))" : "")
    }
    if parts.isEmpty { return shortText(constant) }
    let product = parts.joined(separator: " · ")
    if shortText(abs(constant)) == "1" { return constant < 0 ? "−\(product)" : product }
    return "\(shortText(constant)) · \(product)"
  }

  static func words(_ base: String, _ power: Double) -> String {
    let isWrapped = base.hasPrefix("(") && base.hasSuffix(")")
    let simple =
      isWrapped
      ? base
      : base.allSatisfy { $0.isLetter || $0 == "(" || $0 == ")" || $0 == "|" || $0 == "." }
        && !base.contains("exp(") ? base : "(\(base))"
    switch power {
    case 1: return base
    case 2: return "\(simple)²"
    case 3: return "\(simple)³"
    case -1: return "1/\(simple)"
    case -2: return "1/\(simple)²"
    case 0.5: return "√\(simple)"
    case -0.5: return "1/√\(simple)"
    default: return "\(simple)^\(shortText(power))"
    }
  }
}

extension Explainer {
  /// The set of quantities that are tried as factors.
  enum Level {
    /// Two of the inputs and outputs together.
    case pairs
    /// Inputs and outputs, one of them.
    case single
    /// Functions of them, and statistics.
    case derived
    /// One of either.
    case simple
    case all
  }

  /// One pair of numbers that a law must connect.
  private struct Pair {
    let site: Int
    let row: Int
    let column: Int
    let logarithm: Double
    let sign: Double
  }

  private static let powers: [Double] = [
    1, -1, 2, -2, 0.5, -0.5, 3, -3, 1.5, -1.5, 4, -4, 2.5, -2.5, 1 / 3.0, -1 / 3.0, 2 / 3.0,
    -2 / 3.0, 4 / 3.0, -4 / 3.0,
  ]
  private static let mostPairs = 1000

  /// The simplest law that makes `target` of `base`, if what follows from it comes true.
  ///
  /// - Parameters:
  ///   - target: The numbers to explain.
  ///   - base: The numbers that explain them.
  ///   - level: The factors to try.
  ///   - assemble: The result of the backward pass if the target were another.
  ///   - describe: The cause and its words.
  func law(
    _ target: (Site) -> Jacobian?, _ base: (Site) -> Jacobian?, _ level: Level = .all,
    assemble: (Site, Jacobian) -> Jacobian, describe: (Relation) -> (GradientCause, String)?
  ) -> Diagnosis? {
    relation(target, base, level) { relation in
      guard let (cause, words) = describe(relation) else { return nil }
      return diagnosis(cause, words) { site in
        base(site).map { assemble(site, applied(relation, to: $0, site)) }
      }
    }
  }

  /// The target that a relation makes of a base.
  func applied(_ relation: Relation, to base: Jacobian, _ site: Site) -> Jacobian {
    let known = site.quantities(input)
    return Jacobian(rows: base.rows, columns: base.columns) { r, c in
      base[r, c] == 0 ? 0 : relation.value(known, r, c) * base[r, c]
    }
  }

  /// Returns the first result of `accept` for a relation between two Jacobians, the simplest first.
  func relation<Result>(
    _ target: (Site) -> Jacobian?, _ base: (Site) -> Jacobian?, _ level: Level = .all,
    _ accept: (Relation) -> Result?
  ) -> Result? {
    var targets: [Jacobian] = []
    var bases: [Jacobian] = []
    for site in sites {
      guard let t = target(site), let b = base(site) else { return nil }
      targets.append(t)
      bases.append(b)
    }
    guard let pairs = pairs(targets, bases), !pairs.isEmpty else { return nil }
    func test(_ factors: [Relation.Factor]) -> Result? {
      // The constant by least squares at the first point.
      let law = applied(Relation(constant: 1, factors: factors), to: bases[0], first)
      var (products, squares) = (0.0, 0.0)
      for (one, number) in zip(law.numbers, targets[0].numbers)
      where one.isFinite && number.isFinite {
        products += one * number
        squares += one * one
      }
      return squares > 0
        ? accept(Relation(constant: products / squares, factors: factors)) : nil
    }
    if level != .derived, level != .pairs, spread(pairs.map(\.logarithm)) < 1e-3,
      pairs.allSatisfy({ $0.sign == pairs[0].sign }), let found = test([])
    {
      return found
    }
    let known = sites.map { $0.quantities(input) }
    guard known.allSatisfy({ $0.count == known[0].count }) else { return nil }
    for index in known[0].indices {
      let isPlain = known[0][index].isPlain
      if level == .pairs || (isPlain ? level == .derived : level == .single) { continue }
      if let factor = factor(index, known, pairs), let found = test([factor]) { return found }
    }
    guard level == .pairs || level == .all else { return nil }
    let plain = known[0].indices.filter { known[0][$0].isPlain }
    for (place, a) in plain.enumerated() {
      for b in plain.dropFirst(place + 1) {
        if let factors = factors(a, b, known, pairs), let found = test(factors) { return found }
      }
    }
    return nil
  }

  private func spread(_ numbers: [Double]) -> Double {
    (numbers.max() ?? 0) - (numbers.min() ?? 0)
  }

  /// The logarithms of the ratios; `nil` where the target has something that the base has not.
  private func pairs(_ targets: [Jacobian], _ bases: [Jacobian]) -> [Pair]? {
    var found: [Pair] = []
    for site in targets.indices {
      let (t, b) = (targets[site], bases[site])
      let (largestT, largestB) = (t.largest, b.largest)
      guard largestT > 0, largestB > 0 else { return nil }
      var places: [Pair] = []
      for r in 0..<t.rows {
        for c in 0..<t.columns {
          let (x, y) = (t[r, c], b[r, c])
          if x.isNaN || y.isNaN { continue }
          if abs(y) <= 1e-8 * largestB {
            if abs(x) > 1e-5 * largestT { return nil }
            continue
          }
          guard abs(y) > 1e-4 * largestB, abs(x) > 1e-5 * largestT else { continue }
          places.append(
            Pair(
              site: site, row: r, column: c, logarithm: Foundation.log(abs(x / y)),
              sign: x * y < 0 ? -1 : 1))
        }
      }
      let step = max(1, places.count / Self.mostPairs)
      for i in stride(from: 0, to: places.count, by: step) { found.append(places[i]) }
    }
    return found
  }

  /// The power of one quantity that the ratios follow.
  private func factor(_ index: Int, _ known: [[Quantity]], _ pairs: [Pair]) -> Relation.Factor? {
    var (xs, ys): ([Double], [Double]) = ([], [])
    var isPositive = true
    for pair in pairs {
      let q = known[pair.site][index][pair.row, pair.column]
      guard q.isFinite, q != 0 else { return nil }
      if q < 0 { isPositive = false }
      xs.append(Foundation.log(abs(q)))
      ys.append(pair.logarithm)
    }
    let count = Double(xs.count)
    let (mx, my) = (xs.reduce(0, +) / count, ys.reduce(0, +) / count)
    var (covariance, variance) = (0.0, 0.0)
    for i in xs.indices {
      covariance += (xs[i] - mx) * (ys[i] - my)
      variance += (xs[i] - mx) * (xs[i] - mx)
    }
    guard variance > 1e-8 * count else { return nil }
    // Of two or three different slopes many things are a power.
    if known[0][index].words == Quantity.derivative,
      Set(xs.map { ($0 * 1e6).rounded() }).count < 5
    {
      return nil
    }
    guard let power = nice(covariance / variance) else { return nil }
    guard spread(zip(xs, ys).map { $1 - power * $0 }) < 1e-3 else { return nil }
    return signs(
      pairs, known, [(index, power, isPositive)]
    )?.first
  }

  private func nice(_ power: Double) -> Double? {
    Self.powers.min { abs($0 - power) < abs($1 - power) }.flatMap {
      abs($0 - power) < 5e-3 ? $0 : nil
    }
  }

  /// The powers of two quantities that the ratios follow.
  private func factors(
    _ a: Int, _ b: Int, _ known: [[Quantity]], _ pairs: [Pair]
  ) -> [Relation.Factor]? {
    var columns: [[Double]] = [[], [], []]
    var target: [Double] = []
    var (isPositiveA, isPositiveB) = (true, true)
    for pair in pairs {
      let p = known[pair.site][a][pair.row, pair.column]
      let q = known[pair.site][b][pair.row, pair.column]
      guard p.isFinite, q.isFinite, p != 0, q != 0 else { return nil }
      if p < 0 { isPositiveA = false }
      if q < 0 { isPositiveB = false }
      columns[0].append(Foundation.log(abs(p)))
      columns[1].append(Foundation.log(abs(q)))
      columns[2].append(1)
      target.append(pair.logarithm)
    }
    guard target.count >= 5 else { return nil }
    let solution = leastSquares(columns, target)
    guard let first = nice(solution[0]), let second = nice(solution[1]) else { return nil }
    let rest = target.indices.map {
      target[$0] - first * columns[0][$0] - second * columns[1][$0]
    }
    guard spread(rest) < 1e-3 else { return nil }
    return signs(pairs, known, [(a, first, isPositiveA), (b, second, isPositiveB)])
  }

  /// The factors with the signs that the ratios have; `nil` where no choice gives them.
  private func signs(
    _ pairs: [Pair], _ known: [[Quantity]],
    _ powers: [(index: Int, power: Double, isPositive: Bool)]
  ) -> [Relation.Factor]? {
    func choices(_ p: (index: Int, power: Double, isPositive: Bool)) -> [Relation.Factor] {
      let words = known[0][p.index].words
      func factor(_ isSigned: Bool, _ magnitude: Bool) -> Relation.Factor {
        .init(
          quantity: p.index, words: words, power: p.power, isSigned: isSigned,
          magnitude: magnitude)
      }
      if p.isPositive { return [factor(false, false)] }
      let isWhole = p.power.rounded() == p.power
      if isWhole && Int(p.power) % 2 != 0 { return [factor(false, false), factor(false, true)] }
      if isWhole { return [factor(false, false), factor(true, true)] }
      return [factor(false, true), factor(true, true)]
    }
    var combinations: [[Relation.Factor]] = [[]]
    for power in powers {
      combinations = combinations.flatMap { start in choices(power).map { start + [$0] } }
    }
    return combinations.first { factors in
      let relation = Relation(constant: 1, factors: factors)
      let all = pairs.map { pair in
        relation.value(known[pair.site], pair.row, pair.column) * pair.sign < 0
      }
      return all.allSatisfy { $0 == all[0] }
    }
  }
}
