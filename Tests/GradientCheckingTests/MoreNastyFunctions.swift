import Retrograd
import RetrogradTestSupport

extension NastyFunction {
  // MARK: - Masks

  static func maskedLogits(_ x: Variable) -> Variable {
    let mask = Tensor([0, -.infinity, 0, 0, 0, -.infinity], shape: [2, 3], dtype: .float64)
    return x + Variable(mask)
  }

  static let masks: [NastyFunction] = [
    .init("a mask of -∞ before softmax", [normal([2, 3])]) {
      softmax(maskedLogits($0[0]), axis: 1)
    },
    .init("a mask of -∞ before softmax, and values", [normal([2, 3]), normal([3, 2], 2)]) {
      matmul(softmax(maskedLogits($0[0]), axis: 1), $0[1])
    },
    .init("a mask of -∞ before log-sum-exp", [normal([2, 3])]) {
      maskedLogits($0[0]).logSumExp(axes: [1])
    },
    .init("a mask of -1e9 before softmax", [normal([2, 3])]) {
      softmax($0[0] + Variable(Tensor([[0, -1e9, 0]], dtype: .float64)), axis: 1)
    },
    .init("selected away: log of a negative number", at(-1, 2, 3)) { x in
      let isPositive = x[0].value .> 0
      let safe = select(isPositive, x[0], Variable(Tensor.ones([3], dtype: .float64)))
      return select(isPositive, safe.log(), Variable(.zeros([3], dtype: .float64)))
    },
    .init("dropout by a mask", at(1, 2, 3)) { $0[0] * constant([0, 2, 2]) },
    .init("maximum with -∞", at(1, 2)) { maximum($0[0], constant([-.infinity, 0])) },
    .init("sigmoid(-1000 x)", at(1, 2)) { ($0[0] * -1000).sigmoid() + $0[0] },
  ]

  // MARK: - Joints and kinks

  static let joints: [NastyFunction] = [
    .init("elu at its joint", at(0, 1, -1), isOpen: true) { $0[0].elu() },
    .init("huber at its joints", at(1, -1, 0.3, 2), isOpen: true) {
      huberLoss($0[0], Variable(.zeros([4], dtype: .float64)), reduction: .none)
    },
    .init("smooth L1 at its joint", at(0.5, 0.2), isOpen: true) {
      smoothL1Loss($0[0], Variable(.zeros([2], dtype: .float64)), beta: 0.5)
    },
    .init("elu near its joint", at(1e-9, -1e-9)) { $0[0].elu() },
    .init("elu with alpha 0.5 at its joint", at(0, 1), isOpen: true) { $0[0].elu(alpha: 0.5) },
    .init("relu² at 0", at(0, 1, -1), isOpen: true) { $0[0].relu().square() },
    .init("relu³ at 0", at(0, 1, -1)) { $0[0].relu().pow(3) },
    .init("|x|³ at 0", at(0, 1, -1)) { $0[0].abs().pow(3) },
    .init("x |x| at 0", at(0, 1), isOpen: true) { $0[0] * $0[0].abs() },
    .init("relu at 1e-12", at(1e-12, -1e-12, 1)) { $0[0].relu() },
    .init("relu at 0", at(0, 0, 1), isOpen: true) { $0[0].relu() },
    .init("relu(x) - relu(-x) at 0", at(0, 1), isOpen: true) { $0[0].relu() - (-$0[0]).relu() },
    .init("abs at 0", at(0), isOpen: true) { $0[0].abs() },
    .init("norm at 0", at(0, 0), isOpen: true) { $0[0].norm() },
    .init("clamp at its bounds", at(-1, 0, 1), isOpen: true) { $0[0].clamped(min: -1, max: 1) },
    .init("clamp next to its bounds", at(-1.0000001, 0, 0.9999999)) {
      $0[0].clamped(min: -1, max: 1)
    },
    .init("softplus at its threshold", at(20, 19.9999, 1), isOpen: true) { $0[0].softplus() },
    .init("softplus of large numbers", at(50, -50, 3)) { $0[0].softplus() },
    .init("hinge at its corner", at(1, 0.5, 2), isOpen: true) { (1 - $0[0]).relu() },
    .init("an undeclared relu near 0", at(1e-7, -1e-7, 2)) { x in
      x[0] * Variable(x[0].value .> 0)
    },
    .init("an undeclared relu at 0", at(0, 0, 1), isOpen: true) { x in
      x[0] * Variable(x[0].value .> 0)
    },
  ]

