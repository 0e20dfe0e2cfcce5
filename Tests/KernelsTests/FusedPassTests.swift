import Foundation
import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// What is computed for `float32` in one pass over memory, beside the same in differentiable operations on `float64`.
@Suite("Functions and derivatives in one pass")
struct FusedPassTests {
  private static let functions:
    [(name: String, tolerance: Double, apply: @Sendable (Tensor) -> Tensor)] = [
      ("sigmoid", 3, { $0.sigmoid() }), ("erf", 3, { $0.erf() }), ("silu", 3, { $0.silu() }),
      ("log", 3, { $0.log() }), ("log1p", 3, { $0.log1p() }), ("expm1", 3, { $0.expm1() }),
      ("sin", 3, { $0.sin() }), ("cos", 3, { $0.cos() }), ("softplus", 3, { $0.softplus() }),
      ("elu", 3, { $0.elu() }),
    ]

  /// How far from the exact value, in units of the last place of the larger of both magnitudes.
  private func units(_ value: Float, _ exact: Double) -> Double {
    if Double(value) == exact || value.isNaN && exact.isNaN { return 0 }
    if value == Float(exact) { return 0 }
    return abs(Double(value) - exact) / Double(Float(exact).magnitude.ulp)
  }

  @Test("functions are right to a few units of the last place", arguments: InstructionSet.available)
  func functions(instructions: InstructionSet) {
    var random = RandomSource(seed: 3)
    let wide = Tensor.uniform([20_001], low: -30, high: 30, using: &random)
    let near = Tensor.normal([20_001], standardDeviation: 1.5, using: &random)
    let small = Tensor.normal([1001], standardDeviation: 1e-20, using: &random)
    // Many turns, which sin and cos have to take off, and more than they can.
    let large = Tensor.uniform([2001], low: -3e6, high: 3e6, using: &random)
    for (name, tolerance, apply) in Self.functions {
      for x in [wide, near, small, large] {
        let x = name.hasPrefix("log") ? x.abs() : x
        let found = instructions.use { apply(x) }.floats
        let exact = apply(x.converted(to: .float64)).scalars
        let worst = zip(found, exact).map { units($0, $1) }.max() ?? 0
        #expect(worst <= tolerance, "\(name): \(worst) units")
      }
    }
  }

