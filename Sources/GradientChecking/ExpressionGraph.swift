import RetrogradAutograd
import RetrogradTensors

/// A random expression of operations whose derivatives are right, to prove that a gradient check raises no
/// false alarm: up to 30 operations with broadcasting, reuse of intermediate results, convolution and
/// pooling.
struct ExpressionGraph: Sendable {
  /// One operation, on results that are there already.
  private enum Step: Sendable {
    case unary(Unary, Int)
    case binary(Binary, Int, Int)
    case broadcast(Binary, Int, axis: Int)
    case softmax(Int, axis: Int)
    case reduce(Reduction, Int, axis: Int)
    case product(Int, Int)
    case transpose(Int)
    case slice(Int, axis: Int)
    case join(Int, Int, axis: Int)
    case convolve(Int, kernel: Int)
    case maxPool(Int)
    case averagePool(Int)
    case gather(Int, indices: [Int])
  }

  private enum Unary: CaseIterable, Sendable {
    case tanh, sigmoid, relu, abs, negate, square, exp, log, sqrt, clamp
  }

  private enum Binary: CaseIterable, Sendable {
    case add, subtract, multiply, divide, maximum
  }

  private enum Reduction: CaseIterable, Sendable {
    case sum, mean, max, logSumExp, variance
  }

  /// The seed it was drawn from.
  let seed: UInt64
  /// The point at which to check it.
  let inputs: [Tensor]
  private let steps: [Step]

  /// The most operations.
  private static let largest = 30

  init(seed: UInt64) {
    self.seed = seed
    var random = RandomSource(seed: seed)
    let (rows, columns) = (random.integer(in: 1..<5), random.integer(in: 1..<5))
    let inputCount = random.integer(in: 1..<4)
    inputs = (0..<inputCount).map { _ in
      .normal([rows, columns], dtype: .float64, using: &random)
    }
    var shapes = inputs.map(\.shape)
    var steps: [Step] = []
    for _ in 0..<random.integer(in: 1..<(Self.largest + 1)) {
      let (step, shape) = Self.draw(shapes, &random)
      steps.append(step)
      shapes.append(shape)
    }
    self.steps = steps
  }

  /// The function; its result is the last operation's plus a little of all others' of that shape.
  func callAsFunction(_ x: [Variable]) -> Variable {
    var results = x
    for step in steps { results.append(run(step, results)) }
    let last = results.last!
    let others = results.dropLast().filter { $0.shape == last.shape }
    return others.reduce(last) { $0 + $1 * 0.3 }
  }

  private static func draw(
    _ shapes: [[Int]], _ random: inout RandomSource
  ) -> (Step, [Int]) {
    // Newer results are likelier, so that graphs become deep as well as wide.
    func pick() -> Int {
      max(random.integer(in: 0..<shapes.count), random.integer(in: 0..<shapes.count))
    }
    let a = pick()
    let shape = shapes[a]
    let axis = random.integer(in: 0..<2)
    let alike = shapes.indices.filter { shapes[$0] == shape }
    let b = alike[random.integer(in: 0..<alike.count)]
    switch random.integer(in: 0..<16) {
    case 0...3: return (.unary(Unary.allCases[random.integer(in: 0..<10)], a), shape)
    case 4...6: return (.binary(Binary.allCases[random.integer(in: 0..<5)], a, b), shape)
    case 7:
      return (.broadcast(Binary.allCases[random.integer(in: 0..<5)], a, axis: axis), shape)
    case 8: return (.softmax(a, axis: axis), shape)
    case 9:
      return (.reduce(Reduction.allCases[random.integer(in: 0..<5)], a, axis: axis), shape)
    case 10:
      return (.product(a, b), [shape[0], shape[0]])
    case 11: return (.transpose(a), [shape[1], shape[0]])
    case 12:
      guard shape[axis] > 1 else { return (.transpose(a), [shape[1], shape[0]]) }
      var sliced = shape
      sliced[axis] -= 1
      return (.slice(a, axis: axis), sliced)
    case 13:
      guard shape[axis] <= 3 else { return (.convolve(a, kernel: 3), shape) }
      var joined = shape
      joined[axis] *= 2
      return (.join(a, b, axis: axis), joined)
    case 14:
      let isLarge = shape[0] > 1 && shape[1] > 1
      guard isLarge else { return (.convolve(a, kernel: 1), shape) }
      let pooled = [shape[0] - 1, shape[1] - 1]
      return random.integer(in: 0..<2) == 0 ? (.maxPool(a), pooled) : (.averagePool(a), pooled)
    default:
      if random.integer(in: 0..<2) == 0 { return (.convolve(a, kernel: 3), shape) }
      let indices = (0..<(shape[0] * shape[1])).map { _ in random.integer(in: 0..<shape[0]) }
      return (.gather(a, indices: indices), shape)
    }
  }

