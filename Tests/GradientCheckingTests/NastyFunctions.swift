import Retrograd
import RetrogradTestSupport
import Testing

/// A function that is differentiated rightly, at a place where it is hard to see that it is.
struct NastyFunction: Sendable, CustomTestStringConvertible {
  let name: String
  let inputs: [Tensor]
  /// Whether so much of it cannot be compared that there is no verdict.
  var isOpen = false
  let function: @Sendable ([Variable]) -> Variable

  var testDescription: String { name }

  init(
    _ name: String, _ inputs: [Tensor], isOpen: Bool = false,
    _ function: @escaping @Sendable ([Variable]) -> Variable
  ) {
    self.name = name
    self.inputs = inputs
    self.isOpen = isOpen
    self.function = function
  }

  /// The same function with a gradient of the first input that is too large by a factor.
  func tilted(_ factor: Double) -> ([Variable]) -> Variable {
    { [function] x in
      let y = record("tilt", x[0], value: x[0].value, keep: .nothing) { _, dy in dy * factor }
      return function([y] + x.dropFirst())
    }
  }
}

extension NastyFunction {
  static func at(_ numbers: Double...) -> [Tensor] {
    [Tensor(numbers, shape: [numbers.count], dtype: .float64)]
  }

  static func normal(_ shape: [Int], _ seed: UInt64 = 1, scale: Double = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .normal(shape, dtype: .float64, using: &random) * scale
  }

  static func constant(_ numbers: [Double]) -> Variable {
    Variable(Tensor(numbers, shape: [numbers.count], dtype: .float64))
  }

  static let all: [NastyFunction] =
    edges + steep + offsets + masks + joints + ties + sums + networks + sizes

  // MARK: - Edges of domains

  static let edges: [NastyFunction] = [
    .init("log at 1e-6", at(1e-6)) { $0[0].log() },
    .init("log at 1e-12", at(1e-12, 1)) { $0[0].log() },
    .init("log at 1e-100", at(1e-100)) { $0[0].log() },
    .init("x log x at 1e-6", at(1e-6, 0.5)) { $0[0] * $0[0].log() },
    .init("x log x at 1e-12", at(1e-12)) { $0[0] * $0[0].log() },
    .init("sqrt at 1e-5", at(1e-5, 2)) { $0[0].sqrt() },
    .init("sqrt at 1e-12", at(1e-12)) { $0[0].sqrt() },
    .init("pow(1.5) at 0", at(0, 1, 2), isOpen: true) { $0[0].pow(1.5) },
    .init("pow(2.5) at 0", at(0, 1, 2), isOpen: true) { $0[0].pow(2.5) },
    .init("pow(1.5) at 1e-8", at(1e-8, 1)) { $0[0].pow(1.5) },
    .init("pow(0.3) at 1e-7", at(1e-7, 1)) { $0[0].pow(0.3) },
    .init("sqrt(1 - x²) at 0.9999999", at(0.9999999)) { (1 - $0[0] * $0[0]).sqrt() },
    .init("sqrt(1 - x²) near 1 and at 0", at(0.999999999, 0, -0.5)) {
      (1 - $0[0] * $0[0]).sqrt()
    },
    .init("log(x + 1e-8) at 1e-7", at(1e-7)) { ($0[0] + 1e-8).log() },
    .init("log(x + 1e-8) at 0", at(0, 1)) { ($0[0] + 1e-8).log() },
    .init("log(1 - x) at 0.99999", at(0.99999, 0.5)) { (1 - $0[0]).log() },
    .init("log1p at -0.999999", at(-0.999999, 1e-9)) { $0[0].log1p() },
    .init("logit near 0 and 1", at(1e-6, 0.999999, 0.5)) {
      $0[0].log() - (1 - $0[0]).log()
    },
    .init("1/x at 1e-6", at(1e-6)) { 1 / $0[0] },
    .init("1/x at 1e-6 beside 1", at(1e-6, 1)) { $0[0].reciprocal() },
    .init("1/x² at -1e-5", at(-1e-5)) { 1 / ($0[0] * $0[0]) },
    .init("1/(x - 1) at 1.000001", at(1.000001)) { 1 / ($0[0] - 1) },
    .init("division by a small number", [at(1, 2)[0], at(1e-7, -1e-7)[0]]) { $0[0] / $0[1] },
    .init("x to the power of x at 1e-6", at(1e-6, 0.5)) { $0[0].pow($0[0]) },
    .init("arc length sqrt(1 + x²) at 1e9", at(1e9)) { (1 + $0[0] * $0[0]).sqrt() },
    .init("entropy of a distribution", at(1e-7, 0.3, 0.6999999)) {
      -($0[0] * $0[0].log()).sum()
    },
    .init("sqrt(x² + 1e-12) at 0", at(0, 1e-6)) { ($0[0] * $0[0] + 1e-12).sqrt() },
  ]

