import Foundation
import Retrograd
import RetrogradTesting
import Testing

// The code of doc comments that stands nowhere else, so that it is compiled. What can be run in no time is; for the
// rest somebody would have to have pictures.

@Suite("The examples of doc comments")
struct DocCommentCode {
  @Test("on tensors")
  func tensors() {
    let x = Tensor([[1, 2, 3], [4, 5, 6]])
    let y = x * 2 + 1
    print(y.sum(axes: [1]).scalars)
    #expect(y.sum(axes: [1]).scalars == [15, 33])
    print(Tensor([[1, 2.5], [-3, 4]]))
    #expect("\(Tensor([[1, 2.5], [-3, 4]]))" == "[[ 1.   2.5]\n [-3.   4. ]]")
    let c = matmul(Tensor([[1, 2], [3, 4]]), [[1, 0], [0, 2]])
    #expect(c == [[1, 4], [3, 8]])
  }

  @Test("on random numbers")
  func randomNumbers() {
    let seed: UInt64 = 3
    func noise() -> Tensor {
      var random = RandomSource(seed: 7)
      let noise = Tensor.normal([2, 3], using: &random)
      let share = random.beta(0.2, 0.2)
      #expect((0...1).contains(share))
      return noise
    }
    #expect(noise() == noise())
    var random = RandomSource(seed: seed, at: [3, 7])
    #expect(random.permutation(2).count == 2)
  }

  @Test("on threads, instruction sets and algorithms")
  func machine() {
    let (a, b) = (Tensor.ones([4, 4]), Tensor.ones([4, 4]))
    let alone = Threads.withLimit(1) { matmul(a, b) }
    #expect(alone == matmul(a, b))
    for instructions in InstructionSet.available {
      print(instructions.name, instructions.use { matmul(a, b) })
    }
    let algorithm = ConvolutionAlgorithm(
      input: [8, 64, 27, 27], weight: [192, 64, 5, 5], padding: 2)
    print(algorithm)
    #expect("\(algorithm)" == "Winograd F(4, 5): 5.8 times fewer multiplications")
  }

  @Test("on gradients")
  func differentiation() {
    let x = Variable([3], requiresGrad: true)
    let y = (x * x * x).sum()
    let dx = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    let ddx = gradients(of: dx.sum(), withRespectTo: [x])[0]
    #expect(dx.value == [27] && ddx.value == [18])
    func leaves() {
      let x = Variable([2, 3], requiresGrad: true)
      let y = (x * x).sum()
      y.backward()
      print(x.grad!.scalars)
      #expect(x.grad!.scalars == [4, 6])
    }
    leaves()
    func trainingStep() { (Variable([1], requiresGrad: true) * 2).sum().backward() }
    let counter = NodeCounter()
    counter.run { trainingStep() }
    print(counter.liveCount)
    #expect(counter.liveCount == 0)
  }

  @Test("on checking gradients")
  func checking() {
    let report = checkGradients(
      of: { (x: [Variable]) in (x[0] * x[1]).tanh() }, at: [[1, 2], [0.5, -1]])
    print(report)
    #expect(report.passed)
  }

  func cube(_ x: Variable) -> Variable { x * x * x }
  @Test func myCubeIsDifferentiable() { expectGradients(of: { cube($0[0]) }, at: [[1, -2, 0.5]]) }

  @Test("on layers")
  func layers() {
    var random = RandomSource(seed: 1)
    func chain() -> Variable {
      let model = Sequential(Linear(2, 16), Tanh(), Linear(16, 1))
      let y = model(Variable([[0.5, -1]]))
      return y
    }
    #expect(chain().shape == [1, 1])
    let head = Linear(
      1000, 2, initializer: .truncatedNormal(standardDeviation: 0.01), using: &random)
    #expect(head.weight.shape == [2, 1000])
    let words = Embedding(10_000, 64, paddingIndex: 0)
    let vectors = words(IntTensor([5, 17, 0, 0], shape: [1, 4]))
    #expect(vectors.shape == [1, 4, 64])
    let model = Sequential(Conv2d(3, 8, kernel: 3, bias: false), BatchNorm2d(8), ReLU())
    print(model.folded().namedParameters.map(\.name))
    #expect(model.folded().namedParameters.map(\.name) == ["0.weight", "0.bias"])
    func averaging(_ optimizer: any Optimizer) {
      let average = MovingAverage(of: model, decay: 0.999)
      optimizer.step()
      average.update()

      average.exchange()
      model.eval()

      average.exchange()
      model.train()
    }
    averaging(SGD(model.trainableParameters, learningRate: 0))
  }

