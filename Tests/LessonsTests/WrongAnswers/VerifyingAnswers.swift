import Foundation
import LessonKit
import Retrograd
import Testing

@testable import lesson10
@testable import lesson9

@Suite("Wrong answers to lessons 9 and 10")
@MainActor struct VerifyingAnswers {
  @Test("a relative error")
  func relativeErrors() {
    func largest(_ x: Tensor) -> Double { x.abs().max().item() }
    expectWrong("not divided by anything", relativeErrorExercise { largest($0 - $1) })
    expectWrong("near 0 every error", relativeErrorExercise { largest($0 - $1) / largest($1) })
    expectWrong("its own size", relativeErrorExercise { largest(($0 - $1) / $1) })
    expectWrong(
      "absolute value", relativeErrorExercise { ($0 - $1).max().item() / max(1, largest($1)) })
    expectWrong(
      "mean of the differences",
      relativeErrorExercise { ($0 - $1).abs().mean().item() / max(1, largest($1)) })
    expectWrong("size of a", relativeErrorExercise { largest($0 - $1) / max(1, largest($0)) })
    expectWrong(
      "size of the difference",
      relativeErrorExercise { ($0.abs() - $1.abs()).max().item() / max(1, largest($1)) })
    expectWrong(
      "abs() before max()", relativeErrorExercise { largest($0 - $1) / max(1, $1.max().item()) })
    expectWrong("1 is added", relativeErrorExercise { largest($0 - $1) / (1 + largest($1)) })
  }

  @Test("a numerical gradient")
  func numericalGradients() {
    func slopes(_ x: Tensor, _ slope: (_ moved: (Int, Double) -> Tensor, Int) -> Double) -> Tensor {
      let numbers = x.scalars
      func moved(_ index: Int, _ step: Double) -> Tensor {
        var copy = numbers
        copy[index] += step
        return Tensor(copy, shape: x.shape, dtype: .float64)
      }
      return Tensor(numbers.indices.map { slope(moved, $0) }, shape: x.shape, dtype: .float64)
    }
    let h = 1e-5
    expectWrong(
      "on one side", numericalGradientExercise { f, x in slopes(x) { (f($0($1, h)) - f(x)) / h } })
    expectWrong(
      "2h apart",
      numericalGradientExercise { f, x in slopes(x) { (f($0($1, h)) - f($0($1, -h))) / h } })
    expectWrong(
      "are exchanged",
      numericalGradientExercise { f, x in slopes(x) { (f($0($1, -h)) - f($0($1, h))) / (2 * h) } })
    expectWrong(
      "only the first number",
      numericalGradientExercise { f, x in
        slopes(x) { $1 == 0 ? (f($0(0, h)) - f($0(0, -h))) / (2 * h) : 0 }
      })
    expectWrong(
      "single precision",
      numericalGradientExercise { f, x in
        slopes(x) {
          (f($0($1, h).converted(to: .float32)) - f($0($1, -h).converted(to: .float32))) / (2 * h)
        }
      })
    expectWrong(
      "several numbers are moved",
      numericalGradientExercise { f, x in slopes(x) { _, _ in (f(x + h) - f(x - h)) / (2 * h) } })
    expectWrong(
      "put it back",
      numericalGradientExercise { f, x in
        var numbers = x.scalars
        func value() -> Double { f(Tensor(numbers, shape: x.shape, dtype: .float64)) }
        return Tensor(
          numbers.indices.map { index in
            numbers[index] += h
            let up = value()
            numbers[index] -= 2 * h
            return (up - value()) / (2 * h)
          }, shape: x.shape, dtype: .float64)
      })
    expectWrong(
      "rounding",
      numericalGradientExercise { f, x in
        slopes(x) { (f($0($1, 1e-13)) - f($0($1, -1e-13))) / 2e-13 }
      })
  }

