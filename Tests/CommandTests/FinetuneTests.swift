import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

/// A narrow network for small pictures, and drawn pictures of two classes in folders.
private struct FinetuneFixture {
  let folder = try! TemporaryFolder()
  var weights: String { folder.url.appending(path: "narrow.safetensors").path }
  var pictures: String { folder.url.appending(path: "pictures").path }

  init(perClass count: Int = 8) throws {
    var random = RandomSource(seed: 4)
    let model = AlexNet(classes: 3, width: 0.04, using: &random)
    let metadata = NetworkMetadata(
      labels: ["a", "b", "c"], preprocessing: Preprocessing(resize: 64, crop: 64))
    try Safetensors.write(
      model.stateDict, metadata: metadata.texts, to: URL(filePath: weights))
    try draw(["owl", "cat"], count: count, to: "pictures")
  }

  func draw(_ names: [String], count: Int, to place: String) throws {
    let book = Sketchbook(seed: 6, size: 64)
    for name in names {
      let folder = folder.url.appending(path: place).appending(path: name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (number, picture) in DrawnPictures.draw(book, name, numbers: 0..<count).enumerated() {
        try picture.writePNG(to: folder.appending(path: "\(number).png"))
      }
    }
  }

  func output(_ name: String) -> URL { folder.url.appending(path: name) }

  func arguments(_ more: [String], output: String) -> [String] {
    ["finetune", pictures, "--weights", weights, "-o", self.output(output).path] + more
  }

  func run(_ more: [String] = [], output: String = "run") throws -> ProgramResult {
    try runProgram("retrograd", arguments(more, output: output))
  }

  func tensors(_ output: String) throws -> [String: Tensor] {
    try Safetensors.read(self.output(output).appending(path: "model.safetensors"))
  }
}

@Suite("retrograd finetune and evaluate", .needsPNG)
struct FinetuneTests {
  @Test("finds a learning rate and checks that a few pictures can be learned, without a run")
  func trials() throws {
    let fixture = try FinetuneFixture()
    let search = try fixture.run(["--find-rate", "--layers", "all", "--batch", "4"])
    #expect(search.output.contains("Loss by learning rate, from 1e-06"), "\(search.errors)")
    #expect(search.output.contains("suggestion: --learning-rate") == (search.status == 0))
    let chart = fixture.output("run").appending(path: "learning-rate.svg")
    #expect(try String(contentsOf: chart, encoding: .utf8).contains("<svg"))
    let check = try fixture.run(["--overfit", "4", "--layers", "all", "--learning-rate", "1e-3"])
    #expect(check.output.contains("4 pictures, "), "\(check.errors)")
    #expect(check.output.contains("✓ the network can overfit") == (check.status == 0))
    let slow = try fixture.run(["--overfit", "4", "--learning-rate", "1e-9"])
    #expect(slow.status == 1 && slow.output.contains("✗") && slow.output.contains("--find-rate"))
    #expect(
      !FileManager.default.fileExists(atPath: chart.deletingLastPathComponent().path + "/run.json"))
    #expect(try fixture.run(["--overfit", "4", "--find-rate"]).status == 64)
  }

  @Test("trains in two phases, and refuses what does not go with them")
  func twoPhases() throws {
    let fixture = try FinetuneFixture()
    let result = try fixture.run(["--two-phases", "--epochs", "3", "--optimizer", "rmsprop"])
    #expect(result.status == 0, "\(result.errors)")
    let record = try String(
      contentsOf: fixture.output("run").appending(path: "run.json"), encoding: .utf8)
    #expect(record.contains("classifier.4=0.000384615 from epoch 2"))
    for wrong in [
      ["--two-phases", "--epochs", "1"], ["--two-phases", "--layers", "all"],
      ["--two-phases", "--learning-rate", "classifier=1e-3"], ["--head-epochs", "1"],
      ["--two-phases", "--epochs", "3", "--head-epochs", "3"],
    ] {
      #expect(try fixture.run(wrong, output: "other").status == 64)
    }
  }

