import RetrogradAutograd
import RetrogradTensors

extension Mutant {
  /// Wrong formulas for functions of one number.
  static let elementwise: [Mutant] = [
    unary("square: the 2 is missing", [.constantFactor], value: { $0 * $0 }) { x, _, dy in dy * x },
    unary("square: twice too large", [.constantFactor], value: { $0 * $0 }) { x, _, dy in
      dy * x * 4
    },
    unary("square: the sign is wrong", [.sign], value: { $0 * $0 }) { x, _, dy in -(dy * x * 2) },
    unary("square: dy is left out", [.cotangentIgnored], value: { $0 * $0 }) { x, _, dy in
      x * 2 + dy * 0
    },
    unary("square: only the sign of dy", [.cotangentIgnored, .notLinear], value: { $0 * $0 }) {
      x, _, dy in x * 2 * Variable(dy.value.sign())
    },
    unary("square: dy squared", [.notLinear], value: { $0 * $0 }) { x, _, dy in dy * dy * x * 2 },
    unary("square: zero", [.zero], value: { $0 * $0 }) { x, _, dy in dy * x * 0 },
    Mutant(
      name: "square: taken out of the graph", causes: [.zero], inputs: [Samples.normal([3])]
    ) { x in Variable(x[0].value * x[0].value) },
    unary("cube: one factor x too many", [.wrongFactor], value: { $0 * $0 * $0 }) { x, _, dy in
      dy * x * x * x * 3
    },
    unary("cube: one factor x missing", [.wrongFactor], value: { $0 * $0 * $0 }) { x, _, dy in
      dy * x * 3
    },
    unary("cube: the exponent less one as factor", [.constantFactor], value: { $0 * $0 * $0 }) {
      x, _, dy in dy * x * x * 2
    },
    unary("tanh: 1 − x²", [.wrongPoint], value: { $0.tanh() }) { x, _, dy in dy * (1 - x * x) },
    unary("tanh: 1 − y", [.wrongFactor], value: { $0.tanh() }) { _, y, dy in dy * (1 - y) },
    unary("sigmoid: x (1 − x)", [.wrongPoint], Samples.positive([3, 4]), value: { $0.sigmoid() }) {
      x, _, dy in dy * x * (1 - x)
    },
    unary("sigmoid: 1 − y is missing", [.wrongFactor], value: { $0.sigmoid() }) { _, y, dy in
      dy * y
    },
    unary("sigmoid: y is missing", [.wrongFactor], value: { $0.sigmoid() }) { _, y, dy in
      dy * (1 - y)
    },
    unary("exp: dy passed on", [.wrongFactor], value: { $0.exp() }) { _, _, dy in dy },
    unary("exp: at the output", [.wrongPoint], value: { $0.exp() }) { _, y, dy in dy * y.exp() },
    unary("log: times x", [.wrongFactor], Samples.positive([3, 4]), value: { $0.log() }) {
      x, _, dy in dy * x
    },
    unary("log: at the output", [.wrongPoint], Samples.positive([3, 4]) + 3, value: { $0.log() }) {
      _, y, dy in dy / y
    },
    unary(
      "sqrt: by x", [.wrongFactor, .wrongPoint], Samples.positive([3, 4]), value: { $0.sqrt() }
    ) {
      x, _, dy in dy / x / 2
    },
    unary(
      "reciprocal: the minus is missing", [.sign], Samples.positive([3, 4]), value: { 1 / $0 }
    ) { x, _, dy in dy / x / x },
    unary("reciprocal: − 1/x", [.wrongFactor], Samples.positive([3, 4]), value: { 1 / $0 }) {
      x, _, dy in -dy / x
    },
    unary(
      "softplus: tanh for the logistic function", [.wrongFactor, .wrongPoint, .someElements],
      Samples.positive([3, 4]), value: { ($0.exp() + 1).log() }
    ) { x, _, dy in dy * x.tanh() },
    unary("one element off by 1 %", [.someElements], value: { $0.tanh() }) { _, y, dy in
      var mask = Tensor.ones([3, 4], dtype: .float64)
      mask[1, 2] = 1.01
      return dy * (1 - y * y) * Variable(mask)
    },
    unary("the last column is forgotten", [.someElements, .missingSum], value: { $0.tanh() }) {
      _, y, dy in
      var mask = Tensor.ones([3, 4], dtype: .float64)
      for row in 0..<3 { mask[row, 3] = 0 }
      return dy * (1 - y * y) * Variable(mask)
    },
    unary("a small number is added", [.constantAdded, .cotangentIgnored], value: { $0.tanh() }) {
      _, y, dy in dy * (1 - y * y) + 0.01
    },
  ]

