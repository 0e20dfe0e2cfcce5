import RetrogradAutograd
import RetrogradTensors
import Testing

@Suite("Names for one thing")
struct GrammarTests {
  private let x = Variable([[0.5, -1.5, 2.25], [4, -0.25, 6]], requiresGrad: true)

  @Test("functions and methods of one name are one thing")
  func both() {
    #expect(relu(x).value == x.relu().value && sigmoid(x).value == x.sigmoid().value)
    #expect(gelu(x).value == x.gelu().value && silu(x).value == x.silu().value)
    #expect(softmax(x, axis: 1).value == x.softmax(axis: 1).value)
    #expect(logSoftmax(x, axis: 0).value == x.logSoftmax(axis: 0).value)
    #expect(x.softmax(axis: 1).value == x.value.softmax(axis: 1))
    let indices = IntTensor([2, 0], shape: [2, 1])
    #expect(x.gather(indices, axis: 1).value == gather(x, indices, axis: 1).value)
  }

  @Test("an index takes an axis away, and its gradient goes to where it came from")
  func subscripts() {
    #expect(x[0].shape == [3] && x[-1].value == [4, -0.25, 6])
    #expect(x[1, 2].shape == [] && x[1, 2].value.item() == 6)
    (x[0].sum() + x[1, 2] * 5).backward()
    #expect(x.grad == [[1, 1, 1], [0, 0, 5]])
  }

  @Test("floor and trunc are PyTorch's, and flat")
  func steps() {
    #expect(x.floor().value == [[0, -2, 2], [4, -1, 6]])
    #expect(x.trunc().value == [[0, -1, 2], [4, 0, 6]])
    #expect(Tensor([-0.5, .nan, -.infinity]).floor()[0] == -1)
    (x.floor() + x.trunc()).sum().backward()
    #expect(x.grad == Tensor.zeros([2, 3]))
  }

  @available(*, deprecated)
  @Test("old names still work")
  func deprecated() {
    #expect(x.flip(axes: [1]).value == x.flipped(axes: [1]).value)
    #expect(x.roll(by: [1], axes: [0]).value == x.rolled(by: [1], axes: [0]).value)
    #expect(x.roll(by: 1).value == x.rolled(by: 1).value)
    #expect(x.clamp(min: 0).value == x.clamped(min: 0).value)
    #expect(x.expand(to: [2, 2, 3]).value == x.expanded(to: [2, 2, 3]).value)
    #expect(x.value.flip(axes: [0]) == x.value.flipped(axes: [0]))
    #expect(x.value.clamp(max: 1) == x.value.clamped(max: 1))
    #expect(x.value.roll(by: [1], axes: [1]) == x.value.rolled(by: [1], axes: [1]))
  }
}
