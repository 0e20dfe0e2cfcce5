import Foundation
import RetrogradTensors

// Exponentials, logarithms, powers and the error function of each element. Shape: any; unchanged.

extension Variable {
  /// The exponential of each element: `y = eˣ`. Derivative: `dx = dy · y`.
  public func exp() -> Variable {
    record("exp", self, value: value.exp(), keep: .output) { saved, dy in dy * saved.output }
  }

  /// One less than the exponential of each element, exact also near 0: `y = eˣ − 1`.
  /// Derivative: `dx = dy · (y + 1)`.
  public func expm1() -> Variable {
    record("expm1", self, value: value.expm1(), keep: .output) { saved, dy in
      dy * (saved.output + 1)
    }
  }

  /// The natural logarithm of each element: `y = ln x`. Derivative: `dx = dy / x`.
  public func log() -> Variable {
    record("log", self, value: value.log(), keep: .inputs) { saved, dy in dy / saved.inputs[0] }
  }

  /// The logarithm of one more than each element, exact also near 0: `y = ln(1 + x)`.
  /// Derivative: `dx = dy / (1 + x)`.
  public func log1p() -> Variable {
    record("log1p", self, value: value.log1p(), keep: .inputs) { saved, dy in
      dy / (saved.inputs[0] + 1)
    }
  }

  /// The square root of each element: `y = √x`. Derivative: `dx = dy / (2y)`.
  public func sqrt() -> Variable {
    record("sqrt", self, value: value.sqrt(), keep: .output) { saved, dy in
      dy / (saved.output * 2)
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

  /// Each element to the power of a number: `y = xᵖ`. Derivative: `dx = dy · p · xᵖ⁻¹`, and 0 for
  /// `p = 0`.
  public func pow(_ exponent: Double) -> Variable {
    record("pow", self, value: value.pow(exponent), keep: .inputs) { saved, dy in
      if exponent == 0 { return Variable(.zeros(like: dy.value)) }
      return dy * (saved.inputs[0].pow(exponent - 1) * exponent)
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
      "pow", x, p, value: x.value.pow(p.value), keep: .inputs,
      da: { saved, dy in
        let (x, p) = (saved.inputs[0], saved.inputs[1])
        // 0 · 0⁻¹, 0 · ∞⁻¹ … would be no number; elsewhere p = 0 is not special, and has derivatives.
        let magnitude = x.value.abs()
        let isOrdinary = (magnitude .> 0) * (magnitude .< .infinity)
        let isConstant = (p.value .== 0) * (1 - isOrdinary)
        let slope = p * x.pow(p - 1)
        return saved.unbroadcast(dy * replaced(slope, where: isConstant, by: 0), to: 0)
      },
      db: { saved, dy in
        let (x, p) = (saved.inputs[0], saved.inputs[1])
        let isFlat = (x.value .== 0) * (p.value .>= 0)
        // The logarithm of 1 is 0, and has a derivative.
        let logarithm = replaced(x, where: isFlat, by: 1).log()
        return saved.unbroadcast(dy * (x.pow(p) * logarithm), to: 1)
      })
  }
}

/// A number to the power of each element: `y = bᵖ`. Derivative: `dp = dy · y · ln b`, and 0 for `b = 0`
/// where `p ≥ 0`.
public func pow(_ base: Double, _ exponent: Variable) -> Variable {
  Variable(Tensor(base, dtype: exponent.dtype)).pow(exponent)
}

/// The logarithm of the sum of the exponentials of each two elements: `y = ln(eᵃ + eᵇ)`, also where `eᵃ` or `eᵇ` would
/// be infinite or 0; shapes broadcast.
///
/// Derivative: `da = dy · σ(a − b)` and `db = dy · σ(b − a)`, where σ is the sigmoid; `NaN` where both are the same infinity,
/// as in PyTorch. Over an axis it is ``Variable/logSumExp(axes:keepDims:)``.
public func logAddExp(_ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = promoted(a, b)
  return record(
    "logAddExp", a, b, value: logAddExp(a.value, b.value), keep: .inputs,
    da: { saved, dy in
      saved.unbroadcast(dy * (saved.inputs[0] - saved.inputs[1]).sigmoid(), to: 0)
    },
    db: { saved, dy in
      saved.unbroadcast(dy * (saved.inputs[1] - saved.inputs[0]).sigmoid(), to: 1)
    })
}