  /// Masks and choices that are not those of the forward pass.
  static let masks: [Mutant] = [
    unary("relu: passes everything", [.wrongMask], Samples.spaced([3, 4]), value: { $0.relu() }) {
      _, _, dy in dy
    },
    unary("relu: the mask inverted", [.wrongMask], Samples.spaced([3, 4]), value: { $0.relu() }) {
      x, _, dy in dy * Variable(x.value .< 0)
    },
    unary(
      "relu: a mask of another input", [.wrongMask], Samples.spaced([3, 4]),
      value: { $0.relu() }
    ) { _, _, dy in dy * Variable(Samples.spaced([3, 4], seed: 5) .> 0) },
    unary(
      "leaky relu: the other slope forgotten", [.wrongMask, .someElements],
      Samples.spaced([3, 4]), value: { select($0 .> 0, $0, $0 * 0.1) }
    ) { x, _, dy in dy * Variable(x.value .> 0) },
    unary(
      "abs: dy passed on", [.wrongMask, .someElements], Samples.spaced([3, 4]),
      value: { $0.abs() }
    ) { _, _, dy in dy },
    unary(
      "clamp: passes outside of the bounds", [.wrongMask, .someElements],
      Samples.spaced([3, 4]), value: { $0.clamp(min: -1, max: 1) }
    ) { _, _, dy in dy },
    unary(
      "elu: the negative side as the positive", [.someElements, .wrongMask],
      Samples.spaced([3, 4]), value: { select($0 .> 0, $0, $0.exp() - 1) }
    ) { _, _, dy in dy },
    operation(
      "maximum: to the smaller", [.wrongMask, .exchangedInputs],
      [Samples.spaced([3, 4]), Samples.spaced([3, 4], seed: 2) + 0.3],
      value: { maximum($0[0], $0[1]) }
    ) { x, _, dy in
      [dy * Variable(x[0].value .< x[1].value), dy * Variable(x[0].value .> x[1].value)]
    },
    Mutant(
      name: "dropout: the mask forgotten on the way back", causes: [.wrongMask],
      inputs: [Samples.normal([4, 4])]
    ) { x in
      var random = RandomSource(seed: 3)
      let mask = Tensor.bernoulli(x[0].shape, probability: 0.5, dtype: .float64, using: &random)
      return record("dropout", x[0], value: x[0].value * mask * 2, keep: .nothing) { _, dy in
        dy * 2
      }
    },
    Mutant(
      name: "dropout: the scale forgotten on the way back", causes: [.constantFactor],
      inputs: [Samples.normal([4, 4])]
    ) { x in
      var random = RandomSource(seed: 3)
      let mask = Tensor.bernoulli(x[0].shape, probability: 0.5, dtype: .float64, using: &random)
      return record("dropout", x[0], value: x[0].value * mask * 2, keep: .nothing) { _, dy in
        dy * Variable(mask)
      }
    },
    Mutant(
      name: "dropout: another mask on the way back", causes: [.wrongMask],
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
    unary("square: the input as a constant", [.secondOrder], value: { $0 * $0 }) { x, _, dy in
      dy * x.detached() * 2
    },
    unary("tanh: the output as a constant", [.secondOrder], value: { $0.tanh() }) { _, y, dy in
      dy * (1 - y.detached() * y.detached())
    },
    unary("tanh: half of the output as a constant", [.secondOrder], value: { $0.tanh() }) {
      _, y, dy in dy * (1 - y.detached() * y)
    },
    unary("exp: the output as a constant", [.secondOrder], value: { $0.exp() }) { _, y, dy in
      dy * Variable(y.value)
    },
    unary("exp: dy as a constant", [.secondOrder], value: { $0.exp() }) { _, y, dy in
      dy.detached() * y
    },
    unary(
      "softmax: the probabilities as constants", [.secondOrder],
      value: { $0.softmax(axis: 1) }
    ) { _, y, dy in
      let p = y.detached()
      return p * (dy - (dy * p).sum(axes: [1], keepDims: true))
    },
    operation(
      "matmul: the other factor as a constant", [.secondOrder],
      [Samples.normal([2, 3]), Samples.normal([3, 2], seed: 2)],
      value: { matmul($0[0], $0[1]) }
    ) { x, _, dy in
      [matmul(dy, x[1].detached(), transposeB: true), matmul(x[0], dy, transposeA: true)]
    },
    operation(
      "multiply: one factor as a constant", [.secondOrder],
      [Samples.normal([2, 3]), Samples.normal([2, 3], seed: 2)], value: { $0[0] * $0[1] }
    ) { x, _, dy in [dy * x[1], dy * x[0].detached()] },
  ]

  /// Derivatives that break what the engine demands, or are no functions at all.
  static let contracts: [Mutant] = [
    unary("a gradient of another shape", [.wrongShape], value: { $0 * 2 }) { _, _, dy in
      (dy * 2).sum(axes: [0])
    },
    unary("a gradient flattened", [.wrongShape], value: { $0 * 2 }) { _, _, dy in
      (dy * 2).flattened()
    },
    unary("a gradient of another dtype", [.wrongDType], value: { $0 * 2 }) { _, _, dy in
      Variable((dy.value * 2).converted(to: .float32))
    },
    operation(
      "one gradient too few", [.wrongCount],
      [Samples.normal([3]), Samples.normal([3], seed: 2)], value: { $0[0] + $0[1] }
    ) { _, _, dy in [dy] },
    operation(
      "one gradient too many", [.wrongCount], [Samples.normal([3])],
      value: { $0[0] * 2 }
    ) { _, _, dy in [dy * 2, dy] },
    operation(
      "no gradient for an input that needs one", [.wrongCount, .zero],
      [Samples.normal([3]), Samples.normal([3], seed: 2)], value: { $0[0] + $0[1] }
    ) { _, _, dy in [dy, nil] },
    Mutant(
      name: "another gradient each time", causes: [.notRepeatable], inputs: [Samples.normal([3])]
    ) { x in
      record("noisy", x[0], value: x[0].value * 2, keep: .nothing) { _, dy in
        dy * (2 + Double.random(in: 0..<1e-3))
      }
    },
    Mutant(
      name: "another value each time", causes: [.notRepeatable], inputs: [Samples.normal([3])]
    ) { x in
      record("noisy", x[0], value: x[0].value * Double.random(in: 1..<2), keep: .nothing) { _, dy in
        dy
      }
    },
    Mutant(name: "the input is changed", causes: [.mutatedInput], inputs: [Samples.normal([3])]) {
      x in
      let y = x[0] * 2
      x[0].value = x[0].value + 1
      return y
    },
    unary("infinities on the way back", [.nonFinite], value: { $0 * 2 }) { _, _, dy in
      dy * 2 / (dy * 0)
    },
  ]
}