  @Test("a planted mistake")
  func swish() {
    func repaired(
      _ derivative: @escaping @Sendable (_ x: Variable, _ s: Variable) -> Variable
    ) -> Exercise {
      repairedSwishExercise { x in
        record("swish", x, value: x.value * x.value.sigmoid(), keep: .inputs) { saved, dy in
          dy * derivative(saved.inputs[0], saved.inputs[0].sigmoid())
        }
      }
    }
    expectWrong("factor 1 − σ is missing", repaired { x, s in s + x * s })
    expectWrong("lacks a factor x", repaired { _, s in s + s * (1 - s) })
    expectWrong("first term is missing", repaired { x, s in x * s * (1 - s) })
    expectWrong("second term is missing", repaired { _, s in s })
    expectWrong("not σ²", repaired { x, s in s + x * s * s })
    expectWrong("around 1 − σ", repaired { x, s in s + x * s * 1 - s })
    expectWrong("an operation of its own", repairedSwishExercise { $0 * $0.sigmoid() })
    expectWrong("an operation of its own", repairedSwishExercise { $0.silu() })
    expectWrong("with a minus", repaired { x, s in s + x * s * (1 + s) })
    expectWrong("a factor is missing", repaired { x, s in s + x * (1 - s) })
    expectWrong("only the second has one", repaired { x, s in x * s + x * s * (1 - s) })
    expectWrong("they are added", repaired { x, s in s - x * s * (1 - s) })
    expectWrong("only the derivative", repairedSwishExercise { $0.sigmoid() })
  }

  @Test("a check of one's own")
  func checks() {
    func check(
      step: Double = 1e-5, weights: Bool = true, _ isSmall: @escaping (Tensor, Tensor) -> Bool
    ) -> Exercise {
      gradientCheckExercise { f, x in
        let input = Variable(x, requiresGrad: true)
        let output = f(input)
        var random = RandomSource(seed: 3)
        let seed =
          weights
          ? Tensor.uniform(output.shape, low: 0.5, high: 1.5, dtype: .float64, using: &random)
          : .ones(output.shape, dtype: .float64)
        let gradient = gradients(of: output, withRespectTo: [input], seed: Variable(seed))[0].value
        let numbers = x.scalars
        func value(_ index: Int, _ step: Double) -> Double {
          var moved = numbers
          moved[index] += step
          let y = f(Variable(Tensor(moved, shape: x.shape, dtype: .float64))).value
          return (y * seed).sum().item()
        }
        let expected = Tensor(
          numbers.indices.map { (value($0, step) - value($0, -step)) / (2 * step) }, shape: x.shape,
          dtype: .float64)
        return isSmall(gradient, expected)
      }
    }
    func error(_ a: Tensor, _ b: Tensor) -> Double {
      (a - b).abs().max().item() / max(1, b.abs().max().item())
    }
    expectWrong("yes to everything", gradientCheckExercise { _, _ in true })
    expectWrong("no to everything", gradientCheckExercise { _, _ in false })
    expectWrong("With ones", check(weights: false) { error($0, $1) < 1e-6 })
    expectWrong("tolerance is too large", check { error($0, $1) < 0.1 })
    expectWrong("not only the first", check { abs($0.scalars[0] - $1.scalars[0]) < 1e-4 })
    expectWrong("relative error", check { ($0 - $1).abs().max().item() < 1e-9 * 80 })
    expectWrong("below what differences can reach", check { error($0, $1) < 1e-14 })
  }

  @Test("at a kink")
  func kinks() {
    expectWrong("exchanged", slopesAtKinkExercise { a, b in [b, a, (a + b) / 2] })
    expectWrong("mean of both", slopesAtKinkExercise { a, b in [a, b, b] })
    expectWrong("gives a number there", slopesAtKinkExercise { a, b in [a, b, 0] })
    expectWrong(
      "not their sum", slopesAtKinkExercise { a, b in [a, b, a + b] })
    expectWrong("what a kink is", slopesAtKinkExercise { _, b in [b, b, b] })
    expectWrong("not flat", slopesAtKinkExercise { _, b in [0, b, b / 2] })
  }

