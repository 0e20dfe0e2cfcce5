import Foundation
import LessonKit
import Retrograd
import Testing

@testable import lesson3
@testable import lesson4

@Suite("Wrong answers to lessons 3 and 4")
@MainActor struct GradientAnswers {
  @Test("a slope")
  func slopes() {
    expectWrong("on one side", slopeExercise { f, x in (f(x + 1e-5) - f(x)) / 1e-5 })
    expectWrong("on one side", slopeExercise { f, x in (f(x) - f(x - 1e-5)) / 1e-5 })
    expectWrong("not h", slopeExercise { f, x in (f(x + 1e-5) - f(x - 1e-5)) / 1e-5 })
    expectWrong("exchanged", slopeExercise { f, x in (f(x - 1e-5) - f(x + 1e-5)) / 2e-5 })
    expectWrong("rounding", slopeExercise { f, x in (f(x + 1e-14) - f(x - 1e-14)) / 2e-14 })
    expectWrong("another slope", slopeExercise { f, x in (f(x + 0.1) - f(x - 0.1)) / 0.2 })
    expectWrong("not divided", slopeExercise { f, x in f(x + 1e-5) - f(x - 1e-5) })
    expectWrong(
      "around 2 * h", slopeExercise { f, x in (f(x + 1e-5) - f(x - 1e-5)) / 2 * 1e-5 })
    expectWrong("by 2 only", slopeExercise { f, x in (f(x + 1e-5) - f(x - 1e-5)) / 2 })
    expectWrong(
      "instead of divided", slopeExercise { f, x in (f(x + 1e-5) - f(x - 1e-5)) * (2 * 1e-5) })
    expectWrong(
      "values are added", slopeExercise { f, x in (f(x + 1e-5) + f(x - 1e-5)) / (2 * 1e-5) })
    expectWrong(
      "around the difference", slopeExercise { f, x in f(x + 1e-5) - f(x - 1e-5) / (2 * 1e-5) })
    expectWrong("never called", slopeExercise { _, x in cos(x) })
  }

  @Test("the rules")
  func rules() {
    expectWrong("inner derivative", derivativeExercise { (cos($0 * $0) - sin($0 * $0)) * exp(-$0) })
    expectWrong("only the first factor", derivativeExercise { 2 * $0 * cos($0 * $0) * exp(-$0) })
    expectWrong(
      "do not become powers",
      derivativeExercise { x in (2 * x * cos(x * x) - x * sin(x * x)) * exp(-x) })
    expectWrong(
      "rule for powers",
      derivativeExercise { x in
        2 * x * cos(x * x) * exp(-x) - x * sin(x * x) * exp(-x - 1)
      })
    expectWrong(
      "outside of the cosine", derivativeExercise { x in (cos(2 * x) - sin(x * x)) * exp(-x) })
    expectWrong(
      "2x, not x²", derivativeExercise { x in (x * x * cos(x * x) - sin(x * x)) * exp(-x) })
    expectWrong(
      "belongs to both", derivativeExercise { x in 2 * x * cos(x * x) - sin(x * x) * exp(-x) })
    expectWrong("only the second factor", derivativeExercise { -sin($0 * $0) * exp(-$0) })
    expectWrong(
      "sign of the second term",
      derivativeExercise { (2 * $0 * cos($0 * $0) + sin($0 * $0)) * exp(-$0) })
    expectWrong(
      "product of the derivatives", derivativeExercise { 2 * $0 * cos($0 * $0) * -exp(-$0) })
    expectWrong(
      "square belongs inside",
      derivativeExercise { 2 * $0 * pow(cos($0), 2) * exp(-$0) - sin($0 * $0) * exp(-$0) })
  }

