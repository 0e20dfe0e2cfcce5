import Retrograd

/// Mish: `y = x · tanh(log(1 + exp x))` (D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2020).
///
/// Derivative: with `t = tanh(log(1 + exp x))`, `dx = dy · (t + x · (1 − t²) · σ(x))`. Shape: any; unchanged.
public func mish(_ x: Variable) -> Variable {
  let t = x.value.exp().log1p().tanh()
  return record("mish", x, value: x.value * t, keep: .inputs) { saved, dy in
    let x = saved.inputs[0]
    let t = x.exp().log1p().tanh()
    return dy * (t + x * (1 - t * t) * x.sigmoid())
  }
}
