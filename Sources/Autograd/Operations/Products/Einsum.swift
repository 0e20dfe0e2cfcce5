import RetrogradTensors

extension Variable: EinsumOperand {
  package static func matrixProduct(_ a: Variable, _ b: Variable) -> Variable { matmul(a, b) }
}

/// Products and sums over named axes (Einstein's notation): `einsum("ij,jk->ik", a, b)` is the matrix
/// product.
///
/// Each letter names an axis; elements are multiplied where letters agree, and letters that the output
/// does not have are summed over. A letter twice in one operand means its diagonal. Without `->` the
/// output has the letters that occur once, in alphabetical order. `...` stands for further axes, which
/// broadcast and come where the output has `...` (first by default). An axis of extent 1 broadcasts.
///
/// It is made of permutations, sums and one `matmul`, and so is its derivative.
///
/// - Parameters:
///   - equation: The names of the operands' axes and of the result's.
///   - a: The first operand.
///   - b: The second operand.
public func einsum(_ equation: String, _ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = promoted(a, b)
  return EinsumPlan(equation, [a.shape, b.shape])(a, b)
}

/// Diagonals, sums and permutations over named axes: `einsum("ij->ji", a)`, `einsum("ii", a)`; see
/// ``einsum(_:_:_:)``.
public func einsum(_ equation: String, _ a: Variable) -> Variable {
  EinsumPlan(equation, [a.shape])(a)
}
