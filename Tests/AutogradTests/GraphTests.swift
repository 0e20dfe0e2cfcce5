import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("The graph can be counted and drawn")
struct GraphTests {
  @Test("every operation of a step is freed by its end, exactly")
  func countsToZero() {
    var random = RandomSource(seed: 1)
    let model = Sequential(Linear(4, 8, using: &random), Tanh(), Linear(8, 3, using: &random))
    let optimizer = SGD(model.namedParameters, learningRate: 0.1)
    let counter = NodeCounter()
    for step in 1...5 {
      counter.run {
        let loss = crossEntropy(model(Variable(.ones([2, 4]))), [0, 2])
        #expect(counter.liveCount == 4, "two linear layers, tanh and the loss")
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
      }
      #expect(counter.liveCount == 0, "after step \(step)")
    }
    #expect(counter.totalCount > 0 && counter.totalCount % 5 == 0)
  }

  @Test("a graph that is kept by mistake is seen")
  func keptGraph() {
    let counter = NodeCounter()
    var losses: [Variable] = []
    let x = Variable([2], requiresGrad: true)
    counter.run { losses.append(x * x * 3) }
    #expect(counter.liveCount == 2)
    losses = losses.map { $0.detached() }
    #expect(counter.liveCount == 0)
  }

  @Test("counters see only what was made inside them")
  func scoped() {
    let (outer, inner) = (NodeCounter(), NodeCounter())
    let x = Variable([2], requiresGrad: true)
    let before = x * 2
    outer.run {
      let one = x * 3
      let two = inner.run { x * 4 }
      #expect(outer.liveCount == 1 && inner.liveCount == 1)
      _ = (one, two)
    }
    #expect(outer.totalCount == 1)
    _ = before
  }

  @Test(
    "changing a leaf between forward and backward copies it once, and not when nothing is pending")
  func copyOnWrite() {
    let x = Variable(Tensor([3], dtype: .float64), requiresGrad: true)
    let y = x * x
    x.value += Tensor([1], dtype: .float64)
    y.backward()
    #expect(x.grad!.scalars == [6])
    #expect(x.value.scalars == [4])
  }

  @Test("a step of an optimizer on a parameter that no graph holds copies nothing")
  func noCopy() {
    func address(_ x: Variable) -> UnsafeRawPointer? { x.value.withUnsafeBytes { $0.baseAddress } }
    let weight = Variable(.ones([1000]), requiresGrad: true)
    let optimizer = SGD([weight], learningRate: 0.1, momentum: 0.9)
    let before = address(weight)
    for _ in 0..<3 {
      optimizer.zeroGrad()
      (weight * weight).sum().backward()
      optimizer.step()
      #expect(address(weight) == before)
    }
    // A graph that still needs the old numbers keeps them.
    let pending = (weight * weight).sum()
    optimizer.step()
    #expect(address(weight) != before)
    pending.backward()
  }

  @Test("a drawing has the operations, the shapes, the leaves' names and the gradients' norms")
  func drawing() {
    let weight = Variable([[3, 4]], requiresGrad: true)
    weight.grad = [[3, 4]]
    let y = matmul(Variable([[1], [2]], requiresGrad: true), weight).tanh().sum()
    let dot = y.graphDot(names: [(weight, "the \"weight\"")])
    #expect(dot.hasPrefix("digraph {") && dot.hasSuffix("}\n"))
    for part in ["matmul\\n[2, 2]", "tanh", "sum\\n[]", "leaf\\n[2, 1]", "|gradient| = 5"] {
      #expect(dot.contains(part), "\(part)")
    }
    #expect(dot.contains("the \\\"weight\\\"\\n[1, 2]"))
    #expect(dot.split(separator: "\n").count { $0.contains("->") } == 4)
    y.backward()
    #expect(y.graphDot().contains("released"))
    #expect(Variable([1]).graphDot().contains("constant"))
  }

  @Test("a large graph is drawn in part, with a note")
  func largeDrawing() {
    let x = Variable([1], requiresGrad: true)
    var y = x
    for _ in 0..<1000 { y = y * 2 }
    let dot = y.graphDot(limit: 10)
    #expect(dot.split(separator: "\n").count < 40)
    #expect(dot.contains("more inputs"))
  }
}