  @Test("on files")
  func files() throws {
    var digest = SHA256()
    digest.update(Array("ab".utf8))
    digest.update(Array("c".utf8))
    print(digest.hexadecimal)
    #expect(digest.hexadecimal.hasPrefix("ba7816bf"))
    let files = [1, 2]
    func read(_ file: Int) throws {}
    let progress = ProgressBar("reading", total: files.count)
    for file in files {
      try read(file)
      progress.advance()
    }
    progress.finish()
  }
}

// MARK: - What needs pictures, networks, files or a terminal: compiled only

private func shown(
  _ loss: Variable, _ model: AlexNet, _ picture: Picture, _ url: URL, _ address: String,
  _ target: URL
) throws {
  try loss.graphDot(names: model.namedParameters.map { ($0.variable, $0.name) })
    .write(toFile: "graph.dot", atomically: true, encoding: .utf8)
  print(AlexNet().summary(input: [1, 3, 224, 224]))
  let download = Download(address, to: target, sha256: "7be5be79")
  let digest = try download.run()
  var sheet = ContactSheet()
  sheet.add(picture, ["teapot", "97.1 %"], border: .right)
  try sheet.picture.writePNG(to: url)
  let book = Sketchbook(seed: 1)
  try book.picture(of: "teapot", number: 0).writePNG(to: url)
  let log = try TensorBoardLog(in: URL(filePath: "runs/first"))
  try log.add("loss/training", 0.59, step: 1)
  var table = MetricTable(["epoch", "loss"])
  table.add([1, 0.59])
  try Data(table.csv.utf8).write(to: url)
  let chart = SVGChart(
    "Loss", x: "epoch", y: .init("cross-entropy", .logarithmic),
    [
      .line("training", [(1, 0.59), (2, 0.18)]), .line("validation", [(1, 0.27), (2, 0.26)]),
    ])
  try Data(chart.svg.utf8).write(to: url)
  print(digest)
}

private func pictured(
  _ photographs: any LabeledPictures, _ drawings: any LabeledPictures, _ url: URL,
  _ picture: Picture, _ augment: Augmentation, _ normalize: Normalize, _ seed: UInt64,
  _ epoch: UInt64, _ index: UInt64
) throws {
  func sources() throws {
    let pictures = try PictureSource("holiday").pictures()
    let dataset = try PictureSource("photographs").dataset()
    print(pictures.files, dataset.classes)
  }
  func decks() throws {
    let deck = try Deck("https://docs.google.com/presentation/d/…/edit")
    let slides = try deck.files.map { try Picture.read($0) }
    print(slides.count)
    let dataset = try showingDeckProgress { try PictureSource("talk.pdf").dataset(report: $0) }
    print(dataset.classes)
  }
  func augmented() {
    var random = RandomSource(seed: seed, at: [epoch, index])
    let x = normalize(ToTensor()(augment(picture, size: 224, using: &random)))
    print(x)
  }
  let pictures = MixedPictures([(photographs, 0.9), (drawings, 0.1)], count: 100_000)
  let data = try TrainingData(PictureSource("photographs").dataset(), share: 0.2, seed: 1)
  let x = ImageNetTransform()(try Picture.read(url))
  print(pictures.classes, data.training.classes, x)
  try sources()
  try decks()
  augmented()
}

private func loaded(
  _ url: URL, _ picture: URL, _ network: PretrainedNetwork, _ logits: Tensor,
  _ load: (URL) throws -> Tensor
) throws {
  func answer() throws -> Variable {
    let model = AlexNet()
    try model.load(PyTorchCheckpoint.read(url))
    model.eval()
    let logits = model(Variable(stack([try load(picture)])))
    return logits
  }
  let model = AlexNet()
  let p = network.calibration.probabilities(logits)
  let isSure = network.calibration.isSure(p.max().item())
  print(try answer(), isSure)
  let state = try WeightFile.read(url)
  let names = model.stateDict.keys
  try model.load(WrapperPrefix.removed(from: state, fitting: Set(names))?.state ?? state)
  var weights = try WeightFile.open(url)
  for name in weights.names { print(name, try weights.tensor(named: name).shape) }
  func chosen() throws -> AlexNet {
    let weights = try WeightChoice("alexnet")
    let network = try WeightChoice.resolve(weights, default: .tool)
    print(network.description)
    let model = try network.alexNet()
    return model
  }
  _ = try chosen()
}

