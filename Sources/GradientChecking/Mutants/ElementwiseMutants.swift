import RetrogradAutograd
import RetrogradTensors

extension Mutant {
  /// Wrong formulas for functions of one number.
  static let elementwise: [Mutant] = [
    unary("square: the 2 is missing", "too small by a factor of 2", value: { $0 * $0 }) {
      x, _, dy in dy * x
    },
    unary("square: twice too large", "too large by a factor of 2", value: { $0 * $0 }) { x, _, dy in
      dy * x * 4
    },
    unary("square: the sign is wrong", "the sign is wrong", value: { $0 * $0 }) { x, _, dy in
      -(dy * x * 2)
    },
    unary(
      "square: dy is left out", "the incoming gradient dy is left out: it is taken to be 1",
      value: { $0 * $0 }
    ) { x, _, dy in
      x * 2 + dy * 0
    },
    unary("square: only the sign of dy", "only the sign of dy counts", value: { $0 * $0 }) {
      x, _, dy in x * 2 * Variable(dy.value.sign())
    },
    unary("square: dy squared", "dy is squared", value: { $0 * $0 }) { x, _, dy in dy * dy * x * 2
    },
    unary(
      "square: zero", "nothing flows back to this input: its gradient is forgotten,",
      value: { $0 * $0 }
    ) { x, _, dy in dy * x * 0 },
    Mutant(
      name: "square: taken out of the graph",
      says: "the output is not connected to any input: a value was taken",
      inputs: [Samples.normal([3])]
    ) { x in Variable(x[0].value * x[0].value) },
    unary("cube: one factor x too many", "there is a factor too many: x", value: { $0 * $0 * $0 }) {
      x, _, dy in
      dy * x * x * x * 3
    },
    unary("cube: one factor x missing", "a factor is missing: x", value: { $0 * $0 * $0 }) {
      x, _, dy in
      dy * x * 3
    },
    unary(
      "cube: the exponent less one as factor", "too small by a factor of 1.5",
      value: { $0 * $0 * $0 }
    ) {
      x, _, dy in dy * x * x * 2
    },
    unary(
      "tanh: 1 − x²", "a formula for the output is given x: read saved.output", value: { $0.tanh() }
    ) { x, _, dy in dy * (1 - x * x) },
    unary(
      "tanh: 1 − y", "the backward pass computes dy · (1 − y); right is dy · (1 −",
      value: { $0.tanh() }
    ) { _, y, dy in dy * (1 - y) },
    unary(
      "sigmoid: x (1 − x)", "a formula for the output is given x: read saved.output",
      Samples.positive([3, 4]), value: { $0.sigmoid() }
    ) {
      x, _, dy in dy * x * (1 - x)
    },
    unary(
      "sigmoid: 1 − y is missing", "the backward pass computes dy · y; right is dy · (y − y²)",
      value: { $0.sigmoid() }
    ) { _, y, dy in
      dy * y
    },
    unary("sigmoid: y is missing", "a factor is missing: y", value: { $0.sigmoid() }) { _, y, dy in
      dy * (1 - y)
    },
    unary("exp: dy passed on", "a factor is missing: y", value: { $0.exp() }) { _, _, dy in dy },
    unary(
      "exp: at the output", "the derivative is evaluated at the output instead of the input",
      value: { $0.exp() }
    ) { _, y, dy in dy * y.exp() },
    unary(
      "log: times x", "there is a factor too many: x²", Samples.positive([3, 4]),
      value: { $0.log() }
    ) {
      x, _, dy in dy * x
    },
    unary(
      "log: at the output", "the derivative is evaluated at the output instead of the input",
      Samples.positive([3, 4]) + 3, value: { $0.log() }
    ) {
      _, y, dy in dy / y
    },
    unary(
      "sqrt: by x", "a factor is missing: √x", Samples.positive([3, 4]), value: { $0.sqrt() }
    ) {
      x, _, dy in dy / x / 2
    },
    unary(
      "reciprocal: the minus is missing", "the sign is wrong", Samples.positive([3, 4]),
      value: { 1 / $0 }
    ) { x, _, dy in dy / x / x },
    unary(
      "reciprocal: − 1/x", "there is a factor too many: x", Samples.positive([3, 4]),
      value: { 1 / $0 }
    ) {
      x, _, dy in -dy / x
    },
    unary(
      "softplus: tanh for the logistic function", "tanh(x) stands where sigmoid(x) belongs",
      Samples.positive([3, 4]), value: { ($0.exp() + 1).log() }
    ) { x, _, dy in dy * x.tanh() },
    unary(
      "one element off by 1 %", "right everywhere but at [1, 2]: there it is 1.01 times",
      value: { $0.tanh() }
    ) { _, y, dy in
      var mask = Tensor.ones([3, 4], dtype: .float64)
      mask[1, 2] = 1.01
      return dy * (1 - y * y) * Variable(mask)
    },
    unary(
      "the last column is forgotten", "right everywhere but at the last index along axis 1: there",
      value: { $0.tanh() }
    ) {
      _, y, dy in
      var mask = Tensor.ones([3, 4], dtype: .float64)
      for row in 0..<3 { mask[row, 3] = 0 }
      return dy * (1 - y * y) * Variable(mask)
    },
    unary(
      "a small number is added", "0.01 is added to the gradient of each element",
      value: { $0.tanh() }
    ) {
      _, y, dy in dy * (1 - y * y) + 0.01
    },
  ]

