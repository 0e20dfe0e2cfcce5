import RetrogradTensors

/// The matrix product of the last two axes; leading axes broadcast, and an operand of one axis is a
/// row on the left, a column on the right (NumPy's `matmul`).
///
/// Derivative: `da = dy · bᵀ`, `db = aᵀ · dy`, each summed over the leading axes that it was repeated
/// on. Shapes: `[…, n, k] · […, k, m] → […, n, m]`.
///
/// - Parameters:
///   - a: The left operand.
///   - b: The right operand.
///   - transposeA: Whether to take `a` with its last two axes exchanged; costs no copy.
///   - transposeB: Whether to take `b` with its last two axes exchanged; costs no copy.
public func matmul(
  _ a: Variable, _ b: Variable, transposeA: Bool = false, transposeB: Bool = false
) -> Variable {
  let (a, b) = promoted(a, b)
  if a.rank == 1 || b.rank == 1 {
    // The product of the values checks the shapes; here a vector becomes a matrix of one row or column.
    let shape = matmul(
      a.value, b.value, transposeA: transposeA && a.rank > 1, transposeB: transposeB && b.rank > 1
    ).shape
    let row = a.rank == 1 ? a.reshaped([1, a.count]) : a
    let column = b.rank == 1 ? b.reshaped([b.count, 1]) : b
    return matmul(
      row, column, transposeA: transposeA && a.rank > 1, transposeB: transposeB && b.rank > 1
    ).reshaped(shape)
  }
  let value = matmul(a.value, b.value, transposeA: transposeA, transposeB: transposeB)
  return record(
    "matmul", a, b, value: value, keep: .inputs,
    da: { saved, dy in
      let b = saved.inputs[1]
      let da =
        transposeA
        ? matmul(b, dy, transposeA: transposeB, transposeB: true)
        : matmul(dy, b, transposeB: !transposeB)
      return saved.unbroadcast(da, to: 0)
    },
    db: { saved, dy in
      let a = saved.inputs[0]
      let db =
        transposeB
        ? matmul(dy, a, transposeA: true, transposeB: transposeA)
        : matmul(a, dy, transposeA: !transposeA)
      return saved.unbroadcast(db, to: 1)
    })
}

/// The inner product of two vectors: `y = Σ a · b`. Derivative: `da = dy · b`, `db = dy · a`. Shapes:
/// `[n], [n] → []`.
public func dot(_ a: Variable, _ b: Variable) -> Variable {
  requireVectors(a.shape, b.shape)
  return matmul(a, b)
}

/// The outer product of two vectors: `y[i][j] = a[i] · b[j]`. Derivative: `da = dy · b`, `db = dyᵀ · a`.
/// Shapes: `[n], [m] → [n, m]`.
public func outer(_ a: Variable, _ b: Variable) -> Variable { column(a, against: b) * b }

/// The fully connected layer: `y = x · Wᵀ + b`.
///
/// Derivative: `dx = dy · W`, `dW = dyᵀ · x`, `db = Σ dy`. Shapes: `x` […, in], `weight` [out, in],
/// `bias` [out] → […, out].
///
/// - Parameters:
///   - x: One or several vectors.
///   - weight: One row for each output.
///   - bias: The number to add to each output.
///   - relu: Whether to rectify the result: `max(y, 0)`, bit for bit as ``Variable/relu()`` would, in one
///     pass and as one operation of the graph.
public func linear(
  _ x: Variable, _ weight: Variable, bias: Variable? = nil, relu: Bool = false
) -> Variable {
  let inputs = promoted([x, weight] + (bias.map { [$0] } ?? []))
  let value = linear(
    inputs[0].value, inputs[1].value, bias: inputs.count > 2 ? inputs[2].value : nil, relu: relu)
  if relu { noteBranches("linear") { value .> 0 } }
  let guided = guidesRectifiers
  return record("linear", inputs, value: value, keep: relu ? .both : .inputs) { saved, dy in
    let (x, weight) = (saved.inputs[0], saved.inputs[1])
    let rows = saved.shape(0).dropLast().reduce(1, *)
    let dz = relu ? dy.passed(whereRectified: saved.output.value, guided: guided) : dy
    let dyRows = dz.reshaped([rows, weight.shape[0]])
    var gradients: [Variable?] = [
      saved.needs(0) ? matmul(dyRows, weight).reshaped(saved.shape(0)) : nil,
      saved.needs(1)
        ? matmul(dyRows, x.reshaped([rows, weight.shape[1]]), transposeA: true) : nil,
    ]
    if saved.inputCount == 3 { gradients.append(saved.needs(2) ? dyRows.sum(axes: [0]) : nil) }
    return gradients
  }
}
