import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("retrograd slides, features, explain and report", .needsPNG)
struct PictureCommandTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func place(_ name: String) -> String { folder.url.appending(path: name).path }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: place(name))
  }

  private let deck = Fixtures.url("decks/slides.pptx").path

  private func drawnPicture() throws -> String {
    try Sketchbook(seed: 3).picture(of: "teapot", number: 0)
      .writePNG(to: folder.url.appending(path: "teapot.png"))
    return place("teapot.png")
  }

  @Test("slides become numbered pictures and a contact sheet")
  func slides() throws {
    let result = try runProgram(
      "retrograd", ["slides", deck, "-o", place("out"), "--sheet", place("sheet.png")])
    #expect(result.status == 0 && result.output.hasPrefix("12 slides"), "\(result.errors)")
    #expect(exists("out/00.png") && exists("out/04.jpeg") && exists("out/11.png"))
    #expect(try Picture.read(folder.url.appending(path: "sheet.png")).width > 300)
    let limited = try runProgram("retrograd", ["slides", deck, "--limit", "3"])
    #expect(
      limited.status == 1 && limited.errors.contains("has 12 slides, more than the limit of 3"))
    let wrong = try runProgram("retrograd", ["slides", try drawnPicture(), place("absent.pdf")])
    #expect(wrong.status == 1 && wrong.errors.contains("absent.pdf"))
  }

  @Test("a deck can be classified, learned from and evaluated, and its runs compared")
  func deckAsData() throws {
    let classified = try runProgram(
      "retrograd", ["classify", deck, "--weights", "mini", "--top", "1"])
    #expect(classified.status == 0)
    #expect(classified.lines.count { !$0.contains("not sure") } == 12)
    for (name, layers) in [("head", "classifier.6"), ("two", "classifier.4,classifier.6")] {
      let trained = try runProgram(
        "retrograd",
        [
          "finetune", deck, "--classes", "red=6,green=6", "--weights", "mini", "--epochs", "2",
          "--layers", layers, "-o", place(name), "--name", name,
        ])
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(trained.output.contains("index.html") && exists("\(name)/index.html"))
    }
    // The counts are the deck's, not those of the folder to be judged by.
    for name in ["red", "green"] {
      let place = folder.url.appending(path: "val/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try Picture(width: 64, height: 64, red: 99).writePNG(to: place.appending(path: "0.png"))
    }
    let judged = try runProgram(
      "retrograd",
      [
        "finetune", deck, "--classes", "green=6,red=6", "--val", place("val"), "--weights", "mini",
        "--epochs", "1", "-o", place("judged"),
      ])
    #expect(
      judged.status == 0 && judged.output.contains("validation set: 2 pictures"), "\(judged.errors)"
    )
    let evaluated = try runProgram(
      "retrograd",
      [
        "evaluate", deck, "--classes", "red=6,green=6", "--weights",
        place("head/model.safetensors"), "-o", place("evaluation"),
      ])
    #expect(evaluated.status == 0 && evaluated.output.contains("of 12 pictures"))
    let numbers = try runProgram(
      "retrograd",
      [
        "evaluate", deck, "--classes", "red=6,green=6", "--weights",
        place("head/model.safetensors"), "--json",
      ])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(numbers.output.utf8)) as? [String: Any])
    #expect(object["count"] as? Int == 12 && object["labels"] as? [String] == ["red", "green"])
    #expect((object["confusion"] as? [[Int]])?.joined().reduce(0, +) == 12)
    #expect(object["accuracy"] is Double && object["standardError"] is Double)
    #expect(exists("evaluation/confusion.svg") && exists("evaluation/reliability.svg"))
    let compared = try runProgram(
      "retrograd", ["report", place("head"), place("two"), "-o", place("both.html")])
    #expect(compared.status == 0 && exists("both.html"))
    let lines = try runProgram("retrograd", ["report", place("head"), place("two"), "--json"]).lines
    #expect(lines.count == 2)
    let run = try #require(
      JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any])
    #expect(run["name"] as? String == "two" && run["state"] as? String == "finished")
    #expect(run["count"] is Int && run["standardError"] is Double)
    let absent = try runProgram("retrograd", ["report", place("nothing")])
    #expect(absent.status == 1 && absent.errors.contains("in the folder of a run"))
  }

  @Test("feature maps and explanations are written as pictures and as a page")
  func explanations() throws {
    let picture = try drawnPicture()
    let features = try runProgram(
      "retrograd",
      [
        "features", picture, "--weights", "mini", "--layer", "features.0,classifier.6", "-o",
        place("features"),
      ])
    #expect(features.status == 0, "\(features.errors)")
    #expect(exists("features/features.0.png") && exists("features/index.html"))
    let explained = try runProgram(
      "retrograd",
      ["explain", picture, "--weights", "mini", "--class", "espresso", "-o", place("explained")])
    #expect(
      explained.status == 0 && explained.output.hasPrefix("espresso: "), "\(explained.errors)")
    for name in ["saliency", "guided", "integrated", "gradcam", "occlusion"] {
      #expect(exists("explained/\(name).png"))
    }
    #expect(explained.output.contains(#/contributions add up to -?\d+\.\d+, the logits differ by/#))
    #expect(explained.output.contains("mean probability of espresso while"))
    #expect(explained.output.contains(#/\d+\.\d %  random order/#))
    let page = try String(
      contentsOf: folder.url.appending(path: "explained/index.html"), encoding: .utf8)
    #expect(page.contains("Do they tell the truth?") && page.contains("% covered"))
    let slide = try runProgram(
      "retrograd",
      [
        "explain", deck, "--slide", "3", "--weights", "mini", "--method", "saliency", "-o",
        place("slide"),
      ])
    #expect(slide.status == 0 && exists("slide/saliency.png"), "\(slide.errors)")
    #expect(slide.errors.contains("slide 3, one of 12 slides; --slide takes another"))
    for (arguments, message) in [
      (["features", deck, "--slide", "12"], "has slides 0 to 11, got 12"),
      (
        ["explain", picture, "--class", "unicorn"], "no class \"unicorn\". Its classes: goldfish, "
      ),
      (["explain", picture, "--class", "tea pot"], "the network has no class"),
      (["explain", picture, "--method", "guess"], "--method: expected saliency"),
      (["explain", picture, "--layer", "classifier.1"], "has no feature maps"),
      (["features", picture, "--layer", "features.99"], "no layer is called \"features.99\""),
    ] {
      let result = try runProgram("retrograd", arguments + ["--weights", "mini"])
      #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
    }
  }
}
