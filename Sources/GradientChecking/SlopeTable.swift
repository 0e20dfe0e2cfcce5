import RetrogradTensors

/// Numerical derivatives as they are collected, with what they allow to be said.
///
/// An element's gradient may be off by ten times what its derivative is uncertain by, by what both may
/// have been rounded by, and by a share of its size. If that is more than a mistake of a percent would
/// make, nothing can be said of it: it is left out rather than passed.
struct SlopeTable {
  private let cotangents: [[Double]]
  private let analytic: [[Double]]
  private let tolerance: Double
  var keepsSlopes = true
  var checksKinks = false

  private(set) var slopes: [Int: Slope] = [:]
  private(set) var kinks: [Int: (left: [Double], right: [Double], isDeclared: Bool)] = [:]
  private(set) var unknown: [Int: String] = [:]
  /// The numerical derivative for each cotangent; `NaN` where there is none.
  private(set) var numerical: [[Double]]
  /// The uncertainty of each slope, with the effect of rounding on the gradient.
  private var allowances: [[Double]]
  /// The uncertainty of the gradient itself.
  private var gradientNoise: [[Double]]
  private var isThorough: Set<Int> = []
  private var compared: Set<Int> = []
  /// The observed effect of rounding on the function, for each cotangent.
  private var noises: [Double]
  /// The bounds below which a number is nothing beside the cotangent, unless the whole gradient is.
  private let floors: [Double]
  /// The size of the gradient for each cotangent.
  private var scales: [Double]

  /// The share of a gradient that must not be left open.
  private static let openShare = 5e-3
  /// The allowed factor over the effect of rounding on the gradient that was observed.
  private static let rounding = 30.0

  init(cotangents: [[Double]], analytic: [[Double]], tolerance: Double) {
    self.cotangents = cotangents
    self.analytic = analytic
    self.tolerance = tolerance
    let unknown = [Double](repeating: .nan, count: analytic[0].count)
    numerical = cotangents.map { _ in unknown }
    allowances = numerical
    gradientNoise = cotangents.map { _ in [Double](repeating: 0, count: unknown.count) }
    noises = cotangents.map { _ in 0 }
    scales = noises
    floors = zip(cotangents, analytic).map { cotangent, gradient in
      func largest(_ numbers: [Double]) -> Double {
        numbers.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
      }
      return min(0x1p-50 * largest(cotangent), 1e-4 * largest(gradient))
    }
  }

  /// The elements that have a derivative.
  var elements: [Int] { compared.sorted() }

  mutating func note(_ result: SlopeResult, _ element: Int) {
    forget(element)
    switch result {
    case .slope(let slope):
      compared.insert(element)
      if keepsSlopes { slopes[element] = slope }
      if slope.isThorough { isThorough.insert(element) }
      for (c, cotangent) in cotangents.enumerated() {
        let (value, uncertainty) = slope.projected(on: cotangent)
        numerical[c][element] = value
        let noise = slope.projectedNoise(on: cotangent)
        noises[c] = max(noises[c], noise)
        allowances[c][element] = 10 * uncertainty + 32 * noise
      }
      for coarse in slope.contradictions { noteContradiction(coarse, element) }
    case .kink(let left, let right, let changes, let isDeclared):
      kinks[element] = (left, right, isDeclared)
      if checksKinks && changes == 1 { checkKink(element, left, right) }
    case .none(let reason): unknown[element] = reason
    }
  }

  /// Says nothing of an element whose gradient agrees with coarse steps and not with fine ones.
  private mutating func noteContradiction(
    _ coarse: (values: [Double], uncertainties: [Double]), _ element: Int
  ) {
    let slope = Slope(values: coarse.values, uncertainties: coarse.uncertainties)
    let agrees = cotangents.indices.allSatisfy { c in
      let (value, uncertainty) = slope.projected(on: cotangents[c])
      return abs(analytic[c][element] - value)
        <= 10 * uncertainty + tolerance * abs(value) + allowances[c][element]
    }
    guard agrees, excess(element) > 1 else { return }
    forget(element)
    unknown[element] =
      "large and small steps lead to different derivatives: rounding in the function"
  }

  /// Allows for what rounding does to the gradient itself.
  mutating func allow(gradientNoise noise: [[Double]]) {
    for c in cotangents.indices {
      for (element, own) in noise[c].enumerated() where own.isFinite {
        gradientNoise[c][element] = Self.rounding * own
      }
    }
  }

  private mutating func forget(_ element: Int) {
    compared.remove(element)
    slopes[element] = nil
    kinks[element] = nil
    unknown[element] = nil
    for c in cotangents.indices { numerical[c][element] = .nan }
  }

