import Foundation
import RetrogradTensors

// Right in some places and wrong in others: masks, branches, loops that end too early, sums that forget.

extension Explainer {
  /// A set of places, known at each site.
  struct Region {
    let words: String
    let cause: GradientCause
    var ofCotangent: String?
    let holds: (Site) -> [Bool]
  }

  /// The content of a region of the returned gradient.
  private enum Content {
    case right
    case zero
    case constant(Double)
    case factor(Double)
    case offset(Double)
    case input(Double)

    func number(_ right: Double, _ x: Double) -> Double {
      switch self {
      case .right: right
      case .zero: 0
      case .constant(let value): value
      case .factor(let factor): factor * right
      case .offset(let offset): right + offset
      case .input(let factor): factor * x
      }
    }

    var words: String {
      switch self {
      case .right: "it is right"
      case .zero: "nothing arrives"
      case .constant(let value):
        abs(value - 1) < 1e-6 ? "dy is passed on as it is" : "it is \(shortText(value)) · dy"
      case .factor(let factor):
        abs(factor + 1) < 1e-6
          ? "the sign is wrong" : "it is \(shortText(factor)) times what is right"
      case .input(let factor): "it is \(Self.prefix(factor))x · dy"
      case .offset(let offset):
        offset < 0
          ? "a term is missing, \(shortText(-offset)) · dy"
          : "a term is too many, \(shortText(offset)) · dy"
      }
    }

    /// A factor as it is written, nothing where it is 1.
    private static func prefix(_ factor: Double) -> String {
      shortText(factor) == "1" ? "" : shortText(factor) == "-1" ? "−" : "\(shortText(factor)) · "
    }

    var isRight: Bool { if case .right = self { true } else { false } }
  }

  /// A region in which something simple is returned, and the right derivative elsewhere.
  func selections() -> Diagnosis? { selection { regions($0) } ?? clipped() }

  /// Parts of the incoming gradient that do not count.
  func dropped() -> Diagnosis? { selection { ofCotangent($0) } }

  private func selection(_ regions: ([Bool]) -> [Region]) -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    let allowed = 1e-5 * max(right.largest, returned.largest)
    let scope = scope(first)
    let isWrong = right.numbers.indices.map {
      scope[$0]
        && abs(returned.numbers[$0] - right.numbers[$0])
          > min(allowed, 1e-5 * abs(right.numbers[$0]) + 1e-2 * allowed)
    }
    guard isWrong.contains(true) else { return nil }
    for region in regions(isWrong) {
      let holds = region.holds(first)
      let inside = scope.indices.filter { scope[$0] && holds[$0] }
      let outside = scope.indices.filter { scope[$0] && !holds[$0] }
      guard !inside.isEmpty, !outside.isEmpty else { continue }
      for there in contents(inside, allowed) {
        for elsewhere in contents(outside, allowed) where there.words != elsewhere.words {
          if let found = selection(region, there, elsewhere) { return found }
        }
      }
    }
    return nil
  }

  private func selection(
    _ region: Region, _ there: Content, _ elsewhere: Content
  ) -> Diagnosis? {
    // "Right only where" something is used again says nothing.
    if region.cause == .overwritten && there.isRight { return nil }
    let words: String
    if let sum = region.ofCotangent {
      guard elsewhere.isRight, case .zero = there else { return nil }
      words = sum
    } else if elsewhere.isRight {
      words = "right everywhere but \(region.words): there \(there.words)"
    } else if there.isRight {
      words = "right only \(region.words): elsewhere \(elsewhere.words)"
    } else {
      words = "\(region.words) \(there.words), elsewhere \(elsewhere.words)"
    }
    return diagnosis(region.cause, words) { site in
      let right = site.right(input)
      let (inside, scope) = (region.holds(site), scope(site))
      guard inside.count == right.numbers.count else { return nil }
      let x = site.values[input].scalars
      let columns = site.columns(input)
      return Jacobian(
        rows: right.rows, columns: right.columns,
        right.numbers.indices.map { i in
          guard scope[i] else { return right.numbers[i] }
          return (inside[i] ? there : elsewhere).number(
            right.numbers[i], x[columns[i % columns.count]])
        })
    }
  }

  /// The places that are in question: for a function of single elements those where they meet their outputs.
  private func scope(_ site: Site) -> [Bool] {
    isElementwise
      ? identity(site).numbers.map { $0 == 1 } : site.right(input).numbers.map { _ in true }
  }

  /// Derivatives that are cut off at a bound.
  private func clipped() -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    // Of two or three different slopes the largest is no bound.
    guard Set(right.numbers.map { Float($0 / max(right.largest, .leastNormalMagnitude)) }).count > 4
    else {
      return nil
    }
    let (low, high) = (returned.numbers.min() ?? 0, returned.numbers.max() ?? 0)
    for (words, cut) in [
      ("above \(shortText(high))", { min($0, high) }),
      ("below \(shortText(low))", { max($0, low) }),
      ("beyond ±\(shortText(high))", { min(max($0, -high), high) }),
    ] as [(String, (Double) -> Double)] {
      if let found = diagnosis(
        .someElements, "the function's derivative is cut off \(words)", { $0.right(input).map(cut) }
      ) {
        return found
      }
    }
    return nil
  }

  /// Returns the possible contents of the returned derivatives at some places, the simplest first.
  private func contents(_ candidates: [Int], _ allowed: Double) -> [Content] {
    let (right, returned) = (first.right(input), first.returned(input))
    let places = candidates.filter { right.numbers[$0].isFinite }
    guard !places.isEmpty else { return [.right] }
    let (n, a) = (places.map { right.numbers[$0] }, places.map { returned.numbers[$0] })
    func isSame(_ right: Double, _ returned: Double) -> Bool {
      abs(right - returned) <= min(allowed, 1e-5 * abs(right) + 1e-2 * allowed)
    }
    if zip(n, a).allSatisfy({ isSame($0, $1) }) { return [.right] }
    if a.allSatisfy({ abs($0) <= 1e-3 * allowed }) { return [.zero] }
    var found: [Content] = []
    let strong = n.indices.filter { abs(n[$0]) > 1e3 * allowed }
    let ratios = strong.map { a[$0] / n[$0] }
    let isFactor = !ratios.isEmpty && ratios.max()! - ratios.min()! < 1e-3
    let isConstant = a.max()! - a.min()! <= allowed
    if isConstant { found.append(.constant(a.reduce(0, +) / Double(a.count))) }
    if isFactor { found.append(.factor(dot(a, n) / dot(n, n))) }
    let elements = first.values[input].scalars
    let columns = first.columns(input)
    let x = places.map { elements[columns[$0 % right.columns]] }
    if dot(x, x) > 0 {
      let factor = dot(a, x) / dot(x, x)
      if zip(a, x).allSatisfy({ abs($0 - factor * $1) <= allowed }) { found.append(.input(factor)) }
    }
    let offsets = zip(n, a).map { $1 - $0 }
    if offsets.max()! - offsets.min()! <= allowed {
      found.append(.offset(offsets.reduce(0, +) / Double(offsets.count)))
    }
    return found
  }
}
