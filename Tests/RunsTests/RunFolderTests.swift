import Foundation
import RetrogradDatasets
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradRuns
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import Testing

/// Points in two classes, as pictures of 3 × 2 × 2.
private struct Points: LabeledPictures {
  let classes = ["left", "right"]
  let labels = [0, 1, 0, 1, 0, 1, 0, 1]
  let isRepeatable = true
  var place = "a"

  var source: String { "points at \(place)" }
  func identity(_ index: Int) -> String? { "\(place) \(index)" }

  func picture(_ index: Int, epoch: Int) -> Tensor {
    var random = RandomSource(seed: 4, at: [UInt64(index)])
    return .normal([3, 2, 2], using: &random) + Double(labels[index])
  }
}

@Suite("The folder of a run", .needsPNG)
struct RunFolderTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func text(_ run: RunFolder, _ name: String) throws -> String {
    try String(contentsOf: run.url.appending(path: name), encoding: .utf8)
  }

  private func run(_ name: String, rate: Double, judge: String = "a") throws -> RunFolder {
    let run = try RunFolder(folder.url.appending(path: name))
    var random = RandomSource(seed: 2)
    let network = Sequential(Flatten(), Linear(12, 2, using: &random))
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.batchSize = 4
    settings.learningRate = rate
    let trainer = Trainer(
      network, training: Points(), validation: Points(place: judge),
      settings: settings)
    var record = RunRecord(name, trainer, settings: [.init("layers", "<all>")])
    let log = try RunLog(in: run)
    while try trainer.advance() {
      guard let epoch = trainer.finishedEpoch else { continue }
      record.update(from: trainer)
      try run.update(record)
      try log.add(epoch)
      if !trainer.isFinished {
        // Somebody who looks meanwhile sees how far it has come.
        let page = try text(run, "index.html")
        #expect(
          page.contains("\(epoch.epoch) of 3 epochs") && page.contains("http-equiv='refresh'"))
      }
    }
    let receipt = try trainer.restoreBest()
    let evaluation = try #require(try trainer.evaluateValidation())
    record.finish(trainer, receipt: receipt, evaluation: evaluation)
    try run.finish(
      record, evaluation: evaluation, graph: "<svg id='graph'></svg>",
      names: (0..<8).map { "picture \($0)" }
    ) { _ in Picture(width: 20, height: 30, red: 9) }
    try log.finish(trainer, in: run)
    return run
  }

  @Test("holds the numbers, the curves and a page with everything that is known")
  func everything() throws {
    let run = try run("first", rate: 1e-3)
    let page = try text(run, "index.html")
    for part in [
      "Finished after 3 of 3 epochs", "accuracy on 8 unseen pictures", "Confusion matrix",
      "Freeze receipt", "1.weight", "id='graph'", "&lt;all&gt;", "processor cores",
      "gradient norm", "data:image/png;base64,", "expected calibration error",
      "Reliability: calibration error", "a bar of few answers",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(!page.contains("http-equiv='refresh'") && !page.contains("<script"))
    #expect(try text(run, "metrics.csv").split(separator: "\n").count == 4)
    #expect(try text(run, "metrics.jsonl").split(separator: "\n").count == 3)
    for name in [
      "loss.svg", "accuracy.svg", "confusion.csv", "confusion.svg", "mistakes.csv",
      "reliability.csv", "reliability.svg",
    ] {
      #expect(try text(run, name).count > 10, "\(name)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: run.url.path)
    #expect(names.contains { $0.hasPrefix("events.out.tfevents.") })

    let record = try RunRecord(from: run.record)
    #expect(record.history.count == 3 && record.state == .finished)
    #expect(record.score?.count == 8 && record.classes == ["left", "right"])
    #expect(record.score?.reliability?.count == 8)
    let weight = try #require(record.parameters.first { $0.name == "1.weight" })
    #expect(weight.shape == [2, 12] && weight.deviation > 0 && (weight.gradientNorm ?? 0) > 0)
  }

  @Test("several runs stand side by side, with what differs in their settings")
  func comparison() throws {
    let runs = try [run("slow", rate: 1e-3), run("fast", rate: 1e-1)]
    let records = try runs.map { try RunRecord(from: $0.record) }
    let page = RunComparison(records).page.html
    #expect(page.contains("slow") && page.contains("fast"))
    #expect(page.contains("<th scope='row'>learning rate</th>"))
    #expect(!page.contains("<th scope='row'>batch size</th>"))
    #expect(page.contains("Validation accuracy"))
    let same = RunComparison([records[0], records[0]]).page.html
    #expect(same.contains("All settings are the same.") && same.contains("slow (2)"))
  }

  @Test(
    "tells how many pictures judged, ± one standard error, and marks a best of equal judges alone")
  func judges() throws {
    let (first, second) = (try run("slow", rate: 1e-3), try run("fast", rate: 1e-1))
    let other = try run("other", rate: 1e-1, judge: "b")
    func page(_ runs: RunFolder...) throws -> String {
      RunComparison(try runs.map { try RunRecord(from: $0.record) }).page.html
    }
    #expect(try page(first, second).contains("the best is marked"))
    let unlike = try page(first, other)
    #expect(unlike.contains("none is marked as the best") && !unlike.contains("the best is marked"))
    #expect(unlike.contains("points at a") && unlike.contains("points at b"))
    let right = try #require(try RunRecord(from: first.record).score?.accuracy)
    let error = (right * (1 - right) / 8).squareRoot()
    #expect(unlike.contains(String(format: "%.1f ± %.1f %%", 100 * right, 100 * error)))
  }

  @Test("epochs count from 1, and a record that counts otherwise is refused")
  func epochs() throws {
    let run = try run("first", rate: 1e-3)
    let json = try text(run, "run.json")
    #expect(json.contains("\"epoch\" : 1") && !json.contains("\"epoch\" : 0"))
    let old = folder.url.appending(path: "old.json")
    try Data(json.replacing("\"version\" : 2", with: "\"version\" : 1").utf8).write(to: old)
    let error = #expect(throws: TrainingError.self) { try RunRecord(from: old) }
    #expect(error?.reason.contains("version 1") == true)
  }

  @Test("what is no record of a run is refused")
  func refuse() throws {
    let file = folder.url.appending(path: "run.json")
    for content in ["", "{}", "nonsense", "[1]"] {
      try Data(content.utf8).write(to: file)
      #expect(throws: TrainingError.self) { try RunRecord(from: file) }
    }
    let error = #expect(throws: TrainingError.self) {
      try RunRecord(from: folder.url.appending(path: "absent.json"))
    }
    #expect(error?.reason.contains("in the folder of a run") == true)
  }
}