  /// Any slope between those on the two sides is right at a kink, and no other.
  private mutating func checkKink(_ element: Int, _ left: [Double], _ right: [Double]) {
    var nearest: [Double] = []
    var isOutside = false
    for (c, cotangent) in cotangents.enumerated() {
      var (low, high) = (0.0, 0.0)
      for (i, v) in cotangent.enumerated() where v != 0 {
        let (a, b) = (v * left[i], v * right[i])
        low += min(a, b)
        high += max(a, b)
      }
      let margin = 1e-3 * max(abs(low), abs(high))
      let returned = analytic[c][element]
      if !(returned >= low - margin && returned <= high + margin) { isOutside = true }
      nearest.append(min(max(returned, low), high))
    }
    guard isOutside else { return }
    kinks[element] = nil
    compared.insert(element)
    isThorough.insert(element)
    for c in cotangents.indices {
      numerical[c][element] = nearest[c]
      allowances[c][element] = 1e-6 * abs(nearest[c])
    }
  }

  /// Finds the size of the gradient from the derivatives that are certain.
  mutating func measureScales() {
    for c in cotangents.indices {
      let certain = compared.filter {
        allowances[c][$0] <= 0.1 * abs(numerical[c][$0])
      }
      scales[c] = certain.reduce(0) { max($0, abs(numerical[c][$1])) }
    }
  }

  /// The uncertainty of each gradient.
  var tolerances: [[Double]] {
    cotangents.indices.map { c in numerical[c].indices.map { allowed(c, $0) } }
  }

  /// Returns the uncertainty. Where the function does not move, rounding is as large as elsewhere all the same.
  private func allowance(_ c: Int, _ element: Int) -> Double {
    var own = allowances[c][element] + gradientNoise[c][element]
    if size(c, element) <= floors[c] { own = max(own, floors[c]) }
    return numerical[c][element] == 0 ? max(own, 32 * noises[c]) : own
  }

  private func allowed(_ c: Int, _ element: Int) -> Double {
    allowance(c, element) + tolerance * max(abs(numerical[c][element]), 1e-3 * scales[c])
  }

  /// The error of an element in units of what is allowed.
  func excess(_ element: Int) -> Double {
    guard compared.contains(element) else { return 0 }
    return cotangents.indices.map { c in
      let error = abs(analytic[c][element] - numerical[c][element])
      return error == 0 ? 0 : error.isNaN ? .infinity : error / allowed(c, element)
    }.max() ?? 0
  }

  /// Returns whether a mistake of a percent would show.
  func isResolved(_ element: Int) -> Bool {
    cotangents.indices.allSatisfy { c in
      let size = size(c, element)
      return size == 0 || allowance(c, element) <= Self.openShare * max(size, 1e-3 * scales[c])
    }
  }

  /// Returns whether both are 0 as far as rounding lets anyone see.
  private func isZero(_ element: Int) -> Bool {
    isThorough.contains(element)
      && cotangents.indices.allSatisfy { c in size(c, element) <= allowance(c, element) }
  }

  /// The larger of an element's two derivatives.
  private func size(_ c: Int, _ element: Int) -> Double {
    let (a, n) = (abs(analytic[c][element]), abs(numerical[c][element]))
    return a.isFinite ? max(a, n) : n
  }

  private func isFinite(_ element: Int) -> Bool {
    cotangents.indices.allSatisfy { !analytic[$0][element].isInfinite }
  }

  /// The elements to look at more closely, those that are most off first.
  var doubtful: [Int] {
    var found: [(element: Int, excess: Double)] = []
    for element in elements {
      let excess = excess(element)
      if excess > 1 || !isResolved(element) && !isZero(element) { found.append((element, excess)) }
    }
    found.sort { a, b in a.excess != b.excess ? a.excess > b.excess : a.element < b.element }
    return found.map(\.element)
  }

  /// Leaves out what remains uncertain.
  mutating func dropUnresolved() {
    for element in elements where !isResolved(element) && !isZero(element) {
      // A gradient that is off by far more than all that is uncertain is wrong even so.
      if isThorough.contains(element) && excess(element) > 100 && isFinite(element) { continue }
      let open = cotangents.indices.map { allowance($0, element) }.max() ?? 0
      let size = cotangents.indices.map { abs(numerical[$0][element]) }.max() ?? 0
      forget(element)
      unknown[element] =
        "rounding in the function leaves its derivative \(shortText(size)) uncertain by "
        + shortText(open)
    }
  }
}
