// Products and sums over named axes, planned once for tensors and variables.

/// Products and sums over named axes (Einstein's notation): `einsum("ij,jk->ik", a, b)` is the matrix
/// product.
///
/// Each letter names an axis; elements are multiplied where letters agree, and letters that the output
/// does not have are summed over. A letter twice in one operand means its diagonal. Without `->` the
/// output has the letters that occur once, in alphabetical order. `...` stands for further axes, which
/// broadcast and come where the output has `...` (first by default). An axis of extent 1 broadcasts.
///
/// It is made of permutations, sums and one `matmul`.
///
/// - Parameters:
///   - equation: The names of the operands' axes and of the result's.
///   - a: The first operand.
///   - b: The second operand.
public func einsum(_ equation: String, _ a: Tensor, _ b: Tensor) -> Tensor {
  if a.dtype != b.dtype {
    let (a, b) = Tensor.promoted(a, b, operation: "einsum")
    return einsum(equation, a, b)
  }
  return EinsumPlan(equation, [a.shape, b.shape])(a, b)
}

/// Diagonals, sums and permutations over named axes: `einsum("ij->ji", a)`, `einsum("ii", a)`; see
/// ``einsum(_:_:_:)``.
public func einsum(_ equation: String, _ a: Tensor) -> Tensor {
  EinsumPlan(equation, [a.shape])(a)
}

/// The operations that `einsum` needs of an operand besides arranging it anew.
package protocol EinsumOperand: TensorProtocol {
  /// The sums over `axes`.
  func sum(axes: [Int]?, keepDims: Bool) -> Self
  /// The product element by element.
  static func * (a: Self, b: Self) -> Self
  /// The matrix product of the last two axes.
  static func matrixProduct(_ a: Self, _ b: Self) -> Self
}

extension Tensor: EinsumOperand {
  package static func matrixProduct(_ a: Tensor, _ b: Tensor) -> Tensor { matmul(a, b) }
}

/// An axis: a letter, or one of those that `...` stands for, counted from the last.
private enum Label: Hashable {
  case letter(Character)
  case further(Int)
}

/// An operand whose axes have names, each once.
private struct Labeled<Operand: EinsumOperand> {
  var operand: Operand
  var labels: [Label]

  func extent(_ label: Label) -> Int {
    labels.firstIndex(of: label).map { operand.shape[$0] } ?? 1
  }

  /// The axes in the given order; one that is not there has extent 1.
  func axes(_ order: [Label]) -> Operand {
    let present = order.filter(labels.contains)
    let permutation = present.map { labels.firstIndex(of: $0)! }
    let isInOrder = permutation == Array(labels.indices)
    let permuted = isInOrder ? operand : operand.permuted(permutation)
    return permuted.reshaped(order.map(extent))
  }

  func summed(over gone: [Label]) -> Labeled {
    if gone.isEmpty { return self }
    let axes = gone.map { labels.firstIndex(of: $0)! }
    return Labeled(
      operand: operand.sum(axes: axes, keepDims: false),
      labels: labels.filter { !gone.contains($0) })
  }

  /// The operand without axes of extent 1, where it has them.
  func without(_ gone: [Label]) -> Labeled {
    let kept = labels.filter { !gone.contains($0) }
    return Labeled(operand: operand.reshaped(kept.map(extent)), labels: kept)
  }
}