  private func run(_ step: Step, _ results: [Variable]) -> Variable {
    switch step {
    case .unary(let function, let a): return apply(function, results[a])
    case .binary(let function, let a, let b): return apply(function, results[a], results[b])
    case .broadcast(let function, let a, let axis):
      let x = results[a]
      return apply(function, x, x.slice(0..<1, axis: axis))
    case .softmax(let a, let axis): return RetrogradAutograd.softmax(results[a], axis: axis)
    case .reduce(let reduction, let a, let axis):
      return tame(results[a]) * 0.5 + apply(reduction, results[a], axis)
    case .product(let a, let b):
      return tame(matmul(results[a], results[b], transposeB: true))
    case .transpose(let a): return results[a].transposed()
    case .slice(let a, let axis): return results[a].slice(1..<results[a].shape[axis], axis: axis)
    case .join(let a, let b, let axis): return concatenate([results[a], results[b]], axis: axis)
    case .convolve(let a, let kernel):
      let x = asPicture(results[a])
      // The kernel depends on the input too: convolution is differentiated in both.
      let pattern = Tensor(
        (0..<(kernel * kernel)).map { 0.4 - 0.1 * Double($0) }, shape: [1, 1, kernel, kernel],
        dtype: .float64)
      let weight = Variable(pattern) * tame(x.mean(axes: [0, 1, 2, 3], keepDims: true) + 0.7)
      return conv2d(x, weight, padding: Size2D(kernel / 2)).reshaped(results[a].shape)
    case .maxPool(let a): return fromPicture(maxPool2d(asPicture(results[a]), kernel: 2, stride: 1))
    case .averagePool(let a):
      return fromPicture(avgPool2d(asPicture(results[a]), kernel: 2, stride: 1))
    case .gather(let a, let indices):
      return RetrogradAutograd.gather(
        results[a], IntTensor(indices, shape: results[a].shape), axis: 0)
    }
  }

  private func apply(_ function: Unary, _ x: Variable) -> Variable {
    switch function {
    case .tanh: x.tanh()
    case .sigmoid: x.sigmoid()
    case .relu: x.relu()
    case .abs: x.abs()
    case .negate: -x
    case .square: tame(x) * tame(x)
    case .exp: tame(x).exp()
    case .log: (x * x + 0.5).log()
    case .sqrt: (x * x + 0.5).sqrt()
    case .clamp: x.clamped(min: -0.8, max: 0.9)
    }
  }

  private func apply(_ function: Binary, _ a: Variable, _ b: Variable) -> Variable {
    switch function {
    case .add: a + b
    case .subtract: a - b * 0.7
    case .multiply: tame(a) * tame(b)
    case .divide: tame(a) / (tame(b) * tame(b) + 0.6)
    case .maximum: RetrogradAutograd.maximum(a, b * 0.8 + 0.1)
    }
  }

  private func apply(_ reduction: Reduction, _ x: Variable, _ axis: Int) -> Variable {
    switch reduction {
    case .sum: tame(x.sum(axes: [axis], keepDims: true))
    case .mean: x.mean(axes: [axis], keepDims: true)
    case .max: x.max(axis: axis, keepDims: true)
    case .logSumExp: x.logSumExp(axes: [axis], keepDims: true)
    case .variance: tame(x.variance(axes: [axis], correction: 0, keepDims: true))
    }
  }

  /// Keeps numbers from growing beyond all bounds through thirty operations.
  private func tame(_ x: Variable) -> Variable { (x * 0.5).tanh() * 2 }

  private func asPicture(_ x: Variable) -> Variable { x.reshaped([1, 1] + x.shape) }
  private func fromPicture(_ x: Variable) -> Variable { x.reshaped(Array(x.shape.suffix(2))) }
}
