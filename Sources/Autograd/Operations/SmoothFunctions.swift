import Foundation
import RetrogradTensors

// More smooth functions of one number, applied to each element, and the power of one number to another.

extension Variable {
  /// One over each element: `y = 1 / x`. Derivative: `dx = −dy · y²`.
  public func reciprocal() -> Variable {
    record("reciprocal", self, value: 1 / value, keep: .output) { saved, dy in
      -dy * (saved.output * saved.output)
    }
  }

  /// The square of each element: `y = x²`. Derivative: `dx = 2 · dy · x`.
  public func square() -> Variable {
    record("square", self, value: value.pow(2), keep: .inputs) { saved, dy in
      dy * (saved.inputs[0] * 2)
    }
  }

  /// The logarithm of one more than each element, exact also near 0: `y = ln(1 + x)`.
  /// Derivative: `dx = dy / (1 + x)`.
  public func log1p() -> Variable {
    record("log1p", self, value: value.log1p(), keep: .inputs) { saved, dy in
      dy / (saved.inputs[0] + 1)
    }
  }

  /// One less than the exponential of each element, exact also near 0: `y = eˣ − 1`.
  /// Derivative: `dx = dy · (y + 1)`.
  public func expm1() -> Variable {
    record("expm1", self, value: value.expm1(), keep: .output) { saved, dy in
      dy * (saved.output + 1)
    }
  }

  /// The sine of each element: `y = sin x`. Derivative: `dx = dy · cos x`.
  public func sin() -> Variable {
    record("sin", self, value: value.sin(), keep: .inputs) { saved, dy in
      dy * saved.inputs[0].cos()
    }
  }

  /// The cosine of each element: `y = cos x`. Derivative: `dx = −dy · sin x`.
  public func cos() -> Variable {
    record("cos", self, value: value.cos(), keep: .inputs) { saved, dy in
      -dy * saved.inputs[0].sin()
    }
  }

  /// The error function of each element: `y = 2/√π · ∫₀ˣ e^(−t²) dt`. Derivative:
  /// `dx = dy · 2/√π · e^(−x²)`.
  public func erf() -> Variable {
    record("erf", self, value: value.erf(), keep: .inputs) { saved, dy in
      let x = saved.inputs[0]
      return dy * ((-(x * x)).exp() * (2 / Double.pi.squareRoot()))
    }
  }

  /// The Gaussian error linear unit (Hendrycks and Gimpel, 2016): `y = x · Φ(x)`, where `Φ` is the
  /// normal distribution.
  ///
  /// Derivative: `dx = dy · (Φ(x) + x · φ(x))` with the density `φ(x) = e^(−x²/2) / √2π`.
  ///
  /// - Parameter approximation: Whether to take `½ (1 + tanh(√(2/π) · (x + 0.044715 x³)))` for `Φ`.
  public func gelu(approximation: GELUApproximation = .none) -> Variable {
    let value = value.gelu(approximatedByTanh: approximation == .tanh)
    return record("gelu", self, value: value, keep: .inputs) { saved, dy in
      let x = saved.inputs[0]
      let activation: Activation = approximation == .tanh ? .geluByTanh : .gelu
      if let dx = dy.timesSlope(of: activation, kept: x, saved) { return dx }
      switch approximation {
      case .none:
        let distribution = ((x * 0.5.squareRoot()).erf() + 1) * 0.5
        let density = (x * x * -0.5).exp() * (1 / (2 * Double.pi).squareRoot())
        return dy * (distribution + x * density)
      case .tanh:
        let (scale, cubic) = ((2 / Double.pi).squareRoot(), 0.044715)
        let t = ((x + x * x * x * cubic) * scale).tanh()
        let slope = (1 - t * t) * ((x * x * (3 * cubic) + 1) * scale)
        return dy * ((t + 1 + x * slope) * 0.5)
      }
    }
  }

  /// The way in which ``gelu(approximation:)`` computes the normal distribution.
  public enum GELUApproximation: Sendable {
    /// By the error function.
    case none
    /// By a hyperbolic tangent.
    case tanh
  }