  /// Masks and choices that are not those of the forward pass.
  static let masks: [Mutant] = [
    unary(
      "relu: passes everything", "the input is negative: there dy is passed on",
      Samples.spaced([3, 4]), value: { $0.relu() }
    ) {
      _, _, dy in dy
    },
    unary(
      "relu: the mask inverted", "dy is passed on as it is, elsewhere nothing arrives",
      Samples.spaced([3, 4]), value: { $0.relu() }
    ) {
      x, _, dy in dy * Variable(x.value .< 0)
    },
    unary(
      "relu: a mask of another input", "draw a mask once, in the forward pass",
      Samples.spaced([3, 4]),
      value: { $0.relu() }
    ) { _, _, dy in dy * Variable(Samples.spaced([3, 4], seed: 5) .> 0) },
    unary(
      "leaky relu: the other slope forgotten",
      "right everywhere but where the input is negative: there",
      Samples.spaced([3, 4]), value: { select($0 .> 0, $0, $0 * 0.1) }
    ) { x, _, dy in dy * Variable(x.value .> 0) },
    unary(
      "abs: dy passed on", "dy is passed on as it is",
      Samples.spaced([3, 4]),
      value: { $0.abs() }
    ) { _, _, dy in dy },
    unary(
      "clamp: passes outside of the bounds", "is flat (its derivative is 0): there dy is passed on",
      Samples.spaced([3, 4]), value: { $0.clamped(min: -1, max: 1) }
    ) { _, _, dy in dy },
    unary(
      "elu: the negative side as the positive",
      "dy is passed on as it is",
      Samples.spaced([3, 4]), value: { select($0 .> 0, $0, $0.exp() - 1) }
    ) { _, _, dy in dy },
    operation(
      "maximum: to the smaller", "this is the gradient of input 1",
      [Samples.spaced([3, 4]), Samples.spaced([3, 4], seed: 2) + 0.3],
      value: { maximum($0[0], $0[1]) }
    ) { x, _, dy in
      [dy * Variable(x[0].value .< x[1].value), dy * Variable(x[0].value .> x[1].value)]
    },
    Mutant(
      name: "dropout: the mask forgotten on the way back",
      says: "the function is flat (its derivative is 0): there it is 2 · dy",
      inputs: [Samples.normal([4, 4])]
    ) { x in
      var random = RandomSource(seed: 3)
      let mask = Tensor.bernoulli(x[0].shape, probability: 0.5, dtype: .float64, using: &random)
      return record("dropout", x[0], value: x[0].value * mask * 2, keep: .nothing) { _, dy in
        dy * 2
      }
    },
    Mutant(
      name: "dropout: the scale forgotten on the way back", says: "too small by a factor of 2",
      inputs: [Samples.normal([4, 4])]
    ) { x in
      var random = RandomSource(seed: 3)
      let mask = Tensor.bernoulli(x[0].shape, probability: 0.5, dtype: .float64, using: &random)
      return record("dropout", x[0], value: x[0].value * mask * 2, keep: .nothing) { _, dy in
        dy * Variable(mask)
      }
    },
    Mutant(
      name: "dropout: another mask on the way back",
      says: "the mask is not that of this forward pass",
      inputs: [Samples.normal([4, 4])]
    ) { x in
      var random = RandomSource(seed: 3)
      let mask = Tensor.bernoulli(x[0].shape, probability: 0.5, dtype: .float64, using: &random)
      let other = Tensor.bernoulli(x[0].shape, probability: 0.5, dtype: .float64, using: &random)
      return record("dropout", x[0], value: x[0].value * mask * 2, keep: .nothing) { _, dy in
        dy * Variable(other) * 2
      }
    },
  ]