  @Test("takes classes of single pictures from a corrected table")
  func relabel() throws {
    let fixture = try FinetuneFixture()
    let table = fixture.output("mistakes.csv")
    try Data(
      "file,class\n\(fixture.pictures)/owl/0.png,cat\n\(fixture.pictures)/owl/1.png,\n".utf8
    ).write(to: table)
    let result = try fixture.run([
      "--relabel", table.path, "--epochs", "1", "--validation-share", "0",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("another class for 1, left out 1"))
    #expect(result.output.contains("15 pictures (cat: 9, owl: 6)"))
    try Data("file,class\n\(fixture.pictures)/owl/0.png,wasp\n".utf8).write(to: table)
    let wrong = try fixture.run(["--relabel", table.path], output: "other")
    #expect(wrong.status == 1 && wrong.errors.contains("there is no class \"wasp\""))
  }

  @Test("trains the last layer alone, and leaves network, metrics, curves and receipt")
  func head() throws {
    let fixture = try FinetuneFixture()
    try Data("no picture".utf8).write(to: fixture.output("pictures/owl/damaged.png"))
    let result = try fixture.run(["--epochs", "2"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.hasPrefix("weights: file, AlexNet of width 0.04"))
    #expect(result.errors.contains("left out") && result.errors.contains("damaged.png"))
    #expect(
      result.output.contains(
        "training set: 12 pictures (cat: 6, owl: 6); validation set: 4 pictures")
    )
    #expect(result.output.contains("the same, bit for bit"))
    let before = try Safetensors.read(URL(filePath: fixture.weights))
    let after = try fixture.tensors("run")
    #expect(after["features.0.weight"] == before["features.0.weight"])
    #expect(after["classifier.4.bias"] == before["classifier.4.bias"])
    #expect(after["classifier.6.weight"]?.shape[0] == 2)
    for name in [
      "metrics.csv", "metrics.jsonl", "loss.svg", "accuracy.svg", "confusion.csv", "receipt.txt",
      "mistakes.csv", "checkpoint.safetensors",
    ] {
      let file = fixture.output("run").appending(path: name)
      #expect(FileManager.default.fileExists(atPath: file.path), "\(name)")
    }
    let metrics = try String(
      contentsOf: fixture.output("run").appending(path: "metrics.csv"), encoding: .utf8)
    #expect(metrics.split(separator: "\n").count == 3)

    // The result knows its classes and preprocessing.
    let model = fixture.output("run").appending(path: "model.safetensors").path
    let evaluated = try runProgram(
      "retrograd", ["evaluate", fixture.pictures, "--weights", model])
    #expect(evaluated.status == 0)
    #expect(evaluated.output.contains("of 16 pictures") && evaluated.output.contains("owl"))
    #expect(evaluated.errors.contains("2 classes (cat, owl)"))
    try fixture.draw(["owl", "kite"], count: 1, to: "others")
    let others = try runProgram(
      "retrograd", ["evaluate", fixture.output("others").path, "--weights", model])
    #expect(others.status == 1 && others.errors.contains("has no class \"kite\""))
  }

  @Test("trains any layers, with learning rates of their own, augmentation and a schedule")
  func layers() throws {
    let fixture = try FinetuneFixture()
    let result = try fixture.run([
      "--layers", "features.10,classifier", "--learning-rate", "features.10=1e-5,classifier=1e-3",
      "--augment", "crop,flip,color", "--schedule", "cosine", "--warm-up", "2", "--epochs", "2",
      "--optimizer", "adamw", "--weight-decay", "0.01", "--batch", "4", "--validation-share", "0",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("no validation set"))
    let (before, after) = (
      try Safetensors.read(URL(filePath: fixture.weights)), try fixture.tensors("run")
    )
    #expect(after["features.8.weight"] == before["features.8.weight"])
    #expect(after["features.10.weight"] != before["features.10.weight"])
    #expect(after["classifier.1.weight"] != before["classifier.1.weight"])
  }

  @Test("what cannot be done is said before anything is trained")
  func mistakes() throws {
    let fixture = try FinetuneFixture(perClass: 3)
    try fixture.draw(["owl", "kite"], count: 1, to: "others")
    for (arguments, message) in [
      (["--layers", "features.1"], "no layer with parameters is called \"features.1\""),
      (["--layers", "features.10"], "classifier.6 would never be trained"),
      (["--learning-rate", "nine"], "\"nine\" is not a number above 0"),
      (["--average", "1"], "--average must be from 0 to below 1"),
      (["--clip", "0"], "--clip must be from"),
      (["--label-smoothing", "2"], "--label-smoothing must be from 0 to below 1"),
      (["--learning-rate", "features.99=1"], "no layer is called \"features.99\""),
      (
        ["--augment", "spin"],
        "--augment: \"spin\" is not a known augmentation: there are crop"
      ),
      (["--epochs", "0"], "--epochs must be from 1"),
    ] {
      let result = try fixture.run(arguments)
      #expect(result.status == 64, "\(arguments)")
      #expect(result.errors.contains(message), "\(result.errors)")
    }
    let others = try fixture.run(["--val", fixture.output("others").path])
    #expect(others.status == 1 && others.errors.contains("the classes differ"))
    let resume = try fixture.run(["--resume"], output: "empty")
    #expect(resume.status == 1 && resume.errors.contains("checkpoint.safetensors"))

    // Convolutions alone need a classifier that learns.
    let state = try Safetensors.read(URL(filePath: fixture.weights))
      .filter { $0.key.hasPrefix("features") }
    let file = fixture.output("features.safetensors")
    try Safetensors.write(state, to: file)
    let result = try runProgram(
      "retrograd", ["finetune", fixture.pictures, "--weights", file.path])
    #expect(result.status == 64 && result.errors.contains("use --layers classifier"))
  }

  @Test("unequal classes are reported, and one without a picture that can be read is an error")
  func classes() throws {
    let fixture = try FinetuneFixture(perClass: 2)
    try fixture.draw(["owl"], count: 12, to: "pictures")
    let unequal = try fixture.run(["--epochs", "1"])
    #expect(unequal.status == 0 && unequal.errors.contains("the classes are imbalanced"))
    let empty = fixture.output("pictures/unicorn")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: empty.appending(path: "a.png"))
    let result = try fixture.run(["--epochs", "1"], output: "second")
    #expect(
      result.status == 1 && result.errors.contains("none of the pictures of unicorn could be read"))
  }

