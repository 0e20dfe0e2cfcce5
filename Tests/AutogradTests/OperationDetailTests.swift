import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Operations in what the table cannot say")
struct OperationDetailTests {
  func variable(_ scalars: [Double], _ shape: [Int]? = nil) -> Variable {
    Variable(Tensor(scalars, shape: shape, dtype: .float64), requiresGrad: true)
  }

  @Test("topK says where the elements are: equal ones in their order, NaN before all numbers")
  func topIndices() {
    let x = variable([1, 3, 3, .nan, 2, 3])
    #expect(x.topK(4).indices == [3, 1, 2, 5])
    #expect(x.topK(6, largest: false).indices == [0, 4, 1, 2, 5, 3])
    let (values, indices) = variable([1, 5, 2, 4, 3, 0], [2, 3]).topK(1, axis: 0)
    #expect(values.value.scalars == [4, 5, 2])
    #expect(indices == IntTensor([1, 0, 0], shape: [1, 3]))
  }

  @Test("topK sends its gradient to the first of equal elements")
  func topTies() {
    let x = variable([2, 3, 3, 3])
    x.topK(2).values.backward(Tensor([10, 20], dtype: .float64))
    #expect(x.grad?.scalars == [0, 10, 20, 0])
  }

  @Test("argmin is where the smallest is, the first of equals")
  func argmin() {
    let x = variable([3, 1, 2, 0, 5, 0], [2, 3])
    #expect(x.argmin() == 3)
    #expect(x.argmin(axis: 1) == [1, 0])
  }

  @Test("the norm of order 0 counts, and has the gradient 0")
  func zerothNorm() {
    let x = variable([3, 0, -2, 0], [2, 2])
    let y = x.norm(0, axes: [1])
    #expect(y.value.scalars == [1, 1])
    y.backward(.ones(like: y.value))
    #expect(x.grad == .zeros(like: x.value))
  }

  @Test("a variance with no degrees of freedom is infinite, or NaN where all are equal")
  func noFreedom() {
    let x = variable([1, 2, 4, 3, 3, 3], [2, 3])
    for correction in [3, 5] {
      let variance = x.variance(axes: [1], correction: correction).value.scalars
      #expect(variance[0] == .infinity && variance[1].isNaN)
      let deviation = x.standardDeviation(axes: [1], correction: correction).value.scalars
      #expect(deviation[0] == .infinity && deviation[1].isNaN)
    }
  }

  @Test("the second derivative of a product with zeros is right, by finite differences")
  func productOfZeros() {
    for zeros in [[2, 0, 3, 4, 5], [0, 0, 3, 4, 5], [0, 0, 0, 4, 5], [0, 0, 0, 0, 0]] {
      let x = Tensor(zeros.map(Double.init), dtype: .float64)
      #expect(gradientDisagreement(of: { $0[0].product() }, at: [x], orders: 3) == nil)
    }
  }

  @Test("a power whose exponent is 0 has a second derivative, by finite differences")
  func exponentZero() {
    let x = Tensor([0.5, 2], dtype: .float64)
    let p = Tensor([0, 0], dtype: .float64)
    #expect(gradientDisagreement(of: { $0[0].pow($0[1]) }, at: [x, p], orders: 2) == nil)
  }

  @Test("powers of 0 have finite second derivatives where they exist")
  func baseZero() {
    let x = variable([0, 0])
    let p = variable([2, 3])
    let dx = gradients(of: x.pow(p).sum(), withRespectTo: [x], createGraph: true)[0]
    let second = gradients(of: dx.sum(), withRespectTo: [x, p])
    #expect(second[0].value.scalars == [2, 0])
    #expect(second[1].value.scalars == [0, 0])
  }

  @Test("split and chunk give parts of the sizes that PyTorch gives")
  func parts() {
    let x = Variable(.zeros([5, 2]))
    func sizes(_ parts: [Variable]) -> [Int] { parts.map { $0.shape[0] } }
    #expect(sizes(x.split(2)) == [2, 2, 1])
    #expect(sizes(x.split(7)) == [5])
    #expect(sizes(x.split(.max)) == [5])
    #expect(sizes(x.chunk(4)) == [2, 2, 1])
    #expect(sizes(x.chunk(9)) == [1, 1, 1, 1, 1])
    #expect(sizes(Variable(.zeros([0, 2])).chunk(3)) == [0, 0, 0])
    #expect(sizes(Variable(.zeros([0, 2])).split(2)) == [0])
  }

  @Test("distant diagonals leave a matrix whole or empty")
  func distantDiagonals() {
    let x = Tensor.ones([2, 3])
    #expect(x.tril(diagonal: .max) == x && x.triu(diagonal: .min) == x)
    #expect(x.tril(diagonal: .min) == .zeros(like: x))
    #expect(x.triu(diagonal: .max) == .zeros(like: x))
  }
}

/// What a gradient check hears of kinks and choices.
@Suite("Operations with a kink or a choice tell which side they are on")
struct OperationBranchTests {
  struct Kink: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let branch: String
    /// Two points on one side, and one on the other.
    let same: ([Double], [Double])
    let other: [Double]
    let function: @Sendable (Variable) -> Variable

