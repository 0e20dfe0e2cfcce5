import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("The version")
struct VersionTests {
  @Test("is that of the newest entry of the changelog")
  func changelog() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "Docs/Changelog.md"), encoding: .utf8)
    let newest = try #require(text.firstMatch(of: /(?m)^## ([0-9]+\.[0-9]+\.[0-9]+)$/))
    #expect(String(newest.1) == retrogradVersion)
  }

  @Test(
    "is what every program prints",
    arguments: ["retrograd", "script"] + LessonFolders.numbers.map { "lesson\($0)" })
  func printed(program: String) throws {
    let result = try runProgram(program, ["--version"])
    #expect(result.status == 0 && result.output == retrogradVersion + "\n")
  }
}
