import Foundation
import RetrogradTensors

// What networks put between their layers. Shape: any; unchanged.

extension Variable {
  /// The logistic function of each element: `y = 1 / (1 + e⁻ˣ)`. Derivative: `dx = dy · y · (1 − y)`.
  public func sigmoid() -> Variable {
    record("sigmoid", self, value: value.sigmoid(), keep: .output) { saved, dy in
      dy.timesSlope(of: .sigmoid, kept: saved.output, saved)
        ?? dy * (saved.output * (1 - saved.output))
    }
  }

  /// The rectifier: `y = x` where `x > 0`, otherwise 0. Derivative: `dx = dy` where `x > 0`, otherwise
  /// 0, also at 0 itself; `NaN` lets it pass.
  public func relu() -> Variable {
    noteBranches("relu") { value .> 0 }
    let y = value.relu()
    if guidesRectifiers {
      return record("relu", self, value: y, keep: .output) { saved, dy in
        dy.passed(whereRectified: saved.output.value, guided: true)
      }
    }
    return record("relu", self, value: y, keep: .output) { saved, dy in
      dy.masked(by: saved.output.value)
    }
  }

  /// `self · f′` in one pass over memory, where nobody differentiates it again and the vector unit knows `f`.
  func timesSlope(of f: Activation, kept: Variable, _ saved: Saved) -> Variable? {
    if saved.isRecording { return nil }
    return value.timesSlope(of: f, kept: kept.value).map { Variable($0) }
  }

  /// The rectifier that leaks: `y = x` where `x > 0`, otherwise `slope · x`. Derivative: `dx = dy` where
  /// `x > 0`, otherwise `slope · dy`, also at 0.
  public func leakyReLU(slope: Double = 0.01) -> Variable {
    noteBranches("leakyReLU") { value .> 0 }
    return record("leakyReLU", self, value: value.leakyReLU(slope: slope), keep: .inputs) {
      saved, dy in
      let isPositive = saved.inputs[0].value .> 0
      return dy * Variable(isPositive + (1 - isPositive) * slope)
    }
  }

  /// The exponential linear unit (Clevert et al., 2015): `y = x` where `x > 0`, otherwise
  /// `alpha · (eˣ − 1)`. Derivative: `dx = dy` where `x > 0`, otherwise `dy · alpha · eˣ`.
  public func elu(alpha: Double = 1) -> Variable {
    noteBranches("elu") { value .> 0 }
    return record("elu", self, value: value.elu(alpha: alpha), keep: .inputs) { saved, dy in
      let x = saved.inputs[0]
      // Of the negative part only: the exponential of a large number would be ∞, and ∞ · 0 no number.
      let slope = (-(-x).relu()).exp() * alpha
      return dy * replaced(slope, where: x.value .> 0, by: 1)
    }
  }

  /// Each element, but at least `min` and at most `max`. Derivative: `dx = dy` strictly between the
  /// bounds, otherwise 0: at the bounds, too, unlike ``clamped(min:max:)``.
  public func hardtanh(min: Double = -1, max: Double = 1) -> Variable {
    noteBranches("hardtanh") { (value .>= max) - (value .<= min) }
    return record("hardtanh", self, value: value.hardtanh(min: min, max: max), keep: .inputs) {
      saved, dy in
      let x = saved.inputs[0].value
      return dy.masked(by: (x .> min) * (x .< max))
    }
  }