  @Test("a product of matrices")
  func products() {
    func multiply(
      _ n: Int, _ k: Int, _ m: Int, inner: Range<Int>? = nil,
      _ body: (inout [Float], _ i: Int, _ k: Int, _ j: Int) -> Void
    ) -> [Float] {
      var y = [Float](repeating: 0, count: n * m)
      for i in 0..<n { for k in inner ?? 0..<k { for j in 0..<m { body(&y, i, k, j) } } }
      return y
    }
    expectWrong(
      "column by column",
      productExercise { a, b, n, k, m in
        multiply(n, k, m) { $0[$3 * n + $1] += a[$1 * k + $2] * b[$2 * m + $3] }
      })
    expectWrong(
      "a is read column by column",
      productExercise { a, b, n, k, m in
        multiply(n, k, m) { $0[$1 * m + $3] += a[$2 * n + $1] * b[$2 * m + $3] }
      })
    expectWrong(
      "b is read column by column",
      productExercise { a, b, n, k, m in
        multiply(n, k, m) { $0[$1 * m + $3] += a[$1 * k + $2] * b[$3 * k + $2] }
      })
    expectWrong(
      "overwrite each other",
      productExercise { a, b, n, k, m in
        multiply(n, k, m) { $0[$1 * m + $3] = a[$1 * k + $2] * b[$2 * m + $3] }
      })
    expectWrong(
      "the last of the inner",
      productExercise { a, b, n, k, m in
        multiply(n, k, m, inner: 0..<(k - 1)) { $0[$1 * m + $3] += a[$1 * k + $2] * b[$2 * m + $3] }
      })
    expectWrong(
      "the first of the inner",
      productExercise { a, b, n, k, m in
        multiply(n, k, m, inner: 1..<k) { $0[$1 * m + $3] += a[$1 * k + $2] * b[$2 * m + $3] }
      })
    expectWrong("expected", productExercise { _, _, _, _, _ in [] })
  }

  @Test("patches")
  func columns() {
    func all(_ x: Tensor, _ k: Int, _ order: [Int], shape: ([Int]) -> [Int]) -> Tensor {
      let (c, rows, columns) = (x.shape[0], x.shape[1] - k + 1, x.shape[2] - k + 1)
      var numbers: [Double] = []
      for c in 0..<c {
        for a in 0..<k {
          for b in 0..<k {
            for i in 0..<rows { for j in 0..<columns { numbers.append(x[c, i + a, j + b]) } }
          }
        }
      }
      return Tensor(numbers, shape: [c, k, k, rows, columns], dtype: .float64).permuted(order)
        .reshaped(shape([c * k * k, rows * columns]))
    }
    expectWrong(
      "each place has a column", patchesExercise { all($0, $1, [3, 4, 0, 1, 2]) { $0.reversed() } })
    func places(_ x: Tensor, _ k: Int, less: (Int, Int)) -> Tensor {
      all(
        x.slice(0..<(x.shape[1] - less.0), axis: 1).slice(0..<(x.shape[2] - less.1), axis: 2), k,
        [0, 1, 2, 3, 4]
      ) { $0 }
    }
    expectWrong("last row and the last column", patchesExercise { places($0, $1, less: (1, 1)) })
    expectWrong("the last column of places", patchesExercise { places($0, $1, less: (0, 1)) })
    expectWrong("the last row of places", patchesExercise { places($0, $1, less: (1, 0)) })
    expectWrong("does not transpose", patchesExercise { all($0, $1, [3, 4, 0, 1, 2]) { $0 } })
    expectWrong("channels come last", patchesExercise { all($0, $1, [1, 2, 0, 3, 4]) { $0 } })
    expectWrong(
      "of the kernel are exchanged", patchesExercise { all($0, $1, [0, 2, 1, 3, 4]) { $0 } })
    expectWrong("from left to right", patchesExercise { all($0, $1, [0, 1, 2, 4, 3]) { $0 } })
  }

