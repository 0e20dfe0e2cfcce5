import Foundation
import RetrogradAutograd
import RetrogradTensors
import Synchronization
import Testing

@Suite("The engine")
struct EngineTests {
  @Test("a gradient is what the chain rule says")
  func chainRule() {
    let x = Variable(Tensor([0.5, -1], dtype: .float64), requiresGrad: true)
    (x.tanh() * 3).sum().backward()
    let expected = [0.5, -1].map { 3 * (1 - tanh($0) * tanh($0)) }
    #expect(zip(x.grad!.scalars, expected).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test("a variable used twice collects both gradients")
  func reuse() {
    let x = Variable([3], requiresGrad: true)
    (x * x + x).sum().backward()
    #expect(x.grad!.scalars == [7])
  }

  @Test("backward passes add up until the gradient is forgotten")
  func accumulation() {
    let x = Variable([2], requiresGrad: true)
    (x * 5).sum().backward()
    (x * 5).sum().backward()
    #expect(x.grad!.scalars == [10])
    x.zeroGrad()
    #expect(x.grad == nil)
    (x * 5).sum().backward()
    #expect(x.grad!.scalars == [5])
  }

  @Test("a diamond of a thousand layers takes linear time, not one path after the other")
  func diamonds() {
    let x = Variable(Tensor([1], dtype: .float64), requiresGrad: true)
    var y = x
    for _ in 0..<1000 { y = (y + y) * 0.5 }
    y.sum().backward()
    #expect(x.grad!.scalars == [1])
  }

  @Test("retainGraph lets the same graph be used again")
  func retain() {
    let x = Variable([2], requiresGrad: true)
    let y = (x * x).sum()
    y.backward(retainGraph: true)
    y.backward()
    #expect(x.grad!.scalars == [8])
  }

  @Test("a seed weighs the outputs")
  func seed() {
    let x = Variable([1, 2, 3], requiresGrad: true)
    (x * x).backward([1, 10, 100])
    #expect(x.grad!.scalars == [2, 40, 600])
  }

  @Test("gradients(of:) leaves grad alone, and gives zeros for what plays no part")
  func functional() {
    let x = Variable([2, 3], requiresGrad: true)
    let unused = Variable([[1, 2]], requiresGrad: true)
    let found = gradients(of: (x * x).sum(), withRespectTo: [x, unused])
    #expect(found[0].value.scalars == [4, 6])
    #expect(found[1].value == Tensor.zeros([1, 2]))
    #expect(x.grad == nil && unused.grad == nil)
  }

  @Test("gradients with respect to the result of an operation")
  func intermediate() {
    let x = Variable([2], requiresGrad: true)
    let h = x * 3
    let found = gradients(of: (h * h).sum(), withRespectTo: [h, x, h])
    #expect(found.map { $0.value.scalars } == [[12], [36], [12]])
  }

  @Test("an output is its own gradient's end")
  func ofItself() {
    let x = Variable([2], requiresGrad: true)
    #expect(gradients(of: x, withRespectTo: [x])[0].value.scalars == [1])
  }

  @Test("third derivatives: x⁵ gives 60x²")
  func thirdOrder() {
    let x = Variable(Tensor([2], dtype: .float64), requiresGrad: true)
    var y = (x * x * x * x * x).sum()
    for _ in 0..<3 { y = gradients(of: y, withRespectTo: [x], createGraph: true)[0].sum() }
    #expect(y.item() == 240)
  }

  @Test("a gradient that no longer depends on the input has gradient zero")
  func linearSecondOrder() {
    let x = Variable([2], requiresGrad: true)
    let dx = gradients(of: (x * 3).sum(), withRespectTo: [x], createGraph: true)[0]
    #expect(gradients(of: dx.sum(), withRespectTo: [x])[0].value.scalars == [0])
  }

  @Test("the seed can be differentiated through")
  func seedGradient() {
    let x = Variable([2, 3], requiresGrad: true)
    let seed = Variable([1, 1], requiresGrad: true)
    let dx = gradients(of: x * x, withRespectTo: [x], seed: seed, createGraph: true)[0]
    #expect(gradients(of: dx.sum(), withRespectTo: [seed])[0].value.scalars == [4, 6])
  }

  @Test("changing a leaf between forward and backward changes nothing that was saved")
  func copyOnWrite() {
    let x = Variable([3], requiresGrad: true)
    let y = (x * x).sum()
    x.value[0] = 100
    y.backward()
    #expect(x.grad!.scalars == [6])
  }

  @Test("nothing is recorded inside withoutGradients, also when it is nested")
  func withoutRecording() {
    let x = Variable([3], requiresGrad: true)
    let (inner, isRecording) = withoutGradients {
      withoutGradients { _ = x * x }
      return (x * x, isRecordingGradients)
    }
    #expect(!inner.requiresGrad && !isRecording && isRecordingGradients)
    #expect((x * x).requiresGrad)
  }

  @Test("withoutGradients ends with an error too")
  func withoutRecordingThrows() {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try withoutGradients { throw Failure() } }
    #expect(isRecordingGradients)
  }