  // MARK: - Near-ties

  static let ties: [NastyFunction] = [
    .init("max of two that are 1e-9 apart", at(1, 1.000000001, 0.5)) { $0[0].max(axis: 0) },
    .init("max of equal numbers", at(1, 1, 0.5), isOpen: true) { $0[0].max(axis: 0) },
    .init("maximum 1e-9 apart", [at(1, 2)[0], at(1.000000001, 1)[0]]) {
      maximum($0[0], $0[1])
    },
    .init("median of near-ties", at(1, 1.00000001, 0.99999999)) { x in
      x[0].indexSelect([x[0].value.scalars.enumerated().sorted { $0.1 < $1.1 }[1].0], axis: 0)
    },
    .init("top 2 of near-ties", at(1, 1.00000001, 0.99999999, 0)) { $0[0].topK(2, axis: 0).values },
    .init(
      "max-pool of near-ties",
      [
        Tensor([1, 1.00000001, 0.5, 0.2], shape: [1, 1, 2, 2], dtype: .float64)
      ]
    ) { maxPool2d($0[0], kernel: 2) },
    .init("max-pool of zeros", [Tensor.zeros([1, 1, 2, 2], dtype: .float64)], isOpen: true) {
      maxPool2d($0[0], kernel: 2)
    },
    .init("amax of a thousandth apart", at(1, 1.001, 0.5)) { $0[0].amax() },
    .init("norm of order ∞, near-ties", at(1, -1.0000001, 0.5)) { $0[0].norm(.infinity) },
    .init("norm of order 1 near 0", at(1e-8, -1, 2)) { $0[0].norm(1) },
    .init("norm of order 3", at(1e-5, -1, 2)) { $0[0].norm(3) },
  ]

  // MARK: - Sums of exponentials, statistics

  static let sums: [NastyFunction] = [
    .init("log-sum-exp of large numbers", at(1000, 1001, 999), isOpen: true) { $0[0].logSumExp() },
    .init("log-sum-exp of very different numbers", at(-1000, 0, 3)) { $0[0].logSumExp() },
    .init("log-sum-exp at temperature 1e-3", at(0.1, 0.1005, 0.09)) {
      ($0[0] * 1000).logSumExp() / 1000
    },
    .init("softmax, one certain", at(30, 0, 1), isOpen: true) { softmax($0[0], axis: 0) },
    .init("log-softmax of large numbers", at(500, 0, -500)) { logSoftmax($0[0], axis: 0) },
    .init(
      "cross-entropy, certain and right",
      [
        Tensor([40, 0, 0, 0, 30, 0], shape: [2, 3], dtype: .float64)
      ], isOpen: true
    ) { crossEntropy($0[0], [0, 1]) },
    .init(
      "cross-entropy, certain and wrong",
      [
        Tensor([40, 0, 0, 0, 30, 0], shape: [2, 3], dtype: .float64)
      ], isOpen: true
    ) { crossEntropy($0[0], [1, 2]) },
    .init("binary cross-entropy of large logits", at(40, -40, 1)) {
      binaryCrossEntropyWithLogits($0[0], Variable(Tensor([1, 1, 0], dtype: .float64)))
    },
    .init("standard deviation of almost equal numbers", at(1, 1.0001, 0.9999), isOpen: true) {
      $0[0].standardDeviation()
    },
    .init("layer norm of almost equal numbers", [normal([2, 4], scale: 1e-4) + 1]) {
      layerNorm($0[0], normalizedShape: [4])
    },
    .init("layer norm of tiny numbers", [normal([2, 4], scale: 1e-7)]) {
      layerNorm($0[0], normalizedShape: [4])
    },
    .init("layer norm at an offset of 1e4", [normal([2, 4]) + 1e4]) {
      layerNorm($0[0], normalizedShape: [4])
    },
    .init("z-score", at(1, 2, 4)) {
      ($0[0] - $0[0].mean()) / $0[0].variance().sqrt()
    },
    .init("a bias before statistics of a batch", [normal([3]), normal([4, 3], 2)]) {
      let y = $0[1] + $0[0]
      let centered = y - y.mean(axes: [0], keepDims: true)
      return centered / (centered.square().mean(axes: [0], keepDims: true) + 1e-5).sqrt()
    },
    .init("geometric mean", at(1e-4, 1, 1e4)) { $0[0].log().mean().exp() },
    .init("product with a zero", at(0, 2, 3)) { $0[0].product(axis: 0) },
    .init("cumulative sum at an offset", at(1e6, 1, 2)) { $0[0].cumsum(axis: 0) },
    .init("Kullback and Leibler, rare events", at(1e-6, 0.5, 0.499999)) {
      ($0[0] * ($0[0].log() - constant([0.2, 0.3, 0.5]).log())).sum()
    },
  ]