  @Test("Winograd's method")
  func multiplications() {
    expectWrong(
      "the filter as it stands",
      winogradExercise { d, g in
        [d[0] * g[0] + d[1] * g[1] + d[2] * g[2], d[1] * g[0] + d[2] * g[1] + d[3] * g[2]]
      })
    expectWrong(
      "filter is reversed",
      winogradExercise { d, g in
        [d[0] * g[2] + d[1] * g[1] + d[2] * g[0], d[1] * g[2] + d[2] * g[1] + d[3] * g[0]]
      })
    expectWrong(
      "not the products",
      winogradExercise { d, g in
        let sums = ((d[1] + d[2]) * (g[0] + g[1] + g[2])) * 0.5
        let differences = ((d[2] - d[1]) * (g[0] - g[1] + g[2])) * 0.5
        return [
          (d[0] - d[2]) * g[0] + sums + differences, sums - differences - (d[1] - d[3]) * g[2],
        ]
      })
    expectWrong(
      "halves are missing",
      winogradExercise { d, g in
        let (a, b) = ((d[0] - d[2]) * g[0], (d[1] + d[2]) * (g[0] + g[1] + g[2]))
        let (c, e) = ((d[2] - d[1]) * (g[0] - g[1] + g[2]), (d[1] - d[3]) * g[2])
        return [a + b + c, b - c - e]
      })
    expectWrong(
      "only the last number of the filter",
      winogradExercise { d, g in
        let (a, b) = ((d[0] - d[2]) * g[0], (d[1] + d[2]) * (g[0] + g[1] + g[2] / 2))
        let (c, e) = ((d[2] - d[1]) * (g[0] - g[1] + g[2] / 2), (d[1] - d[3]) * g[2])
        return [a + b + c, b - c - e]
      })
    expectWrong(
      "m₄ is subtracted",
      winogradExercise { d, g in
        let (a, b) = ((d[0] - d[2]) * g[0], (d[1] + d[2]) * ((g[0] + g[1] + g[2]) / 2))
        let (c, e) = ((d[2] - d[1]) * ((g[0] - g[1] + g[2]) / 2), (d[1] - d[3]) * g[2])
        return [a + b + c, b - c + e]
      })
    expectWrong(
      "the same steps with other numbers",
      winogradExercise { d, g in
        [
          Counted(d[0].value * g[0] + d[1].value * g[1] + d[2].value * g[2]),
          Counted(d[1].value * g[0] + d[2].value * g[1] + d[3].value * g[2]),
        ]
      })
    expectWrong("are exchanged", winogradExercise { d, g in try winograd(d, g).reversed() })
  }

  @Test("operations per byte")
  func intensities() {
    func numbers(_ n: Int, _ k: Int, _ m: Int) -> Double { Double(n * k + k * m + n * m) }
    func products(_ n: Int, _ k: Int, _ m: Int) -> Double { Double(n * k * m) }
    expectWrong(
      "two operations", intensityExercise { products($0, $1, $2) / (4 * numbers($0, $1, $2)) })
    expectWrong(
      "has 4 bytes.", intensityExercise { 2 * products($0, $1, $2) / numbers($0, $1, $2) })
    expectWrong(
      "without a rest",
      intensityExercise { n, k, m in Double(2 * n * k * m / (n * k + k * m + n * m)) })
    expectWrong(
      "without a rest",
      intensityExercise { n, k, m in Double(2 * n * k * m / (4 * (n * k + k * m + n * m))) })
    expectWrong(
      "around the bytes",
      intensityExercise { 2 * products($0, $1, $2) / 4 * numbers($0, $1, $2) })
    expectWrong(
      "a third matrix",
      intensityExercise { n, k, m in 2 * products(n, k, m) / Double(4 * (n * k + k * m)) })
    expectWrong("not for every product", intensityExercise { _, _, _ in 0.25 })
    expectWrong(
      "the other way round",
      intensityExercise { 4 * numbers($0, $1, $2) / (2 * products($0, $1, $2)) })
    expectWrong("not 8", intensityExercise { 2 * products($0, $1, $2) / (8 * numbers($0, $1, $2)) })
  }

  @Test("under the roof")
  func roofs() {
    expectWrong("not the more", attainableExercise { i, p, b in max(p, i * b) })
    expectWrong("memory cannot feed", attainableExercise { _, p, _ in p })
    expectWrong("cannot compute so much", attainableExercise { i, _, b in i * b })
    expectWrong("multiply.", attainableExercise { i, p, b in min(p, b / i) })
    expectWrong("bytes are not operations", attainableExercise { _, p, b in min(p, b) })
    expectWrong("do not add up", attainableExercise { i, p, b in p + i * b })
  }
}
