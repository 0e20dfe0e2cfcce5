import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradFineTuning
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradRuns
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import RetrogradWeights
import Testing

@testable import RetrogradTraining

/// A tiny AlexNet in a file, and red and blue pictures in folders.
private struct Scene {
  let folder: TemporaryFolder
  let start: PretrainedNetwork

  init(hasClassifier: Bool = true) throws {
    folder = try TemporaryFolder()
    var random = RandomSource(seed: 3)
    let network = AlexNet(classes: 4, width: 1.0 / 64, using: &random)
    let state = network.stateDict.filter { hasClassifier || $0.key.hasPrefix("features.") }
    let file = folder.url.appending(path: "start.safetensors")
    try Safetensors.write(
      state,
      metadata: NetworkMetadata(preprocessing: Preprocessing(resize: 63, crop: 63)).texts,
      to: file)
    start = try WeightChoice.resolve(.file(file), default: .tool)
    for (name, color) in [("red", (200, 30)), ("blue", (30, 200))] {
      let place = pictures.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for number in 0..<6 {
        let picture = Picture(
          width: 40, height: 40, red: UInt8(color.0 + number), blue: UInt8(color.1 + number))
        try picture.writePNG(to: place.appending(path: "\(number).png"))
      }
    }
  }

  var pictures: URL { folder.url.appending(path: "pictures") }

  func tuning(_ change: (inout FineTuning.Options) -> Void = { _ in }) throws -> FineTuning {
    let data = try TrainingData(
      PictureSource(pictures.path).dataset(), share: 0.34, preprocessing: start.preprocessing,
      seed: 1)
    var options = FineTuning.Options()
    options.training.epochs = 3
    options.training.batchSize = 4
    change(&options)
    return try FineTuning(start: start, data: data, options: options)
  }

  func run(_ name: String) throws -> RunFolder { try RunFolder(folder.url.appending(path: name)) }
}

@Suite("Fine-tuning as a procedure", .needsPNG)
struct FineTuningTests {
  @Test("leaves the network, the record and the page, and changes only what learns")
  func run() throws {
    let scene = try Scene()
    let folder = try scene.run("run")
    let tuning = try scene.tuning()
    var epochs: [Int] = []
    let outcome = try tuning.run(
      in: folder, name: "colors",
      events: { event in
        if case .finishedEpoch(let epoch) = event { epochs.append(epoch.epoch) }
      })
    guard case .finished(let results) = outcome else {
      Issue.record("the run was stopped")
      return
    }
    #expect(epochs == [1, 2, 3])
    #expect(results.receipt.violations.isEmpty)
    #expect(results.evaluation?.predictions.count == 4)
    let record = try RunRecord(from: folder.record)
    #expect(record.name == "colors" && record.state == .finished && record.history.count == 3)
    #expect(record.history.first?.epoch == 1)
    #expect(FileManager.default.fileExists(atPath: folder.page.path))
    let network = try WeightChoice.resolve(.file(results.model), default: .tool)
    #expect(network.labels == ["blue", "red"])
    let (before, after) = (scene.start.state, network.state)
    #expect(after["features.0.weight"] == before["features.0.weight"])
    #expect(after["classifier.6.weight"]?.shape[0] == 2)
  }

