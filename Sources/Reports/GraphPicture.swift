import Foundation
import RetrogradAutograd
import RetrogradFiles

extension Variable {
  /// The drawing of ``graphDot(names:limit:)`` as SVG; `nil` where Graphviz's `dot` is not installed, or has not done
  /// it within ten seconds.
  ///
  /// - Parameters:
  ///   - names: Names for leaves; others are called `leaf`.
  ///   - limit: The most operations to draw, the last ones; a note tells how many were left out.
  public func graphSVG(names: [(Variable, String)] = [], limit: Int = 500) -> String? {
    guard let dot = ExternalProgram(named: "dot") else { return nil }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "retrograd-graph-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appending(path: "graph.dot")
    let target = folder.appending(path: "graph.svg")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(graphDot(names: names, limit: limit).utf8).write(to: source)
      let outcome = try dot.run(["-Tsvg", "-o", target.path, source.path], seconds: 10)
      return outcome.status == 0 ? try String(contentsOf: target, encoding: .utf8) : nil
    } catch {
      return nil
    }
  }
}
