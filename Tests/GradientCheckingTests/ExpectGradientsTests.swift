import Retrograd
import RetrogradTesting
import Testing

@Suite("expectGradients")
struct ExpectGradientsTests {
  @Test("is silent where gradients are right")
  func right() {
    expectGradients(of: { $0.sigmoid() }, at: [[1, -2], [0.5, 3]])
    expectGradients(of: { $0[0] * $0[1] }, at: [[1, 2], [3, 4]])
    expectGradients(ofLayer: Linear(3, 2), input: [[1, 2, 3]])
  }

  @Test("records an issue with the explanation where they are wrong")
  func wrong() {
    withKnownIssue {
      expectGradients(
        of: { x in
          record("half", x, value: x.value / 2, keep: .nothing) { _, dy in dy }
        }, at: [1, 2, 3])
    } matching: { issue in
      issue.comments.contains { $0.rawValue.contains("too large by a factor of 2") }
    }
  }

  // The clock runs while a test waits for its turn, which in a large suite takes minutes.
  @Test("survives a function that stops the program", .timeLimit(.minutes(10)))
  func isolated() async {
    await #expect(processExitsWith: .success) {
      expectGradients(of: { $0.sigmoid() }, at: [[1, -2], [0.5, 3]])
    }
    await #expect(processExitsWith: .failure) {
      expectGradients(of: { $0.reshaped([3]) }, at: [[1, -2], [0.5, 3]])
    }
  }
}