  @Test("a detached value is a constant")
  func detach() {
    let x = Variable([3], requiresGrad: true)
    (x.detached() * x).sum().backward()
    #expect(x.grad!.scalars == [3])
  }

  @Test("a leaf that stops requiring a gradient is a constant")
  func freezing() {
    let x = Variable([3], requiresGrad: true)
    x.requiresGrad = false
    #expect(!(x * 2).requiresGrad)
    x.requiresGrad = true
    (x * 2).sum().backward()
    #expect(x.grad!.scalars == [2])
  }

  @Test("a derivative may run a backward pass of its own")
  func nested() {
    // A checkpoint: forget what is inside, and compute it again on the way back.
    func checkpoint(_ x: Variable) -> Variable {
      record("checkpoint", x, value: x.value.tanh().exp(), keep: .inputs) { saved, dy in
        let again = Variable(saved.inputs[0].value, requiresGrad: true)
        return withRecordedGradients {
          gradients(of: again.tanh().exp(), withRespectTo: [again], seed: dy)[0]
        }
      }
    }
    let x = Variable(Tensor([0.3, 2], dtype: .float64), requiresGrad: true)
    let expected = gradients(of: (x.tanh().exp() * x).sum(), withRespectTo: [x])[0].value
    #expect(gradients(of: (checkpoint(x) * x).sum(), withRespectTo: [x])[0].value == expected)
  }

  @Test("only what is needed is computed")
  func needs() {
    let calls = Mutex<[Int]>([])
    let a = Variable([1], requiresGrad: true)
    let b = Variable([2])
    let y = record("probe", [a, b], value: a.value * b.value, keep: .inputs) { saved, dy in
      calls.withLock { $0 = [0, 1].filter(saved.needs) }
      return [dy * saved.inputs[1], nil]
    }
    y.sum().backward()
    #expect(calls.withLock { $0 } == [0])
    #expect(a.grad!.scalars == [2])
  }

  @Test("a chain of a million operations fits a stack of 512 KB, built, differentiated and freed")
  func longChain() {
    let gradient = Mutex<[Double]>([])
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      let x = Variable(Tensor([1], dtype: .float64), requiresGrad: true)
      var y = x
      for i in 0..<1_000_000 { y = i % 2 == 0 ? y * 2 : y * 0.5 }
      y.sum().backward(retainGraph: true)
      gradient.withLock { $0 = x.grad!.scalars }
      finished.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    finished.wait()
    #expect(gradient.withLock { $0 } == [1])
  }

  @Test(
    "a long chain that is never differentiated is freed without recursion, whichever input it runs through",
    arguments: 0..<4)
  func longChainUnused(position: Int) {
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      do {
        let x = Variable([1], requiresGrad: true)
        var y = x
        for _ in 0..<300_000 {
          var inputs = [x, x, x, x]
          inputs[position] = y
          y = record("join", inputs, value: x.value, keep: .nothing) { _, dy in [dy, dy, dy, dy] }
        }
      }
      finished.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    finished.wait()
  }

