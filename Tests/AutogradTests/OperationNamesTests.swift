import Foundation
import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// That the table leaves nothing out is read from the sources: what they record must turn up in the
/// graphs of its cases.
@Suite("Every operation that the sources record")
struct OperationNamesTests {
  /// The operations that these tests check apart from the table. Rounding to single precision is too
  /// coarse for finite differences.
  static let apart: Set<String> = ["converted"]

  @Test("is in the graphs of cases whose second derivatives are checked")
  func complete() throws {
    let recorded = try Self.recordedNames()
    #expect(recorded.count > 60)
    var exercised = Self.apart
    for example in OperationCase.all where example.hasSecondDerivatives || example.isSmooth {
      exercised.formUnion(Self.operations(in: example))
    }
    let missing = recorded.subtracting(exercised).sorted()
    #expect(missing.isEmpty, "no case checks \(missing) at order 2")
    let unknown = exercised.subtracting(recorded).sorted()
    #expect(unknown.isEmpty, "\(unknown) come up in graphs, but were not found in the sources")
  }

  @Test("is found there, also by a name that is passed on")
  func scan() {
    let source = """
      /// record("comment", x)
      record("plain", x, value: y)
      record(
        "broken", a, b)
      func helper(_ name: String = "byDefault") { record(name, x) }
      helper("passed", x)
      helper(x, name: "labeled")
      noteBranches("not an operation") { x }
      """
    #expect(
      Self.names(in: source) == ["plain", "broken", "byDefault", "passed", "labeled"])
    #expect(Self.names(in: "record(\"only\", x)\nhelper(\"other\", x)") == ["only"])
  }

  @Test("includes the conversion to another dtype, there and back at orders 1 and 2")
  func convert() {
    let x = Variable(Tensor([0.5, -3, 0.1], dtype: .float64), requiresGrad: true)
    let cotangent = Variable([2, -1, 0.5], requiresGrad: true)
    let direction = Tensor([4, 8, 0.25], dtype: .float64)
    let y = x.converted(to: .float32)
    #expect(y.value == Tensor([0.5, -3, Float(0.1)]))
    let dx = gradients(of: y, withRespectTo: [x], seed: cotangent, createGraph: true)[0]
    #expect(dx.value == Tensor([2, -1, 0.5], dtype: .float64))
    let second = gradients(of: (dx * Variable(direction)).sum(), withRespectTo: [x, cotangent])
    #expect(second[0].value == .zeros(like: x.value))
    #expect(second[1].value == Tensor([4, 8, 0.25] as [Float]))
    #expect(y.operationsInGraph == ["converted"])
  }

  /// What runs forward, in the gradient and in what the gradient's gradient goes back through.
  private static func operations(in example: OperationCase) -> Set<String> {
    let inputs = example.inputs.map { Variable($0, requiresGrad: true) }
    let cotangent = Variable(example.cotangent, requiresGrad: true)
    let output = example.output(inputs)
    var names = output.operationsInGraph
    let first = gradients(of: output, withRespectTo: inputs, seed: cotangent, createGraph: true)
    for gradient in first {
      names.formUnion(gradient.operationsInGraph)
      guard gradient.requiresGrad else { continue }
      let second = gradients(
        of: gradient, withRespectTo: inputs + [cotangent],
        seed: Variable(gradient.value, requiresGrad: true),
        createGraph: true)
      for gradient in second { names.formUnion(gradient.operationsInGraph) }
    }
    return names
  }

  /// The names given to `record(…)` in Sources/Autograd.
  private static func recordedNames() throws -> Set<String> {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Autograd")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".swift") }
    return try paths.reduce(into: []) { names, path in
      names.formUnion(
        Self.names(in: try String(contentsOf: root.appending(path: path), encoding: .utf8)))
    }
  }

  /// The names that a source records: those that stand in the call, and where a call gets its name from
  /// elsewhere, those that the file passes on to its own functions.
  private static func names(in source: String) -> Set<String> {
    let code = source.split(separator: "\n")
      .filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
    var names = Set(code.matches(of: /\brecord\(\s*"(\w+)"/).map { String($0.output.1) })
    if code.contains(/\brecord\(\s*[a-z]\w*,/) {
      for pattern in [
        /\(\s*"(\w+)",/, /\bname: "(\w+)"/, /\bname: String = "(\w+)"/,
      ] {
        names.formUnion(code.matches(of: pattern).map { String($0.output.1) })
      }
    }
    return names
  }
}
