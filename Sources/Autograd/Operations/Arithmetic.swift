import RetrogradTensors

// Sums, differences, products and quotients, with broadcasting: where an input was repeated to fit,
// its gradient is the sum over the repetitions.

extension Variable {
  /// Element-wise sum: `y = a + b`; shapes broadcast.
  ///
  /// Derivative: `da = dy`, `db = dy`, each summed to its input's shape.
  public static func + (a: Variable, b: Variable) -> Variable {
    let (a, b) = promoted(a, b)
    return record(
      "add", a, b, value: a.value + b.value, keep: .nothing,
      da: { saved, dy in saved.unbroadcast(dy, to: 0) },
      db: { saved, dy in saved.unbroadcast(dy, to: 1) })
  }

  /// Element-wise difference: `y = a − b`; shapes broadcast.
  ///
  /// Derivative: `da = dy`, `db = −dy`, each summed to its input's shape.
  public static func - (a: Variable, b: Variable) -> Variable {
    let (a, b) = promoted(a, b)
    return record(
      "subtract", a, b, value: a.value - b.value, keep: .nothing,
      da: { saved, dy in saved.unbroadcast(dy, to: 0) },
      db: { saved, dy in saved.unbroadcast(-dy, to: 1) })
  }

  /// Element-wise product: `y = a · b`; shapes broadcast.
  ///
  /// Derivative: `da = dy · b`, `db = dy · a`, each summed to its input's shape.
  public static func * (a: Variable, b: Variable) -> Variable {
    let (a, b) = promoted(a, b)
    return record(
      "multiply", a, b, value: a.value * b.value, keep: .inputs,
      da: { saved, dy in saved.unbroadcast(dy * saved.inputs[1], to: 0) },
      db: { saved, dy in saved.unbroadcast(dy * saved.inputs[0], to: 1) })
  }

  /// Element-wise quotient: `y = a / b`; shapes broadcast.
  ///
  /// Derivative: `da = dy / b`, `db = −dy · a / b²`, each summed to its input's shape.
  public static func / (a: Variable, b: Variable) -> Variable {
    let (a, b) = promoted(a, b)
    return record(
      "divide", a, b, value: a.value / b.value, keep: .inputs,
      da: { saved, dy in saved.unbroadcast(dy / saved.inputs[1], to: 0) },
      db: { saved, dy in
        let (a, b) = (saved.inputs[0], saved.inputs[1])
        return saved.unbroadcast(-dy * (a / b / b), to: 1)
      })
  }

  /// Adds a number to each element: `y = a + c`. Derivative: `da = dy`.
  public static func + (a: Variable, c: Double) -> Variable {
    record("add", a, value: a.value + c, keep: .nothing) { _, dy in dy }
  }

  /// Adds a number to each element: `y = c + a`. Derivative: `da = dy`.
  public static func + (c: Double, a: Variable) -> Variable { a + c }

  /// Subtracts a number from each element: `y = a − c`. Derivative: `da = dy`.
  public static func - (a: Variable, c: Double) -> Variable { a + (-c) }

  /// Subtracts each element from a number: `y = c − a`. Derivative: `da = −dy`.
  public static func - (c: Double, a: Variable) -> Variable {
    record("subtract", a, value: c - a.value, keep: .nothing) { _, dy in -dy }
  }

  /// Multiplies each element by a number: `y = c · a`. Derivative: `da = c · dy`.
  public static func * (a: Variable, c: Double) -> Variable {
    record("multiply", a, value: a.value * c, keep: .nothing) { _, dy in dy * c }
  }

  /// Multiplies each element by a number: `y = c · a`. Derivative: `da = c · dy`.
  public static func * (c: Double, a: Variable) -> Variable { a * c }

  /// Divides each element by a number: `y = a / c`. Derivative: `da = dy / c`.
  public static func / (a: Variable, c: Double) -> Variable {
    record("divide", a, value: a.value / c, keep: .nothing) { _, dy in dy / c }
  }

