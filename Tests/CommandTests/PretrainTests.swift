import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("retrograd pretrain", .needsPNG)
struct PretrainTests {
  private let folder: TemporaryFolder

  /// Three classes of small pictures in one color each.
  init() throws {
    folder = try TemporaryFolder()
    for (part, count) in [("train", 6), ("val", 2)] {
      for (label, name) in ["red", "green", "blue"].enumerated() {
        let place = folder.url.appending(path: "\(part)/\(name)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for number in 0..<count {
          let light = UInt8(150 + 10 * number)
          let color = (0..<3).map { $0 == label ? light : 20 }
          try Picture(width: 20, height: 24, red: color[0], green: color[1], blue: color[2])
            .writePNG(to: place.appending(path: "\(number).png"))
        }
      }
    }
  }

  private func place(_ name: String) -> String { folder.url.appending(path: name).path }

  private func pretrain(_ arguments: String...) throws -> ProgramResult {
    try runProgram(
      "retrograd",
      ["pretrain"] + arguments + ["--width", "0.05", "--hidden", "8", "--size", "63"],
      in: folder.url)
  }

  @Test("leaves a network with torchvision's names, calibrated, in half precision, and its page")
  func run() throws {
    let result = try pretrain(
      place("train"), "--val", place("val"), "--epochs", "4", "--batch", "4", "-o", place("run"),
      "--first-size", "63", "--mixup", "0.2", "--cutmix", "1", "--average", "0.9", "--clip", "5",
      "--accumulate", "2", "--augment", "crop,flip,color,erase", "--detail", "16")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.lines.contains { $0.hasPrefix("epoch   4") })
    let network = try WeightChoice.resolve(
      .file(folder.url.appending(path: "run/model.safetensors")), default: .tool)
    #expect(network.labels == ["blue", "green", "red"] && network.preprocessing.detail == 16)
    #expect(network.learnedFrom?.kind == .photographs)
    let model = try network.alexNet()
    #expect(!model.hasBatchNorm && model.namedParameters.count == 16)
    let page = try String(
      contentsOf: folder.url.appending(path: "run/index.html"), encoding: .utf8)
    #expect(page.contains("Finished after 4 of 4 epochs"))
    let again = try pretrain(
      place("train"), "--val", place("val"), "--epochs", "5", "--batch", "4", "-o", place("run"),
      "--resume")
    #expect(again.status != 0 && again.errors.contains("belongs to another training"))
  }

  @Test("with --weights learns on from what it has learned, for the same classes only")
  func learningOn() throws {
    let recipe = ["--size", "63", "--batch", "6", "--augment", "none", "--seed", "3"]
    func run(_ arguments: String...) throws -> ProgramResult {
      try runProgram("retrograd", ["pretrain"] + arguments + recipe, in: folder.url)
    }
    let first = try run(
      place("train"), "--val", place("val"), "--epochs", "6", "--width", "0.05", "--hidden", "8",
      "-o", place("first"))
    #expect(first.status == 0, "\(first.errors)")
    let weights = place("first/model.safetensors")
    // A rate that changes next to nothing: what it knew, it still knows.
    let second = try run(
      place("train"), "--val", place("val"), "--weights", weights, "--epochs", "1",
      "--learning-rate", "1e-7", "-o", place("second"))
    #expect(second.status == 0, "\(second.errors)")
    func accuracy(_ name: String) throws -> Double? {
      try RunRecord(from: folder.url.appending(path: "\(name)/run.json")).score?.accuracy
    }
    #expect(try accuracy("first") == accuracy("second"))
    let record = try RunRecord(from: folder.url.appending(path: "second/run.json"))
    #expect(record.settings.contains { $0.name == "hidden units" && $0.value == "8" })
    #expect(record.settings.contains { $0.name == "weights" && $0.value == weights })
    let table = folder.url.appending(path: "labels.tsv")
    try Data("red\twarm\ngreen\tcold\nblue\tcold\n".utf8).write(to: table)
    let others = try run(
      place("train"), "--labels", table.path, "--weights", weights, "-o", place("third"))
    #expect(others.status == 1 && others.errors.contains("use retrograd finetune"))
    let both = try run(place("train"), "--weights", weights, "--width", "1", "-o", place("third"))
    #expect(both.status == 64 && both.errors.contains("for a network without --weights"))
  }

  @Test(
    "steps that are too large end the training with what to try, and no network is written",
    arguments: ["0.34", "0"])
  func divergence(share: String) throws {
    let result = try pretrain(
      place("train"), "--epochs", "3", "--batch", "6", "--learning-rate", "1e6", "--warm-up", "0",
      "--label-smoothing", "0", "--validation-share", share, "-o", place("wild"))
    #expect(result.status == 1 && result.errors.contains("not finite"), "\(result.errors)")
    #expect(result.errors.contains("Try --learning-rate "))
    let record = try RunRecord(from: folder.url.appending(path: "wild/run.json"))
    #expect(record.state == .failed)
  }

  @Test("takes labels from a table, a teacher, several sources, drawings alone")
  func sources() throws {
    let table = folder.url.appending(path: "labels.tsv")
    try Data("red\twarm\ngreen\tcold\nblue\tcold\n".utf8).write(to: table)
    let taught = ["--epochs", "1", "--batch", "6", "--validation-share", "0.34"]
    func run(_ arguments: [String], _ output: String) throws -> ProgramResult {
      try runProgram(
        "retrograd",
        ["pretrain"] + arguments + taught + [
          "--width", "0.05", "--hidden", "8", "--size", "63", "-o", place(output),
        ], in: folder.url)
    }
    let first = try run([place("train"), "--labels", table.path], "first")
    #expect(first.status == 0, "\(first.errors)")
    let teacher = place("first/model.safetensors")
    let second = try run(
      [place("train"), "--labels", table.path, "--teacher", teacher, "--teacher-features", "1"],
      "second")
    #expect(second.status == 0, "\(second.errors)")
    let tensors = try Safetensors.read(URL(filePath: place("second/model.safetensors")))
    #expect(tensors["classifier.6.weight"]?.shape == [2, 8])
    #expect(
      FileManager.default.fileExists(atPath: place("second/teacher.safetensors")))
    let other = try run([place("train"), "--teacher", teacher], "other")
    #expect(other.status != 0 && other.errors.contains("has 2 classes"))
    let mixed = try run(
      [place("train"), place("val"), "--share", "0.7,0.3"], "mixed")
    #expect(mixed.status == 0, "\(mixed.errors)")
    let drawn = try run(["--sketches", "1"], "drawn")
    #expect(drawn.status == 0, "\(drawn.errors)")
    let network = try WeightChoice.resolve(
      .file(folder.url.appending(path: "drawn/model.safetensors")), default: .tool)
    #expect(network.labels == Sketchbook.classes && network.learnedFrom?.kind == .drawings)
  }

  @Test(
    "says what is wrong with what it is asked for",
    arguments: [
      ([], "pass a folder of training photographs"),
      (["train", "--batch", "1"], "--batch must be from 2"),
      (["train", "--epochs", "9223372036854775807"], "--epochs must be from 1"),
      (["train", "--learning-rate", "nan"], "--learning-rate must be above 0"),
      (["train", "--share", "1,2"], "--share has 2 values for 1 sources"),
      (["train", "--augment", "spin"], "spin"), (["train", "--dropout", "1"], "--dropout"),
      (["train", "--sketches", "4", "--teacher", "mini"], "not with a mixture"),
      (["nowhere"], "nowhere"),
    ])
  func mistakes(arguments: [String], message: String) throws {
    let result = try runProgram("retrograd", ["pretrain"] + arguments, in: folder.url)
    #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
  }
}