  @Test("the order of the way back")
  func orders() {
    expectWrong("comes first", backwardOrderExercise { Array(0..<$0.count) })
    expectWrong("does not depend on it", backwardOrderExercise { Array((0..<$0.count).reversed()) })
    // Depth first, each node when it is first met.
    expectWrong(
      "not complete yet",
      backwardOrderExercise { inputs in
        var (order, stack, seen) = ([Int](), [inputs.count - 1], Set<Int>())
        while let node = stack.popLast() {
          if !seen.insert(node).inserted { continue }
          order.append(node)
          stack += inputs[node]
        }
        return order
      })
    // Breadth first.
    expectWrong(
      "not complete yet",
      backwardOrderExercise { inputs in
        var (order, next) = ([inputs.count - 1], 0)
        while next < order.count {
          for input in inputs[order[next]] where !order.contains(input) { order.append(input) }
          next += 1
        }
        return order
      })
    expectWrong(
      "comes twice",
      backwardOrderExercise { inputs in
        if inputs.count > 100 { return Array((0..<inputs.count).reversed()) }
        return [inputs.count - 1] + inputs.indices.reversed().flatMap { inputs[$0] }
      })
    expectWrong(
      "is missing",
      backwardOrderExercise { inputs in
        try backwardOrder(of: inputs).filter { inputs.count == 1 || !inputs[$0].isEmpty }
      })
    expectWrong("There is no node", backwardOrderExercise { [$0.count - 1, 1 << 40] })
  }

  @Test("broadcasting backwards")
  func broadcasting() {
    func axes(_ g: Tensor, _ shape: [Int]) -> [Int] {
      let front = g.rank - shape.count
      return (0..<g.rank).filter { $0 < front || shape[$0 - front] == 1 }
    }
    expectWrong(
      "the mean is taken",
      summedExercise { g, shape in
        let axes = axes(g, shape)
        return axes.isEmpty ? g : g.mean(axes: axes, keepDims: true).reshaped(shape)
      })
    expectWrong(
      "one of the repeated",
      summedExercise { g, shape in
        axes(g, shape).reduce(g) { $0.slice(0..<1, axis: $1) }.reshaped(shape)
      })
    expectWrong(
      "not those of length 1",
      summedExercise { g, shape in
        shape.count == g.rank ? g : g.sum(axes: Array(0..<(g.rank - shape.count)))
      })
    expectWrong(
      "still there",
      summedExercise { g, shape in
        let axes = axes(g, shape)
        return axes.isEmpty ? g : g.sum(axes: axes, keepDims: true)
      })
    // Axes of x as if they were the first of the gradient.
    for keepDims in [true, false] {
      expectWrong(
        "counted from the end",
        summedExercise { g, shape in
          let own = shape.indices.filter { shape[$0] == 1 }
          let axes = Array(Set(own + Array(0..<(g.rank - shape.count)))).sorted()
          return axes.isEmpty ? g : g.sum(axes: axes, keepDims: keepDims)
        })
      expectWrong(
        "counted from the end",
        summedExercise { g, shape in
          let axes = shape.indices.filter { shape[$0] == 1 }
          return axes.isEmpty ? g : g.sum(axes: axes, keepDims: keepDims)
        })
    }
    expectWrong("everything is added", summedExercise { g, _ in g.sum() })
    expectWrong("nothing is added", summedExercise { g, _ in g })
    expectWrong(
      "dropped",
      summedExercise { g, shape in
        let axes = axes(g, shape)
        return axes.isEmpty ? g : g.sum(axes: axes)
      })
  }

  /// Softsign with a derivative of one's own.
  func softsign(
    value: @escaping @Sendable (Tensor) -> Tensor = { $0 / ($0.abs() + 1) },
    _ derivative: @escaping @Sendable (_ x: Variable, _ y: Variable, _ dy: Variable) -> Variable
  ) -> Exercise {
    softsignExercise { x in
      record("softsign", x, value: value(x.value), keep: .both) { saved, dy in
        derivative(saved.inputs[0], saved.output, dy)
      }
    }
  }

  @Test("an operation of one's own")
  func operations() {
    expectWrong("not squared", softsign { x, _, dy in dy / (x.abs() + 1) })
    expectWrong("positive x only", softsign { x, _, dy in dy / (x + 1).pow(2) })
    expectWrong("sign is wrong", softsign { x, _, dy in -dy / (x.abs() + 1).pow(2) })
    expectWrong("brings no sign", softsign { x, _, dy in dy * x.sign() / (x.abs() + 1).pow(2) })
    expectWrong("passed on as it is", softsign { _, _, dy in dy })
    expectWrong("dy is left out", softsign { x, _, _ in 1 / (x.abs() + 1).pow(2) })
    expectWrong("not its derivative", softsign { _, y, dy in dy * y })
    expectWrong("absolute value is missing", softsign(value: { $0 / ($0 + 1) }) { x, _, dy in dy })
    expectWrong("the denominator", softsign(value: { $0 / $0.abs() }) { x, _, dy in dy })
    expectWrong("around 1 + |x|", softsign(value: { $0 / 1 + $0.abs() }) { x, _, dy in dy })
    expectWrong("around 1 + |x|", softsign { x, _, dy in dy / 1 + x.abs() })
    expectWrong("instead of divided", softsign { x, _, dy in dy * (1 + x.abs()).pow(2) })
    expectWrong("an operation of its own", softsignExercise { $0 / ($0.abs() + 1) })
    expectWrong(
      "record was not called", softsignExercise { Variable($0.value / ($0.value.abs() + 1)) })
  }

