import Foundation
import RetrogradTestSupport
import Testing

/// That no operation is forgotten is read from the sources: their public functions must be called by the table.
@Suite("Every public function that gives a variable")
struct PublicFunctionTests {
  @Test("is called by the table of operations, each overload by a line of its own")
  func called() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "OperationTable")
    let table = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }.joined()
    let operations = try PublicFunction.operations()
    #expect(operations.count > 120)
    // Rounding to single precision is too coarse for finite differences: see `OperationNamesTests`. A copy to a device
    // has no `float64`: see `DeviceTests`.
    let exceptions: Set = ["converted", "to"]
    for (name, overloads) in Dictionary(grouping: operations, by: \.name)
    where !exceptions.contains(name) {
      // What is a method and a function is one thing: the two are compared by `GrammarTests`.
      let methods = overloads.filter { $0.type != nil }.count
      let expected = max(methods, overloads.count - methods)
      let calls = Self.calls(of: name, in: table)
      #expect(
        calls >= expected,
        "\(name) has \(expected) forms, and \(calls) calls in the table: \(overloads)")
    }
  }

  @Test("is found in the sources, unless it is deprecated")
  func parsing() {
    let source = """
      /// public func quoted() -> Variable
      public func several(
        _ x: Variable, _ f: (Int) -> Int = { $0 }
      ) -> (values: Variable, indices: IntTensor) {
      }
      extension Variable {
        @inlinable
        public static prefix func - (a: Variable) -> Variable { a }
        public subscript(first: Int, others: Int...) -> Variable {
          get { 1 }
        }
        @available(*, deprecated, renamed: "new()")
        public func old() -> Variable { new() }

        func hidden() -> Variable {}
        struct Inner {
          public func inside() {}
        }
      }
      extension Variable: P {}
      public func last<T: P>(x: T) -> T {}
      """
    let found = PublicFunction.all(declaredIn: source, file: "File.swift").map(\.description)
    #expect(
      found == [
        "several( _ x: Variable, _ f: (Int) -> Int = { $0 } ) -> "
          + "(values: Variable, indices: IntTensor)",
        "Variable.-(a: Variable) -> Variable",
        "Variable.subscript(first: Int, others: Int...) -> Variable",
        "Inner.inside()", "last(x: T) -> T",
      ])
  }

  @Test("and a call of it is told from one of another")
  func counting() {
    let table = """
      "exp": { x, _ in x[0].exp() }, "amax": x[0].amax(), x[0] + x[1], x[0][1..<2], -x[0]
      """
    #expect(Self.calls(of: "exp", in: table) == 1 && Self.calls(of: "max", in: table) == 0)
    #expect(Self.calls(of: "+", in: table) == 1 && Self.calls(of: "-", in: table) == 1)
    #expect(Self.calls(of: "subscript", in: table) == 1)
  }

  /// The number of calls of a function, an operator or a subscript.
  private static func calls(of name: String, in code: String) -> Int {
    switch name {
    case "subscript": code.matches(of: /\bx\[0\]\[/).count
    case "+", "*", "/": code.components(separatedBy: " \(name) ").count - 1
    case "-": code.components(separatedBy: " - ").count - 1 + code.matches(of: /\ -x\[/).count
    default: code.matches(of: try! Regex("\\b\(name)\\(").wordBoundaryKind(.simple)).count
    }
  }
}
