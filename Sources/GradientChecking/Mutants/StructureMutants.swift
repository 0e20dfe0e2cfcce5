import RetrogradAutograd
import RetrogradTensors

extension Mutant {
  /// Operations on two inputs, with broadcasting.
  static let broadcasting: [Mutant] = {
    let (x, bias) = (Samples.normal([5, 4]), Samples.normal([4], seed: 2))
    let (a, b) = (Samples.normal([3, 4]), Samples.positive([3, 4], seed: 2))
    let sum: @Sendable ([Tensor]) -> Tensor = { $0[0] + $0[1] }
    return [
      operation(
        "bias: not summed over the batch", "returned a gradient of shape [5, 4] (float64)",
        [x, bias], value: sum
      ) {
        _, _, dy in [dy, dy]
      },
      operation(
        "bias: only the first row", "of dy only the first index along axis 0 counts: the others",
        [x, bias], value: sum
      ) { _, _, dy in
        [dy, dy[0..<1].reshaped([4])]
      },
      operation(
        "bias: only the last row", "of dy only the last index along axis 0 counts: the others are",
        [x, bias], value: sum
      ) {
        _, _, dy in [dy, dy[4..<5].reshaped([4])]
      },
      operation(
        "bias: the mean over the batch", "too small by a factor of 5", [x, bias], value: sum
      ) {
        _, _, dy in [dy, dy.mean(axes: [0])]
      },
      operation(
        "column bias: summed over the wrong axis",
        "it fits an incoming gradient that is transposed",
        [Samples.normal([4, 4]), Samples.normal([4, 1], seed: 2)], value: sum
      ) { _, _, dy in [dy, dy.sum(axes: [0]).reshaped([4, 1])] },
      operation(
        "subtract: the minus is missing", "the sign is wrong", [a, b], value: { $0[0] - $0[1] }
      ) {
        _, _, dy in [dy, dy]
      },
      operation(
        "multiply: each by itself", "this is the gradient of input 1", [a, b],
        value: { $0[0] * $0[1] }
      ) { x, _, dy in [dy * x[0], dy * x[1]] },
      operation(
        "multiply: the other factor missing", "a factor is missing: input 1", [a, b],
        value: { $0[0] * $0[1] }
      ) { x, _, dy in [dy, dy * x[0]] },
      operation(
        "divide: the minus is missing", "the sign is wrong", [a, b], value: { $0[0] / $0[1] }
      ) {
        x, _, dy in [dy / x[1], dy * x[0] / x[1] / x[1]]
      },
      operation(
        "divide: b for b²", "there is a factor too many: input 1", [a, b], value: { $0[0] / $0[1] }
      ) { x, _, dy in
        [dy / x[1], -dy * x[0] / x[1]]
      },
      operation(
        "a gradient is forgotten", "nothing flows back to this input: its gradient is forgotten,",
        [a, b], value: sum
      ) { _, _, dy in
        [dy, dy * 0]
      },
      Mutant(
        name: "one of two uses of an input is forgotten",
        says: "too small by a factor of 2", inputs: [a]
      ) { x in
        record("self product", [x[0], x[0]], value: x[0].value * x[0].value, keep: .inputs) {
          saved, dy in [dy * saved.inputs[1], dy * 0]
        }
      },
    ]
  }()

  /// Products of matrices.
  static let matrices: [Mutant] = {
    let (a, b) = (Samples.normal([3, 3]), Samples.normal([3, 3], seed: 2))
    let (x, weight) = (Samples.normal([5, 4]), Samples.normal([3, 4], seed: 2))
    let product: @Sendable ([Tensor]) -> Tensor = { matmul($0[0], $0[1]) }
    let connected: @Sendable ([Tensor]) -> Tensor = { linear($0[0], $0[1]) }
    return [
      operation(
        "matmul: b not transposed", "it fits with input 1 transposed", [a, b], value: product
      ) { x, _, dy in
        [matmul(dy, x[1]), matmul(x[0], dy, transposeA: true)]
      },
      operation(
        "matmul: the result transposed", "the gradient is transposed", [a, b], value: product
      ) {
        x, _, dy in
        [matmul(dy, x[1], transposeB: true), matmul(x[0], dy, transposeA: true).transposed()]
      },
      operation(
        "matmul: dy transposed", "it fits an incoming gradient that is transposed", [a, b],
        value: product
      ) {
        x, _, dy in
        [
          matmul(dy, x[1], transposeA: true, transposeB: true),
          matmul(x[0], dy, transposeA: true),
        ]
      },
      operation(
        "matmul: gradients exchanged", "this is the gradient of input 1", [a, b], value: product
      ) {
        x, _, dy in
        [matmul(x[0], dy, transposeA: true), matmul(dy, x[1], transposeB: true)]
      },
      operation(
        "linear: divided by the batch", "too small by a factor of 5", [x, weight], value: connected
      ) {
        x, _, dy in [matmul(dy, x[1]), matmul(dy, x[0], transposeA: true) / 5]
      },
      operation(
        "linear: the weight's gradient transposed", "returned a gradient of shape [4, 3] (float64)",
        [x, weight], value: connected
      ) { x, _, dy in [matmul(dy, x[1]), matmul(x[0], dy, transposeA: true)] },
      operation(
        "linear: only the first row of the batch",
        "of dy only the first index along axis 0 counts: the others", [x, weight],
        value: connected
      ) { x, _, dy in
        [matmul(dy, x[1]), matmul(dy[0..<1], x[0][0..<1], transposeA: true)]
      },
      operation(
        "dot: its own factor", "input 0 stands where input 1 belongs",
        [Samples.normal([4]), Samples.normal([4], seed: 2)],
        value: { ($0[0] * $0[1]).sum() }
      ) { x, _, dy in [dy * x[0], dy * x[0]] },
      operation(
        "outer product: dy applied untransposed", "it fits an incoming gradient that is transposed",
        [Samples.normal([3]), Samples.normal([3], seed: 2)],
        value: { $0[0].reshaped([3, 1]) * $0[1].reshaped([1, 3]) }
      ) { x, _, dy in
        [matmul(dy, x[1], transposeA: true), matmul(dy, x[0], transposeA: true)]
      },
    ]
  }()

