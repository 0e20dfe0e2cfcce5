import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Numbers too large to count with, in operations on variables")
struct HugeVariableNumberTests {
  @Test("a step larger than the range takes the first element, and so does its derivative")
  func slice() {
    let variable = Variable(Tensor([[0, 1, 2], [3, 4, 5]]), requiresGrad: true)
    variable.slice(1..<3, step: .max, axis: 1).sum().backward()
    #expect(variable.grad == Tensor([[0, 1, 0], [0, 1, 0]]))
  }

  @Test("a stride that no transposed convolution can have stops with a message, not with a trap")
  func transposedConvolutions() async {
    let transposed = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let (x, weight) = (Variable(.zeros([1, 1, 3, 3])), Variable(.zeros([1, 1, 2, 2])))
      _ = convTranspose2d(x, weight, stride: Size2D(.max))
    }
    #expect(transposed?.message.contains("convTranspose2d: stride") == true)
    let still = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let (x, weight) = (Variable(.zeros([1, 1, 3, 3])), Variable(.zeros([1, 1, 2, 2])))
      _ = convTranspose2d(x, weight, stride: 0)
    }
    #expect(still?.message.contains("convTranspose2d: stride 0×0") == true)
  }
}
