import Foundation
import RetrogradTestSupport
import Testing

@Suite("The articles of the library")
struct ArticleTests {
  static let catalog = "Sources/Retrograd/Retrograd.docc"

  static func text(_ path: String) throws -> String {
    try String(contentsOf: GuideTests.root.appending(path: path), encoding: .utf8)
  }

  /// The cells of the rows of all tables.
  static func rows(_ article: String) throws -> [[String]] {
    try text("\(catalog)/\(article)").split(separator: "\n")
      .filter { $0.hasPrefix("| `") }
      .map { row in
        row.dropFirst().dropLast().split(separator: " | ")
          .map { $0.trimmingCharacters(in: .whitespaces) }
      }
  }

  static func code(_ cell: String) -> String { String(cell.dropFirst().dropLast()) }

  @Test("From PyTorch names only what is compiled and run")
  func fromPyTorch() throws {
    let compiled = GuideTests.bare(try Self.text("Tests/LessonsTests/FromPyTorchCode.swift"))
    let rows = try Self.rows("FromPyTorch.md")
    #expect(rows.count >= 150)
    for row in rows {
      #expect(row.count == 2, "\(row)")
      let code = Self.code(row[1])
      #expect(compiled.contains(GuideTests.bare(code)), "\(code) is compiled nowhere.")
    }
  }

  @Test("From PyTorch names every operation")
  func everyOperation() throws {
    let operations = try PublicFunction.operations()
    #expect(operations.count > 120)
    let article = try Self.text("\(Self.catalog)/FromPyTorch.md")
    for name in Set(operations.map(\.name)) where name.first!.isLetter && name != "subscript" {
      // By default `x.exp` is one word.
      let call = try Regex("\\b\(name)\\(").wordBoundaryKind(.simple)
      #expect(article.contains(call), "\(name) has no row in FromPyTorch.md")
    }
  }

  @Test("quotes messages as they are")
  func messages() throws {
    let sources = try GuideTests.files(["Sources"], ".swift")
      .map { try String(contentsOf: $0, encoding: .utf8) }
      // A message may be written over two lines.
      .map { $0.replacing(/"\s*\+ "/, with: "") }
    let rows = try Self.rows("Troubleshooting.md")
    #expect(rows.count >= 6)
    for row in rows {
      let message = Self.code(row[0])
      #expect(sources.contains { $0.contains(message) }, "No source says: \(message)")
    }
  }

  @Test("names files that there are")
  func files() throws {
    var count = 0
    for article in GuideTests.files([Self.catalog], ".md") {
      let text = try String(contentsOf: article, encoding: .utf8)
      for match in text.matches(of: /`((?:Sources|Docs|Lessons|Tests|Weights)\/[^` ]+)`/) {
        count += 1
        #expect(
          FileManager.default.fileExists(
            atPath: GuideTests.root.appending(path: String(match.1)).path),
          "\(article.lastPathComponent) names \(match.1)")
      }
    }
    #expect(count >= 40)
  }

  @Test("has a page for each module that is re-exported, and links each")
  func modules() throws {
    let landing = try Self.text("\(Self.catalog)/Retrograd.md")
    let umbrella = try Self.text("Sources/Retrograd/Retrograd.swift")
    let names = umbrella.matches(of: /@_exported import Retrograd(\w+)/).map { String($0.1) }
    #expect(names.count >= 18)
    for name in names {
      let page = try Self.text("\(Self.catalog)/Modules/\(name)Module.md")
      #expect(landing.contains("<doc:\(name)Module>"), "\(name)")
      try checkNames(in: page, of: name)
    }
  }

  /// Holds the lists of names on a module's page against its sources.
  private func checkNames(in page: String, of module: String) throws {
    let folder = module == "Weights" ? "Weights" : "Sources/\(module)"
    let sources = try GuideTests.files([folder], ".swift")
      .map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
    let declarations = Set(
      sources.matches(
        of: /public (?:\w+ )*(?:class|struct|enum|protocol|typealias|func|var|let) (\w+)/
      ).map { String($0.1) })
    for line in page.split(separator: "\n") where line.hasPrefix("`") && line.hasSuffix("`.") {
      for match in line.matches(of: /`(\w+)`/) {
        #expect(
          declarations.contains(String(match.1)), "\(module) has no public \(match.1)")
      }
    }
  }

  @Test("Architecture has a row for each folder of Tensors")
  func foldersOfTensors() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: GuideTests.root.appending(path: "Sources/Tensors").path)
    #expect(try Self.rows("Architecture.md").map { Self.code($0[0]) }.sorted() == folders.sorted())
  }

  @Test("draws the modules of the manifest, with arrows that point down")
  func drawing() throws {
    let drawing = try Self.text("\(Self.catalog)/architecture.svg")
    let manifest = try Self.text("Package.swift")
    var top: [String: Int] = [:]
    for match in drawing.matches(of: /data-module="(\w+)"><rect x="[-\d]+" y="(\d+)"/) {
      top[String(match.1)] = Int(match.2)
    }
    let modules = Set(manifest.matches(of: /name: "Retrograd(\w+)"/).map { String($0.1) })
      .subtracting(["TestSupport"])
    let isCurrent = modules.isSubset(of: top.keys)
    #expect(isCurrent, "\(modules.subtracting(top.keys)): run Docs/architecture.py")
    let arrows = drawing.matches(of: /data-from="(\w+)" data-to="(\w+)"/)
    #expect(arrows.count >= modules.count)
    for arrow in arrows {
      let (from, to) = (String(arrow.1), String(arrow.2))
      let (above, below) = (try #require(top[from]), try #require(top[to]))
      #expect(above < below, "\(from) → \(to) points up")
      #expect(
        manifest.contains("\"Retrograd\(to)\"") || to == "Retrograd",
        "\(to) is in no manifest: run Docs/architecture.py")
    }
  }
}
