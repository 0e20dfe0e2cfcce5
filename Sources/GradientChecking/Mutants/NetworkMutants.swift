import RetrogradAutograd
import RetrogradTensors

extension Mutant {
  /// Mistakes in one of several operations, values that leave the graph, state and chance.
  static let networks: [Mutant] = {
    let (x, weight) = (Samples.normal([3, 4]), Samples.normal([4, 5], seed: 2))
    let square = Samples.normal([4, 4], seed: 2)
    return [
      Mutant(
        name: "network: the softmax in its middle lacks a term",
        says: "in \"softmax\" (operation 3 of 5): the term y · Σ(y · dy) is missing",
        inputs: [x, weight]
      ) { x in
        let hidden = matmul(x[0], x[1]).tanh()
        let attention = record(
          "softmax", hidden, value: hidden.value.softmax(axis: 1), keep: .output
        ) { saved, dy in dy * saved.output }
        return (attention * hidden).sum(axes: [1])
      },
      Mutant(
        name: "network: the tanh in its middle reads its input",
        says: "in \"tanh\" (operation 2 of 5): a formula for the output is given x",
        inputs: [x, weight]
      ) { x in
        let hidden = matmul(x[0], x[1])
        let y = record("tanh", hidden, value: hidden.value.tanh(), keep: .inputs) { saved, dy in
          dy * (1 - saved.inputs[0] * saved.inputs[0])
        }
        return (y * y).mean(axes: [0])
      },
      Mutant(
        name: "network: the residual path is detached",
        says: "input 0 comes in as a constant: it was taken out of the graph", inputs: [x, square]
      ) { x in matmul(x[0], x[1]).relu() + x[0].detached() },
      Mutant(
        name: "network: a value is taken out in its middle",
        says: "the result of \"matmul\" comes in also as a constant", inputs: [x, square]
      ) { x in
        let hidden = matmul(x[0], x[1])
        return Variable(hidden.value.sigmoid()) * hidden
      },
      Mutant(
        name: "network: an input is not recorded",
        says: "it computes with input 1, which is not among the inputs that it records",
        inputs: [x, Samples.normal([4], seed: 2)]
      ) { x in
        let (hidden, scale) = (x[0].tanh(), x[1].value)
        return record("scale", hidden, value: hidden.value * scale, keep: .nothing) { _, dy in
          dy * Variable(scale)
        } * x[1].exp()
      },
      Mutant(
        name: "network: each step detaches the one before",
        says: "(and 2 other operations as well): input 0 comes in as a constant",
        inputs: [Samples.normal([2, 4]), square]
      ) { x in (0..<3).reduce(x[0]) { state, _ in matmul(state.detached(), x[1]).tanh() } },
      Mutant(
        name: "a product with its own detached self",
        says: "input 0 comes in also as a constant: it was taken out of the graph", inputs: [x]
      ) { x in x[0] * x[0].detached() },
      Mutant(
        name: "dropout: the mask drawn again on the way back",
        says: "draw a mask once, in the forward pass", inputs: [square]
      ) { x in
        var random = RandomSource(seed: 3)
        let mask = Tensor.bernoulli([4, 4], probability: 0.5, dtype: .float64, using: &random)
        let source = random
        return record("dropout", x[0], value: x[0].value * mask * 2, keep: .nothing) { _, dy in
          var source = source
          let other = Tensor.bernoulli([4, 4], probability: 0.5, dtype: .float64, using: &source)
          return dy * Variable(other) * 2
        }
      },
      Mutant(
        name: "a buffer that each call writes over",
        says: "its derivative reads something that each call writes over",
        inputs: [Samples.normal([3])]
      ) { [buffer = Buffer()] x in buffer.square(x[0]) },
      Mutant(
        name: "a buffer that a second use writes over",
        says: "it returns the derivative at the inputs of its later use",
        inputs: [Samples.normal([3])]
      ) { x in
        let buffer = Buffer()
        return buffer.square(x[0]) * buffer.square(x[0] * 2)
      },
      unary(
        "tanh: backward in single precision", "is rounded to single precision (float32)",
        value: { $0.tanh() }
      ) { _, y, dy in
        let (a, b) = (dy.converted(to: .float32), y.converted(to: .float32))
        return (a * (1 - b * b)).converted(to: .float64)
      },
    ]
  }()

  /// A square whose derivative reads what the last call has left behind.
  private final class Buffer: @unchecked Sendable {
    private var kept = Variable(Tensor(0, dtype: .float64))

    func square(_ x: Variable) -> Variable {
      kept = x.detached()
      return record("square", x, value: x.value * x.value, keep: .nothing) { [self] _, dy in
        dy * kept * 2
      }
    }
  }