/// The axes of the operands and of the result of an `einsum`.
package struct EinsumPlan {
  private let equation: String
  /// The names of each operand's axes.
  private var operands: [[Label]] = []
  private var output: [Label] = []

  /// The plan for operands of some shapes; stops where the equation does not fit them.
  package init(_ equation: String, _ shapes: [[Int]]) {
    self.equation = equation
    let text = equation.filter { $0 != " " }
    // "->" may stand once; the left side is divided by commas.
    let arrow = text.firstRange(of: "->")
    let left = arrow.map { text[..<$0.lowerBound] } ?? text[...]
    let terms = left.split(separator: ",", omittingEmptySubsequences: false)
    require(
      terms.count == shapes.count,
      "einsum \"\(equation)\": names \(terms.count) operands, got \(shapes.count)")
    for (index, (term, shape)) in zip(terms, shapes).enumerated() {
      operands.append(labels(of: String(term), operand: index, shape: shape))
    }
    let all = operands.flatMap { $0 }
    let further = Set(all.filter(isFurther)).count
    let furtherLabels = (0..<further).reversed().map { Label.further($0) }
    if let arrow {
      output = outputLabels(of: String(text[arrow.upperBound...]), furtherLabels)
    } else {
      let letters = Set(all).filter { label in
        !isFurther(label) && all.filter { $0 == label }.count == 1
      }
      output = furtherLabels + letters.sorted { letter($0) < letter($1) }
    }
    checkExtents(shapes)
  }

  /// The result for one operand.
  package func callAsFunction<Operand: EinsumOperand>(_ a: Operand) -> Operand {
    prepared(a, 0).axes(output)
  }

  /// The result for two operands.
  package func callAsFunction<Operand: EinsumOperand>(_ a: Operand, _ b: Operand) -> Operand {
    product(prepared(a, 0), prepared(b, 1))
  }

  /// The names in one operand's term.
  private func labels(of term: String, operand: Int, shape: [Int]) -> [Label] {
    let parts = parts(of: term)
    let letters = parts.before.count + parts.after.count
    require(
      parts.hasFurther ? letters <= shape.count : letters == shape.count,
      "einsum \"\(equation)\": \"\(term)\" names \(letters) axes, but operand \(operand) has shape "
        + "\(shape)")
    let further = (0..<(shape.count - letters)).reversed().map { Label.further($0) }
    return parts.before.map { .letter($0) } + further + parts.after.map { .letter($0) }
  }

  private func outputLabels(of term: String, _ further: [Label]) -> [Label] {
    let parts = parts(of: term)
    let letters = parts.before + parts.after
    for letter in letters {
      require(
        letters.filter { $0 == letter }.count == 1,
        "einsum \"\(equation)\": the output has the letter \(letter) more than once")
      require(
        operands.contains { $0.contains(.letter(letter)) },
        "einsum \"\(equation)\": the output's letter \(letter) is in no operand")
    }
    return parts.before.map { .letter($0) } + (parts.hasFurther ? further : [])
      + parts.after.map { .letter($0) }
  }

  /// The letters before and after `...`.
  private func parts(of term: String) -> (before: [Character], hasFurther: Bool, after: [Character])
  {
    let range = term.firstRange(of: "...")
    let before = Array(range.map { term[..<$0.lowerBound] } ?? term[...])
    let after = Array(range.map { term[$0.upperBound...] } ?? "")
    for character in before + after {
      require(
        character.isASCII && character.isLetter,
        "einsum \"\(equation)\": axes are named by the letters a-z and A-Z, got \"\(character)\"")
    }
    return (before, range != nil, after)
  }

  /// Axes of one name have one extent, or 1, which broadcasts between operands.
  private func checkExtents(_ shapes: [[Int]]) {
    var extents: [Label: Int] = [:]
    for (labels, shape) in zip(operands, shapes) {
      for (axis, label) in labels.enumerated() {
        let (known, extent) = (extents[label] ?? 1, shape[axis])
        require(
          known == extent || known == 1 || extent == 1,
          "einsum \"\(equation)\": \(name(label)) has extent \(known) in one place and \(extent) in another, "
            + "shapes \(shapes)")
        extents[label] = known == 1 ? extent : known
      }
    }
  }

  /// An operand with each name once, and only those that are needed elsewhere.
  private func prepared<Operand>(_ operand: Operand, _ index: Int) -> Labeled<Operand> {
    var labeled = Labeled(operand: operand, labels: operands[index])
    for label in operands[index] {
      while labeled.labels.filter({ $0 == label }).count > 1 {
        labeled = diagonal(labeled, label)
      }
    }
    let others = operands.indices.filter { $0 != index }.flatMap { operands[$0] }
    return labeled.summed(
      over: labeled.labels.filter { !output.contains($0) && !others.contains($0) })
  }

  /// The diagonal of the first two axes called `label`, as the last axis.
  private func diagonal<Operand>(
    _ labeled: Labeled<Operand>, _ label: Label
  ) -> Labeled<Operand> {
    let places = labeled.labels.indices.filter { labeled.labels[$0] == label }.prefix(2)
    let rest = labeled.labels.indices.filter { !places.contains($0) }
    let x = labeled.operand.permuted(rest + places)
    let (n, m) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    require(
      n == m,
      "einsum \"\(equation)\": \(name(label)) is twice in one operand, with extents \(n) and \(m), which "
        + "must be equal")
    let rows = x.reshaped(x.shape.dropLast(2) + [n * n])
    return Labeled(
      operand: rows.slice(0..<(n * n), step: n + 1, axis: -1),
      labels: rest.map { labeled.labels[$0] } + [label])
  }

  /// The product of two operands, summed over the names that the output does not have.
  private func product<Operand>(_ a: Labeled<Operand>, _ b: Labeled<Operand>) -> Operand {
    let contracted = a.labels.filter { b.labels.contains($0) && !output.contains($0) }
    // What is 1 in one operand is summed in the other before.
    let a1 = a.summed(over: contracted.filter { b.extent($0) == 1 && a.extent($0) != 1 })
    let b1 = b.summed(over: contracted.filter { a.extent($0) == 1 && b.extent($0) != 1 })
    let both = contracted.filter { a.extent($0) == b.extent($0) }
    let batch = output.filter { a.labels.contains($0) && b.labels.contains($0) }
    let rows = output.filter { a.labels.contains($0) && !b.labels.contains($0) }
    let columns = output.filter { !a.labels.contains($0) && b.labels.contains($0) }
    func extents(_ labels: [Label], _ x: Labeled<Operand>) -> [Int] { labels.map(x.extent) }
    func count(_ labels: [Label], _ x: Labeled<Operand>) -> Int {
      extents(labels, x).reduce(1, *)
    }
    // Axes of extent 1 that are summed drop out of the order: they must not be in it.
    let left = a1.without(contracted.filter { !both.contains($0) }).axes(batch + rows + both)
      .reshaped(extents(batch, a1) + [count(rows, a1), count(both, a1)])
    let right = b1.without(contracted.filter { !both.contains($0) }).axes(batch + both + columns)
      .reshaped(extents(batch, b1) + [count(both, b1), count(columns, b1)])
    let y = both.isEmpty ? left * right : .matrixProduct(left, right)
    let order = batch + rows + columns
    let shape = Array(y.shape.dropLast(2)) + extents(rows, a1) + extents(columns, b1)
    return Labeled(operand: y.reshaped(shape), labels: order).axes(output)
  }

  private func name(_ label: Label) -> String {
    switch label {
    case .letter(let letter): "axis \(letter)"
    case .further(let index): "axis -\(index + 1) of those that \"...\" stands for"
    }
  }
}

private func isFurther(_ label: Label) -> Bool {
  if case .further = label { true } else { false }
}

private func letter(_ label: Label) -> Character {
  if case .letter(let letter) = label { letter } else { "." }
}
