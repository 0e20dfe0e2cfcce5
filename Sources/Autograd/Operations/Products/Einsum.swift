import RetrogradTensors

/// Products and sums over named axes (Einstein's notation): `einsum("ij,jk->ik", a, b)` is the matrix
/// product.
///
/// Each letter names an axis; elements are multiplied where letters agree, and letters that the output
/// does not have are summed over. A letter twice in one operand means its diagonal. Without `->` the
/// output has the letters that occur once, in alphabetical order. `...` stands for further axes, which
/// broadcast and come where the output has `...` (first by default). An axis of extent 1 broadcasts.
///
/// It is made of permutations, sums and one `matmul`, and so is its
/// derivative.
public func einsum(_ equation: String, _ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = promoted(a, b)
  let plan = EinsumPlan(equation, [a, b])
  return plan.product(plan.prepared(a, 0), plan.prepared(b, 1))
}

/// Diagonals, sums and permutations over named axes: `einsum("ij->ji", a)`, `einsum("ii", a)`; see
/// ``einsum(_:_:_:)``.
public func einsum(_ equation: String, _ a: Variable) -> Variable {
  let plan = EinsumPlan(equation, [a])
  let labelled = plan.prepared(a, 0)
  return labelled.axes(plan.output)
}

/// An axis: a letter, or one of those that `...` stands for, counted from the last.
private enum Label: Hashable {
  case letter(Character)
  case further(Int)
}

/// A variable whose axes have names, each once.
private struct Labelled {
  var variable: Variable
  var labels: [Label]

  func extent(_ label: Label) -> Int {
    labels.firstIndex(of: label).map { variable.shape[$0] } ?? 1
  }

  /// The axes in the given order; one that is not there has extent 1.
  func axes(_ order: [Label]) -> Variable {
    let present = order.filter(labels.contains)
    let permutation = present.map { labels.firstIndex(of: $0)! }
    let isInOrder = permutation == Array(labels.indices)
    let permuted = isInOrder ? variable : variable.permuted(permutation)
    return permuted.reshaped(order.map(extent))
  }

  func summed(over gone: [Label]) -> Labelled {
    if gone.isEmpty { return self }
    let axes = gone.map { labels.firstIndex(of: $0)! }
    return Labelled(
      variable: variable.sum(axes: axes), labels: labels.filter { !gone.contains($0) })
  }
}

private struct EinsumPlan {
  let equation: String
  /// The names of each operand's axes.
  var operands: [[Label]] = []
  var output: [Label] = []

  init(_ equation: String, _ variables: [Variable]) {
    self.equation = equation
    let text = equation.filter { $0 != " " }
    // "->" may stand once; the left side is divided by commas.
    let arrow = text.firstRange(of: "->")
    let left = arrow.map { text[..<$0.lowerBound] } ?? text[...]
    let terms = left.split(separator: ",", omittingEmptySubsequences: false)
    require(
      terms.count == variables.count,
      "einsum \"\(equation)\": names \(terms.count) operands, got \(variables.count)")
    for (index, (term, variable)) in zip(terms, variables).enumerated() {
      operands.append(labels(of: String(term), operand: index, shape: variable.shape))
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
    checkExtents(variables)
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
  private func checkExtents(_ variables: [Variable]) {
    var extents: [Label: Int] = [:]
    for (labels, variable) in zip(operands, variables) {
      for (axis, label) in labels.enumerated() {
        let (known, extent) = (extents[label] ?? 1, variable.shape[axis])
        require(
          known == extent || known == 1 || extent == 1,
          "einsum \"\(equation)\": \(name(label)) has extent \(known) in one place and \(extent) in another, "
            + "shapes \(variables.map(\.shape))")
        extents[label] = known == 1 ? extent : known
      }
    }
  }

  /// An operand with each name once, and only those that are needed elsewhere.
  func prepared(_ variable: Variable, _ index: Int) -> Labelled {
    var labelled = Labelled(variable: variable, labels: operands[index])
    for label in operands[index] {
      while labelled.labels.filter({ $0 == label }).count > 1 {
        labelled = diagonal(labelled, label)
      }
    }
    let others = operands.indices.filter { $0 != index }.flatMap { operands[$0] }
    return labelled.summed(
      over: labelled.labels.filter { !output.contains($0) && !others.contains($0) })
  }

  /// The diagonal of the first two axes called `label`, as the last axis.
  private func diagonal(_ labelled: Labelled, _ label: Label) -> Labelled {
    let places = labelled.labels.indices.filter { labelled.labels[$0] == label }.prefix(2)
    let rest = labelled.labels.indices.filter { !places.contains($0) }
    let x = labelled.variable.permuted(rest + places)
    let (n, m) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    require(
      n == m,
      "einsum \"\(equation)\": \(name(label)) is twice in one operand, with extents \(n) and \(m), which "
        + "must be equal")
    let rows = x.reshaped(x.shape.dropLast(2) + [n * n])
    return Labelled(
      variable: rows.slice(0..<(n * n), step: n + 1, axis: -1),
      labels: rest.map { labelled.labels[$0] } + [label])
  }

  /// The product of two operands, summed over the names that the output does not have.
  func product(_ a: Labelled, _ b: Labelled) -> Variable {
    let contracted = a.labels.filter { b.labels.contains($0) && !output.contains($0) }
    // What is 1 in one operand is summed in the other before.
    let a1 = a.summed(over: contracted.filter { b.extent($0) == 1 && a.extent($0) != 1 })
    let b1 = b.summed(over: contracted.filter { a.extent($0) == 1 && b.extent($0) != 1 })
    let both = contracted.filter { a.extent($0) == b.extent($0) }
    let batch = output.filter { a.labels.contains($0) && b.labels.contains($0) }
    let rows = output.filter { a.labels.contains($0) && !b.labels.contains($0) }
    let columns = output.filter { !a.labels.contains($0) && b.labels.contains($0) }
    func extents(_ labels: [Label], _ operand: Labelled) -> [Int] { labels.map(operand.extent) }
    func count(_ labels: [Label], _ operand: Labelled) -> Int {
      extents(labels, operand).reduce(1, *)
    }
    // Axes of extent 1 that are summed drop out of the order: they must not be in it.
    let left = a1.without(contracted.filter { !both.contains($0) }).axes(batch + rows + both)
      .reshaped(extents(batch, a1) + [count(rows, a1), count(both, a1)])
    let right = b1.without(contracted.filter { !both.contains($0) }).axes(batch + both + columns)
      .reshaped(extents(batch, b1) + [count(both, b1), count(columns, b1)])
    let y = both.isEmpty ? left * right : matmul(left, right)
    let order = batch + rows + columns
    let shape = Array(y.shape.dropLast(2)) + extents(rows, a1) + extents(columns, b1)
    return Labelled(variable: y.reshaped(shape), labels: order).axes(output)
  }

  private func name(_ label: Label) -> String {
    switch label {
    case .letter(let letter): "axis \(letter)"
    case .further(let index): "axis -\(index + 1) of those that \"...\" stands for"
    }
  }
}

extension Labelled {
  /// The variable without axes of extent 1, where it has them.
  fileprivate func without(_ gone: [Label]) -> Labelled {
    let kept = labels.filter { !gone.contains($0) }
    return Labelled(variable: variable.reshaped(kept.map(extent)), labels: kept)
  }
}

private func isFurther(_ label: Label) -> Bool {
  if case .further = label { true } else { false }
}

private func letter(_ label: Label) -> Character {
  if case .letter(let letter) = label { letter } else { "." }
}
