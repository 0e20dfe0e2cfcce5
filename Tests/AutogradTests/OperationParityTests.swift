import Foundation
import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// The table of agreement with PyTorch, for people: `RETROGRAD_PARITY_TABLE=1 swift test -c release
/// --filter OperationParityTests`.
@Suite(
  "The table of agreement with PyTorch",
  .enabled(
    if: ProcessInfo.processInfo.environment["RETROGRAD_PARITY_TABLE"] != nil,
    "RETROGRAD_PARITY_TABLE is not set"))
struct OperationParityTests {
  private struct Row {
    var cases = 0
    var value = 0.0
    var first = 0.0
    var second = 0.0
  }

  @Test("prints each operation's cases and worst relative errors")
  func table() {
    var rows: [String: Row] = [:]
    for example in OperationCase.all { measure(example, &rows[example.operation, default: Row()]) }
    print("operation                          cases      value   gradient     second")
    for (name, row) in rows.sorted(by: { $0.key < $1.key }) {
      let numbers = [row.value, row.first, row.second].map { String(format: "%11.1e", $0) }.joined()
      print(name.padding(toLength: 35, withPad: " ", startingAt: 0) + "\(row.cases)\t" + numbers)
    }
    let worst = rows.values.map { max($0.value, $0.first, $0.second) }.max() ?? 0
    print("\(rows.count) operations, \(OperationCase.all.count) cases, worst \(worst)")
    #expect(worst <= 1e-11)
  }

  private func measure(_ example: OperationCase, _ row: inout Row) {
    let inputs = example.inputs.map { Variable($0, requiresGrad: true) }
    let cotangent = Variable(example.cotangent, requiresGrad: true)
    let output = example.output(inputs)
    row.cases += 1
    row.value = max(row.value, relativeError(output.value, example.value))
    guard output.requiresGrad else { return }
    let first = gradients(of: output, withRespectTo: inputs, seed: cotangent, createGraph: true)
    for (computed, expected) in zip(first, example.gradients) {
      row.first = max(row.first, relativeError(computed.value, expected))
    }
    guard example.hasSecondDerivatives else { return }
    let projection = zip(first, example.directions).map { ($0 * Variable($1)).sum() }
      .reduce(Variable(Tensor(0, dtype: .float64)), +)
    let second = gradients(of: projection, withRespectTo: inputs + [cotangent])
    for (computed, expected) in zip(second, example.secondDerivatives) {
      row.second = max(row.second, relativeError(computed.value, expected))
    }
  }
}