  @Test("softmax")
  func softmaxes() {
    expectWrong(
      "the sum goes over all rows",
      softmaxExercise {
        let e = ($0 - $0.amax(axes: [1], keepDims: true)).exp()
        return e / e.sum()
      })
    expectWrong(
      "infinity divided by infinity",
      softmaxExercise { $0.exp() / $0.exp().sum(axes: [1], keepDims: true) }
    )
    expectWrong(
      "each column",
      softmaxExercise {
        let e = ($0 - $0.amax(axes: [0], keepDims: true)).exp()
        return e / e.sum(axes: [0], keepDims: true)
      })
    expectWrong(
      "all numbers together",
      softmaxExercise {
        let e = ($0 - $0.max()).exp()
        return e / e.sum()
      })
    expectWrong(
      "sums of the columns",
      softmaxExercise {
        let e = ($0 - $0.amax(axes: [1], keepDims: true)).exp()
        return e / e.sum(axes: [0], keepDims: true)
      })
    expectWrong(
      "exponential is missing", softmaxExercise { $0 / $0.sum(axes: [1], keepDims: true) })
    expectWrong(
      "not divided by the sum", softmaxExercise { ($0 - $0.amax(axes: [1], keepDims: true)).exp() })
    expectWrong(
      "largest number of all rows",
      softmaxExercise {
        let e = ($0 - $0.max()).exp()
        return e / e.sum(axes: [1], keepDims: true)
      })
    expectWrong("its logarithm", softmaxExercise { $0.softmax(axis: 1).log() })
  }

  @Test("log-sum-exp")
  func logSums() {
    expectWrong("add it again", logSumExpExercise { $0.exp().sum(axes: [1]).log() })
    expectWrong(
      "not added again",
      logSumExpExercise { ($0 - $0.amax(axes: [1], keepDims: true)).exp().sum(axes: [1]).log() })
    expectWrong(
      "before the sum",
      logSumExpExercise {
        let m = $0.amax(axes: [1], keepDims: true)
        return (m + ($0 - m).exp().log().sum(axes: [1], keepDims: true)).reshaped([$0.shape[0]])
      })
    expectWrong("before the sum", logSumExpExercise { $0.sum(axes: [1]) })
    expectWrong(
      "subtracted again",
      logSumExpExercise {
        let m = $0.amax(axes: [1], keepDims: true)
        return ($0 - m).exp().sum(axes: [1]).log() - m.reshaped([$0.shape[0]])
      })
    expectWrong("largest number alone", logSumExpExercise { $0.amax(axes: [1]) })
    expectWrong("down the columns", logSumExpExercise { $0.transposed().logSumExp(axes: [1]) })
    expectWrong(
      "logarithm of the mean",
      logSumExpExercise { $0.logSumExp(axes: [1]) - log(Double($0.shape[1])) })
    expectWrong("with length 1", logSumExpExercise { $0.logSumExp(axes: [1], keepDims: true) })
    expectWrong("added together", logSumExpExercise { $0.logSumExp() })
  }

