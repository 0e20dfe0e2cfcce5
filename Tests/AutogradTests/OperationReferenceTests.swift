import Foundation
import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Every operation agrees with PyTorch in double precision")
struct OperationReferenceTests {
  @Test("in its value", arguments: OperationCase.all)
  func value(_ example: OperationCase) {
    let output = example.output(example.inputs.map { Variable($0) })
    expect(output.value, example.value, "value")
    #expect(!output.requiresGrad)
  }

  @Test("in the gradients that backward() leaves", arguments: OperationCase.all)
  func backward(_ example: OperationCase) {
    let inputs = example.inputs.map { Variable($0, requiresGrad: true) }
    let output = example.output(inputs)
    guard output.requiresGrad else { return expectZeros(example.gradients) }
    output.backward(example.cotangent)
    for (index, (input, expected)) in zip(inputs, example.gradients).enumerated() {
      expect(input.grad ?? .zeros(like: expected), expected, "gradient \(index)")
    }
  }

  @Test("in the gradients that gradients(of:) returns", arguments: OperationCase.all)
  func gradientsOfOutput(_ example: OperationCase) {
    let inputs = example.inputs.map { Variable($0, requiresGrad: true) }
    let computed = gradients(
      of: example.output(inputs), withRespectTo: inputs, seed: Variable(example.cotangent))
    for (index, (computed, expected)) in zip(computed, example.gradients).enumerated() {
      expect(computed.value, expected, "gradient \(index)")
    }
    #expect(inputs.allSatisfy { $0.grad == nil })
  }

  @Test("in the gradient of one input alone", arguments: OperationCase.all)
  func oneInput(_ example: OperationCase) {
    for (index, expected) in example.gradients.enumerated() {
      let inputs = example.inputs.enumerated().map { Variable($1, requiresGrad: $0 == index) }
      let computed = gradients(
        of: example.output(inputs), withRespectTo: [inputs[index]],
        seed: Variable(example.cotangent))
      expect(computed[0].value, expected, "gradient \(index) alone")
    }
  }

  @Test(
    "in its second derivatives", arguments: OperationCase.all.filter(\.hasSecondDerivatives))
  func secondDerivatives(_ example: OperationCase) {
    let inputs = example.inputs.map { Variable($0, requiresGrad: true) }
    let cotangent = Variable(example.cotangent, requiresGrad: true)
    let first = gradients(
      of: example.output(inputs), withRespectTo: inputs, seed: cotangent, createGraph: true)
    for (index, (computed, expected)) in zip(first, example.gradients).enumerated() {
      expect(computed.value, expected, "gradient \(index) with createGraph")
    }
    let projection = zip(first, example.directions).map { ($0 * Variable($1)).sum() }
      .reduce(Variable(Tensor(0, dtype: .float64)), +)
    let wanted = inputs + [cotangent]
    let second = gradients(of: projection, withRespectTo: wanted)
    for (index, (computed, expected)) in zip(second, example.secondDerivatives).enumerated() {
      let what = index < inputs.count ? "input \(index)" : "the cotangent"
      expect(computed.value, expected, "second derivative with respect to \(what)")
    }
  }

  @Test(
    "and in single precision to single precision",
    arguments: OperationCase.all.filter(\.isSmooth))
  func singlePrecision(_ example: OperationCase) {
    let inputs = example.inputs.map { Variable($0.converted(to: .float32), requiresGrad: true) }
    let output = example.output(inputs)
    // Some hundred roundings of 6·10⁻⁸.
    expect(output.value.converted(to: .float64), example.value, "value", tolerance: 1e-5)
    let computed = gradients(
      of: output, withRespectTo: inputs,
      seed: Variable(example.cotangent.converted(to: .float32)))
    for (index, (computed, expected)) in zip(computed, example.gradients).enumerated() {
      expect(
        computed.value.converted(to: .float64), expected, "gradient \(index)", tolerance: 1e-5)
    }
  }

  @Test(
    "and when one variable is both inputs",
    arguments: OperationCase.all.filter { $0.inputCount == 2 && $0.isSmooth })
  func sameVariableTwice(_ example: OperationCase) {
    let x = example.inputs[0]
    guard example.inputs[1].shape == x.shape else { return }
    let separate = [Variable(x, requiresGrad: true), Variable(x, requiresGrad: true)]
    let apart = gradients(
      of: example.output(separate), withRespectTo: separate, seed: Variable(example.cotangent))
    let both = Variable(x, requiresGrad: true)
    example.output([both, both]).backward(example.cotangent)
    expect(both.grad!, apart[0].value + apart[1].value, "gradient")
  }

  @Test(
    "and none is left out: each has cases in its family, and each case an operation",
    arguments: OperationTable.families.keys.sorted())
  func complete(_ family: String) {
    let examples = OperationCase.families[family]!
    #expect(Set(examples.map(\.operation)) == Set(OperationTable.families[family]!.keys))
    #expect(Set(examples.map(\.name)).count == examples.count)
  }

  @Test("and no family")
  func families() throws {
    let folder = Fixtures.url("operations").path
    let fixtures = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    #expect(Set(fixtures) == Set(OperationTable.families.keys))
  }

  private func expect(
    _ actual: Tensor, _ expected: Tensor, _ what: String, tolerance: Double = 1e-12
  ) {
    if let problem = disagreement(actual, expected, tolerance: tolerance) {
      Issue.record("\(what) \(problem)")
    }
  }

  /// An output that does not depend on its inputs.
  private func expectZeros(_ gradients: [Tensor]) {
    for gradient in gradients { expect(.zeros(like: gradient), gradient, "gradient") }
  }
}