    init(
      _ name: String, branch: String? = nil, same: ([Double], [Double]) = ([0.5], [0.6]),
      other: [Double] = [-0.5], _ function: @escaping @Sendable (Variable) -> Variable
    ) {
      testDescription = name
      self.branch = branch ?? name
      self.same = same
      self.other = other
      self.function = function
    }
  }

  static let kinks: [Kink] = [
    Kink("leakyReLU") { $0.leakyReLU() },
    Kink("elu") { $0.elu() },
    Kink("hardtanh", other: [1.5]) { $0.hardtanh() },
    Kink("sign") { $0.sign() },
    Kink("round", same: ([-0.4], [0.4]), other: [0.6]) { $0.round() },
    Kink("floor", same: ([1.1], [1.9])) { $0.floor() },
    Kink("trunc", same: ([-0.9], [0.9]), other: [1.5]) { $0.trunc() },
    Kink("softplus", same: ([0.5], [19]), other: [21]) { $0.softplus() },
    Kink("norm") { $0.norm(1) },
    Kink("norm of order ∞", branch: "norm", same: ([1, 2], [1, 3]), other: [3, 2]) {
      $0.norm(.infinity)
    },
    Kink("standardDeviation", same: ([1, 2], [5, 3]), other: [1, 1]) { $0.standardDeviation() },
    Kink("topK", same: ([1, 2], [1, 3]), other: [3, 2]) { $0.topK(1).values },
    Kink("huber", other: [1.5]) { huberLoss($0, Variable(.zeros(like: $0.value))) },
    Kink("smoothL1Loss", branch: "huber", other: [1.5]) {
      smoothL1Loss($0, Variable(.zeros(like: $0.value)))
    },
    Kink("l1Loss", branch: "abs") { l1Loss($0, Variable(.zeros(like: $0.value))) },
    Kink("hingeEmbeddingLoss", branch: "clamped", other: [1.5]) {
      hingeEmbeddingLoss($0, .ones(like: $0.value) * -1)
    },
    Kink("multiMarginLoss", branch: "relu", same: ([1, 0.5], [1, 0.6]), other: [3, 0.5]) {
      multiMarginLoss($0, IntTensor([0], shape: []))
    },
  ]

  @Test("of it", arguments: kinks)
  func sides(_ kink: Kink) {
    func branches(_ scalars: [Double]) -> [EvaluationTrace.Branch] {
      let trace = EvaluationTrace()
      trace.run { _ = kink.function(Variable(Tensor(scalars, dtype: .float64))) }
      return trace.branches.filter { $0.operation == kink.branch }
    }
    #expect(!branches(kink.same.0).isEmpty)
    #expect(branches(kink.same.0) == branches(kink.same.1))
    #expect(branches(kink.same.0) != branches(kink.other))
  }

  @Test("and those of several variables take single precision inside a check")
  func promotion() {
    let single = Variable(Tensor([0.5, 2] as [Float]), requiresGrad: true)
    let double = Variable(Tensor([0.25, 3], dtype: .float64), requiresGrad: true)
    let functions: [@Sendable (Variable, Variable) -> Variable] = [
      { $0.pow($1) }, { dot($0, $1) }, { outer($0, $1) }, { einsum("i,j->ij", $0, $1) },
      { l1Loss($0, $1) }, { huberLoss($0, $1) }, { smoothL1Loss($0, $1) },
      { binaryCrossEntropyWithLogits($0, $1, positiveWeight: Tensor([1, 2] as [Float])) },
      { klDivergence($0, $1) }, { crossEntropy($0, $1, weight: Tensor([1, 2] as [Float])) },
    ]
    for (a, b) in [(single, double), (double, single)] {
      EvaluationTrace().run {
        for function in functions {
          let y = function(a, b)
          #expect(y.dtype == .float64)
          let computed = gradients(of: y.sum(), withRespectTo: [a, b])
          #expect(computed[0].dtype == a.dtype && computed[1].dtype == b.dtype)
        }
      }
    }
  }
}

@Suite("Operations' mistakes stop with a message")
struct OperationMistakeTests {
  @Test("einsum names what does not fit")
  func einsumMistakes() async {
    let operands = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = einsum("ij->ji", Variable(.zeros([2, 3])), Variable(.zeros([2, 3]))) }
    #expect(operands?.message.contains("\"ij->ji\": names 1 operands, got 2") == true)
    let rank = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = einsum("ijk->i", Variable(.zeros([2, 3]))) }
    #expect(rank?.message.contains("names 3 axes, but operand 0 has shape [2, 3]") == true)
    let extent = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = einsum("ij,jk->ik", Variable(.zeros([2, 3])), Variable(.zeros([4, 5]))) }
    #expect(
      extent?.message.contains("axis j has extent 3 in one place and 4 in another") == true)
    let output = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = einsum("ij->ik", Variable(.zeros([2, 3]))) }
    #expect(output?.message.contains("the output's letter k is in no operand") == true)
    let character = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = einsum("i1->i", Variable(.zeros([2, 3]))) }
    #expect(character?.message.contains("named by the letters a-z and A-Z") == true)
  }

  @Test("layouts that do not fit")
  func layouts() async {
    let split = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Variable(.zeros([5])).split(sizes: [2, 2]) }
    #expect(split?.message.contains("[2, 2] must add up to the 5 elements of axis 0") == true)
    let narrow = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Variable(.zeros([5])).narrow(start: 3, count: 3, axis: 0) }
    #expect(narrow?.message.contains("3 elements from 3 do not fit axis 0") == true)
    let top = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Variable(.zeros([5])).topK(6) }
    #expect(top?.message.contains("k = 6 is not in 0...5") == true)
    let index = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Variable(.zeros([5])).indexSelect([5], axis: 0) }
    #expect(index?.message.contains("index 5 is out of bounds for axis 0") == true)
  }

  @Test("targets of another shape than the prediction, which would broadcast")
  func targets() async {
    let l1 = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = l1Loss(Variable(.zeros([5, 1])), Variable(.zeros([5]))) }
    #expect(l1?.message.contains("l1Loss: prediction [5, 1] and target [5]") == true)
    let binary = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = binaryCrossEntropyWithLogits(Variable(.zeros([5, 1])), Variable(.zeros([5]))) }
    #expect(binary?.message.contains("take targets of the same shape, got [5]") == true)
  }
}
