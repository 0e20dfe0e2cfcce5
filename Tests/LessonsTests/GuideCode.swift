import Foundation
import Retrograd
import RetrogradTesting
import Testing

// Code that guides show and that stands nowhere else, so that it is compiled and run.

// Docs/GradientChecking.md

/// `y = tanh x`, with a mistake that everybody makes once.
func myTanh(_ x: Variable) -> Variable {
  record("tanh", x, value: x.value.tanh(), keep: .inputs) { saved, dy in
    dy * (1 - saved.inputs[0] * saved.inputs[0])
  }
}

private func myOperation(_ x: Variable) -> Variable { x.square() }

// Docs/Autograd.md

/// `y = x³`, and its derivative `3x² · dy`.
private func cube(_ x: Variable) -> Variable {
  record("cube", x, value: x.value * x.value * x.value, keep: .inputs) { saved, dy in
    dy * saved.inputs[0] * saved.inputs[0] * 3
  }
}

@Suite("The examples of the guides")
struct GuideCode {
  @Test("on gradients")
  func traced() {
    let x = Variable([2, 3], requiresGrad: true)
    let y = (x * x).sum()
    let dy = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    let ddy = gradients(of: dy.sum(), withRespectTo: [x])[0]
    #expect(dy.value == [4, 6] && ddy.value == [2, 2])
  }

  @Test("on the way back")
  func backward() {
    let x = Variable([2, 3], requiresGrad: true)
    let y = (x * x).sum()
    y.backward()
    print(x.grad!)
    #expect(x.grad! == [4, 6])
    #expect(cube(x).value == [8, 27] && checkGradients(of: cube, at: [0.5, 2]).passed)
  }

  @Test("on checking them")
  func checks() {
    print(checkGradients(of: myTanh, at: [[0.5, -1, 0.25], [0.1, 0.8, -0.3]]))
    print(checkGradients(of: myOperation, at: [[0.5, -1, 2]]))
    #expect(checkGradients(of: myOperation, at: [[0.5, -1, 2]]).passed)
  }

  @Test("on the choice of an algorithm")
  func algorithm() {
    print(ConvolutionAlgorithm(input: [1, 64, 27, 27], weight: [192, 64, 5, 5], padding: 2))
  }

  @Test("on mixing pictures")
  func mixing() {
    var random = RandomSource(seed: 1)
    var pictures = Tensor.uniform([8, 3, 64, 64], using: &random)
    let labels = IntTensor([0, 1, 2, 3, 0, 1, 2, 3])
    let mixing = BatchMixing(mixUp: MixUp(alpha: 0.2), cutMix: CutMix(), probability: 0.5)
    let targets = mixing(&pictures, labels, classes: 4, using: &random)
    #expect(targets.shape == [8, 4])
  }

  @Test("on the first page")
  func exclusiveOr() {
    let x = Variable([[0, 0], [0, 1], [1, 0], [1, 1]])
    let y = Variable([[0], [1], [1], [0]])
    let model = Sequential(Linear(2, 8), Tanh(), Linear(8, 1))
    let optimizer = Adam(model.namedParameters, learningRate: 0.05)
    for _ in 1...200 {
      let loss = mseLoss(model(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
    print(model(x).value)
    #expect(mseLoss(model(x), y).item() < 0.3)
  }
}

// Functions that are compiled and not run: they need files.

private func slides() throws {
  let deck = try Deck("talk.pdf")
  let slides = try deck.files.map { try Picture.read($0) }
  let dataset = try PictureDataset(deck: deck, classes: ClassCounts("25,25"))
  print(slides.count, dataset.classes)
}

private func reports(
  model: AlexNet, x: Tensor, picture: Picture, losses: [Double], points: [(x: Double, y: Double)]
) throws {
  try plot(x)
  print(TerminalChart("loss", [("loss", losses)]).text())
  let chart = SVGChart(
    "Loss", x: "step", y: .init("cross-entropy", .logarithmic), [.line("training", points)])
  try Data(chart.svg.utf8).write(to: URL(filePath: "loss.svg"))
  let map = model.gradCAM(of: x, target: 3, at: "features.11")
  try NetworkPictures.overlay(map, on: picture).writePNG(to: URL(filePath: "map.png"))
}

private func calibrating(logits: Tensor, labels: IntTensor, evaluation: Evaluation) throws {
  let network = try WeightChoice.resolve(nil, default: .tool)
  let p = network.probabilities(logits)
  if !network.calibration.isSure(p.max().item()) { print(network.unsureWords) }
  let calibration = try Calibration(fitting: logits, labels)
  print(evaluation.calibrated(by: calibration).reliability().expectedCalibrationError)
}

private func fineTuningAsOneCall() throws {
  let network = try WeightChoice.resolve(.mini, default: .tool)
  let data = try TrainingData(
    PictureSource("photographs").dataset(), share: 0.2, preprocessing: network.preprocessing)
  var options = FineTuning.Options()
  options.layers = ["classifier"]
  options.training.learningRate = 1e-4
  let tuning = try FineTuning(start: network, data: data, options: options)

  let outcome = try tuning.run(
    in: RunFolder(URL(filePath: "runs/photographs")),
    events: { event in
      if case .finishedEpoch(let epoch) = event {
        print(epoch.epoch, epoch.validationAccuracy ?? 0)
      }
    })
  if case .finished(let results) = outcome { print(results.evaluation?.accuracy ?? 0) }
}

private func trials(
  tuning: FineTuning, data: TrainingData, options: inout FineTuning.Options
) throws {
  let search = try searchLearningRate(
    of: tuning.network, on: data.training, settings: options.training)
  if let rate = search.suggestion { options.training.learningRate = rate }
  let check = try checkOverfitting(
    of: tuning.network, on: data.training, settings: options.training, count: 8)
  print(check.passes, check.losses.last ?? 0)
}

private func exporting(to url: URL) throws {
  let model = Sequential(
    Conv2d(3, 8, kernel: 3), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Linear(8, 2))
  try ONNXModel(model, input: [3, 64, 64], temperature: 1).write(to: url)
}

private func fineTuning(
  network: PretrainedNetwork, dataset: PictureDataset, others: PictureDataset,
  settings: TrainingSettings, random: inout RandomSource
) throws {
  let (model, _) = try AlexNet.transferring(network.state, classes: 2, using: &random)
  model.freeze("features")
  let trainer = Trainer(
    model, training: PictureFiles(dataset), validation: PictureFiles(others), settings: settings)
  while try trainer.advance() {
    if let epoch = trainer.finishedEpoch { print(epoch.validationAccuracy ?? 0) }
  }
  print(trainer.receipt.description)
}