  /// Right as numbers, not differentiable again.
  static let secondOrders: [Mutant] = [
    unary(
      "square: the input as a constant", "it cannot be differentiated again", value: { $0 * $0 }
    ) { x, _, dy in
      dy * x.detached() * 2
    },
    unary(
      "tanh: the output as a constant", "it cannot be differentiated again", value: { $0.tanh() }
    ) { _, y, dy in
      dy * (1 - y.detached() * y.detached())
    },
    unary(
      "tanh: half of the output as a constant", "it cannot be differentiated again",
      value: { $0.tanh() }
    ) {
      _, y, dy in dy * (1 - y.detached() * y)
    },
    unary("exp: the output as a constant", "it cannot be differentiated again", value: { $0.exp() })
    { _, y, dy in
      dy * Variable(y.value)
    },
    unary("exp: dy as a constant", "it cannot be differentiated again", value: { $0.exp() }) {
      _, y, dy in
      dy.detached() * y
    },
    unary(
      "softmax: the probabilities as constants", "it cannot be differentiated again",
      value: { $0.softmax(axis: 1) }
    ) { _, y, dy in
      let p = y.detached()
      return p * (dy - (dy * p).sum(axes: [1], keepDims: true))
    },
    operation(
      "matmul: the other factor as a constant", "it cannot be differentiated again",
      [Samples.normal([2, 3]), Samples.normal([3, 2], seed: 2)],
      value: { matmul($0[0], $0[1]) }
    ) { x, _, dy in
      [matmul(dy, x[1].detached(), transposeB: true), matmul(x[0], dy, transposeA: true)]
    },
    operation(
      "multiply: one factor as a constant", "it cannot be differentiated again",
      [Samples.normal([2, 3]), Samples.normal([2, 3], seed: 2)], value: { $0[0] * $0[1] }
    ) { x, _, dy in [dy * x[1], dy * x[0].detached()] },
  ]

  /// Derivatives that break what the engine demands, or are no functions at all.
  static let contracts: [Mutant] = [
    unary(
      "a gradient of another shape", "returned a gradient of shape [4] (float64)", value: { $0 * 2 }
    ) { _, _, dy in
      (dy * 2).sum(axes: [0])
    },
    unary("a gradient flattened", "returned a gradient of shape [12] (float64)", value: { $0 * 2 })
    { _, _, dy in
      (dy * 2).flattened()
    },
    unary(
      "a gradient of another dtype", "returned a gradient of shape [3, 4] (float32)",
      value: { $0 * 2 }
    ) { _, _, dy in
      Variable((dy.value * 2).converted(to: .float32))
    },
    operation(
      "one gradient too few", "returned 1 gradients",
      [Samples.normal([3]), Samples.normal([3], seed: 2)], value: { $0[0] + $0[1] }
    ) { _, _, dy in [dy] },
    operation(
      "one gradient too many", "returned 2 gradients", [Samples.normal([3])],
      value: { $0[0] * 2 }
    ) { _, _, dy in [dy * 2, dy] },
    operation(
      "no gradient for an input that needs one", "returned no gradient for input 1",
      [Samples.normal([3]), Samples.normal([3], seed: 2)], value: { $0[0] + $0[1] }
    ) { _, _, dy in [dy, nil] },
    Mutant(
      name: "another gradient each time", says: "is another one the second time",
      inputs: [Samples.normal([3])]
    ) { x in
      record("noisy", x[0], value: x[0].value * 2, keep: .nothing) { _, dy in
        dy * (2 + Double.random(in: 0..<1e-3))
      }
    },
    Mutant(
      name: "another value each time", says: "the function gives another result",
      inputs: [Samples.normal([3])]
    ) { x in
      record("noisy", x[0], value: x[0].value * Double.random(in: 1..<2), keep: .nothing) { _, dy in
        dy
      }
    },
    Mutant(
      name: "the input is changed", says: "input 0 has other numbers after the function has run",
      inputs: [Samples.normal([3])]
    ) {
      x in
      let y = x[0] * 2
      x[0].value = x[0].value + 1
      return y
    },
    unary("infinities on the way back", "\"divide\" gave them first", value: { $0 * 2 }) {
      _, _, dy in
      dy * 2 / (dy * 0)
    },
  ]
}