private func trained(
  _ model: AlexNet, _ dataset: PictureDataset, _ training: any LabeledPictures,
  _ others: any LabeledPictures, _ settings: TrainingSettings, _ start: PretrainedNetwork,
  _ folder: RunFolder, _ metadata: NetworkMetadata, _ batch: Tensor, _ labels: IntTensor,
  _ random: inout RandomSource
) throws {
  model.freeze(allBut: "classifier.6")
  func prefix(_ pictures: Variable) -> Variable {
    model.freeze("features")
    let prefix = FrozenPrefix(of: model)
    let features = prefix.features(of: pictures)
    let logits = prefix.outputs(from: Variable(features))
    return logits
  }
  print(prefix(Variable(batch)))
  func features() throws {
    model.freeze("features")
    let features = try model.frozenFeatures(of: dataset)
    let optimizer = Adam(model.trainableParameters)
    for _ in 0..<5 {
      for rows in batches(of: features.count, size: 16, using: &random) {
        optimizer.zeroGrad()
        crossEntropy(try features.logits(for: rows), features.labels(of: rows)).backward()
        optimizer.step()
      }
    }
  }
  try features()
  func epochs(_ pictures: any LabeledPictures) throws {
    model.freeze("features")
    let trainer = Trainer(model, training: pictures, validation: others, settings: settings)
    while try trainer.advance() {
      if let epoch = trainer.finishedEpoch { print(epoch.validationAccuracy ?? 0) }
    }
  }
  try epochs(training)
  func run(_ network: AlexNet, _ pictures: any LabeledPictures) throws {
    let trainer = Trainer(network, training: pictures, validation: others, settings: settings)
    var run = TrainingRun("mini", trainer, in: folder)
    run.model = ModelFile("mini.safetensors", metadata: metadata.texts, half: .float16)
    let outcome = try run.run { print($0) }
    print(outcome)
  }
  try run(model, training)
  func fineTuned() throws {
    let data = try TrainingData(
      PictureSource("photographs").dataset(), preprocessing: start.preprocessing, seed: 1)
    let tuning = try FineTuning(start: start, data: data)
    let outcome = try tuning.run(in: RunFolder(URL(filePath: "runs/photographs")))
    print(outcome)
  }
  try fineTuned()
  func mixed(_ network: AlexNet, _ batch: Tensor) -> [Variable] {
    func once() -> Variable {
      var pictures = batch
      let targets = MixUp(alpha: 0.2)(&pictures, labels, classes: 200, using: &random)
      let loss = crossEntropy(network(Variable(pictures)), Variable(targets))
      return loss
    }
    func smoothed() -> Variable {
      var pictures = batch
      let mixing = BatchMixing(mixUp: MixUp(alpha: 0.2), cutMix: CutMix(), probability: 0.5)
      let targets = mixing(&pictures, labels, classes: 200, using: &random)
      let loss = crossEntropy(network(Variable(pictures)), Variable(targets), labelSmoothing: 0.1)
      return loss
    }
    return [once(), smoothed()]
  }
  print(mixed(model, batch))
}

/// `ONNXModel`: never run, because it writes a file.
private func exported() throws {
  let network = try WeightChoice.resolve(nil, default: .tool)
  try network.onnxModel().write(to: URL(filePath: "model.onnx"))
}

/// `Device` and `DeviceTrace`: never run, because not every machine has a device.
private func onDevice(_ model: AlexNet, _ x: Variable) {
  func elsewhere() -> (Variable, Tensor) {
    let y = withDevice(.gpu) { model(x) }
    let w = Tensor.zeros([1000, 2]).to(.gpu)
    return (y, w)
  }
  func counted() -> Variable {
    let (y, trace) = DeviceTrace.counting { withDevice(.gpu) { model(x) } }
    print(trace)
    return y
  }
  print(elsewhere(), counted())
}