  /// The Gaussian error linear unit (Hendrycks and Gimpel, 2016): `y = x · Φ(x)`, where `Φ` is the
  /// normal distribution.
  ///
  /// Derivative: `dx = dy · (Φ(x) + x · φ(x))` with the density `φ(x) = e^(−x²/2) / √2π`.
  ///
  /// - Parameter approximation: Whether to take `½ (1 + tanh(√(2/π) · (x + 0.044715 x³)))` for `Φ`.
  public func gelu(
    approximation: RetrogradTensors.GELUApproximation = .none
  ) -> Variable {
    record("gelu", self, value: value.gelu(approximation: approximation), keep: .inputs) {
      saved, dy in
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
}

/// The rectifier with a slope that is learned (He et al., *Delving Deep into Rectifiers*, 2015): `y = x` where
/// `x > 0`, otherwise `weight · x`.
///
/// Derivative: `dx = dy` where `x > 0`, otherwise `weight · dy`, also at 0; `dweight` is the sum of `dy · x` over
/// where `x` is not positive. Shapes: `x` [N, C, …], unchanged; `weight` [C], or [1] with any `x`.
///
/// - Parameters:
///   - x: The numbers, channels second.
///   - weight: The slopes: one for all, or one for each channel.
public func prelu(_ x: Variable, _ weight: Variable) -> Variable {
  let (x, slopes) = promoted(x, weight.asSlopes(for: x))
  noteBranches("prelu") { x.value .> 0 }
  return record(
    "prelu", x, slopes, value: prelu(x.value, weight.value), keep: .inputs,
    da: { saved, dy in
      RetrogradAutograd.select(saved.inputs[0].value .> 0, dy, dy * saved.inputs[1])
    },
    db: { saved, dy in
      let x = saved.inputs[0]
      // The other way round, 0 · ∞ would come back from the product.
      return saved.unbroadcast(dy * x.masked(by: 1 - (x.value .> 0)), to: 1)
    })
}

/// Numbers to probabilities along an axis: `y = eˣ / Σ eˣ`, without overflow.
///
/// Derivative: `dx = y · (dy − Σ dy · y)`. Shape: any; unchanged.
public func softmax(_ x: Variable, axis: Int) -> Variable {
  record("softmax", x, value: x.value.softmax(axis: axis), keep: .output) { saved, dy in
    let y = saved.output
    if let dx = dy.throughSoftmax(y, axis: axis, logarithm: false, saved) { return dx }
    return y * (dy - (dy * y).sum(axes: [axis], keepDims: true))
  }
}

/// The logarithm of ``softmax(_:axis:)``, exact where the probability itself would round to 0:
/// `y = x − ln Σ eˣ`.
///
/// Derivative: `dx = dy − eʸ · Σ dy`. Shape: any; unchanged.
public func logSoftmax(_ x: Variable, axis: Int) -> Variable {
  record("logSoftmax", x, value: x.value.logSoftmax(axis: axis), keep: .output) { saved, dy in
    dy.throughSoftmax(saved.output, axis: axis, logarithm: true, saved)
      ?? dy - saved.output.exp() * dy.sum(axes: [axis], keepDims: true)
  }
}

extension Variable {
  /// The derivative in one pass over memory, where nobody differentiates it again.
  fileprivate func throughSoftmax(
    _ y: Variable, axis: Int, logarithm: Bool, _ saved: Saved
  ) -> Variable? {
    if saved.isRecording { return nil }
    return value.throughSoftmax(y.value, axis: axis, logarithm: logarithm).map { Variable($0) }
  }
}

/// Sets elements to 0 with probability `p` and scales the others by `1 / (1 − p)`, so that the mean
/// stays (Srivastava et al., *Dropout*, 2014).
///
/// Derivative: `dy` times the same mask. Shape: any; unchanged.
///
/// - Parameters:
///   - x: The numbers.
///   - p: The probability of 0, from 0 to 1.
///   - random: The source of random numbers for the mask.
public func dropout(_ x: Variable, _ p: Double, using random: inout RandomSource) -> Variable {
  require(p >= 0 && p <= 1, "dropout: the probability must be in 0...1, got \(p)")
  let kept = Tensor.bernoulli(x.shape, probability: 1 - p, dtype: x.dtype, using: &random)
  let mask = p < 1 ? kept / (1 - p) : kept
  return record("dropout", x, value: x.value * mask, keep: .nothing) { _, dy in
    dy * Variable(mask)
  }
}

// MARK: - As methods and as functions

extension Variable {
  /// Numbers to probabilities along an axis; see ``softmax(_:axis:)``.
  public func softmax(axis: Int) -> Variable { RetrogradAutograd.softmax(self, axis: axis) }

  /// The logarithms of probabilities along an axis; see ``logSoftmax(_:axis:)``.
  public func logSoftmax(axis: Int) -> Variable {
    RetrogradAutograd.logSoftmax(self, axis: axis)
  }
}

/// The rectifier of each element; see ``Variable/relu()``.
public func relu(_ x: Variable) -> Variable { x.relu() }

/// The logistic function of each element; see ``Variable/sigmoid()``.
public func sigmoid(_ x: Variable) -> Variable { x.sigmoid() }

/// The Gaussian error linear unit of each element; see ``Variable/gelu(approximation:)``.
public func gelu(
  _ x: Variable, approximation: GELUApproximation = .none
) -> Variable {
  x.gelu(approximation: approximation)
}

/// The sigmoid linear unit of each element; see ``Variable/silu()``.
public func silu(_ x: Variable) -> Variable { x.silu() }
