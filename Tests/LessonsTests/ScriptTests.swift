import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("The script", .needsPNG)
struct ScriptTests {
  /// The last line's figure.
  func accuracy(_ result: ProgramResult) throws -> Double {
    let text = result.output.replacing("\n", with: " ")
    let match = try #require(try /test set: ([\d.]+) % of \d+ slides/.firstMatch(in: text))
    return try #require(Double(match.1))
  }

  @Test(
    "without arguments draws a deck, learns, and writes a report; the same seed prints the same")
  func byItself() throws {
    let folder = try TemporaryFolder()
    let result = try runProgram("script", [], in: folder.url)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.lines.allSatisfy { $0.count <= 80 })
    #expect(result.output.contains("50 slides. Class 0: owl. Class 1: cat."))
    #expect(result.output.contains("40 slides to train on, 10 to test on; 400 numbers to learn."))
    #expect(result.lines.count { $0.wholeMatch(of: /\d+ \d+ \D+/) != nil } == 50)
    #expect(try accuracy(result) >= 80)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["script.html"])
    let page = try String(
      contentsOf: folder.url.appending(path: "script.html"), encoding: .utf8)
    for heading in [
      "Curves", "Confusion matrix", "The test set", "What AlexNet says",
      "Convolution and downsampling", "Feature maps", "How to repeat it",
    ] {
      #expect(page.contains(">\(heading)</h2>"), "\(heading)")
    }
    #expect(page.matches(of: /src='data:image\/png/).count == 12)
    #expect(try runProgram("script", [], in: folder.url).output == result.output)
    #expect(try runProgram("script", ["--seed", "2"], in: folder.url).output != result.output)
  }

  @Test("takes a deck, the first half one class and the second half the other, and leaves no files")
  func deck() throws {
    let folder = try TemporaryFolder()
    let scratch = folder.url.appending(path: "scratch")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let deck = Fixtures.url("decks/slides.pptx").path
    let result = try runProgram(
      "script", [deck, "--epochs", "3", "-o", "out"], environment: ["TMPDIR": scratch.path],
      in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("the first 6 slides are class 0, the last 6 class 1"))
    #expect(result.output.contains("10 slides to train on, 2 to test on"))
    #expect(
      FileManager.default.fileExists(
        atPath: folder.url.appending(path: "out/script.html").path))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    let named = try runProgram(
      "script", [deck, "--classes", "red=4,green=8", "--epochs", "1"], in: folder.url)
    #expect(named.output.contains("Class 0: red. Class 1: green."))
  }

  @Test("takes folders of pictures, and leaves out what it cannot read")
  func folders() throws {
    let folder = try TemporaryFolder()
    for (label, name) in ["blue", "red"].enumerated() {
      let place = folder.url.appending(path: "data/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for index in 0..<5 {
        let tone = UInt8(100 + 30 * index)
        try Picture(width: 70, height: 64, red: label == 1 ? tone : 0, blue: label == 0 ? tone : 0)
          .writePNG(to: place.appending(path: "\(index).png"))
      }
    }
    try Data([1, 2, 3]).write(to: folder.url.appending(path: "data/red/broken.jpg"))
    let result = try runProgram("script", ["data"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("left out:") && result.output.contains("broken.jpg"))
    #expect(result.output.contains("10 slides. Class 0: blue. Class 1: red."))
    #expect(result.output.contains("8 slides to train on, 2 to test on"))
  }

  @Test("says what is wrong with a deck or an option")
  func wrong() throws {
    let folder = try TemporaryFolder()
    let deck = Fixtures.url("decks/slides.pptx").path
    func errors(_ arguments: [String], status: Int32) throws -> String {
      let result = try runProgram("script", arguments, in: folder.url)
      #expect(result.status == status, "\(arguments)")
      return result.errors
    }
    #expect(try errors(["/no/such.pdf"], status: 1).contains("/no/such.pdf"))
    #expect(try errors([deck, "--classes", "5,5"], status: 1).contains("has 12 slides"))
    #expect(try errors([deck, "--classes", "1,11"], status: 1).contains("two slides or more"))
    #expect(try errors([deck, "--classes", "4,4,4"], status: 64).contains("two classes"))
    #expect(try errors(["--classes", "25,25"], status: 64).contains("needs a deck"))
    #expect(try errors(["--epochs", "0"], status: 64).contains("--epochs must be from 1"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test("says what it does, and what it takes")
  func help() throws {
    let result = try runProgram("script", ["--help"])
    #expect(result.status == 0)
    for word in ["Docs/Script.md", "--classes", "--epochs", "--learning-rate", "--seed", "deck"] {
      #expect(result.output.contains(word), "\(word)")
    }
  }
}
