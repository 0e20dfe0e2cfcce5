import RetrogradAutograd
import RetrogradTensors

// Layers without parameters that change each element, beside ReLU, Tanh and Sigmoid.

/// The rectifier that leaks: negative numbers are scaled down. See `Variable.leakyReLU(slope:)`.
public final class LeakyReLU: Layer {
  /// The factor for negative numbers.
  public let slope: Double
  /// The rectifier with a slope for negative numbers.
  public init(slope: Double = 0.01) { self.slope = slope }
  /// `x` where it is positive, otherwise `slope · x`.
  public func forward(_ x: Variable) -> Variable { x.leakyReLU(slope: slope) }
}

/// The exponential linear unit. See `Variable.elu(alpha:)`.
public final class ELU: Layer {
  /// The limit for large negative numbers is its negative.
  public let alpha: Double
  /// The exponential linear unit with a limit of `−alpha`.
  public init(alpha: Double = 1) { self.alpha = alpha }
  /// `x` where it is positive, otherwise `alpha · (eˣ − 1)`.
  public func forward(_ x: Variable) -> Variable { x.elu(alpha: alpha) }
}

/// The Gaussian error linear unit. See `Variable.gelu(approximation:)`.
public final class GELU: Layer {
  /// The way in which the normal distribution is computed.
  public let approximation: GELUApproximation
  /// The Gaussian error linear unit, exact or by a hyperbolic tangent.
  public init(approximation: GELUApproximation = .none) {
    self.approximation = approximation
  }
  /// `x · Φ(x)`.
  public func forward(_ x: Variable) -> Variable { x.gelu(approximation: approximation) }
}

/// The sigmoid linear unit, or swish. See `Variable.silu()`.
public final class SiLU: Layer {
  /// The sigmoid linear unit.
  public init() {}
  /// `x / (1 + e⁻ˣ)`.
  public func forward(_ x: Variable) -> Variable { x.silu() }
}

/// A smooth rectifier. See `Variable.softplus(beta:threshold:)`.
public final class Softplus: Layer {
  /// The sharpness of the bend.
  public let beta: Double
  /// From where on the function is taken as straight.
  public let threshold: Double
  /// The smooth rectifier with a sharpness, straight where `beta · x` exceeds a threshold.
  public init(beta: Double = 1, threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
  }
  /// `ln(1 + e^(beta · x)) / beta`.
  public func forward(_ x: Variable) -> Variable { x.softplus(beta: beta, threshold: threshold) }
}

/// The identity between two bounds, constant beyond. See `Variable.hardtanh(min:max:)`.
public final class Hardtanh: Layer {
  /// The lower bound.
  public let min: Double
  /// The upper bound.
  public let max: Double
  /// The identity between two bounds.
  public init(min: Double = -1, max: Double = 1) {
    self.min = min
    self.max = max
  }
  /// `x`, but at least `min` and at most `max`.
  public func forward(_ x: Variable) -> Variable { x.hardtanh(min: min, max: max) }
}
