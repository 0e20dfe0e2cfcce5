import Foundation
import RetrogradTensors

extension Variable {
  /// The graph that this variable was computed by, in the language of Graphviz: operations with the
  /// shapes of their results, leaves with the norm of the gradient they have collected.
  ///
  /// ```swift
  /// try loss.graphDot(names: model.namedParameters.map { ($0.variable, $0.name) })
  ///   .write(toFile: "graph.dot", atomically: true, encoding: .utf8)   // dot -Tsvg graph.dot
  /// ```
  ///
  /// Draw before `backward()` has released the graph, or keep it with `retainGraph`.
  ///
  /// - Parameters:
  ///   - names: Names for leaves; others are called `leaf`.
  ///   - limit: The most operations to draw, the last ones; a note tells how many were left out.
  public func graphDot(names: [(Variable, String)] = [], limit: Int = 500) -> String {
    var lines = [
      "digraph {", "  rankdir=BT;",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f2f2f2\", fontname=\"Helvetica\"];",
    ]
    guard let root = node else {
      return (lines + ["  constant [label=\"constant \(shape)\"];", "}"]).joined(separator: "\n")
    }
    let names = Dictionary(names.map { (ObjectIdentifier($0.0), $0.1) }) { first, _ in first }
    var numbers: [ObjectIdentifier: Int] = [ObjectIdentifier(root): 0]
    var order = [root]
    var next = 0
    var leftOut = 0
    while next < order.count {
      let node = order[next]
      lines.append("  n\(next) \(Self.attributes(node, names));")
      for input in node.inputs {
        let key = ObjectIdentifier(input)
        if numbers[key] == nil {
          guard order.count < limit else {
            leftOut += 1
            continue
          }
          numbers[key] = order.count
          order.append(input)
        }
        if let number = numbers[key] { lines.append("  n\(number) -> n\(next);") }
      }
      next += 1
    }
    if leftOut > 0 { lines.append("  more [label=\"… \(leftOut) more inputs\", shape=plaintext];") }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func attributes(_ node: Node, _ names: [ObjectIdentifier: String]) -> String {
    guard node.isLeaf else {
      let released = node.rule == nil ? "\\nreleased" : ""
      return "[label=\"\(node.operation)\\n\(node.shape)\(released)\"]"
    }
    var label = "leaf"
    var norm = ""
    if let variable = node.leaf {
      label = names[ObjectIdentifier(variable)] ?? label
      if let gradient = variable.grad {
        norm = String(format: "\\n|gradient| = %.3g", gradient.norm().item())
      }
    }
    // By scalars: a quotation mark with an accent upon it is another character.
    let text = label.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return "[label=\"\(text)\\n\(node.shape)\(norm)\", fillcolor=\"#cfe3f5\"]"
  }
}