  @Test(
    "functions keep what is special about zeros, infinities and NaN",
    arguments: InstructionSet.available)
  func special(instructions: InstructionSet) {
    let x: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, Float.leastNonzeroMagnitude,
      -Float.leastNonzeroMagnitude, 200, -200, 1, 0.875, 4.5,
    ]
    for (name, tolerance, apply) in Self.functions {
      let found = instructions.use { apply(Tensor(x)) }.floats
      let exact = apply(Tensor(x).converted(to: .float64)).scalars
      for i in x.indices {
        let isNear = units(found[i], exact[i]) <= tolerance || abs(exact[i]) < 1e-37
        #expect(
          isNear && found[i].isNaN == exact[i].isNaN, "\(name)(\(x[i])): \(found[i]), \(exact[i])")
      }
    }
  }

  @Test(
    "GELU keeps its digits where it is small, and its derivative its own",
    arguments: InstructionSet.available)
  func gelu(instructions: InstructionSet) {
    var random = RandomSource(seed: 7)
    let x = Tensor.uniform([20_001], low: -5.5, high: 5.5, using: &random)
    func run(_ dtype: DType) -> (y: Tensor, dx: Tensor) {
      let variable = Variable(x.converted(to: dtype), requiresGrad: true)
      let y = variable.gelu()
      y.sum().backward()
      return (y.value, variable.grad!)
    }
    let exact = run(.float64)
    let found = instructions.use { run(.float32) }
    // The exponential of -x^2 / 2 makes the rounding of its argument so much larger.
    let excess = zip(x.scalars, zip(found.y.floats, exact.y.scalars)).map {
      (x: $0, units: units($1.0, $1.1) - ($0 < 0 ? $0 * $0 : 0))
    }
    let worst = excess.max { $0.units < $1.units }!
    #expect(worst.units <= 6, "gelu(\(worst.x)): \(worst.units) units too many")
    #expect((found.dx.converted(to: .float64) - exact.dx).abs().max().item() < 3e-7)

    let special = Tensor([Float.infinity, -.infinity, .nan, 0, -0.0, 200, -200] as [Float])
    let ends = instructions.use { special.gelu() }.floats
    #expect(ends[0] == .infinity && ends[1].isNaN && ends[2].isNaN)
    #expect(ends[3...] == [0, 0, 200, 0] && ends[4].sign == .minus && ends[6].sign == .minus)
  }

  @Test("powers are right to a unit of the last place", arguments: InstructionSet.available)
  func powers(instructions: InstructionSet) {
    var random = RandomSource(seed: 5)
    let bases = Tensor.normal([20_003], using: &random).exp()
    let near = Tensor.normal([20_003], mean: 1, standardDeviation: 1e-4, using: &random)
    let exponents = Tensor.normal([20_003], standardDeviation: 20, using: &random)
    for x in [bases, near] {
      let exact = x.converted(to: .float64).pow(exponents.converted(to: .float64)).scalars
      let found = instructions.use { x.pow(exponents) }.floats
      let worst = zip(found, exact).map { units($0, $1) }.max()!
      #expect(worst <= 1, "\(worst) units")
    }
    for exponent in [3, -1, 0.3, 1.75, -2.5] {
      let exact = bases.converted(to: .float64).pow(Double(Float(exponent))).scalars
      let found = instructions.use { bases.pow(exponent) }.floats
      let worst = zip(found, exact).map { units($0, $1) }.max()!
      #expect(worst <= 1, "to the power of \(exponent): \(worst) units")
      let base = Double(Float(abs(exponent)))
      let raised = instructions.use { pow(base, exponents) }.floats
      let exactlyRaised = pow(base, exponents.converted(to: .float64)).scalars
      let worstRaised = zip(raised, exactlyRaised).map { units($0, $1) }.max()!
      #expect(worstRaised <= 1, "\(base) to a power: \(worstRaised) units")
    }
  }

  @Test(
    "powers of zeros, ones, infinities, NaN and negative numbers are the C library's",
    arguments: InstructionSet.available)
  func specialPowers(instructions: InstructionSet) {
    let numbers: [Float] = [
      0, -0.0, 1, -1, 2, -2, 0.25, -0.75, 3, -3, .infinity, -.infinity, .nan,
      .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-38,
      3.4e38, -3.4e38, 16_777_216, 16_777_215, 8_388_609, -8_388_607, 1e10, -1e10, 0.99999994,
      -1.0000001,
    ]
    let count = numbers.count
    let bases = Tensor(numbers).reshaped([count, 1])
    let found = instructions.use { bases.pow(Tensor(numbers)) }.floats
    for (i, base) in numbers.enumerated() {
      for (j, exponent) in numbers.enumerated() {
        let (value, exact) = (found[i * count + j], Foundation.pow(base, exponent))
        let isRight =
          units(value, Double(exact)) <= 1 && value.isNaN == exact.isNaN
          && (exact.isNaN || value.sign == exact.sign)
        #expect(isRight, "\(base) to the power of \(exponent): \(value), not \(exact)")
      }
    }
  }

  /// Functions of one variable and their gradient in one pass.
  private static let graphs: [(name: String, apply: @Sendable (Variable) -> Variable)] = [
    ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }), ("silu", { $0.silu() }),
    ("gelu", { $0.gelu() }), ("gelu by tanh", { $0.gelu(approximation: .tanh) }),
    ("softmax of rows", { softmax($0, axis: -1) }),
    ("softmax of columns", { softmax($0, axis: 1) }),
    ("log-softmax of rows", { logSoftmax($0, axis: -1) }),
    ("log-softmax of columns", { logSoftmax($0, axis: 0) }),
    ("layer norm", { layerNorm($0, normalizedShape: [$0.shape[2]]) }),
    ("sum", { $0.sum(axes: [0, 2]) }), ("mean", { $0.mean(axes: [1]) }),
    ("largest", { $0.max(axis: 1) }), ("largest of rows", { $0.max(axis: 2) }),
    ("amax", { $0.amax(axes: [0]) }),
  ]

  @Test(
    "values and gradients in float32 are those of float64, whatever the shape",
    arguments: InstructionSet.available,
    // The last two have more columns than are worked on at once, and so many rows that it is fewer columns.
    [
      [3, 5, 7], [2, 3, 16], [1, 4, 33], [2, 70, 65], [1, 1, 2], [4, 1, 300], [2, 3, 1101],
      [1, 1300, 70],
    ])
  func gradients(instructions: InstructionSet, shape: [Int]) {
    for (name, apply) in Self.graphs {
      var random = RandomSource(seed: 11)
      let x = Tensor.normal(shape, standardDeviation: 2, using: &random)
      func run(_ dtype: DType) -> (y: Tensor, dx: Tensor) {
        var random = RandomSource(seed: 12)
        let variable = Variable(x.converted(to: dtype), requiresGrad: true)
        let y = apply(variable)
        y.backward(Tensor.normal(y.shape, using: &random).converted(to: dtype))
        return (y.value, variable.grad!)
      }
      let exact = run(.float64)
      let found = instructions.use { run(.float32) }
      for (a, b) in [(found.y, exact.y), (found.dx, exact.dx)] {
        let error = (a.converted(to: .float64) - b).abs().max().item()
        #expect(error <= 4e-6 * Swift.max(1, b.abs().max().item()), "\(name) \(shape): \(error)")
      }
    }
  }

  @Test(
    "layer norm has the gradients of its parameters, of those that are asked for",
    arguments: InstructionSet.available,
    // Few rows, rows in two blocks and in many, a row of several vectors, and none.
    [[6, 5, 37], [70, 37], [300, 9, 16], [3, 1000], [0, 5]])
  func parameters(instructions: InstructionSet, shape: [Int]) {
    let width = shape[shape.count - 1]
    func run(_ dtype: DType, _ asked: [Bool]) -> [Tensor?] {
      var random = RandomSource(seed: 21)
      let inputs = zip([shape, [width], [width]], asked).map {
        Variable(Tensor.normal($0, using: &random).converted(to: dtype), requiresGrad: $1)
      }
      let y = layerNorm(inputs[0], normalizedShape: [width], weight: inputs[1], bias: inputs[2])
      y.backward(Tensor.normal(y.shape, using: &random).converted(to: dtype))
      return [y.value] + inputs.map { $0.grad }
    }
    let all = run(.float64, [true, true, true])
    let choices = [
      [true, true, true], [true, false, false], [false, true, true], [false, false, true],
    ]
    for asked in choices {
      let found = instructions.use { run(.float32, asked) }
      for (place, (a, b)) in zip(found, all).enumerated() {
        guard place == 0 || asked[place - 1] else {
          #expect(a == nil)
          continue
        }
        let error = (a!.converted(to: .float64) - b!).abs().sum().item()
        #expect(a!.shape == b!.shape && error <= 1e-6 * (b!.abs().sum().item() + 1), "\(place)")
      }
    }
  }

  @Test(
    "the first of equals is the largest, and the first NaN before all",
    arguments: InstructionSet.available)
  func ties(instructions: InstructionSet) {
    let columns = 19
    var numbers = [Double](repeating: 1, count: 4 * columns)
    numbers[2 * columns + 3] = 5
    numbers[3 * columns + 3] = 5
    numbers[1 * columns + 4] = .nan
    numbers[2 * columns + 4] = .nan
    let x = Tensor(numbers, shape: [4, columns])
    var expected = [Int](repeating: 0, count: columns)
    (expected[3], expected[4]) = (2, 1)
    instructions.use { #expect(x.argmax(axis: 0).scalars == expected) }
    #expect(x.converted(to: .float64).argmax(axis: 0).scalars == expected)
  }

  @Test("results do not depend on the number of threads")
  func threads() {
    for (name, apply) in Self.graphs {
      func run() -> [Tensor] {
        var random = RandomSource(seed: 31)
        let x = Variable(Tensor.normal([5, 120, 121], using: &random), requiresGrad: true)
        let y = apply(x)
        y.backward(Tensor.normal(y.shape, using: &random))
        return [y.value, x.grad!]
      }
      #expect(Threads.withLimit(1, run) == Threads.withLimit(3, run), "\(name)")
    }
  }

  @Test("nor do the gradients of layer norm's parameters", arguments: [[600, 121], [7, 40_000]])
  func threadsOfParameters(shape: [Int]) {
    func run() -> [Tensor] {
      var random = RandomSource(seed: 33)
      let inputs = [shape, [shape[1]], [shape[1]]].map {
        Variable(Tensor.normal($0, using: &random), requiresGrad: true)
      }
      let y = layerNorm(
        inputs[0], normalizedShape: [shape[1]], weight: inputs[1], bias: inputs[2])
      y.backward(Tensor.normal(y.shape, using: &random))
      return inputs.map { $0.grad! }
    }
    #expect(Threads.withLimit(1, run) == Threads.withLimit(3, run))
  }
}