  @Test("operations of any number of inputs get what they kept of each")
  func manyInputs() {
    for count in 1...5 {
      let inputs = (1...count).map { Variable(Tensor([Double($0)]), requiresGrad: $0 != 2) }
      let y = record("weigh", inputs, value: [0], keep: .inputs) { saved, dy in
        #expect(saved.inputCount == count && saved.inputs.count == count)
        return (0..<count).map { index in
          #expect(saved.needs(index) == (index != 1) && saved.shape(index) == [1])
          return saved.needs(index) ? dy * saved.inputs[index] : nil
        }
      }
      y.backward()
      for (index, input) in inputs.enumerated() {
        #expect(input.grad?.scalars == (index == 1 ? nil : [Double(index + 1)]))
      }
    }
  }

  @Test("what operations kept is freed by backward, and by forgetting the result")
  func release() {
    final class Canary: Sendable {}
    weak var afterBackward: Canary?
    weak var afterForgetting: Canary?
    let x = Variable([1], requiresGrad: true)
    func probe(_ canary: Canary) -> Variable {
      record("probe", x, value: x.value, keep: .nothing) { _, dy in
        withExtendedLifetime(canary) { dy }
      }
    }
    let result: Variable
    do {
      let canary = Canary()
      afterBackward = canary
      result = probe(canary).sum()
    }
    #expect(afterBackward != nil)
    result.backward()
    #expect(afterBackward == nil)
    do {
      let canary = Canary()
      afterForgetting = canary
      _ = probe(canary).sum()
    }
    #expect(afterForgetting == nil)
  }

  @Test("a leaf that wants no gradient any more when backward runs gets none")
  func unwanted() {
    let (x, y) = (Variable([2], requiresGrad: true), Variable([3], requiresGrad: true))
    let product = (x * y).sum()
    x.requiresGrad = false
    product.backward()
    #expect(x.grad == nil && y.grad == [2])
  }
}

@Suite("Mistakes stop with a message")
struct EngineMistakeTests {
  static func message(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test("a second backward")
  func secondBackward() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let x = Variable([1], requiresGrad: true)
      let y = (x * x).sum()
      y.backward()
      y.backward()
    }
    #expect(Self.message(result).contains("retainGraph: true"))
  }

  @Test("backward from several numbers without a seed")
  func missingSeed() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      (Variable([1, 2], requiresGrad: true) * 2).backward()
    }
    #expect(Self.message(result).contains("[2] needs a seed"))
  }

  @Test("backward where nothing requires a gradient")
  func constant() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      Variable([1]).sum().backward()
    }
    #expect(Self.message(result).contains("requiresGrad: true"))
  }

  @Test("a derivative of the wrong shape is named")
  func wrongShape() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let x = Variable([1, 2], requiresGrad: true)
      record("halve", x, value: x.value / 2, keep: .nothing) { _, dy in dy.sum() }.sum().backward()
    }
    #expect(Self.message(result).contains("\"halve\""))
    #expect(Self.message(result).contains("shape [] (float32) for input 0, which is [2]"))
  }

  @Test("a derivative of the wrong dtype is named")
  func wrongDType() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let x = Variable([1, 2], requiresGrad: true)
      record("widen", x, value: x.value, keep: .nothing) { _, dy in
        Variable(dy.value.converted(to: .float64))
      }.sum().backward()
    }
    #expect(Self.message(result).contains("\"widen\""))
  }

  @Test("a derivative with too few gradients is named")
  func wrongCount() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let x = Variable([1, 2], requiresGrad: true)
      record("pair", [x, x], value: x.value, keep: .nothing) { _, dy in [dy] }.sum().backward()
    }
    #expect(Self.message(result).contains("returned 1 gradients for 2 inputs"))
  }

  @Test("reading what was not kept is named")
  func notKept() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let x = Variable([1, 2], requiresGrad: true)
      record("forgetful", x, value: x.value, keep: .nothing) { saved, _ in saved.inputs[0] }
        .sum().backward()
    }
    #expect(
      Self.message(result).contains("\"forgetful\"") || Self.message(result).contains("forgetful:"))
  }

  @Test("mixing dtypes, and shapes that do not broadcast")
  func mixing() async {
    let dtypes = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Variable([1]) + Variable(Tensor([1], dtype: .float64))
    }
    #expect(Self.message(dtypes).contains("converted(to:)"))
    let shapes = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Variable([1, 2]) * Variable([1, 2, 3])
    }
    #expect(Self.message(shapes).contains("multiply: shapes [2] and [3] do not broadcast"))
  }
}