  @Test(
    "steps that are too large end the training with what to try, and a good network stays",
    arguments: ["0.2", "0"])
  func divergence(share: String) throws {
    let fixture = try FinetuneFixture()
    let wild = [
      "--layers", "all", "--learning-rate", "1e6", "--optimizer", "sgd", "--validation-share",
      share,
    ]
    let first = try fixture.run(wild)
    #expect(first.status == 1, "\(first.errors)")
    for part in ["error: step ", "rate 1e+06", "not finite", "Try --learning-rate "] {
      #expect(first.errors.contains(part), "\(part)")
    }
    #expect(!first.output.contains("results in"))
    let place = fixture.output("run")
    let record = try RunRecord(from: place.appending(path: "run.json"))
    #expect(record.state == .failed && record.problem?.contains("not finite") == true)
    let page = try String(contentsOf: place.appending(path: "index.html"), encoding: .utf8)
    #expect(page.contains("Failed after") && page.contains("What went wrong"))
    #expect(!page.contains("http-equiv='refresh'"))

    #expect(try fixture.run(["--epochs", "1"], output: "good").status == 0)
    let before = try fixture.tensors("good")
    #expect(try fixture.run(wild + ["--overwrite"], output: "good").status == 1)
    #expect(try fixture.tensors("good") == before)
  }

