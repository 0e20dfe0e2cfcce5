import Foundation
import RetrogradTensors

// Sums, means, products and norms, and the choice of the largest. `axes: nil` means all axes.

extension Variable {
  /// The sum over `axes`: `y = Σ x`. Derivative: `dx = dy`, repeated over the axes.
  ///
  /// - Parameters:
  ///   - axes: The axes to sum over; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  public func sum(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    let kept = keptShape(axes, operation: "sum")
    return record(
      "sum", self, value: value.sum(axes: axes, keepDims: keepDims), keep: .nothing
    ) { saved, dy in
      dy.reshaped(kept).broadcast(to: saved.shape(0))
    }
  }

  /// The mean over `axes`: `y = Σ x / n`. Derivative: `dx = dy / n`, repeated over the axes.
  public func mean(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    sum(axes: axes, keepDims: keepDims) / Double(value.countReduced(axes, operation: "mean"))
  }

  /// The variance over `axes`: `y = Σ (x − mean)² / (n − correction)`.
  public func variance(axes: [Int]? = nil, correction: Int = 1, keepDims: Bool = false) -> Variable
  {
    let n = value.countReduced(axes, operation: "variance")
    let centered = self - mean(axes: axes, keepDims: true)
    return (centered * centered).sum(axes: axes, keepDims: keepDims)
      / Double(Swift.max(0, n - correction))
  }

  /// The square root of the variance over `axes`: `y = √(Σ (x − mean)² / (n − correction))`. Derivative:
  /// `dx = dy · (x − mean) / (y · (n − correction))`, and 0 where `y` is 0.
  public func standardDeviation(
    axes: [Int]? = nil, correction: Int = 1, keepDims: Bool = false
  ) -> Variable {
    let kept = keptShape(axes, operation: "standardDeviation")
    let n = value.countReduced(axes, operation: "standardDeviation")
    let divisor = Double(Swift.max(0, n - correction))
    let result = value.standardDeviation(
      axes: axes, correction: correction, keepDims: keepDims)
    noteBranches("standardDeviation") { result .== 0 }
    return record("standardDeviation", self, value: result, keep: .both) { saved, dy in
      let x = saved.inputs[0]
      let y = saved.output.reshaped(kept)
      let isZero = y.value .== 0
      let slope =
        (x - x.mean(axes: axes, keepDims: true)) / (replaced(y, where: isZero, by: 1) * divisor)
      return dy.reshaped(kept) * slope * Variable(1 - isZero)
    }
  }

  /// The largest element over `axes`. Derivative: `dy` is shared in equal parts by all elements that
  /// are the largest.
  public func amax(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    extreme("amax", axes, value.amax(axes: axes, keepDims: keepDims))
  }

  /// The smallest element over `axes`. Derivative: `dy` is shared in equal parts by all elements that
  /// are the smallest.
  public func amin(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    extreme("amin", axes, value.amin(axes: axes, keepDims: keepDims))
  }

  /// The largest element of all; equal ones share the gradient, as in ``amax(axes:keepDims:)``.
  public func max() -> Variable { amax() }

  /// The smallest element of all; equal ones share the gradient, as in ``amin(axes:keepDims:)``.
  public func min() -> Variable { amin() }

  /// The largest element along one axis. Derivative: `dy` goes to the first of equals.
  public func max(axis: Int, keepDims: Bool = false) -> Variable {
    picked(value.argmax(axis: axis, keepDims: true), axis: axis, keepDims: keepDims)
  }

  /// The smallest element along one axis. Derivative: `dy` goes to the first of equals.
  public func min(axis: Int, keepDims: Bool = false) -> Variable {
    picked(value.argmin(axis: axis, keepDims: true), axis: axis, keepDims: keepDims)
  }

  /// The index of the largest element along `axis`; the first of equals. Not differentiable.
  public func argmax(axis: Int, keepDims: Bool = false) -> IntTensor {
    value.argmax(axis: axis, keepDims: keepDims)
  }

  /// The position of the largest element in row-major order. Not differentiable.
  public func argmax() -> Int { value.argmax() }

  /// The index of the smallest element along `axis`; the first of equals. Not differentiable.
  public func argmin(axis: Int, keepDims: Bool = false) -> IntTensor {
    value.argmin(axis: axis, keepDims: keepDims)
  }

  /// The position of the smallest element in row-major order. Not differentiable.
  public func argmin() -> Int { value.argmin() }

  /// `y = ln Σ eˣ` over `axes`, without overflow. Derivative: `dx = dy · eˣ⁻ʸ` (softmax),
  /// which is `NaN` where every `x` is −∞.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    let kept = keptShape(axes, operation: "logSumExp")
    return record(
      "logSumExp", self, value: value.logSumExp(axes: axes, keepDims: keepDims), keep: .both
    ) { saved, dy in
      dy.reshaped(kept) * (saved.inputs[0] - saved.output.reshaped(kept)).exp()
    }
  }

  private func extreme(_ name: String, _ axes: [Int]?, _ result: Tensor) -> Variable {
    let kept = keptShape(axes, operation: name)
    noteBranches(name) { value .== result.reshaped(kept) }
    return record(name, self, value: result, keep: .both) { saved, dy in
      let isExtreme = saved.inputs[0].value .== saved.output.value.reshaped(kept)
      let share = isExtreme / isExtreme.sum(axes: axes, keepDims: true)
      return dy.reshaped(kept) * Variable(share)
    }
  }

  private func picked(_ indices: IntTensor, axis: Int, keepDims: Bool) -> Variable {
    noteBranches("pick") { indices }
    let picked = RetrogradAutograd.gather(self, indices, axis: axis)
    return keepDims ? picked : picked.squeeze(axis: axis)
  }

  /// The product over `axes`: `y = Π x`; 1 where there is nothing to multiply. Derivative: `dx` is `dy`
  /// times the product of all other elements.
  ///
  /// The two halves are multiplied with each other, then the halves of what that gives, and so on: no
  /// derivative divides by an element, so that zeros are nothing special, at any order.
  ///
  /// - Parameters:
  ///   - axes: The axes to multiply over, all by default; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  public func product(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    product(axes: axes, keepDims: keepDims, multiplying: *)
  }

  /// The product along one axis; see ``product(axes:keepDims:)``.
  public func product(axis: Int, keepDims: Bool = false) -> Variable {
    product(axes: [axis], keepDims: keepDims)
  }

  /// The norm of order `p` over `axes`: `y = (Σ |x|ᵖ)^(1/p)`; for ∞ the largest magnitude, for −∞ the
  /// smallest, for 0 the number of elements that are not 0.
  ///
  /// Derivative: `dx = dy · sign x · (|x| / y)ᵖ⁻¹`; 0 where `x` or `y` is 0, and for `p = 0`. For ±∞ equal
  /// magnitudes share `dy · sign x` in equal parts.
  ///
  /// - Parameters:
  ///   - p: The order.
  ///   - axes: The axes to take the norm over, all by default; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    let kept = keptShape(axes, operation: "norm")
    let result = value.norm(p, axes: axes, keepDims: keepDims)
    // From order 2 on the only kink is where all are 0.
    noteBranches("norm") {
      if p.isInfinite { return value.sign() * (value.abs() .== result.reshaped(kept)) }
      return p >= 2 ? result .== 0 : value.sign()
    }
    return record("norm", self, value: result, keep: .both) { saved, dy in
      let x = saved.inputs[0]
      let y = saved.output.reshaped(kept)
      let dy = dy.reshaped(kept)
      let sign = x.value.sign()
      if p == 0 { return Variable(.zeros(like: x.value)) }
      if p == 1 { return dy * Variable(sign) }
      if p.isInfinite {
        let isExtreme = x.value.abs() .== y.value
        let count = isExtreme.sum(axes: axes, keepDims: true).clamped(min: 1)
        return dy * Variable(sign * isExtreme / count)
      }
      // Where the norm is 0 it has no derivative, and neither have the magnitudes of zeros for p < 2.
      let isZero = y.value .== 0
      let scale = dy.masked(by: 1 - isZero)
      let length = replaced(y, where: isZero, by: 1)
      if p == 2 { return scale * (x / length) }
      let magnitude = p > 2 ? x.abs() : replaced(x, where: x.value .== 0, by: 1).abs()
      return scale * (magnitude.pow(p - 1) * Variable(sign) * length.pow(1 - p))
    }
  }

  /// Running sums along an axis: `y[i] = x[0] + … + x[i]`. Derivative: `dx[i] = dy[i] + … + dy[n − 1]`,
  /// the running sums from the end.
  public func cumsum(axis: Int) -> Variable { cumsum(axis: axis, reversed: false) }

  private func cumsum(axis: Int, reversed: Bool) -> Variable {
    record("cumsum", self, value: value.cumsum(axis: axis, reversed: reversed), keep: .nothing) {
      _, dy in
      dy.cumsum(axis: axis, reversed: !reversed)
    }
  }
}