  // MARK: - Steep, tiny, large

  static let steep: [NastyFunction] = [
    .init("tanh(1e5 x) at 1e-5", at(1e-5)) { ($0[0] * 1e5).tanh() },
    .init("tanh(1e5 x) at 1e-5 beside 1", at(1e-5, 1)) { ($0[0] * 1e5).tanh() },
    .init("sigmoid(1e8 x) at 1e-8", at(1e-8, -2e-8)) { ($0[0] * 1e8).sigmoid() },
    .init("norm at 1e-6", at(1e-6, -2e-6, 1e-6)) { $0[0].norm() },
    .init("norm at 1e-12", at(1e-12, -2e-12)) { $0[0].norm() },
    .init(
      "norm of rows, one near 0",
      [
        Tensor([1, 2, 1e-7, -1e-7], shape: [2, 2], dtype: .float64)
      ]
    ) { $0[0].norm(axes: [1]) },
    .init("unit vector near 0", at(1e-6, 3e-6)) { $0[0] / $0[0].norm() },
    .init("cosine of tiny vectors", [at(1e-7, 2e-7)[0], at(3, -1)[0]]) {
      ($0[0] * $0[1]).sum() / ($0[0].norm() * $0[1].norm())
    },
    .init("sin(1e8 x) · 1e-8", at(0.3, 1.1)) { ($0[0] * 1e8).sin() * 1e-8 },
    .init("sin(1e5 x)", at(0.3, 1.1)) { ($0[0] * 1e5).sin() },
    .init("x + sin(1e4 x)", at(0.7)) { $0[0] + ($0[0] * 1e4).sin() },
    .init("x + 1e-3 sin(1e6 x)", at(0.7)) { $0[0] + ($0[0] * 1e6).sin() * 1e-3 },
    .init("exp(100 x)", at(0.5, -0.5)) { ($0[0] * 100).exp() },
    .init("exp(-1/x²) at 0.1", at(0.1, 0.5)) { (-1 / ($0[0] * $0[0])).exp() },
    .init("Gaussian of width 1e-4", at(1e-4, 2e-4)) { (-($0[0] * 1e4).square()).exp() },
    .init("x⁸ at 1e-3", at(1e-3, 2e-3)) { $0[0].pow(8) },
    .init("x³ at 1e5", at(1e5)) { $0[0].pow(3) },
    .init("x² at 1e150", at(1e150)) { $0[0] * $0[0] * 1e-150 },
    .init("x at 1e-200", at(1e-200, 2e-200)) { $0[0] * 3 },
    .init("1e-12 x²", at(1, 2)) { $0[0] * $0[0] * 1e-12 },
    .init("1e-30 tanh x", at(1, -0.4)) { $0[0].tanh() * 1e-30 },
    .init("1e30 tanh x", at(1, -0.4)) { $0[0].tanh() * 1e30 },
    .init("1 + x at 1e-20", at(1e-20)) { $0[0] + 1 },
    .init("exp at 1e-20", at(1e-20, 1)) { $0[0].exp() },
    .init("numbers of very different sizes", at(1e-8, 1, 1e8)) { $0[0] * $0[0] },
    .init("log of very different sizes", at(1e-8, 1, 1e8)) { $0[0].log() },
    .init("product of very different sizes", at(1e-5, 1e5, 3)) { $0[0].product(axis: 0) },
    .init("atan-like x / (1e-6 + |x|)", at(1e-6, -3e-6)) { $0[0] / ($0[0].abs() + 1e-6) },
    .init("erf(1e3 x) at 1e-3", at(1e-3, -5e-4)) { ($0[0] * 1e3).erf() },
    .init("saturated tanh at 15", at(15, 3)) { $0[0].tanh() },
    .init("saturated sigmoid at 30", at(30, 2)) { $0[0].sigmoid() },
    .init("cube at 0", at(0, 1)) { $0[0].pow(3) },
    .init("cos at 0", at(0)) { $0[0].cos() },
    .init("square at 0", at(0, 0, 0)) { $0[0] * $0[0] },
  ]

