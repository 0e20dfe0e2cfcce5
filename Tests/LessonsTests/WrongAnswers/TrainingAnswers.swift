import Foundation
import LessonKit
import Retrograd
import Testing

@testable import lesson7
@testable import lesson8

@Suite("Wrong answers to lessons 7 and 8")
@MainActor struct TrainingAnswers {
  @Test("a batch")
  func batches() {
    func pick(
      _ x: Tensor, _ y: IntTensor, _ rows: [Int], labels: [Int]? = nil
    ) -> (x: Tensor, y: IntTensor) {
      (x.indexSelect(IntTensor(rows), axis: 0), IntTensor((labels ?? rows).map { y[$0] }))
    }
    expectWrong("drawn at random", randomBatchExercise { x, y, n, _ in pick(x, y, Array(0..<n)) })
    expectWrong(
      "in another order",
      randomBatchExercise { x, y, n, random in pick(x, y, random.permutation(n)) })
    expectWrong(
      "picked by the same indices",
      randomBatchExercise { x, y, n, random in
        let rows = Array(random.permutation(y.count).prefix(n))
        return pick(x, y, rows, labels: Array(0..<n))
      })
    expectWrong(
      "comes twice",
      randomBatchExercise { x, y, n, random in
        pick(x, y, (0..<n).map { _ in random.integer(in: 0..<(y.count / 2)) })
      })
    expectWrong(
      "all rows are returned",
      randomBatchExercise { x, y, _, random in pick(x, y, random.permutation(y.count)) })
    expectWrong(
      "every batch is the same",
      randomBatchExercise { x, y, n, _ in
        var own = RandomSource(seed: 5)
        return pick(x, y, Array(own.permutation(y.count).prefix(n)))
      })
    expectWrong(
      "nobody can",
      randomBatchExercise { x, y, n, _ in
        var own = RandomSource.unpredictable()
        return pick(x, y, Array(own.permutation(y.count).prefix(n)))
      })
  }

  @Test("a truncated normal distribution")
  func distributions() {
    expectWrong(
      "not moved to the bound",
      truncatedNormalsExercise { n, s, r in (0..<n).map { _ in s * min(2, max(-2, r.normal())) } })
    expectWrong(
      "beyond two standard deviations",
      truncatedNormalsExercise { n, s, r in (0..<n).map { _ in s * r.normal() } })
    expectWrong(
      "spread evenly",
      truncatedNormalsExercise { n, s, r in (0..<n).map { _ in s * (4 * r.uniform() - 2) } })
    expectWrong(
      "sign is kept",
      truncatedNormalsExercise { n, s, r in (0..<n).map { _ in s * abs(r.truncatedNormal()) } })
    expectWrong(
      "not scaled by the standard deviation",
      truncatedNormalsExercise { n, _, r in (0..<n).map { _ in r.truncatedNormal() } })
    expectWrong(
      "not left out",
      truncatedNormalsExercise { n, s, r in
        (0..<n).map { _ in s * r.normal() }.filter { abs($0) <= 2 * s }
      })
    expectWrong(
      "not 1.0",
      truncatedNormalsExercise { n, s, r in (0..<n).map { _ in s * r.truncatedNormal(bound: 1) } })
  }

  @Test("Adam")
  func adam() {
    func step(
      _ g: Double, _ m: Double, _ v: Double, _ b1: Double = 0.9, _ b2: Double = 0.999
    ) -> (m: Double, v: Double) { (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g) }
    func corrected(_ n: (m: Double, v: Double), _ t: Double) -> (m: Double, v: Double) {
      (n.m / (1 - pow(0.9, t)), n.v / (1 - pow(0.999, t)))
    }
    expectWrong(
      "not corrected",
      adamStepExercise { x, g, m, v, _, r in
        let n = step(g, m, v)
        return (x - r * n.m / (n.v.squareRoot() + 1e-8), n.m, n.v)
      })
    expectWrong(
      "goes uphill",
      adamStepExercise { x, g, m, v, t, r in
        let n = step(g, m, v)
        let c = corrected(n, Double(t))
        return (x + r * c.m / (c.v.squareRoot() + 1e-8), n.m, n.v)
      })
    func small(_ length: @escaping (Double) -> Double, plus: Double = 0) -> Exercise {
      adamStepExercise { x, g, m, v, t, r in
        let n = step(g, m, v)
        let c = corrected(n, Double(t))
        return (x - r * c.m / length(c.v) + plus, n.m, n.v)
      }
    }
    expectWrong("under the root", small { ($0 + 1e-8).squareRoot() })
    expectWrong("ε is missing", small { $0.squareRoot() })
    expectWrong("around √v̂ + ε", small({ $0.squareRoot() }, plus: 1e-8))
    expectWrong("not 10⁻⁷", small { $0.squareRoot() + 1e-7 })
    expectWrong(
      "square root",
      adamStepExercise { x, g, m, v, t, r in
        let n = step(g, m, v)
        let c = corrected(n, Double(t))
        return (x - r * c.m / (c.v + 1e-8), n.m, n.v)
      })
    expectWrong(
      "factors (1 − β)",
      adamStepExercise { x, g, m, v, t, r in
        let n = (m: 0.9 * m + g, v: 0.999 * v + g * g)
        let c = corrected(n, Double(t))
        return (x - r * c.m / (c.v.squareRoot() + 1e-8), n.m, n.v)
      })
    expectWrong(
      "not their squares",
      adamStepExercise { x, g, m, v, t, r in
        let n = (m: 0.9 * m + 0.1 * g, v: 0.999 * v + 0.001 * g)
        let c = corrected(n, Double(t))
        return (x - r * c.m / (c.v.squareRoot() + 1e-8), n.m, n.v)
      })
    expectWrong(
      "next step needs the new ones",
      adamStepExercise { x, g, m, v, t, r in
        let c = corrected(step(g, m, v), Double(t))
        return (x - r * c.m / (c.v.squareRoot() + 1e-8), m, v)
      })
    expectWrong(
      "before they are kept",
      adamStepExercise { x, g, m, v, t, r in
        let c = corrected(step(g, m, v), Double(t))
        return (x - r * c.m / (c.v.squareRoot() + 1e-8), c.m, c.v)
      })
  }

