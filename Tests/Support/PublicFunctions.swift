import Foundation

/// A public function, method, operator or subscript, as its declaration stands in the sources.
public struct PublicFunction: Sendable, CustomStringConvertible {
  /// Its name: `exp`, `+`, `subscript`.
  public let name: String
  /// The type that it is declared in, or an extension of it; `nil` for a function of its own.
  public let type: String?
  /// The parameters, as they are declared.
  public let parameters: String
  /// The type of its result; empty where there is none.
  public let result: String
  /// The path of the file from the folder that was read.
  public let file: String

  /// The declaration in one line.
  public var description: String {
    "\(type.map { $0 + "." } ?? "")\(name)(\(parameters))\(result.isEmpty ? "" : " -> " + result)"
  }

  /// Those of all sources below a folder of the package, without those that are deprecated.
  public static func all(in folder: String) throws -> [PublicFunction] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: folder)
    return try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
      .filter { $0.hasSuffix(".swift") }
      .flatMap { path in
        all(
          declaredIn: try String(contentsOf: root.appending(path: path), encoding: .utf8),
          file: path)
      }
  }

  /// The operations: what gives a variable, of functions of its own, methods, and what tensors and variables share.
  public static func operations() throws -> [PublicFunction] {
    let own = try all(in: "Sources/Autograd")
      .filter { [nil, "Variable"].contains($0.type) && $0.result.contains(/Variable|Self/) }
    let shared = try all(in: "Sources/Tensors")
      .filter { $0.type == "TensorProtocol" && $0.result.contains("Self") }
    let graph = ["record", "gradients", "detached"]
    return (own + shared).filter { !graph.contains($0.name) }
  }

  /// Those of one source.
  public static func all(declaredIn source: String, file: String) -> [PublicFunction] {
    // Without comments, which may quote declarations.
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.drop { $0 == " " }.hasPrefix("//") ? "" : String($0)
    }
    var functions: [PublicFunction] = []
    var types: [(indentation: Int, name: String)] = []
    var isDeprecated = false
    for (number, line) in lines.enumerated() {
      let indentation = line.prefix { $0 == " " }.count
      let code = line.dropFirst(indentation)
      if code.hasPrefix("}") { types.removeAll { $0.indentation >= indentation } }
      if code.hasPrefix("@available(*, deprecated") { isDeprecated = true }
      if code.isEmpty { isDeprecated = false }
      if let match = code.prefixMatch(
        of: /(?:\w+ )*(?:extension|class|struct|enum|protocol|actor) (\w+)/), !code.hasSuffix("}")
      {
        types.append((indentation, String(match.1)))
      }
      let declaration =
        /(?:@\w+ )*public (?:(?:static|mutating|prefix) )*(?:func (\w+|[^\s\w(]+)|(subscript))/
      guard !isDeprecated, let match = code.prefixMatch(of: declaration) else { continue }
      // Up to the body, or to the end of a requirement.
      let rest = ([String(code[match.range.upperBound...])] + lines[(number + 1)...])
        .joined(separator: " ")
      guard let start = rest.firstIndex(of: "("),
        let end = closing(rest[start...])
      else { continue }
      let after = rest[rest.index(after: end)...]
      let head = after[..<(after.firstIndex(of: "{") ?? after.endIndex)]
      functions.append(
        PublicFunction(
          name: String(match.1 ?? match.2!), type: types.last?.name,
          parameters: String(rest[rest.index(after: start)..<end]).replacing(/\s+/, with: " "),
          result: head.firstRange(of: "->").map {
            head[$0.upperBound...].trimmingCharacters(in: .whitespaces)
          } ?? "", file: file))
    }
    return functions
  }

  /// The parenthesis that closes the first one.
  private static func closing(_ text: Substring) -> String.Index? {
    var depth = 0
    for index in text.indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }
}
