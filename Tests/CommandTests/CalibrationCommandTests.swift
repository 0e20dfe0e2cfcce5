import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@testable import RetrogradCommand

/// An AlexNet that tells day from night by how bright a picture is, and is surer of it than it should be.
private struct Brightness {
  let folder: TemporaryFolder
  var weights: URL { folder.url.appending(path: "brightness.safetensors") }
  var pictures: String { folder.url.appending(path: "pictures").path }

  /// - Parameter metadata: What the file says besides its labels and preprocessing.
  init(_ metadata: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    // One channel carries the brightness through all layers; everything else is 0.
    var random = RandomSource(seed: 1)
    var state = AlexNet(classes: 2, width: 1.0 / 64, using: &random).stateDict
    for (name, tensor) in state {
      var scalars = [Double](repeating: 0, count: tensor.count)
      if name == "features.0.weight" {
        for place in 0..<363 { scalars[place] = 1.0 / 363 }
      } else if name.hasPrefix("features."), name.hasSuffix("weight") {
        let kernel = tensor.shape[2] * tensor.shape[3]
        scalars[kernel / 2] = 1
      } else if name == "classifier.1.weight" {
        for place in 0..<36 { scalars[place] = 1.0 / 36 }
      } else if name == "classifier.4.weight" {
        scalars[0] = 1
      } else if name == "classifier.6.weight" {
        (scalars[0], scalars[tensor.shape[1]]) = (32, -32)
      } else if name == "classifier.6.bias" {
        scalars = [-14, 14]
      }
      state[name] = Tensor(scalars, shape: tensor.shape)
    }
    let texts = NetworkMetadata(
      labels: ["day", "night"],
      preprocessing: Preprocessing(resize: 64, crop: 64, mean: [0, 0, 0], std: [1, 1, 1])
    ).texts
    try Safetensors.write(
      state, metadata: texts.merging(metadata) { $1 }, half: .float16, to: weights)
    // Night is dark and day is bright, but in one picture of four it is the other way round.
    for number in 0..<40 {
      let brightness = UInt8(4 + 6 * number)
      let isBright = (number < 20) == number.isMultiple(of: 4)
      try add(brightness, to: isBright ? "n00000001" : "n00000002", number)
    }
    try add(90, to: "n00000003", 0)
  }

  private func add(_ brightness: UInt8, to name: String, _ number: Int) throws {
    let place = folder.url.appending(path: "pictures/\(name)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try Picture(width: 64, height: 64, red: brightness, green: brightness, blue: brightness)
      .writePNG(to: place.appending(path: "\(number).png"))
  }

  /// A table of labels that leaves one folder out.
  func labels() throws -> String {
    let file = folder.url.appending(path: "labels.tsv")
    try Data("n00000001\tday\nn00000002\tnight\n".utf8).write(to: file)
    return file.path
  }

  func run(_ arguments: String...) throws -> ProgramResult {
    try runProgram("retrograd", arguments)
  }
}

@Suite("retrograd weights calibrate, and what evaluate says of confidence", .needsPNG)
struct CalibrationCommandTests {
  @Test("the copy has a temperature, the same tensors bit for bit, and the other metadata")
  func calibrate() throws {
    let fixture = try Brightness(["other": "kept"])
    let target = fixture.folder.url.appending(path: "calibrated.safetensors")
    let result = try fixture.run(
      "weights", "calibrate", fixture.weights.path, fixture.pictures, "--labels",
      try fixture.labels(), "-o", target.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains("left out: n00000003, not in ")
        && result.errors.contains("with 1 of 41 pictures"))
    let network = try WeightChoice.resolve(.file(target), default: .tool)
    #expect(network.calibration.temperature > 1 && network.labels == ["day", "night"])
    #expect(network.fileMetadata["other"] == "kept")
    func numbers(_ url: URL) throws -> Data {
      let bytes = try Data(contentsOf: url)
      return bytes.dropFirst(8 + bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) })
    }
    #expect(try numbers(target) == numbers(fixture.weights))

