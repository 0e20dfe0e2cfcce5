import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

/// What `--json` prints of a picture.
private struct PredictionLine: Decodable {
  struct Prediction: Decodable {
    let `class`: Int
    let label: String
    let logit: Float
    let probability: Float
  }

  let index: Int
  let file: String
  let sure: Bool
  let predictions: [Prediction]
}

@Suite("retrograd classify", .needsPNG)
struct ClassifyTests {
  /// The narrow AlexNet of the fixtures: ten classes.
  static let weights = Fixtures.url("alexnet/checkpoint.pt").path
  let folder: TemporaryFolder

  /// Pictures in a folder, one of them damaged, whose natural order is not alphabetical.
  init() throws {
    folder = try TemporaryFolder()
    try copy("rgb.png", to: "slide 2.png")
    try copy("progressive.jpg", to: "slide 10.jpg")
    try copy("gray16.png", to: "slide 1.dat")
  }

  func copy(_ fixture: String, to name: String) throws {
    try FileManager.default.copyItem(
      at: Fixtures.url("pictures/\(fixture)"), to: folder.url.appending(path: name))
  }

  func classify(_ arguments: [String]) throws -> ProgramResult {
    try runProgram("retrograd", ["classify", "--weights", Self.weights] + arguments)
  }

  private func predictions(_ result: ProgramResult) throws -> [PredictionLine] {
    try result.lines.map { try JSONDecoder().decode(PredictionLine.self, from: Data($0.utf8)) }
  }

