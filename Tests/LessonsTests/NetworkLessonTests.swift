import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Lessons 5 and 8")
struct NetworkLessonTests {
  @Test("lesson 5 classifies ten pictures and writes a contact sheet")
  func classify() throws {
    let folder = try TemporaryFolder()
    let result = try runProgram("lesson5", [], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("weights: mini"))
    #expect(result.output.contains("3622148 parameters in all"))
    let rows = result.lines.compactMap {
      try? /^ *(\d)  +(\d+)  ([a-z ]+?)  +[\d.]+ %  [a-z ]+$/.firstMatch(in: $0)
    }
    #expect(rows.count == 10)
    for row in rows { #expect(Sketchbook.classes[Int(row.2)!] == row.3) }
    #expect(
      result.output.contains("\nRight: 9 of 10.") || result.output.contains("\nRight: 10 of 10."))
    #expect(try Picture.read(folder.url.appending(path: "lesson5.png")).width > 700)
    #expect(try runProgram("lesson5", [], in: folder.url).output == result.output)
    #expect(result.lines.allSatisfy { $0.count <= 80 })
  }

  @Test("lesson 5 takes pictures of one's own, and says what it cannot read")
  func ownPictures() throws {
    let folder = try TemporaryFolder()
    try Sketchbook(seed: 3).picture(of: "teapot", number: 0)
      .writePNG(to: folder.url.appending(path: "pot.png"))
    try Data("x".utf8).write(to: folder.url.appending(path: "none.png"))
    let result = try runProgram("lesson5", ["--data", folder.url.path], in: folder.url)
    #expect(result.status == 0)
    #expect(result.output.contains("left out") && result.output.contains("pot.png"))
    let wrong = try runProgram("lesson5", ["--weights", "/nowhere.pth"], in: folder.url)
    #expect(wrong.status == 1 && wrong.errors.contains("/nowhere.pth"))
  }

  @Test("lesson 8 compares three ways of fine-tuning, and what is frozen stays")
  func finetune() throws {
    let result = try runProgram("lesson8", ["--fast"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("14 frozen tensors, 14 of them the same bit for bit"))
    #expect(result.output.contains("10 frozen tensors, 10 of them the same bit for bit"))
    #expect(result.output.contains("conv5 and the classifier"))
    let wrong = try runProgram("lesson8", ["--classes", "owl,unicorn"])
    #expect(wrong.status == 64)
  }
}