  @Test("accuracy")
  func accuracies() {
    func right(_ x: Tensor, _ y: IntTensor) -> Int {
      let choices = x.argmax(axis: 1)
      return (0..<y.count).count { choices[$0] == y[$0] }
    }
    expectWrong("how many are right", shareRightExercise { Double(right($0, $1)) })
    expectWrong(
      "whether all of them are right", shareRightExercise { right($0, $1) == $1.count ? 1 : 0 })
    expectWrong(
      "argmax(axis: 1)",
      shareRightExercise { x, y in
        let hits = zip(x.argmax(axis: 0).scalars, y.scalars).count { $0 == $1 }
        return Double(hits) / Double(y.count)
      })
    expectWrong("wrong ones", shareRightExercise { 1 - Double(right($0, $1)) / Double($1.count) })
    expectWrong("percent", shareRightExercise { 100 * Double(right($0, $1)) / Double($1.count) })
    expectWrong("whole numbers", shareRightExercise { Double(right($0, $1) / $1.count) })
    expectWrong(
      "number of all scores", shareRightExercise { Double(right($0, $1)) / Double($0.count) })
    expectWrong(
      "smallest score",
      shareRightExercise { x, y in
        let choices = x.argmin(axis: 1)
        return Double((0..<y.count).count { choices[$0] == y[$0] }) / Double(y.count)
      })
  }

  @Test("a standard error")
  func errors() {
    func p(_ k: Int, _ n: Int) -> Double { Double(k) / Double(n) }
    expectWrong(
      "square root is missing", standardErrorExercise { p($0, $1) * (1 - p($0, $1)) / Double($1) })
    expectWrong(
      "a single one", standardErrorExercise { (p($0, $1) * (1 - p($0, $1))).squareRoot() })
    expectWrong(
      "belongs under it",
      standardErrorExercise { (p($0, $1) * (1 - p($0, $1))).squareRoot() / Double($1) })
    expectWrong(
      "1.96",
      standardErrorExercise { 1.96 * (p($0, $1) * (1 - p($0, $1)) / Double($1)).squareRoot() })
    expectWrong(
      "make Double",
      standardErrorExercise { k, n in
        let share = Double(k / n)
        return (share * (1 - share) / Double(n)).squareRoot()
      })
    expectWrong(
      "n − 1", standardErrorExercise { (p($0, $1) * (1 - p($0, $1)) / Double($1 - 1)).squareRoot() }
    )
    expectWrong(
      "around 1 − p",
      standardErrorExercise { (p($0, $1) * 1 - p($0, $1) / Double($1)).squareRoot() })
    expectWrong(
      "not p²", standardErrorExercise { (p($0, $1) * p($0, $1) / Double($1)).squareRoot() })
    expectWrong("share itself", standardErrorExercise { p($0, $1) })
  }

  @Test("which parameters learn")
  func learning() {
    expectWrong(
      "a dot must follow",
      trainableExercise { n, l in n.filter { x in l.contains { x.hasPrefix($0) } } })
    expectWrong(
      "beginning", trainableExercise { n, l in n.filter { x in l.contains { x.contains($0) } } })
    expectWrong("only names that are", trainableExercise { n, l in n.filter { l.contains($0) } })
    expectWrong(
      "a parameter itself",
      trainableExercise { n, l in n.filter { x in l.contains { x.hasPrefix($0 + ".") } } })
    expectWrong(
      "do not learn",
      trainableExercise { n, l in n.filter { x in !l.contains { x == $0 || x.hasPrefix($0 + ".") } }
      })
    expectWrong(
      "only the first path",
      trainableExercise { n, l in n.filter { $0 == l[0] || $0.hasPrefix(l[0] + ".") } })
    expectWrong("all of them learn", trainableExercise { n, _ in n })
  }