  // MARK: - Rounding

  static let offsets: [NastyFunction] = [
    .init("(x + 1e8) - 1e8", at(1.3, -0.7)) { ($0[0] + 1e8) - 1e8 },
    .init("(x + 1e12) - 1e12", at(1.3, -0.7)) { ($0[0] + 1e12) - 1e12 },
    .init("(x + 1e14) - 1e14", at(1.3, -0.7), isOpen: true) { ($0[0] + 1e14) - 1e14 },
    .init("tanh((x + 1e8) - 1e8)", at(1.3, -0.7)) { (($0[0] + 1e8) - 1e8).tanh() },
    .init("1e6 + x²", at(1.3, -0.7)) { $0[0] * $0[0] + 1e6 },
    .init("1e10 + tanh x", at(1.3, -0.7), isOpen: true) { $0[0].tanh() + 1e10 },
    .init("1e14 + x", at(1.3, -0.7), isOpen: true) { $0[0] + 1e14 },
    .init("cancelling products of 1e14", at(1.3, -0.7), isOpen: true) {
      let (a, b) = ($0[0] * 1e14, $0[0] * (1e14 - 1))
      return a - b
    },
    .init("cancelling products of 1e10", at(1.3, -0.7)) {
      ($0[0] * 1e10) - ($0[0] * (1e10 - 1))
    },
    .init("cancelling squares", at(1.3, -0.7)) {
      ($0[0] + 1e5).square() - 1e10 - $0[0] * 2e5
    },
    .init("(1 - cos x) / x² at 1e-3", at(1e-3, 2e-3), isOpen: true) {
      (1 - $0[0].cos()) / $0[0].square()
    },
    .init("(eˣ - 1) / x at 1e-5", at(1e-5), isOpen: true) { ($0[0].exp() - 1) / $0[0] },
    .init("variance at an offset of 1e6", at(1e6 + 1, 1e6 + 2, 1e6 + 4)) {
      ($0[0] * $0[0]).mean() - $0[0].mean().square()
    },
    .init("variance of what is almost equal", at(1, 1.0000001, 0.9999999)) {
      $0[0].variance()
    },
    .init("softmax at an offset of 1e6", [normal([2, 3]) + 1e6]) { softmax($0[0], axis: 1) },
    .init("difference of logarithms", at(1.3, 2.7), isOpen: true) {
      ($0[0] + 1e7).log() - ($0[0] + 1e7 - 1).log()
    },
    .init("sum of softmax", [normal([2, 3])]) { softmax($0[0], axis: 1).sum(axes: [1]) },
    .init("sin² + cos²", at(0.3, 1.1)) { $0[0].sin().square() + $0[0].cos().square() },
    .init("x - x", at(0.3, 1.1)) { $0[0] - $0[0] },
    .init("tanh x - tanh x, computed twice", at(0.3, 1.1)) {
      $0[0].tanh() - (1 - 2 / (($0[0] * 2).exp() + 1))
    },
    .init("mean of what was centered", [normal([4, 3])]) {
      ($0[0] - $0[0].mean(axes: [0], keepDims: true)).mean(axes: [0])
    },
  ]
}
