import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Lesson 7", .needsPNG)
struct RetrainingLessonTests {
  /// The last line's figure: how many unseen pictures it is right about.
  func accuracy(_ result: ProgramResult) throws -> Double {
    let line = try #require(result.lines.last)
    let match = try #require(
      try /validation set: +([\d.]+) (?:± [\d.]+ )?% of \d+ pictures/.firstMatch(in: line))
    return try #require(Double(match.1))
  }

  @Test("without arguments draws pictures, takes the embedded network, and learns")
  func byItself() throws {
    let folder = try TemporaryFolder()
    let result = try runProgram("lesson7", [], in: folder.url)
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(result.output.contains("the lesson draws 100 pictures, of an owl or a cat"))
    #expect(result.output.contains("weights: mini") && result.output.contains("The 200 outputs"))
    #expect(try accuracy(result) >= 90)
    #expect(try runProgram("lesson7", [], in: folder.url).output == result.output)
    #expect(try runProgram("lesson7", ["--seed", "2"], in: folder.url).output != result.output)
    let page = try String(
      contentsOf: folder.url.appending(path: "lesson7.html"), encoding: .utf8)
    // Before the first step it guesses, and the loss is that of guessing.
    let start = try #require(
      try /step +0 +loss ([\d.]+) +accuracy +([\d.]+) %/.firstMatch(in: result.output))
    let (loss, share) = (try #require(Double(start.1)), try #require(Double(start.2)))
    #expect(abs(loss - 0.693) < 0.2 && share < 90)
    // The axis of the accuracy is that of shares, whatever was reached.
    #expect(page.contains(">100</text>") && !page.contains(">120</text>"))
    #expect(
      page.contains("accuracy on 50 unseen pictures") && page.contains("<h2 id='part1'>Curves"))
  }

  @Test("takes a deck of slides, the first half one class and the second half the other")
  func deck() throws {
    let folder = try TemporaryFolder()
    let deck = Fixtures.url("decks/slides.pptx").path
    let result = try runProgram("lesson7", ["--data", deck, "--steps", "20"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let text = result.output.replacing("\n", with: " ")
    #expect(text.contains("the first 6 slides are class 0, the last 6 class 1"))
    #expect(text.contains("8 pictures to learn from (the training set), 4 to be asked about later"))
    // The pictures of the deck are still there when the page is written.
    let page = try String(
      contentsOf: folder.url.appending(path: "lesson7.html"), encoding: .utf8)
    #expect(page.matches(of: /src='data:image\/png/).count >= 4)
    let named = try runProgram(
      "lesson7", ["--data", deck, "--classes", "red=4,green=8", "--steps", "1", "-o", "out"],
      in: folder.url)
    #expect(
      named.output.replacing("\n", with: " ").contains("Class 0: red. Class 1: green."))
    #expect(
      FileManager.default.fileExists(
        atPath: folder.url.appending(path: "out/lesson7.html").path))
    let wrong = try runProgram("lesson7", ["--data", deck, "--classes", "5,5"], in: folder.url)
    #expect(wrong.status == 1 && wrong.errors.contains("has 12 slides"))
  }

  /// Two folders of pictures that differ in color, five in each, with names in natural order.
  func makeData(classes: [String] = ["blue", "red"]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (label, name) in classes.enumerated() {
      let place = folder.url.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for index in 0..<5 {
        let tone = UInt8(100 + 30 * index)
        try Picture(width: 70, height: 64, red: label == 1 ? tone : 0, blue: label == 0 ? tone : 0)
          .writePNG(to: place.appending(path: "\(index).png"))
      }
    }
    return folder
  }

  @Test("learns from folders of pictures with the outputs of a checkpoint")
  func data() throws {
    let data = try makeData()
    try Data([1, 2, 3]).write(to: data.url.appending(path: "red/broken.jpg"))
    let output = try TemporaryFolder()
    let result = try runProgram(
      "lesson7",
      [
        "-o", output.url.path, "--data", data.url.path, "--count", "3", "--weights",
        Fixtures.url("alexnet/checkpoint.pt").path,
      ])
    #expect(result.status == 0)
    let text = result.output.replacing("\n", with: " ")
    #expect(text.contains("Class 0: blue. Class 1: red."))
    #expect(text.contains("6 pictures to learn from (the training set), 4 to be asked about later"))
    #expect(text.contains("The 10 outputs of the network"))
    #expect(text.contains("left out:") && text.contains("broken.jpg"))
    #expect(try accuracy(result) == 100)
  }

  @Test("what is wrong with the data or the weights is said, with status 1")
  func wrong() throws {
    let data = try makeData(classes: ["one"])
    func errors(_ arguments: [String]) throws -> String {
      let result = try runProgram("lesson7", arguments)
      #expect(result.status == 1)
      return result.errors
    }
    #expect(try errors(["--data", data.url.path]).contains("for each of two classes"))
    #expect(try errors(["--data", "/no/such"]).contains("is not a readable folder"))
    #expect(try errors(["--weights", "/no/such"]).contains("cannot be opened"))
    let diverged = data.url.appending(path: "diverged.safetensors")
    try Safetensors.write(
      ["features.0.weight": Tensor(repeating: .nan, shape: [64, 3, 11, 11])], to: diverged)
    #expect(try errors(["--weights", diverged.path]).contains("not finite"))
    let other = data.url.appending(path: "other.safetensors")
    try Safetensors.write(["weight": .ones([2])], to: other)
    #expect(try errors(["--weights", other.path]).contains("these weights do not fit AlexNet"))
    let usage = try runProgram("lesson7", ["--val", data.url.path])
    #expect(usage.status == 64 && usage.errors.contains("--val needs --data"))
  }
}
