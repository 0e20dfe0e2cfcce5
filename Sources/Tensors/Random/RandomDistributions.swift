import Foundation

// Draws from distributions that have parameters.

extension RandomSource {
  /// A positive number from the gamma distribution of scale 1, of density `xᵏ⁻¹ · e⁻ˣ / Γ(k)` for the
  /// shape `k`: its mean and its variance are `k`.
  ///
  /// Marsaglia and Tsang, *A simple method for generating gamma variables*, 2000. Rounds to 0 where a
  /// `Double` cannot hold the number, as it often happens with shapes below 0.01.
  ///
  /// - Parameter shape: The shape `k`, at least 1e-300.
  public mutating func gamma(shape: Double) -> Double {
    checkShape(shape, "gamma")
    return exp(logarithmOfGamma(shape))
  }

  /// A number from 0 to 1 from the beta distribution, of density proportional to
  /// `xᵃ⁻¹ · (1 − x)ᵇ⁻¹`: its mean is `a / (a + b)`, its variance `a · b / ((a + b)² · (a + b + 1))`.
  ///
  /// From two draws of ``gamma(shape:)`` as `x / (x + y)`, computed from their logarithms, so that small
  /// shapes give numbers near 0 and 1 and never `0 / 0`.
  ///
  /// ```swift
  /// let share = random.beta(0.2, 0.2)   // most often near 0 or near 1
  /// ```
  ///
  /// - Parameters:
  ///   - a: The first shape, at least 1e-300: large ones draw towards 1.
  ///   - b: The second shape, at least 1e-300: large ones draw towards 0.
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    checkShape(a, "beta")
    checkShape(b, "beta")
    let x = logarithmOfGamma(a)
    let y = logarithmOfGamma(b)
    return 1 / (1 + exp(y - x))
  }

  private func checkShape(_ shape: Double, _ operation: String) {
    require(
      shape >= 1e-300 && shape.isFinite,
      "\(operation): expects a finite shape of at least 1e-300, got \(shape)")
  }

  private mutating func logarithmOfGamma(_ shape: Double) -> Double {
    if shape < 1 {
      // A draw of one shape more, times a power of an even draw: section 6 of the paper.
      let larger = logarithmOfGamma(shape + 1)
      return larger + log(1 - uniform()) / shape
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return log(d) + log(v) }
    }
  }
}
