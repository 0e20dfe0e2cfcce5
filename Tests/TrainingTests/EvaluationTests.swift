import RetrogradAutograd
import RetrogradTensors
import Testing

@testable import RetrogradTraining

@Suite("Evaluation")
struct EvaluationTests {
  @Test("counts what is right, what is wrong, and how sure it was")
  func counts() {
    var evaluation = Evaluation(classes: ["a", "b", "c"])
    evaluation.add(
      logits: [[3, 1, 0], [0, 1, 3], [2, 1, 0], [1, 1, 0]], indices: [0, 1, 2, 4],
      labels: [0, 2, 1, 1])
    #expect(evaluation.accuracy == 0.5)
    #expect(evaluation.accuracy(top: 2) == 1)
    #expect(evaluation.accuracy(ofClass: 1) == 0)
    #expect(evaluation.confusion == [[1, 0, 0], [2, 0, 0], [0, 0, 1]])
    // The first of equals is taken.
    #expect(evaluation.mistakes.map(\.index) == [2, 4])
    let expected = crossEntropy(
      Variable([[3, 1, 0], [0, 1, 3], [2, 1, 0], [1, 1, 0]]), [0, 2, 1, 1])
    #expect(abs(evaluation.loss - expected.item()) < 1e-6)
  }
}
