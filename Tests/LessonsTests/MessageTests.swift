import Foundation
import Retrograd
import RetrogradTestSupport
import RetrogradText
import Testing

@testable import LessonKit

@Suite("What is asked and answered between processes")
@MainActor struct MessageTests {
  /// A value after it has been a message.
  private func sent<Value: Exchangeable>(_ value: Value) throws -> Value {
    var message = MessageWriter(line: Line())
    value.write(to: &message)
    var reader = MessageReader(message.bytes, line: Line())
    defer { #expect(reader.count == 0) }
    return try Value(from: &reader)
  }

  @Test("arrives with the bits that it was sent with")
  func bits() throws {
    let odd = [
      0, -0.0, 1, .infinity, -.infinity, Double(nan: 5, signaling: false), .leastNonzeroMagnitude,
    ]
    #expect(try sent(odd).map(\.bitPattern) == odd.map(\.bitPattern))
    #expect(
      try sent([Float(1.5), -0.0, .nan]).map(\.bitPattern) == [
        0x3FC0_0000, 0x8000_0000, 0x7FC0_0000,
      ])
    for number in [0, 1, -1, .max, .min] { #expect(try sent(number) == number) }
    #expect(try sent([true, false]) == [true, false])
    #expect(try sent(["", "é\u{0}\n", "👩‍👩‍👧"]) == ["", "é\u{0}\n", "👩‍👩‍👧"])
    #expect(try sent([[1, 2], [], [3]]) == [[1, 2], [], [3]])
    for dtype in DType.allCases {
      for tensor in [
        Tensor(odd, shape: [7, 1], dtype: dtype), Tensor(3, dtype: dtype),
        Tensor.zeros([2, 0, 3], dtype: dtype),
        Tensor.ones([2, 3], dtype: dtype).transposed().slice(1..<3, axis: 0),
      ] {
        let copy = try sent(tensor)
        #expect(copy.shape == tensor.shape && copy.dtype == dtype)
        #expect(copy.scalars.map(\.bitPattern) == tensor.scalars.map(\.bitPattern))
      }
    }
    let labels = IntTensor([1, -2, 3, .max], shape: [2, 2])
    #expect(try sent(labels) == labels)
    var random = RandomSource(seed: 3)
    _ = random.next()
    var copy = try sent(random)
    #expect(copy.next() == random.next())
    let group = try sent(Group(1, "two", [3.0])).values
    #expect(group.0 == 1 && group.1 == "two" && group.2 == [3])
  }

  @Test("may be cut off or anything else: it is an error then, and never a crash")
  func hostile() throws {
    func tryAll<Value: Exchangeable>(_ value: Value) {
      var message = MessageWriter(line: Line())
      value.write(to: &message)
      let whole = message.bytes
      for count in 0..<whole.count {
        #expect(throws: (any Error).self) {
          var reader = MessageReader(Array(whole[..<count]), line: Line())
          _ = try Value(from: &reader)
        }
      }
      var random = RandomSource(seed: 1)
      for round in 0..<2000 {
        var bytes = whole
        if round % 2 == 0 {
          bytes = (0..<random.integer(in: 0..<80)).map { _ in
            UInt8(truncatingIfNeeded: random.next())
          }
        } else {
          for _ in 0..<3 {
            let place = random.integer(in: 0..<bytes.count)
            bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.integer(in: 0..<5)]
          }
        }
        var reader = MessageReader(bytes, line: Line())
        _ = try? Value(from: &reader)
      }
    }
    tryAll([1.0, 2])
    tryAll(["a", "bc"])
    tryAll([[1, 2], [3]])
    tryAll(Tensor([1, 2, 3, 4], shape: [2, 2]))
    tryAll(IntTensor([1, 2, 3], shape: [3]))
    tryAll(RandomSource(seed: 1))
    tryAll(Group(1, [2.0], true))
  }

  /// Hands a function to the other side of a line, and gives what arrives there.
  private func handed<Value: Exchangeable>(
    _ value: Value, _ body: (Value) throws -> Void
  ) throws {
    let (asking, answering) = Line.pair()
    answering.offer { _, reply in value.write(to: &reply) }
    var reply = try asking.ask(0) { _ in }
    try body(try Value(from: &reply))
    if let failure = asking.failure { throw failure }
  }

  @Test("may be a function: it is called where it was made, and differentiated there, twice too")
  func functions() throws {
    try handed(NumberFunction<Double> { $0 * $0 }) { #expect($0(3) == 9) }
    try handed(DifferentiableFunction { $0.tanh() * $0 }) { function in
      let x = Tensor([0.5, -1, 2], shape: [3], dtype: .float64)
      #expect(function(Variable(x)).value == x.tanh() * x)
      #expect(checkGradients(of: { function($0) }, at: x).passed)
      let input = Variable(x, requiresGrad: true)
      let first = gradients(of: function(input).sum(), withRespectTo: [input], createGraph: true)[0]
      let second = gradients(of: first.sum(), withRespectTo: [input])[0].value
      let direct = Variable(x, requiresGrad: true)
      let expected = gradients(
        of: gradients(
          of: (direct.tanh() * direct).sum(), withRespectTo: [direct], createGraph: true)[0].sum(),
        withRespectTo: [direct])[0].value
      #expect((second - expected).abs().max().item() < 1e-12)
    }
    try handed(DifferentiableFunction { Variable($0.value * 2) }) {
      #expect($0(Variable([1, 2], requiresGrad: true)).operation == nil)
    }
  }

  @Test("what goes wrong in a function is told, where no error can be thrown too")
  func failures() {
    let unwritten = #expect(throws: NotWritten.self) {
      try handed(DifferentiableFunction { _ in throw NotWritten("Write it.") }) {
        _ = $0(Variable([1]))
      }
    }
    #expect(unwritten?.hint == "Write it.")
    let broken = #expect(throws: AnswerError.self) {
      try handed(
        DifferentiableFunction {
          record("broken", $0, value: $0.value, keep: .nothing) { _, dy in dy.sum() }
        }
      ) { function in _ = checkGradients(of: { function($0) }, at: [1, 2, 3]) }
    }
    #expect(
      broken?.text.contains("breaks a rule") == true && broken?.text.contains("broken") == true)
    let (asking, _) = Line.pair()
    #expect(throws: AnswerError.self) { _ = try asking.ask(7) { _ in } }
  }

  @Test("is shown without what steers a terminal, and not for ever")
  func visibility() {
    #expect(visible("a\tb\nc é 👍", keepsLines: true) == "a\tb\nc é 👍")
    #expect(
      visible("\u{1B}[31m\u{7}\r\u{202E}\u{200B}\u{85}\u{2028}")
        == "\\u{1B}[31m\\u{7}\\u{D}\\u{202E}\\u{200B}\\u{85}\\u{2028}")
    #expect(visible(String(repeating: "x", count: 50), limit: 10) == "xxxxxxxxxx …")
  }
}
