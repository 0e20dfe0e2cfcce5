import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Every operation's derivatives agree with finite differences")
struct OperationFiniteDifferenceTests {
  static let smooth = OperationCase.all.filter(\.isSmooth)

  @Test("at orders 1 and 2", arguments: smooth)
  func orders(_ example: OperationCase) {
    if let problem = gradientDisagreement(of: example.output, at: example.inputs, orders: 2) {
      Issue.record("\(problem)")
    }
  }

  @Test("at some point of each operation")
  func complete() {
    #expect(Set(Self.smooth.map(\.operation)) == Set(OperationTable.all.keys))
  }

  @Test("a derivative with a mistake is found, and the message says where")
  func mistake() throws {
    // The factor 2 is missing.
    func square(_ x: [Variable]) -> Variable {
      record("square", x[0], value: x[0].value * x[0].value, keep: .inputs) { saved, dy in
        dy * saved.inputs[0]
      }
    }
    let x = Tensor([1.5, -0.5], dtype: .float64)
    let problem = try #require(gradientDisagreement(of: square, at: [x]))
    #expect(problem.contains("order 1, input 0"))
    #expect(problem.contains("2 of 2 elements"))
  }

  @Test("a derivative that is right but cannot be differentiated again is found at order 2")
  func severed() throws {
    func square(_ x: [Variable]) -> Variable {
      record("square", x[0], value: x[0].value * x[0].value, keep: .inputs) { saved, dy in
        dy * saved.inputs[0].detached() * 2
      }
    }
    let x = Tensor([1.5, -0.5], dtype: .float64)
    #expect(gradientDisagreement(of: square, at: [x], orders: 1) == nil)
    let problem = try #require(gradientDisagreement(of: square, at: [x], orders: 2))
    #expect(problem.contains("order 2, input 0"))
  }

  @Test("at order 3, where operations have one")
  func thirdOrder() {
    let x = Tensor([0.7, -1.2, 0.4, 1.9, -0.3, 0.8], shape: [2, 3], dtype: .float64)
    let problem = gradientDisagreement(
      of: { (softmax($0[0].tanh(), axis: 1) * $0[0].sigmoid()).exp() }, at: [x], orders: 3)
    #expect(problem == nil)
  }
}
