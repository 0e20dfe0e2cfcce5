import Foundation
import RetrogradTensors

// A term that is missing, too many, or wrong in itself.

extension Explainer {
  /// The factors of `dy` in a missing term, with their names.
  private var termBases: [(words: String, at: (Site) -> Jacobian?)] {
    var bases: [(String, (Site) -> Jacobian?)] = []
    if inputShape == outputShape { bases.append(("dy", { identity($0) })) }
    bases.append(("dy", { support($0.right(input)) }))
    bases.append(
      (
        outputShape.reduce(1, *) > 1 ? "Σ dy" : "dy",
        { site in site.right(input).map { _ in 1 } }
      ))
    return bases
  }

  /// A term that is missing or too many.
  func terms(_ level: Level) -> Diagnosis? {
    for base in termBases {
      let found = law(
        { residual($0) }, base.at, level,
        assemble: { site, term in site.right(input).combined(term) { $0 + $1 } }
      ) { relation in
        let words = termWords(relation.words(sign: relation.constant < 0 ? -1 : 1), base.words)
        if relation.factors.isEmpty && inputShape == outputShape && base.words == "dy" {
          return (
            .missingTerm, "\(words) is \(relation.constant < 0 ? "missing" : "too many")"
          )
        }
        return (
          .missingTerm,
          relation.constant < 0
            ? "a term is missing: \(words)" : "there is a term too many: \(words)"
        )
      }
      if let found { return found }
      if level == .single, let found = polynomialTerm(base) { return found }
    }
    return nil
  }

  private func termWords(_ factor: String, _ of: String) -> String {
    factor == "1" ? "the term \(of)" : "the term \(factor) · \(of)"
  }

  /// A term that is a polynomial of the input, the output or another input.
  private func polynomialTerm(
    _ base: (words: String, at: (Site) -> Jacobian?)
  ) -> Diagnosis? {
    guard let formula = polynomial({ residual($0) }, base.at, [[0, 1], [0, 1, 2], [0, 1, 2, 3]])
    else { return nil }
    return diagnosis(
      .missingTerm, "right would be what is returned less (\(formula.words)) · \(base.words)"
    ) { site in
      formula.at(site).map { term in site.right(input).combined(term) { $0 + $1 } }
    }
  }

  /// Two terms of a product rule for `y = x · g`, one of them wrong.
  func summands() -> Diagnosis? {
    guard isElementwise, !hasFewValues else { return nil }
    func own(_ site: Site) -> Jacobian? {
      let x = site.values[input].scalars
      let (rows, columns) = (site.rows, site.columns(input))
      guard rows.allSatisfy({ x[$0] != 0 }) else { return nil }
      return Jacobian(rows: rows.count, columns: columns.count) {
        rows[$0] == columns[$1] ? site.output[rows[$0]] / x[rows[$0]] : 0
      }
    }
    func other(_ site: Site) -> Jacobian? {
      own(site).map { site.right(input).combined($0) { $0 - $1 } }
    }
    let name = first.formulaName(input)
    let (g, chain) = ("g", "\(name) · g′")
    let rule = "with y = \(name) · g the derivative is g + \(chain)"
    for (kept, wrong, wrongWords) in [
      (own, other, chain), (other, own, g),
    ] as [((Site) -> Jacobian?, (Site) -> Jacobian?, String)] {
      if let found = diagnosis(
        .missingTerm, "\(rule); the term \(wrongWords) is missing", kept)
      {
        return found
      }
      let found = law(
        { site in kept(site).map { site.returned(input).combined($0) { $0 - $1 } } }, wrong,
        .simple,
        assemble: { site, term in
          kept(site)?.combined(term) { $0 + $1 } ?? term
        }
      ) { relation in
        let how =
          relation.factors.isEmpty
          ? relation.constant < 0 && abs(relation.constant + 1) < 1e-6
            ? "has the wrong sign" : "is counted \(shortText(relation.constant)) times"
          : "is wrong: \(factorWords(relation))"
        return (.missingTerm, "\(rule); the term \(wrongWords) \(how)")
      }
      if let found { return found }
    }
    return nil
  }
}