  /// Sums, choices and softmax.
  static let reductions: [Mutant] = {
    let x = Samples.normal([3, 4])
    let square = Samples.normal([4, 4])
    let spaced = Samples.spaced([3, 4])
    @Sendable func chosen(_ x: Tensor, _ axis: Int) -> Tensor {
      x .== x.amax(axes: [axis], keepDims: true)
    }
    return [
      unary(
        "sum: divided by the count", "too small by a factor of 4", x, value: { $0.sum(axes: [1]) }
      ) {
        x, _, dy in dy.reshaped([3, 1]).broadcast(to: [3, 4]) / 4
      },
      unary(
        "mean: the division is missing", "too large by a factor of 4", x,
        value: { $0.mean(axes: [1]) }
      ) {
        x, _, dy in dy.reshaped([3, 1]).broadcast(to: [3, 4])
      },
      unary("mean: divided twice", "too small by a factor of 3", x, value: { $0.mean(axes: [0]) }) {
        x, _, dy in dy.reshaped([1, 4]).broadcast(to: [3, 4]) / 9
      },
      unary(
        "sum: spread over the wrong axis", "the gradient is transposed", square,
        value: { $0.sum(axes: [1]) }
      ) { _, _, dy in dy.reshaped([1, 4]).broadcast(to: [4, 4]) },
      unary(
        "softmax: p (1 − p) alone", "each output is treated as if it depended on its own element",
        x, value: { $0.softmax(axis: 1) }
      ) {
        _, y, dy in dy * y * (1 - y)
      },
      unary(
        "softmax: the sum is missing", "the term y · Σ(y · dy) is missing", x,
        value: { $0.softmax(axis: 1) }
      ) { _, y, dy in dy * y },
      unary(
        "softmax: the sum over the wrong axis",
        "the sum in the derivative runs over axis 0 instead of axis 1", square,
        value: { $0.softmax(axis: 1) }
      ) { _, y, dy in y * (dy - (dy * y).sum(axes: [0], keepDims: true)) },
      unary(
        "softmax: the sum over everything",
        "the sum in the derivative runs over axis 0 and 1 instead of", x,
        value: { $0.softmax(axis: 1) }
      ) {
        _, y, dy in y * (dy - (dy * y).sum())
      },
      unary(
        "softmax: the sum counted twice", "the term y · Σ(y · dy) is counted 2 times", x,
        value: { $0.softmax(axis: 1) }
      ) {
        _, y, dy in y * (dy - (dy * y).sum(axes: [1], keepDims: true) * 2)
      },
      unary(
        "log softmax: the softmax is missing", "the term exp(y) · Σ dy is missing", x,
        value: { $0.logSoftmax(axis: 1) }
      ) { _, _, dy in dy },
      unary(
        "log-sum-exp: dy passed on", "dy is passed on as it is",
        x, value: { $0.logSumExp(axes: [1]) }
      ) {
        _, _, dy in dy.reshaped([3, 1]).broadcast(to: [3, 4])
      },
      unary(
        "max: to the whole row", "each output is one element, and its gradient goes to all", spaced,
        value: { $0.amax(axes: [1]) }
      ) {
        _, _, dy in dy.reshaped([3, 1]).broadcast(to: [3, 4])
      },
      unary(
        "max: to the smallest", "each output is one element, and its gradient goes to the", spaced,
        value: { $0.amax(axes: [1]) }
      ) {
        x, _, dy in dy.reshaped([3, 1]) * Variable(chosen(-x.value, 1))
      },
      unary(
        "max: to the first of the row", "each output is one element, and its gradient goes to the",
        spaced, value: { $0.amax(axes: [1]) }
      ) {
        _, _, dy in
        var first = Tensor.zeros([3, 4], dtype: .float64)
        for row in 0..<3 { first[row, 0] = 1 }
        return dy.reshaped([3, 1]) * Variable(first)
      },
      unary(
        "variance: not centered", "x stands where deviation(x) belongs", x,
        value: { $0.variance(correction: 1) }
      ) { x, _, dy in dy * x * (2.0 / 11) },
      unary(
        "variance: n for n − 1", "too small by a factor of 1.09091", x,
        value: { $0.variance(correction: 1) }
      ) {
        x, _, dy in dy * (x - x.mean()) * (2.0 / 12)
      },
      unary(
        "norm: not divided by itself", "there is a factor too many: y", x,
        value: { ($0 * $0).sum().sqrt() }
      ) { x, _, dy in dy * x },
      unary(
        "product: not divided by the element", "there is a factor too many: x",
        Samples.positive([4]),
        value: { $0.log().sum().exp() }
      ) { _, y, dy in (dy * y).broadcast(to: [4]) },
      unary(
        "cumulative sum: not reversed on the way back",
        "the Jacobian is applied to dy instead of its transpose",
        Samples.normal([5]), value: { matmul(lower(5), $0) }
      ) { _, _, dy in matmul(Variable(lower(5)), dy) },
    ]
  }()

  /// Ones on and below the diagonal.
  @Sendable private static func lower(_ n: Int) -> Tensor {
    Tensor(
      (0..<(n * n)).map { $0 / n >= $0 % n ? 1 : 0 }, shape: [n, n], dtype: .float64)
  }
}