  @Test("cross-entropy")
  func crossEntropies() {
    /// The sum of the elements at the labels.
    func picked(_ x: Tensor, _ labels: IntTensor) -> Double {
      labels.scalars.enumerated().reduce(0) { $0 + x[$1.offset, $1.element] }
    }
    expectWrong(
      "logarithm of the scores",
      crossEntropyExercise { -picked($0.log(), $1) / Double($1.count) })
    expectWrong(
      "sum over the rows", crossEntropyExercise { -picked($0.logSoftmax(axis: 1), $1) })
    expectWrong(
      "sign is wrong",
      crossEntropyExercise { picked($0.logSoftmax(axis: 1), $1) / Double($1.count) })
    expectWrong(
      "number of all logits",
      crossEntropyExercise { -picked($0.logSoftmax(axis: 1), $1) / Double($0.count) })
    expectWrong(
      "applied twice",
      crossEntropyExercise { crossEntropy(Variable($0.softmax(axis: 1)), $1).item() })
    expectWrong(
      "mean of probabilities",
      crossEntropyExercise { picked($0.softmax(axis: 1), $1) / Double($1.count) })
    expectWrong(
      "−p where −log p",
      crossEntropyExercise { -picked($0.softmax(axis: 1), $1) / Double($1.count) })
    expectWrong(
      "along the classes",
      crossEntropyExercise { -picked($0.logSoftmax(axis: 0), $1) / Double($1.count) })
    expectWrong(
      "before the logarithm",
      crossEntropyExercise { -log(picked($0.softmax(axis: 1), $1) / Double($1.count)) })
    expectWrong(
      "1 − p",
      crossEntropyExercise { picked(1 - $0.softmax(axis: 1), $1) / Double($1.count) })
    expectWrong(
      "sum of the exponentials is missing",
      crossEntropyExercise { -picked($0, $1) / Double($1.count) })
  }

  @Test("p − y")
  func gradients() {
    func y(_ x: Tensor, _ labels: IntTensor) -> Tensor {
      var numbers = [Double](repeating: 0, count: x.count)
      for row in 0..<labels.count { numbers[row * x.shape[1] + labels[row]] = 1 }
      return Tensor(numbers, shape: x.shape, dtype: .float64)
    }
    expectWrong(
      "the first row only",
      crossEntropyGradientExercise { x, labels in
        var g = x.softmax(axis: 1).scalars
        for row in 0..<labels.count { g[labels[row]] -= 1 }
        return Tensor(g, shape: x.shape, dtype: .float64) / Double(labels.count)
      })
    expectWrong(
      "divided by their number", crossEntropyGradientExercise { $0.softmax(axis: 1) - y($0, $1) })
    expectWrong(
      "that is y − p",
      crossEntropyGradientExercise { (y($0, $1) - $0.softmax(axis: 1)) / Double($1.count) })
    expectWrong("p alone", crossEntropyGradientExercise { $0.softmax(axis: 1) / Double($1.count) })
    expectWrong(
      "number of all logits",
      crossEntropyGradientExercise { ($0.softmax(axis: 1) - y($0, $1)) / Double($0.count) })
    expectWrong(
      "number of classes",
      crossEntropyGradientExercise { ($0.softmax(axis: 1) - y($0, $1)) / Double($0.shape[1]) })
    expectWrong("softmax is missing", crossEntropyGradientExercise { $0 - y($0, $1) })
    expectWrong(
      "softmax is missing", crossEntropyGradientExercise { ($0 - y($0, $1)) / Double($1.count) })
    expectWrong(
      "not 1 − p",
      crossEntropyGradientExercise { x, labels in
        var p = x.softmax(axis: 1).scalars
        for row in 0..<labels.count {
          p[row * x.shape[1] + labels[row]] = 1 - p[row * x.shape[1] + labels[row]]
        }
        return Tensor(p, shape: x.shape, dtype: .float64) / Double(labels.count)
      })
    expectWrong(
      "around p − y",
      crossEntropyGradientExercise { $0.softmax(axis: 1) - y($0, $1) / Double($1.count) })
    expectWrong(
      "only the right class",
      crossEntropyGradientExercise { (($0.softmax(axis: 1) - 1) * y($0, $1)) / Double($1.count) })
    expectWrong(
      "axis 1",
      crossEntropyGradientExercise { ($0.softmax(axis: 0) - y($0, $1)) / Double($1.count) })
  }

  @Test("the loss of guessing")
  func guessing() {
    expectWrong("probability of each class", lossOfGuessingExercise { 1 / Double($0) })
    expectWrong("the sign", lossOfGuessingExercise { log(1 / Double($0)) })
    expectWrong("base 2", lossOfGuessingExercise { log2(Double($0)) })
    expectWrong("base 10", lossOfGuessingExercise { log10(Double($0)) })
    expectWrong("sure and right", lossOfGuessingExercise { _ in 0 })
    expectWrong("number of classes", lossOfGuessingExercise { Double($0) })
  }
}