  /// Divides a number by each element: `y = c / a`. Derivative: `da = −dy · c / a²`.
  public static func / (c: Double, a: Variable) -> Variable {
    record("divide", a, value: c / a.value, keep: .inputs) { saved, dy in
      let a = saved.inputs[0]
      return -dy * (c / a / a)
    }
  }

  // Whole numbers; out of favor, so that what is written out (`x * (1 / 3)`) is taken for `Double`.

  /// Adds a number to each element: `y = a + c`. Derivative: `da = dy`.
  @_disfavoredOverload public static func + (a: Variable, c: Int) -> Variable { a + Double(c) }
  /// Adds a number to each element: `y = c + a`. Derivative: `da = dy`.
  @_disfavoredOverload public static func + (c: Int, a: Variable) -> Variable { Double(c) + a }
  /// Subtracts a number from each element: `y = a − c`. Derivative: `da = dy`.
  @_disfavoredOverload public static func - (a: Variable, c: Int) -> Variable { a - Double(c) }
  /// Subtracts each element from a number: `y = c − a`. Derivative: `da = −dy`.
  @_disfavoredOverload public static func - (c: Int, a: Variable) -> Variable { Double(c) - a }
  /// Multiplies each element by a number: `y = c · a`. Derivative: `da = c · dy`.
  @_disfavoredOverload public static func * (a: Variable, c: Int) -> Variable { a * Double(c) }
  /// Multiplies each element by a number: `y = c · a`. Derivative: `da = c · dy`.
  @_disfavoredOverload public static func * (c: Int, a: Variable) -> Variable { Double(c) * a }
  /// Divides each element by a number: `y = a / c`. Derivative: `da = dy / c`.
  @_disfavoredOverload public static func / (a: Variable, c: Int) -> Variable { a / Double(c) }
  /// Divides a number by each element: `y = c / a`. Derivative: `da = −dy · c / a²`.
  @_disfavoredOverload public static func / (c: Int, a: Variable) -> Variable { Double(c) / a }

  /// The negative of each element: `y = −a`. Derivative: `da = −dy`.
  public static prefix func - (a: Variable) -> Variable {
    record("negate", a, value: -a.value, keep: .nothing) { _, dy in -dy }
  }

  /// `a = a + b`: the name now stands for the sum; the variable that it stood for is unchanged.
  public static func += (a: inout Variable, b: Variable) { a = a + b }
}

// Of one number, applied to each element. Shape: any; unchanged.

extension Variable {
  /// The magnitude of each element: `y = |x|`. Derivative: `dx = dy · sign x`, which is 0 at 0.
  public func abs() -> Variable {
    noteBranches("abs") { value.sign() }
    return record("abs", self, value: value.abs(), keep: .inputs) { saved, dy in
      dy * Variable(saved.inputs[0].value.sign())
    }
  }

  /// One over each element: `y = 1 / x`. Derivative: `dx = −dy · y²`.
  public func reciprocal() -> Variable {
    record("reciprocal", self, value: value.reciprocal(), keep: .output) { saved, dy in
      -dy * (saved.output * saved.output)
    }
  }

  /// The square of each element: `y = x²`. Derivative: `dx = 2 · dy · x`.
  public func square() -> Variable {
    record("square", self, value: value.square(), keep: .inputs) { saved, dy in
      dy * (saved.inputs[0] * 2)
    }
  }

  /// −1, 0 or 1 by the sign of each element. Derivative: 0.
  public func sign() -> Variable { step("sign", value.sign()) }

  /// The largest whole number that is not greater than each element. Derivative: 0.
  public func floor() -> Variable { step("floor", value.floor()) }

  /// Each element without what comes after the point: rounded towards 0. Derivative: 0.
  public func trunc() -> Variable { step("trunc", value.trunc()) }

  /// The nearest whole number to each element; halves go to the even one. Derivative: 0.
  public func round() -> Variable { step("round", value.round()) }

  /// A function that is constant but for steps.
  private func step(_ name: String, _ result: Tensor) -> Variable {
    // Adding 0 makes no difference between −0 and 0.
    noteBranches(name) { result + 0 }
    return record(name, self, value: result, keep: .nothing) { _, dy in
      Variable(.zeros(like: dy.value))
    }
  }
}