  @Test("prints running number, class, label and probability, in natural order")
  func lines() throws {
    let result = try classify(["--top", "2", folder.url.path])
    #expect(result.status == 0)
    let lines = result.lines.filter { !$0.contains("not sure") }
    #expect(lines.count == 6)
    let firsts = stride(from: 0, to: 6, by: 2).map { lines[$0] }
    for (index, (line, name)) in zip(firsts, ["slide 1.dat", "slide 2.png", "slide 10.jpg"])
      .enumerated()
    {
      #expect(line.contains(#/^ +\d+ +\d  class \d +\d+\.\d %  /#))
      #expect(line.hasSuffix(name))
      #expect(line.split(separator: " ").first == "\(index)")
    }
    #expect(
      result.errors.replacing("\n", with: " ")
        .contains("AlexNet of width 0.0312, 10 classes without names, "))
    #expect(result.errors.hasPrefix("weights: file, "))
  }

  @Test("--json prints what the network says, the most likely class first")
  func json() throws {
    let result = try classify(["--json", "--top", "10", "--batch", "2", folder.url.path])
    #expect(result.status == 0)
    let lines = try predictions(result)
    #expect(lines.map(\.index) == [0, 1, 2])
    let model = try AlexNet(WeightFile.read(URL(filePath: Self.weights)))
    for line in lines {
      #expect(line.sure == (line.predictions[0].probability >= 0.5))
      let logits = model(Variable(stack([try load(URL(filePath: line.file))]))).value.floats
      #expect(line.predictions.map(\.class).sorted() == Array(0..<10))
      for (one, next) in zip(line.predictions, line.predictions.dropFirst()) {
        #expect(one.logit >= next.logit && one.probability >= next.probability)
      }
      for prediction in line.predictions {
        #expect(abs(prediction.logit - logits[prediction.class]) < 1e-4)
        #expect(prediction.label == "class \(prediction.class)")
      }
      #expect(abs(line.predictions.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
    }
  }

  @Test("probabilities are those of the temperature, and what is sure is what the file says")
  func temperature() throws {
    let file = folder.url.appending(path: "calibrated.safetensors")
    let state = try WeightFile.read(URL(filePath: Self.weights))
    let picture = folder.url.appending(path: "slide 2.png")
    let logits = try AlexNet(state)(Variable(stack([load(picture)]))).value
    for (temperature, threshold, isSure) in [(0.01, 0.5, true), (5, 0.9, false)] {
      let calibration = Calibration(temperature: temperature, threshold: threshold)
      try Safetensors.write(
        state,
        metadata: NetworkMetadata(
          calibration: calibration, learnedFrom: LearnedPictures(.drawings)
        ).texts, to: file)
      let result = try runProgram(
        "retrograd", ["classify", "--weights", file.path, "--json", picture.path])
      let line = try #require(try predictions(result).first)
      let expected = calibration.probabilities(logits)
      #expect(abs(Double(line.predictions[0].probability) - expected.max().item()) < 1e-4)
      #expect(line.sure == isSure)
      let words = try runProgram(
        "retrograd", ["classify", "--weights", file.path, "--top", "1", picture.path]
      ).lines.dropFirst()
      #expect(
        words.map { $0.trimmingCharacters(in: .whitespaces) }
          == (isSure ? [] : ["not sure; perhaps none of the 10 things it knows"]))
      // What it learned from is said once, and so is where better ones are.
      #expect(result.errors.ranges(of: "drawings only").count == 1, "\(result.errors)")
      #expect(result.errors.ranges(of: "retrograd weights fetch").count == 1)
    }
  }

  @Test("an unreadable picture is reported by name, the rest go on, and the status is 1")
  func unreadable() throws {
    try Data("GIF89a".utf8).write(to: folder.url.appending(path: "slide 3.png"))
    let missing = folder.url.appending(path: "missing.jpg").path
    let result = try classify(["--json", "--batch", "1", folder.url.path, missing])
    #expect(result.status == 1)
    #expect(result.errors.contains("slide 3.png: is a GIF file, which is not supported"))
    #expect(result.errors.contains("missing.jpg: cannot be opened"))
    let lines = try predictions(result)
    // A number belongs to a picture, whether or not others can be read.
    #expect(lines.map(\.index) == [0, 1, 3])
    #expect(lines.map { $0.predictions.count } == [5, 5, 5])
  }

  @Test("files of a folder that are not pictures are named once, and count nowhere")
  func others() throws {
    try Data("Notes on these slides".utf8).write(to: folder.url.appending(path: "README.md"))
    try Data("<html>".utf8).write(to: folder.url.appending(path: "slide 5.html"))
    let result = try classify([folder.url.path])
    #expect(result.status == 0)
    #expect(
      result.errors.contains("2 files are not pictures and are left out: README.md, slide 5.html"))
    #expect(!result.errors.contains("unreadable"))
    #expect(result.errors.contains("of 3 pictures") || !result.errors.contains("not sure of"))
    #expect(result.output.contains("slide 10.jpg") && !result.output.contains("README"))
  }

  @Test("an empty or missing folder is no crash")
  func nothing() throws {
    let empty = try TemporaryFolder()
    let nothing = try classify([empty.url.path])
    #expect(nothing.status == 1 && nothing.errors.contains("contains no pictures"))
    let missing = try classify([empty.url.appending(path: "none").path + "/"])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("cannot be opened"))
  }

  @Test("weights that are missing, damaged or of another network are told apart")
  func wrongWeights() throws {
    func run(_ weights: String?) throws -> ProgramResult {
      try runProgram(
        "retrograd",
        ["classify"] + (weights.map { ["--weights", $0] } ?? [])
          + [Fixtures.url("pictures/rgb.png").path],
        environment: ["TORCH_HOME": folder.url.path, "RETROGRAD_HOME": folder.url.path])
    }
    let none = try run("alexnet")
    #expect(none.status == 1 && none.errors.contains("retrograd weights fetch alexnet"))
    let missing = try run("/no/such/file")
    #expect(missing.status == 1 && missing.errors.contains("takes mini, alexnet or a file"))
    let picture = try run(Fixtures.url("pictures/rgb.png").path)
    #expect(picture.status == 1 && picture.errors.contains("expected safetensors"))
    let other = try run(Fixtures.url("checkpoints/state.safetensors").path)
    #expect(other.status == 1)
    #expect(other.errors.contains("these weights do not fit AlexNet"))
    #expect(other.errors.contains("missing: classifier.1.bias"))
  }

  @Test(
    "without a choice the official weights are used where they are, otherwise the embedded ones")
  func defaultWeights() throws {
    let home = folder.url.appending(path: "home")
    func run() throws -> ProgramResult {
      try runProgram(
        "retrograd", ["classify", "--top", "1", Fixtures.url("pictures/rgb.png").path],
        environment: ["TORCH_HOME": home.path, "RETROGRAD_HOME": folder.url.path])
    }
    let without = try run()
    if EmbeddedNetwork.size == 0 {
      #expect(without.status == 1 && without.errors.contains("no weights: pass --weights FILE"))
    } else {
      #expect(without.status == 0 && without.errors.hasPrefix("weights: mini, embedded AlexNet"))
    }
    let file = home.appending(path: "hub/checkpoints").appending(path: WeightManifest.alexNet.file)
    try SparseWeights.write(to: file)
    let official = try run()
    #expect(official.status == 0)
    #expect(
      official.errors.replacing("\n", with: " ").hasPrefix(
        "weights: alexnet, official torchvision AlexNet, 1000 ImageNet classes, \(file.path) "))
    // Of equal classes the first.
    #expect(official.output.contains(#/0 +0  tench/#))
  }

  @Test("says how to use it, and what is wrong with the arguments")
  func help() throws {
    let help = try runProgram("retrograd", ["classify", "--help"])
    #expect(help.status == 0)
    for option in ["--weights", "--top", "--json", "--batch", "<pictures>"] {
      #expect(help.output.contains(option))
    }
    let top = try classify(["--top", "0", "x.png"])
    #expect(top.status == 64 && top.errors.contains("--top must be from 1"))
    let none = try classify([])
    #expect(none.status == 64 && none.errors.contains("<pictures>"))
  }
}
