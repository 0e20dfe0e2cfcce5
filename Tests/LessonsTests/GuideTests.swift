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

  static let swift = files(["Lessons", "Sources", "Tests", "Docs", "Weights"], ".swift")

  @Test("is code that is compiled somewhere")
  func compiled() throws {
    #expect(Self.guides.count >= 18)
    #expect(try Self.count(checking: Self.guides) { $0 } >= 25)
  }

  @Test("and so is the code in doc comments")
  func docComments() throws {
    #expect(Self.swift.count > 300)
    let count = try Self.count(checking: Self.swift) { source in
      source.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.drop { $0 == " " } }
        .map { $0.hasPrefix("///") ? String($0.dropFirst($0.hasPrefix("/// ") ? 4 : 3)) : "" }
        .joined(separator: "\n")
    }
    #expect(count >= 45)
  }

  /// Reports the paragraphs of Swift in some files that stand in no source, and says how many there are in all.
  private static func count(
    checking files: [URL], text: (String) -> String
  ) throws -> Int {
    let sources = try swift.map { bare(try String(contentsOf: $0, encoding: .utf8)) }
    var count = 0
    for file in files {
      let text = text(try String(contentsOf: file, encoding: .utf8))
      for block in text.components(separatedBy: "```swift\n").dropFirst() {
        for paragraph in block.components(separatedBy: "```")[0].components(separatedBy: "\n\n") {
          let code = bare(paragraph)
          if code.isEmpty { continue }
          count += 1
          #expect(
            sources.contains { $0.contains(code) },
            "\(file.lastPathComponent) has code that is compiled nowhere:\n\(paragraph)")
        }
      }
    }
    return count
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
