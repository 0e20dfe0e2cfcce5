import Foundation
import Testing

@Suite("The code in guides")
struct GuideTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func files(_ folders: [String], _ suffix: String) -> [URL] {
    folders.flatMap { folder -> [URL] in
      let place = root.appending(path: folder)
      let names = FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String }
      return (names ?? []).filter { $0.hasSuffix(suffix) && !$0.contains(".build") }
        .map { place.appending(path: $0) }
    }
  }

  static let guides =
    files(["Lessons", "Docs", "Weights", "Sources"], ".md") + [root.appending(path: "README.md")]

  /// Code without spaces, imports and comments.
  static func bare(_ text: some StringProtocol) -> String {
    let lines = String(text).split(separator: "\n").map { line -> String in
      let code = line[..<(line.firstRange(of: "//")?.lowerBound ?? line.endIndex)]
      return String(code.filter { !$0.isWhitespace })
    }
    return lines.filter { !$0.hasPrefix("import") }.joined()
  }

  @Test("is code that is compiled somewhere")
  func compiled() throws {
    let sources = try Self.files(["Lessons", "Sources", "Tests", "Docs", "Weights"], ".swift")
      .map { Self.bare(try String(contentsOf: $0, encoding: .utf8)) }
    #expect(Self.guides.count >= 18 && sources.count > 300)
    var count = 0
    for guide in Self.guides {
      let text = try String(contentsOf: guide, encoding: .utf8)
      for block in text.components(separatedBy: "```swift\n").dropFirst() {
        for paragraph in block.components(separatedBy: "```")[0].components(separatedBy: "\n\n") {
          let code = Self.bare(paragraph)
          if code.isEmpty { continue }
          count += 1
          #expect(
            sources.contains { $0.contains(code) },
            "\(guide.lastPathComponent) has code that is compiled nowhere:\n\(paragraph)")
        }
      }
    }
    #expect(count >= 25)
  }

  @Test("links lead somewhere")
  func links() throws {
    for guide in Self.guides {
      let text = try String(contentsOf: guide, encoding: .utf8)
      for match in text.matches(of: /\]\(([^)#:]+)\)/) {
        let target = guide.deletingLastPathComponent().appending(path: String(match.1))
        #expect(
          FileManager.default.fileExists(atPath: target.path), "\(guide.path) leads to \(match.1)")
      }
    }
  }
}