  /// Mistakes in functions whose outputs depend on a whole slice, and terms that are missing.
  static let normalizations: [Mutant] = {
    let x = Samples.normal([3, 5])
    let (batch, gain) = (Samples.normal([5, 3]), Samples.normal([3], seed: 2))
    @Sendable func mean(_ x: Variable, _ axis: Int) -> Variable {
      x.mean(axes: [axis], keepDims: true)
    }
    @Sendable func deviation(_ x: Variable, _ axis: Int) -> Variable {
      (x.variance(axes: [axis], correction: 0, keepDims: true) + 1e-5).sqrt()
    }
    @Sendable func normalized(_ x: Variable, _ axis: Int) -> Variable {
      (x - mean(x, axis)) / deviation(x, axis)
    }
    @Sendable func normal(
      _ name: String, _ says: String,
      _ derivative: @escaping @Sendable (_ dy: Variable, _ z: Variable, _ s: Variable) -> Variable
    ) -> Mutant {
      unary(name, says, x, value: { normalized(Variable($0), 1).value }) { x, _, dy in
        derivative(dy, normalized(x, 1), deviation(x, 1))
      }
    }
    @Sendable func gained(
      _ name: String, _ says: String, _ derivative: @escaping MutantDerivative
    ) -> Mutant {
      operation(
        name, says, [batch, gain],
        value: { (normalized(Variable($0[0]), 0) * Variable($0[1])).value }, derivative)
    }
    @Sendable func dx(_ x: Variable, _ dy: Variable) -> Variable {
      let z = normalized(x, 0)
      return (dy - mean(dy, 0) - z * mean(dy * z, 0)) / deviation(x, 0)
    }
    return [
      normal("layer norm: the variance as a constant", "the term through the variance is missing") {
        dy, _, s in (dy - mean(dy, 1)) / s
      },
      normal("layer norm: the mean as a constant", "the term through the mean is missing") {
        dy, z, s in (dy - z * mean(dy * z, 1)) / s
      },
      normal("layer norm: the variance's sign", "the term through the variance has the wrong sign")
      {
        dy, z, s in (dy - mean(dy, 1) + z * mean(dy * z, 1)) / s
      },
      normal("layer norm: the mean counts twice", "the term through the mean is counted 2 times") {
        dy, z, s in (dy - mean(dy, 1) * 2 - z * mean(dy * z, 1)) / s
      },
      normal("layer norm: not divided by σ", "there is a factor too many: σ(x, axis 1)") {
        dy, z, _ in dy - mean(dy, 1) - z * mean(dy * z, 1)
      },
      gained("batch norm: the gain is forgotten", "a factor is missing: input 1") { x, _, dy in
        [dx(x[0], dy), (dy * normalized(x[0], 0)).sum(axes: [0])]
      },
      gained(
        "batch norm: the gain's gradient with x as it is",
        "input 0 stands where normalized(input 0, axis 0) belongs"
      ) { x, _, dy in [dx(x[0], dy * x[1]), (dy * x[0]).sum(axes: [0])] },
      unary(
        "unit vectors: the norm as a constant", "the term y · Σ(y · dy) is missing", x,
        value: { $0 / ($0 * $0).sum(axes: [1], keepDims: true).sqrt() }
      ) { x, _, dy in dy / (x * x).sum(axes: [1], keepDims: true).sqrt() },
      unary(
        "shares: the sum as a constant", "the term Σ(y · dy) is missing",
        Samples.positive([3, 5]), value: { $0 / $0.sum(axes: [1], keepDims: true) }
      ) { x, _, dy in dy / x.sum(axes: [1], keepDims: true) },
      unary(
        "silu: the term with x is missing", "the term x · g′ is missing",
        value: { $0 * $0.sigmoid() }
      ) {
        x, _, dy in dy * x.sigmoid()
      },
      unary(
        "silu: a term's sign", "the term x · g′ has the wrong sign", value: { $0 * $0.sigmoid() }
      ) {
        x, _, dy in
        let s = x.sigmoid()
        return dy * (s - x * s * (1 - s))
      },
      unary(
        "Gauss: the inner derivative is missing", "a factor is missing: -2 · x",
        value: { (-($0 * $0)).exp() }
      ) {
        _, y, dy in dy * y
      },
      unary(
        "log: at x + 1", "the derivative is evaluated at x + 1", Samples.positive([3, 4]),
        value: { $0.log() }
      ) {
        x, _, dy in dy / (x + 1)
      },
      unary(
        "cos: π is 3.14", "the derivative of the function of 0.999493 · x",
        value: { ($0 * Double.pi).cos() }
      ) {
        x, _, dy in dy * (x * 3.14).sin() * -3.14
      },
      unary(
        "residual: the path around is forgotten", "the term dy is missing",
        value: { $0.softmax(axis: 1) + $0 }
      ) {
        x, _, dy in
        let y = softmax(x, axis: 1)
        return y * (dy - (dy * y).sum(axes: [1], keepDims: true))
      },
      operation(
        "penalty: its gradient is forgotten", "the term 0.2 · input 0 · dy",
        [Samples.normal([4]), Samples.normal([4], seed: 2)],
        value: { (($0[0] - $0[1]) * ($0[0] - $0[1])).sum() + ($0[0] * $0[0]).sum() * 0.1 }
      ) { x, _, dy in [dy * (x[0] - x[1]) * 2, dy * (x[1] - x[0]) * 2] },
      unary(
        "tanh: the gradient is clipped", "the gradient is cut off at ±0.5", value: { $0.tanh() }
      ) {
        _, y, dy in (dy * (1 - y * y)).clamped(min: -0.5, max: 0.5)
      },
      unary("tanh: dy divided by its norm", "dy is divided by its norm", value: { $0.tanh() }) {
        _, y, dy in
        dy / dy.norm() * (1 - y * y)
      },
      unary(
        "tanh: weight decay is added", "0.01 · x is added, whatever comes in", value: { $0.tanh() }
      ) {
        x, y, dy in dy * (1 - y * y) + x * 0.01
      },
      unary(
        "outer product with itself: one use counts",
        "the input is used twice, and one of the two uses counts",
        Samples.normal([4]), value: { $0.reshaped([4, 1]) * $0.reshaped([1, 4]) }
      ) { x, _, dy in (dy * x.reshaped([1, 4])).sum(axes: [1]) },
    ]
  }()
}
