import Retrograd
import Testing

@testable import lesson3

@Suite("The tiny engine of lesson 3")
@MainActor struct TinyEngineTests {
  /// A number in both engines.
  @MainActor struct Pair {
    let tiny: ScalarVariable
    let real: Variable

    init(_ tiny: ScalarVariable, _ real: Variable) { (self.tiny, self.real) = (tiny, real) }

    init(_ value: Double) {
      tiny = ScalarVariable(value)
      real = Variable(Tensor(value, dtype: .float64), requiresGrad: true)
    }
  }

  /// The same operation in both engines.
  static let operations: [(Pair, Pair) -> Pair] = [
    { Pair($0.tiny + $1.tiny, $0.real + $1.real) },
    { Pair($0.tiny * $1.tiny, $0.real * $1.real) },
    { a, _ in Pair(a.tiny.exp(), a.real.exp()) },
    { a, _ in Pair(a.tiny.sin(), a.real.sin()) },
    { a, _ in Pair(a.tiny.relu(), a.real.relu()) },
  ]

  private func compare(_ pairs: [Pair]) {
    for pair in pairs {
      let expected = pair.real.grad?.item() ?? 0
      #expect(abs(pair.tiny.grad - expected) <= 1e-12 * max(1, abs(expected)))
    }
  }

  @Test("finds the gradients that Variable finds, in graphs drawn at random", arguments: 1...50)
  func graphs(seed: UInt64) {
    var random = RandomSource(seed: seed)
    let leaves = (0..<3).map { _ in Pair(random.uniform(-1, 1)) }
    var nodes = leaves
    for _ in 0..<12 {
      // What grows too large would be compared with itself only: exp of exp of exp.
      let candidates = nodes.filter { abs($0.tiny.value) < 3 }
      let operation = Self.operations[random.integer(in: 0..<Self.operations.count)]
      let a = candidates[random.integer(in: 0..<candidates.count)]
      let b = candidates[random.integer(in: 0..<candidates.count)]
      nodes.append(operation(a, b))
    }
    let output = nodes.dropFirst().reduce(nodes[0]) { Self.operations[0]($0, $1) }
    #expect(abs(output.tiny.value - output.real.item()) <= 1e-12 * max(1, abs(output.tiny.value)))
    output.tiny.backward()
    output.real.backward()
    compare(leaves)
  }

  @Test("adds up the gradients of leaves over several passes, and starts afresh in between")
  func repeated() {
    let x = Pair(2)
    func f() -> Pair { Self.operations[1](Self.operations[2](x, x), x) }
    for _ in 1...2 {
      let y = f()
      y.tiny.backward()
      y.real.backward()
      compare([x])
    }
    let y = ScalarVariable(3) * ScalarVariable(4)
    y.backward()
    y.backward()
    #expect(y.grad == 1)
  }

  @Test("gives a number that depends on nothing the gradient 1")
  func leaf() {
    let x = Pair(5)
    x.tiny.backward()
    x.real.backward()
    compare([x])
    #expect(x.tiny.grad == 1 && x.tiny.order().count == 1)
  }

  @Test("puts a number after all that it was computed from, and each once")
  func order() {
    let a = ScalarVariable(1)
    let b = a + a
    let c = b * a
    #expect(c.order().map(ObjectIdentifier.init) == [a, b, c].map(ObjectIdentifier.init))
  }
}