  @Test("a run is never replaced without being asked to, nor gone on with by two at once")
  func again() throws {
    let fixture = try FinetuneFixture(perClass: 3)
    #expect(try fixture.run(["--epochs", "1"]).status == 0)
    let before = try fixture.tensors("run")
    let refused = try fixture.run(["--epochs", "2"])
    #expect(refused.status == 1 && refused.output.isEmpty)
    for part in ["already contains a run", "--resume", "--overwrite", "--output"] {
      #expect(refused.errors.contains(part), "\(refused.errors)")
    }
    #expect(try fixture.tensors("run") == before)
    #expect(try fixture.run(["--resume", "--overwrite"]).status == 64)
    #expect(try fixture.run(["--epochs", "2", "--overwrite"]).status == 0)
    #expect(try fixture.tensors("run") != before)
    let lock = try FolderLock(fixture.output("run"))
    for option in ["--resume", "--overwrite"] {
      let second = try fixture.run(["--epochs", "2", option])
      #expect(second.status == 1 && second.errors.contains("is in use"), "\(second.errors)")
    }
    withExtendedLifetime(lock) {}
  }

  @Test("killed at 30 random moments and resumed each time, it comes to the same bits")
  func killed() throws {
    let fixture = try FinetuneFixture()
    let training = [
      "--layers", "classifier", "--epochs", "200", "--batch", "3", "--augment", "crop,flip",
      "--checkpoint-every", "2", "--seed", "7",
    ]
    #expect(try fixture.run(training, output: "whole").status == 0)
    var random = RandomSource(seed: 12)
    let checkpoint = fixture.output("killed").appending(path: "checkpoint.safetensors")
    var kills = 0
    // A run that was killed before its first checkpoint begins again.
    var again: String {
      FileManager.default.fileExists(atPath: checkpoint.path) ? "--resume" : "--overwrite"
    }
    for _ in 0..<30 {
      // Whatever is there can be read.
      if again == "--resume" { #expect(try !Safetensors.read(checkpoint).isEmpty) }
      let status = try runProgram(
        "retrograd", fixture.arguments(training + [again], output: "killed"),
        killedAfter: random.uniform(0.02, 0.2))
      if status == 0 { break }
      #expect(status == -SIGKILL)
      kills += 1
    }
    #expect(kills >= 15)
    #expect(try fixture.run(training + [again], output: "killed").status == 0)
    #expect(try fixture.tensors("killed") == fixture.tensors("whole"))
  }

  @Test("a full disk ends the training with a message, and the old checkpoint stays as it was")
  func fullDisk() throws {
    let fixture = try FinetuneFixture()
    let training = ["--layers", "classifier", "--epochs", "3", "--checkpoint-every", "1"]
    #expect(try fixture.run(training, output: "full").status == 0)
    let checkpoint = fixture.output("full").appending(path: "checkpoint.safetensors")
    let before = try Data(contentsOf: checkpoint)
    // No file may grow beyond 100 blocks of 512 bytes, as if the disk had no more room.
    let result = try run(
      URL(filePath: "/bin/sh"),
      ["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh", programURL("retrograd").path]
        + fixture.arguments(training + ["--overwrite"], output: "full"))
    #expect(result.status == 1)
    #expect(
      result.errors.contains("checkpoint.safetensors: cannot be written"), "\(result.errors)")
    #expect(try Data(contentsOf: checkpoint) == before)
    let left = try FileManager.default.contentsOfDirectory(atPath: fixture.output("full").path)
    #expect(!left.contains { $0.hasSuffix(".partial") })
  }

  @Test("sketch draws folders of pictures and a contact sheet")
  func sketch() throws {
    let folder = try TemporaryFolder()
    let place = folder.url.appending(path: "drawn").path
    let result = try runProgram(
      "retrograd",
      [
        "sketch", "--classes", "owl,kite", "--count", "2", "--size", "48", "-o", place, "--sheet",
        folder.url.appending(path: "sheet.png").path,
      ])
    #expect(result.status == 0)
    let dataset = try PictureDataset(folder: URL(filePath: place))
    #expect(dataset.classes == ["kite", "owl"] && dataset.labels == [0, 0, 1, 1])
    #expect(
      try Picture.read(dataset.files[2])
        == Sketchbook(seed: 1, size: 48).picture(of: "owl", number: 0))
    #expect(try Picture.read(folder.url.appending(path: "sheet.png")).width > 100)
    let unknown = try runProgram("retrograd", ["sketch", "--classes", "unicorn", "-o", place])
    #expect(unknown.status == 64 && unknown.errors.contains("there is no class \"unicorn\""))
  }
}