  // MARK: - Networks

  /// Seven layers of small weights, whose gradients are tiny.
  static func chain(_ weights: [Variable], _ x: Variable) -> Variable {
    weights.reduce(x) { matmul($0, $1).tanh() }
  }

  static let networks: [NastyFunction] = [
    .init(
      "seven layers of weights of 0.05", (0..<7).map { normal([3, 3], UInt64($0), scale: 0.05) }
    ) { chain($0, Variable(normal([2, 3], 9))).sum() },
    .init(
      "1 + seven layers of weights of 0.05",
      (0..<7).map { normal([3, 3], UInt64($0), scale: 0.05) }
    ) { chain($0, Variable(normal([2, 3], 9))).sum() + 1 },
    .init(
      "a loss of seven layers of sigmoids",
      (0..<7).map { normal([3, 3], UInt64($0), scale: 0.05) }, isOpen: true
    ) {
      let y = $0.reduce(Variable(normal([2, 3], 9))) { matmul($0, $1).sigmoid() }
      return crossEntropy(y, [0, 2])
    },
    .init(
      "a loss of seven layers of large weights",
      (0..<7).map { normal([3, 3], UInt64($0), scale: 3) }
    ) {
      chain($0, Variable(normal([2, 3], 9))).mean()
    },
    .init("attention", [normal([3, 2]), normal([3, 2], 2), normal([3, 2], 3)]) {
      let scores = matmul($0[0], $0[1].transposed()) * 10
      return matmul(softmax(scores, axis: 1), $0[2])
    },
    .init("gelu far out", at(-8, -5, 8, 0)) { $0[0].gelu() },
    .init("silu far out", at(-40, -5, 40, 0)) { $0[0].silu() },
    .init("power iteration", [normal([3, 3])]) { x in
      let start = Variable(Tensor([[1], [2], [-1]], dtype: .float64))
      return (0..<6).reduce(start) { v, _ in
        let w = matmul(x[0], v)
        return w / w.norm()
      }
    },
    .init("logistic map, ten times", at(0.3, 0.6)) { x in
      (0..<10).reduce(x[0]) { y, _ in y * (1 - y) * 3.9 }
    },
    .init("an input that plays no part", [normal([3]), normal([3], 2)]) {
      $0[1].tanh() + $0[0] * 0
    },
  ]

  // MARK: - Many elements

  static let sizes: [NastyFunction] = [
    .init(
      "log of 2000 numbers from 1e-6",
      [
        Tensor((1...2000).map { Double($0) * 1e-6 }, shape: [2000], dtype: .float64)
      ]
    ) { $0[0].log() },
    .init(
      "1/x of 2000 numbers, one of 1e-5",
      [
        Tensor(
          (0..<2000).map { $0 == 77 ? 1e-5 : 1 + Double($0) / 1000 }, shape: [2000], dtype: .float64
        )
      ]
    ) { 1 / $0[0] },
    .init("relu of 2000 numbers", [normal([2000])], isOpen: true) { $0[0].relu() },
    .init("softmax of 50 rows of 40", [normal([50, 40])]) { softmax($0[0] * 20, axis: 1) },
    .init("1e8 + 2000 squares", [normal([2000])]) { ($0[0] * $0[0]).sum() + 1e8 },
    .init("log-sum-exp of 2000", [normal([2000])]) { $0[0].logSumExp() },
  ]
}
