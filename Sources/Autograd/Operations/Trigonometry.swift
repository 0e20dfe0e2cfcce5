import RetrogradTensors

// The circular functions and the hyperbolic tangent of each element. Shape: any; unchanged.

extension Variable {
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

  /// The hyperbolic tangent of each element: `y = tanh x`. Derivative: `dx = dy · (1 − y²)`.
  public func tanh() -> Variable {
    record("tanh", self, value: value.tanh(), keep: .output) { saved, dy in
      dy.timesSlope(of: .tanh, kept: saved.output, saved) ?? dy * (1 - saved.output * saved.output)
    }
  }
}