  @Test("rates of layers")
  func rates() {
    expectWrong(
      "first layer comes first",
      layerRatesExercise { n, r, f in (0..<n).map { r * pow(f, Double($0)) } })
    expectWrong(
      "its power is 0", layerRatesExercise { n, r, f in (0..<n).map { r * pow(f, Double(n - $0)) } }
    )
    expectWrong(
      "not added up", layerRatesExercise { n, r, f in (0..<n).map { r * f * Double(n - $0) } })
    expectWrong(
      "is subtracted", layerRatesExercise { n, r, f in (0..<n).map { r - f * Double(n - 1 - $0) } })
    expectWrong(
      "is subtracted",
      layerRatesExercise { n, r, f in (0..<n).map { r - r * f * Double(n - 1 - $0) } })
    expectWrong(
      "all layers but the last",
      layerRatesExercise { n, r, f in (0..<n).map { $0 == n - 1 ? r : r * f } })
    expectWrong(
      "the same rate.", layerRatesExercise { n, r, _ in [Double](repeating: r, count: n) })
    expectWrong(
      "grow towards",
      layerRatesExercise { n, r, f in (0..<n).map { r * pow(f, Double($0 + 1 - n)) } })
  }

  @Test("a step")
  func steps() {
    func all(
      _ p: [Tensor], _ g: [Tensor], _ frozen: [Bool], _ f: (Tensor, Tensor, Bool) -> Tensor
    ) -> [Tensor] { p.indices.map { f(p[$0], g[$0], frozen[$0]) } }
    expectWrong(
      "in brackets",
      steppedExercise { p, g, z, r, d in all(p, g, z) { $2 ? $0 : $0 - r * $1 + d * $0 } })
    expectWrong(
      "still shrink",
      steppedExercise { p, g, z, r, d in all(p, g, z) { $0 - r * (($2 ? 0 * $1 : $1) + d * $0) } })
    expectWrong(
      "become 0",
      steppedExercise { p, g, z, r, d in all(p, g, z) { $2 ? 0 * $0 : $0 - r * ($1 + d * $0) } })
    expectWrong(
      "the others stay",
      steppedExercise { p, g, z, r, d in all(p, g, z) { $2 ? $0 - r * ($1 + d * $0) : $0 } })
    expectWrong(
      "frozen ones too",
      steppedExercise { p, g, z, r, d in all(p, g, z) { x, g, _ in x - r * (g + d * x) } })
    expectWrong(
      "decay is missing",
      steppedExercise { p, g, z, r, _ in all(p, g, z) { $2 ? $0 : $0 - r * $1 } })
    expectWrong(
      "goes uphill",
      steppedExercise { p, g, z, r, d in all(p, g, z) { $2 ? $0 : $0 + r * ($1 + d * $0) } })
    expectWrong(
      "not multiplied by the learning rate",
      steppedExercise { p, g, z, r, d in all(p, g, z) { $2 ? $0 : $0 - r * $1 - d * $0 } })
    expectWrong(
      "are left out",
      steppedExercise { p, g, z, r, d in
        p.indices.filter { !z[$0] }.map { p[$0] - r * (g[$0] + d * p[$0]) }
      })
  }

  @Test("a receipt")
  func receipts() {
    func each(_ a: [Tensor], _ b: [Tensor], _ f: (Tensor, Tensor) -> Double) -> [Double] {
      zip(a, b).map(f)
    }
    expectWrong("may also fall", largestChangesExercise { each($0, $1) { ($1 - $0).max().item() } })
    expectWrong("may also rise", largestChangesExercise { each($0, $1) { ($0 - $1).max().item() } })
    expectWrong(
      "they cancel", largestChangesExercise { each($0, $1) { abs(($1 - $0).sum().item()) } })
    expectWrong(
      "they cancel", largestChangesExercise { each($0, $1) { abs(($1 - $0).mean().item()) } })
    expectWrong(
      "one that falls is never",
      largestChangesExercise { each($0, $1) { abs(($1 - $0).max().item()) } })
    expectWrong(
      "sums of all", largestChangesExercise { each($0, $1) { ($1 - $0).abs().sum().item() } })
    expectWrong(
      "means of all", largestChangesExercise { each($0, $1) { ($1 - $0).abs().mean().item() } })
    expectWrong("lengths", largestChangesExercise { each($0, $1) { ($1 - $0).norm().item() } })
    expectWrong(
      "squared", largestChangesExercise { each($0, $1) { (($1 - $0) * ($1 - $0)).max().item() } })
  }

  @Test("which epoch")
  func epochs() {
    expectWrong("learns by heart", epochToKeepExercise { t, _ in t.firstIndex(of: t.min()!)! })
    expectWrong("learns by heart", epochToKeepExercise { _, v in v.count - 1 })
    expectWrong("the first is kept", epochToKeepExercise { _, v in v.lastIndex(of: v.min()!)! })
    expectWrong("highest", epochToKeepExercise { _, v in v.firstIndex(of: v.max()!)! })
    expectWrong("numbered from 0", epochToKeepExercise { _, v in v.firstIndex(of: v.min()!)! + 1 })
    expectWrong(
      "last epoch before", epochToKeepExercise { _, v in v.firstIndex(of: v.min()!)! - 1 })
  }
}