    // The same number, fitted by the library.
    let dataset = try PictureDataset(folder: URL(filePath: fixture.pictures))
      .labeled(by: ClassLabels(URL(filePath: fixture.labels()))).dataset
    let pictures = PictureFiles(
      dataset.renamed(network.labels) { network.labels.firstIndex(of: dataset.classes[$0])! },
      preprocessing: network.preprocessing)
    let evaluation = try evaluate(network.alexNet(), on: pictures)
    let expected = try Calibration(fitting: evaluation.logits, evaluation.labels)
    #expect(abs(network.calibration.temperature / expected.temperature - 1) < 1e-6)

    let evaluated = try fixture.run(
      "evaluate", fixture.pictures, "--labels", try fixture.labels(), "--weights", target.path,
      "-o", fixture.folder.url.appending(path: "results").path)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let words = try #require(
      evaluated.output.firstMatch(
        of: /calibration error: ([0-9.]+) % without a temperature, ([0-9.]+) % with the temp/))
    #expect(try #require(Double(words.1)) > #require(Double(words.2)))
    #expect(evaluated.output.contains("of 40 pictures"))
    let diagram = try String(
      contentsOf: fixture.folder.url.appending(path: "results/reliability.svg"), encoding: .utf8)
    #expect(diagram.contains("before the temperature"))
  }

  @Test("the copy can take pictures of another size, and less detail of large ones")
  func otherPictures() throws {
    let fixture = try Brightness()
    let target = fixture.folder.url.appending(path: "larger.safetensors")
    let result = try fixture.run(
      "weights", "calibrate", fixture.weights.path, fixture.pictures, "--labels",
      try fixture.labels(), "--size", "72", "--detail", "64", "-o", target.path)
    #expect(result.status == 0, "\(result.errors)")
    let network = try WeightChoice.resolve(.file(target), default: .tool)
    #expect(network.preprocessing.crop == 72 && network.preprocessing.detail == 64)
    #expect(network.calibration.temperature != 1)
    let wrong = try fixture.run(
      "weights", "calibrate", fixture.weights.path, fixture.pictures, "--size", "8", "-o",
      target.path)
    #expect(wrong.status == 64 && wrong.errors.contains("--size must be from 63"))
  }

  @Test("what cannot be calibrated is told by what is wrong with it")
  func refused() throws {
    let fixture = try Brightness()
    let labels = try fixture.labels()
    func calibrate(_ file: String, _ folder: String, _ more: [String]) throws -> ProgramResult {
      try runProgram("retrograd", ["weights", "calibrate", file, folder] + more)
    }
    let target = fixture.folder.url.appending(path: "x.safetensors").path
    for (file, folder, more, message) in [
      (
        Fixtures.url("alexnet/checkpoint.pt").path, fixture.pictures, ["-o", target],
        "retrograd weights convert"
      ),
      ("/no/such/file", fixture.pictures, ["-o", target], "cannot be opened"),
      (fixture.weights.path, "/no/such/folder", ["-o", target], "/no/such/folder"),
      (fixture.weights.path, fixture.pictures, ["-o", "x.pth"], "must be a .safetensors file"),
      (
        fixture.weights.path, fixture.pictures, ["-o", target],
        "named by WordNet ID: give their labels with --labels FILE.tsv"
      ),
      (
        fixture.weights.path, fixture.pictures, ["-o", target, "--labels", "/no/such/table"],
        "/no/such/table: cannot be opened"
      ),
      (
        fixture.weights.path, fixture.folder.url.appending(path: "right").path,
        ["-o", target, "--labels", labels], "classified correctly"
      ),
    ] {
      if message == "classified correctly" {
        let place = URL(filePath: folder).appending(path: "n00000001")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Picture(width: 64, height: 64, red: 250, green: 250, blue: 250)
          .writePNG(to: place.appending(path: "0.png"))
      }
      let result = try calibrate(file, folder, more)
      #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: target))
    }
  }

  @Test("where guessing would do as well, and where drawings were all it saw, a line says so once")
  func disappointing() throws {
    let drawings = NetworkMetadata(learnedFrom: LearnedPictures(.drawings, size: 224)).texts
    let fixture = try Brightness(drawings)
    // All three folders are night for the table, except those that are bright: it is right about few.
    let file = fixture.folder.url.appending(path: "wrong.tsv")
    try Data("n00000001\tnight\nn00000002\tday\nn00000003\tday".utf8).write(to: file)
    let result = try fixture.run(
      "evaluate", fixture.pictures, "--labels", file.path, "--weights", fixture.weights.path)
    #expect(result.status == 0)
    // Into a pipe, too, no line is longer than a terminal.
    #expect(
      result.errors.split(separator: "\n").allSatisfy { $0.count <= 80 || !$0.contains(" ") },
      "\(result.errors)")
    let errors = result.errors.replacing("\n", with: " ")
    #expect(errors.contains(/warning: that is not clearly better than always answering "day", 5/))
    #expect(errors.ranges(of: "learned from drawings only").count == 1)
    #expect(errors.contains("learned from drawings of about 224 pixels"))
    #expect(errors.contains("\"retrograd weights fetch\" gets torchvision's AlexNet"))
    let right = try fixture.run(
      "evaluate", fixture.pictures, "--labels", try fixture.labels(), "--weights",
      fixture.weights.path)
    #expect(!right.errors.contains("not clearly better"), "\(right.errors)")
  }

  @Test(
    "fine-tuning that learns nothing says so, and its network knows what both have learned from")
  func finetuned() throws {
    let drawings = NetworkMetadata(learnedFrom: LearnedPictures(.drawings, size: 224)).texts
    let fixture = try Brightness(drawings)
    for name in ["one", "two"] {
      let place = fixture.folder.url.appending(path: "same/\(name)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in 0..<10 {
        try Picture(width: 64, height: 64, red: 99).writePNG(
          to: place.appending(path: "\(number).png"))
      }
    }
    let output = fixture.folder.url.appending(path: "run")
    let result = try fixture.run(
      "finetune", fixture.folder.url.appending(path: "same").path, "--weights",
      fixture.weights.path, "--epochs", "1", "-o", output.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.replacing("\n", with: " ").contains(
        "not clearly better than always answering \"one\", 50.0 ± 25.0 %: \"retrograd weights fetch\""
      )
    )
    let network = try WeightChoice.resolve(
      .file(output.appending(path: "model.safetensors")), default: .tool)
    #expect(network.learnedFrom?.kind == nil && network.calibration == .none(classes: 2))
    #expect(
      network.learnedFrom?.description
        == "drawings of about 224 pixels, then 16 pictures of 2 classes")
  }

  @Test("of two hundred classes the best and the worst ten are listed, and the usual mistakes")
  func manyClasses() throws {
    var evaluation = Evaluation(classes: (0..<200).map { "class \($0)" })
    var scalars = [Double](repeating: 0, count: 200 * 200)
    // The last thirty are all classified as the first.
    for label in 0..<200 { scalars[label * 200 + (label < 170 ? label : 0)] = 9 }
    evaluation.add(
      logits: Tensor(scalars, shape: [200, 200]), indices: Array(0..<200), labels: Array(0..<200))
    let lines = evaluation.summary.split(separator: "\n").map(String.init)
    try #require(lines.count == 36)
    #expect(lines[0].hasPrefix("accuracy: 85.0 ± 2.5 % of 200 pictures"))
    #expect(lines[2] == "best:" && lines[3] == "         100.0 %  class 0")
    #expect(lines[13] == "worst:" && lines[14] == "           0.0 %  class 199")
    #expect(lines[23] == "           0.0 %  class 190")
    #expect(lines[24] == "   1 × class 170 classified as class 0")
  }
}
