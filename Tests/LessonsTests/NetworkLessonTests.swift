import Foundation
import LessonKit
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Lessons 5 and 8")
struct NetworkLessonTests {
  /// What lesson 5's table says of one picture.
  private struct Row {
    let index: Int
    let label: String
    let subject: String
    let place: Int?
  }

  private static func rows(_ result: ProgramResult) -> [Row] {
    result.lines.compactMap { line in
      let pattern = /^ *\d+  +(\d+)  (\S.*?)  +[\d.]+ %  (?: +|not sure  )(\S.*?)  +(\d+|none)$/
      guard let match = try? pattern.firstMatch(in: line) else { return nil }
      return Row(
        index: Int(match.1)!, label: String(match.2), subject: String(match.3), place: Int(match.4))
    }
  }

  @Test(
    "lesson 5 classifies photographs, says where the right label stands, and writes a contact sheet",
    .needsPNG
  )
  func classify() throws {
    let network = try WeightChoice.resolve(.mini, default: .lessons)
    let folder = try TemporaryFolder()
    let result = try runProgram("lesson5", [], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("weights: mini"))
    let count = try network.alexNet().parameterCount
      .formatted(.number.locale(Locale(identifier: "en")))
    #expect(result.output.contains("\(count) parameters in all"))
    let rows = Self.rows(result)
    #expect(rows.map(\.subject) == Photograph.all.map(\.subject), "\(result.output)")
    for (row, photograph) in zip(rows, Photograph.all) {
      #expect(network.labels[row.index] == row.label)
      let right = photograph.label(among: network.labels)
      #expect((row.place == nil) == (right == nil), "\(row)")
      #expect((row.place == 1) == (row.label == right), "\(row)")
    }
    let known = rows.compactMap(\.place)
    #expect(
      result.output.contains(
        "\nAccuracy: \(known.count { $0 == 1 }) of \(known.count) (top-1), and "
          + "\(known.count { $0 <= 5 }) of ")
    )
    #expect(try Picture.read(folder.url.appending(path: "lesson5.png")).width > 900)
    #expect(try runProgram("lesson5", [], in: folder.url).output == result.output)
    #expect(result.lines.allSatisfy { $0.count <= 80 })
  }

  @Test(
    "lesson 5 has seven of eight photographs right among its first five answers",
    .enabled(
      if: (try? WeightChoice.resolve(.mini, default: .lessons))?.labels.contains("red panda")
        ?? false, "the embedded network has not learned from photographs"))
  func firstFive() throws {
    let result = try runProgram("lesson5", ["--no-pictures"])
    let known = Self.rows(result).compactMap(\.place)
    #expect(known.count == 14)
    #expect(8 * known.count { $0 <= 5 } >= 7 * known.count, "\(result.output)")
  }

  @Test("lesson 5 takes ten drawings instead, but not together with pictures of one's own")
  func drawings() throws {
    let result = try runProgram("lesson5", ["--drawn", "--no-pictures"])
    #expect(result.status == 0)
    let rows = Self.rows(result)
    #expect(rows.count == 10 && rows.allSatisfy { Sketchbook.classes.contains($0.subject) })
    #expect(try runProgram("lesson5", ["--drawn", "--data", "."]).status == 64)
    #expect(try runProgram("lesson6", ["--drawn", "--data", "."]).status == 64)
  }

  @Test("lesson 5 takes pictures of one's own, and says what it cannot read", .needsPNG)
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

  @Test("lesson 8 compares three ways of fine-tuning, and what is frozen stays", .needsPNG)
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