  @Test("in two phases the head learns first, then all, the deeper the slower")
  func phases() throws {
    let scene = try Scene()
    let tuning = try scene.tuning {
      $0.phases = TwoPhases(headEpochs: 2, share: 0.5)
      $0.training.learningRate = 0.01
      $0.training.epochs = 4
    }
    #expect(tuning.layerNames == "all" && tuning.trainedCount == tuning.network.parameterCount)
    let rates = tuning.options.training.layerRates
    #expect(
      rates.map(\.path) == [
        "features.0", "features.3", "features.6", "features.8", "features.10", "classifier.1",
        "classifier.4",
      ])
    #expect(rates.last == .init(path: "classifier.4", rate: 0.005, firstEpoch: 3))
    #expect(rates.first == .init(path: "features.0", rate: 0.01 / 128, firstEpoch: 3))
    let trainer = tuning.trainer
    while trainer.history.count < 2 { _ = try trainer.advance() }
    #expect(
      tuning.network.stateDict["classifier.4.weight"] == scene.start.state["classifier.4.weight"])
    while try trainer.advance() {}
    #expect(tuning.network.stateDict["features.0.weight"] != scene.start.state["features.0.weight"])
    #expect(trainer.receipt.withoutGradient.isEmpty)
    for epochs in [0, 4] {
      #expect(throws: FineTuningError.phases(first: epochs, epochs: 4)) {
        try scene.tuning {
          $0.phases = TwoPhases(headEpochs: epochs)
          $0.training.epochs = 4
        }
      }
    }
  }

  @Test("weights without a classifier have a new one, which is the head of the first phase")
  func phasesWithoutClassifier() throws {
    let tuning = try Scene(hasClassifier: false).tuning { $0.phases = TwoPhases() }
    #expect(tuning.options.training.layerRates.map(\.path).last == "features.10")
  }

  @Test("stopped and resumed it gives the bits of a run that was not", arguments: [1, 2, 4])
  func resume(steps: Int) throws {
    let scene = try Scene()
    let options = { (options: inout FineTuning.Options) in options.layers = ["classifier"] }
    _ = try scene.tuning(options).run(in: scene.run("whole"))
    let folder = try scene.run("parts")
    var made = 0
    let stopped = try scene.tuning(options).run(
      in: folder,
      events: {
        if case .stepped(let step, _, _) = $0 { made = step }
      }, shouldStop: { made >= steps })
    guard case .stopped(let step) = stopped else {
      Issue.record("the run was not stopped")
      return
    }
    #expect(step == steps)
    #expect(try RunRecord(from: folder.record).state == .stopped)
    let page = try String(contentsOf: folder.page, encoding: .utf8)
    #expect(page.contains("Stopped after") && !page.contains("reloads itself"))
    _ = try scene.tuning(options).run(in: folder, earlier: .resumed)
    let whole = try Safetensors.read(scene.run("whole").model)
    #expect(try Safetensors.read(folder.model) == whole)
  }

  @Test("the same again is refused, where nobody asks for it, and nothing of the run is lost")
  func again() throws {
    let scene = try Scene()
    let folder = try scene.run("run")
    // A trailing closure gets what happens.
    var events = 0
    _ = try scene.tuning().run(in: folder) { _ in events += 1 }
    #expect(events > 5)
    func files() throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      return try Dictionary(
        uniqueKeysWithValues: names.map {
          ($0, try Data(contentsOf: folder.url.appending(path: $0)))
        })
    }
    let before = try files()
    let error = try #require(
      #expect(throws: RunFolderError.self) { _ = try scene.tuning().run(in: folder) })
    #expect(error.canResume && error.file == "run.json")
    #expect(error.description.contains("already contains a run: run.json, finished after 3 of 3"))
    #expect(try files() == before)

    // Replaced, it leaves the files of one run.
    _ = try scene.tuning { $0.training.seed = 2 }.run(in: folder, earlier: .replaced)
    let after = try files()
    #expect(
      after.count == before.count && after["model.safetensors"] != before["model.safetensors"])
    #expect(after.keys.count { $0.hasPrefix("events.out") } == 1)
    let log = try #require(before.keys.first { $0.hasPrefix("events.out") })
    #expect(after[log] == nil)
    // A finished one that goes on stays what it is.
    _ = try scene.tuning { $0.training.seed = 2 }.run(in: folder, earlier: .resumed)
    #expect(try files()["model.safetensors"] == after["model.safetensors"])
  }

  @Test("nobody else runs in the folder meanwhile")
  func lock() throws {
    let scene = try Scene()
    let folder = try scene.run("run")
    var refusals: [FileError] = []
    _ = try scene.tuning().run(in: folder) { event in
      guard case .stepped(1, _, _) = event else { return }
      for earlier in [RunFolder.Earlier.kept, .resumed, .replaced] {
        do {
          _ = try scene.tuning().run(in: folder, earlier: earlier)
        } catch let error as FileError {
          refusals.append(error)
        } catch {
          Issue.record("\(error)")
        }
      }
    }
    #expect(refusals.count == 3 && refusals.allSatisfy { $0.reason.contains("is in use") })
    #expect(try RunRecord(from: folder.record).state == .finished)
  }

  @Test("a training that diverges keeps its best network, and never replaces one with it")
  func divergence() throws {
    let scene = try Scene()
    let folder = try scene.run("run")
    func wild() throws {
      let tuning = try scene.tuning { options in
        options.layers = []
        options.training.method = .sgd
        // The first epoch has two small steps; those of each further one are a million times as large.
        options.training.learningRate = 1e-6
        options.training.schedule = LearningRateSchedule(.step(every: 2, factor: 1e6))
        options.training.epochs = 20
      }
      _ = try tuning.run(in: folder, earlier: .replaced)
    }
    let error = try #require(#expect(throws: DivergenceError.self) { try wild() })
    let epoch = try #require(error.keptEpoch)
    #expect(error.outcome.contains("epoch \(epoch)") && error.outcome.contains("It is in"))
    let kept = try Safetensors.read(folder.model)
    #expect(kept.values.allSatisfy { tensor in tensor.scalars.allSatisfy(\.isFinite) })
    let record = try RunRecord(from: folder.record)
    #expect(record.state == .failed && record.bestEpoch == epoch)
    try Data("another one".utf8).write(to: folder.model)
    let second = try #require(#expect(throws: DivergenceError.self) { try wild() })
    #expect(second.outcome.contains("what it was before the run"))
    #expect(try Data(contentsOf: folder.model) == Data("another one".utf8))
  }

  @Test("a run that fails does not look as if it went on")
  func failure() throws {
    let scene = try Scene()
    let folder = try scene.run("run")
    // A folder with something in it cannot be replaced by a checkpoint.
    try FileManager.default.createDirectory(
      at: folder.checkpoint.appending(path: "x"), withIntermediateDirectories: true)
    let error = #expect(throws: FileError.self) {
      _ = try scene.tuning().run(in: folder, earlier: .replaced)
    }
    #expect(error?.file.hasSuffix("checkpoint.safetensors") == true)
    #expect(try RunRecord(from: folder.record).state == .stopped)
    let page = try String(contentsOf: folder.page, encoding: .utf8)
    #expect(page.contains("Stopped after") && !page.contains("reloads itself"))
  }

  @Test("refuses new layers that would stay random, and paths that lead nowhere")
  func refusals() throws {
    func error(_ scene: Scene, _ change: (inout FineTuning.Options) -> Void) throws -> String? {
      do {
        _ = try scene.tuning(change)
        return nil
      } catch let error as FineTuningError {
        return "\(error)"
      }
    }
    let (whole, bare) = (try Scene(), try Scene(hasClassifier: false))
    #expect(try error(whole) { $0.layers = ["classifier.4"] }?.contains("Add classifier.6") == true)
    #expect(try error(bare) { $0.layers = ["classifier.6"] }?.contains("never be trained") == true)
    #expect(try error(whole) { $0.layers = ["head"] }?.contains("no layer with parameters") == true)
    #expect(
      try error(whole) { $0.training.layerRates = [.init(path: "head", rate: 1)] }?
        .contains("learning rate") == true)
    #expect(try error(whole) { $0.layers = [] } == nil)
  }

  @Test("data are read once: what cannot be is reported and left out, the others are shared out")
  func reading() throws {
    let scene = try Scene()
    try Data("no picture".utf8).write(to: scene.pictures.appending(path: "red/3b.png"))
    for number in 6..<20 {
      try Picture(width: 40, height: 40, blue: 99).writePNG(
        to: scene.pictures.appending(path: "blue/\(number).png"))
    }
    var (unreadable, done): ([String], [Int]) = ([], [])
    let data = try TrainingData(
      PictureDataset(folder: scene.pictures), share: 0.5,
      preprocessing: scene.start.preprocessing, seed: 1
    ) { event in
      switch event {
      case .read(let count, let total):
        #expect(total == 27)
        done.append(count)
      case .unreadable(let error): unreadable.append(error.file)
      }
    }
    #expect(unreadable.count == 1 && unreadable[0].hasSuffix("red/3b.png"))
    #expect(done.first == 0 && done.last == 27)
    #expect(data.training.classes == ["blue", "red"] && data.counts == [10, 3])
    #expect(data.validation?.count == 13)
    let imbalance = try #require(data.imbalance)
    #expect(imbalance.fewest == 3 && imbalance.most == 10)
  }

  @Test("data of one class, other classes to be judged by, or nothing readable are errors")
  func data() throws {
    let scene = try Scene()
    func error(_ folder: URL, validation: URL? = nil) -> TrainingDataError? {
      #expect(throws: TrainingDataError.self) {
        _ = try TrainingData(
          PictureDataset(folder: folder),
          validation: validation.map { try PictureDataset(folder: $0) },
          preprocessing: scene.start.preprocessing, seed: 1)
      }
    }
    let single = scene.folder.url.appending(path: "single")
    try FileManager.default.createDirectory(
      at: single.appending(path: "red"), withIntermediateDirectories: true)
    try Picture(width: 9, height: 9).writePNG(to: single.appending(path: "red/1.png"))
    #expect("\(try #require(error(single)))".contains("one class"))
    #expect("\(try #require(error(scene.pictures, validation: single)))".contains("differ"))
    let broken = scene.pictures.appending(path: "green")
    try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: true)
    try Data("no picture".utf8).write(to: broken.appending(path: "1.png"))
    #expect("\(try #require(error(scene.pictures)))".contains("green"))
  }

  @Test(
    "a network that begins with nothing goes the same way, and can be written otherwise than it is")
  func pretraining() throws {
    let scene = try Scene()
    var random = RandomSource(seed: 4)
    let network = AlexNet(classes: 2, width: 1.0 / 64, batchNorm: true, using: &random)
    let dataset = try PictureDataset(folder: scene.pictures)
    let preprocessing = scene.start.preprocessing
    var settings = TrainingSettings()
    settings.epochs = 2
    let trainer = Trainer(
      network, training: PictureFiles(dataset, preprocessing: preprocessing),
      validation: PictureFiles(dataset, preprocessing: preprocessing), settings: settings)
    let folder = try scene.run("mini")
    var run = TrainingRun("mini", trainer, in: folder)
    let metadata = NetworkMetadata(labels: dataset.classes, preprocessing: preprocessing)
    run.model = ModelFile(metadata: metadata.texts, half: .float16) { _ in
      network.folded().stateDict
    }
    guard case .finished(let results) = try run.run() else {
      Issue.record("the run was stopped")
      return
    }
    let read = try WeightChoice.resolve(.file(results.model), default: .tool)
    #expect(read.labels == ["blue", "red"])
    let x = Variable(try stack([trainer.training.picture(0, epoch: 0)]))
    let (folded, whole) = (try read.alexNet()(x).value, network(x).value)
    #expect(disagreement(folded, whole, tolerance: 2e-2) == nil)
  }
}