  /// The sigmoid linear unit, or swish (Ramachandran et al., 2017): `y = x · σ(x)` with
  /// `σ(x) = 1 / (1 + e⁻ˣ)`. Derivative: `dx = dy · σ · (1 + x · (1 − σ))`.
  public func silu() -> Variable {
    record("silu", self, value: value.silu(), keep: .inputs) { saved, dy in
      let x = saved.inputs[0]
      if let dx = dy.timesSlope(of: .silu, kept: x, saved) { return dx }
      let sigmoid = x.sigmoid()
      return dy * (sigmoid * (x * (1 - sigmoid) + 1))
    }
  }

  /// A smooth rectifier: `y = ln(1 + e^(beta · x)) / beta`, and `x` itself where `beta · x` exceeds the
  /// threshold. Derivative: `dx = dy / (1 + e^(−beta · x))`, and `dy` beyond the threshold.
  ///
  /// - Parameters:
  ///   - beta: The sharpness of the bend.
  ///   - threshold: The point from which the function is taken as straight: what that leaves out is smaller than
  ///     `e^(−threshold) / beta`.
  public func softplus(beta: Double = 1, threshold: Double = 20) -> Variable {
    @Sendable func isStraight(_ x: Tensor) -> Tensor { x * beta .> threshold }
    if threshold < .infinity { noteBranches("softplus") { isStraight(value) } }
    return record(
      "softplus", self, value: value.softplus(beta: beta, threshold: threshold), keep: .inputs
    ) { saved, dy in
      let x = saved.inputs[0]
      return RetrogradAutograd.select(isStraight(x.value), dy, dy * (x * beta).sigmoid())
    }
  }

  /// Each element to the power of another: `y = xᵖ`; shapes broadcast.
  ///
  /// Derivative: `dx = dy · p · xᵖ⁻¹` and `dp = dy · y · ln x`. Where `x` is 0, `dx` is 0 for `p = 0` and
  /// `dp` is 0 for `p ≥ 0`; where `x` is negative, `dp` is `NaN`. For an exponent that takes no gradient,
  /// ``pow(_:)-(Double)`` is faster.
  public func pow(_ exponent: Variable) -> Variable {
    let (x, p) = promoted(self, exponent)
    return record(
      "variablePow", x, p, value: x.value.pow(p.value), keep: .inputs,
      da: { saved, dy in
        let (x, p) = (saved.inputs[0], saved.inputs[1])
        // 0 · 0⁻¹, 0 · ∞⁻¹ … would be no number; elsewhere p = 0 is not special, and has derivatives.
        let magnitude = x.value.abs()
        let isOrdinary = (magnitude .> 0) * (magnitude .< .infinity)
        let isConstant = (p.value .== 0) * (1 - isOrdinary)
        let slope = p * x.pow(p - 1)
        return (dy * replaced(slope, where: isConstant, by: 0)).summed(to: saved.shape(0))
      },
      db: { saved, dy in
        let (x, p) = (saved.inputs[0], saved.inputs[1])
        let isFlat = (x.value .== 0) * (p.value .>= 0)
        // The logarithm of 1 is 0, and has a derivative.
        let logarithm = replaced(x, where: isFlat, by: 1).log()
        return (dy * (x.pow(p) * logarithm)).summed(to: saved.shape(1))
      })
  }
}

/// A number to the power of each element: `y = bᵖ`. Derivative: `dp = dy · y · ln b`, and 0 for `b = 0`
/// where `p ≥ 0`.
public func pow(_ base: Double, _ exponent: Variable) -> Variable {
  Variable(Tensor(base, dtype: exponent.dtype)).pow(exponent)
}

/// `x` with a number in the place of the elements where the mask is not 0; through those goes no
/// gradient. The mask may be larger than `x`, which is then repeated.
func replaced(_ x: Variable, where mask: Tensor, by number: Double) -> Variable {
  select(mask, Variable(Tensor(number, dtype: x.dtype)), x)
}
