import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.place.useEverywhere()
title("The script: from slides to a report")

/// The settings, in one place.
struct Settings {
  /// The learning rate.
  let h: Double
  let epochs: Int
  let batch: Int
}

let c = Settings(h: options.learningRate, epochs: options.epochs, batch: options.batch)
var random = RandomSource(seed: options.seed)

/// The probabilities of each row.
func softmax(_ x: Variable) -> Variable {
  let e = (x - Variable(x.value.amax(axes: [1], keepDims: true))).exp()
  return e / e.sum(axes: [1], keepDims: true)
}

/// The mean of −log p at the label; a probability that was rounded to 0 has no logarithm.
func crossEntropy(_ p: Variable, _ y: IntTensor) -> Variable {
  -(gather(p, y.reshaped([y.count, 1]), axis: 1) + 1e-12).log().mean()
}

part("The slides")
var slides = getSlides(options)
say("\(slides.files.count) slides. Class 0: \(slides.classes[0]). Class 1: \(slides.classes[1]).")

part("What AlexNet says")
let (alexNet, network) = options.network.loadNetwork()
alexNet.eval()
let logits = outputs(of: slides.files)
let labels = network.labels
for (j, i) in logits.argmax(axis: 1).scalars.enumerated() {
  say("\(j) \(i) \(labels[i])")
}

part("A linear model on its outputs")
let (training, test) = split(slides)
let x = Standardizer(logits.indexSelect(IntTensor(training), axis: 0))(logits)
let y = IntTensor(slides.labels)
let w = Variable(
  .truncatedNormal([x.shape[1], 2], standardDeviation: 0.01, using: &random), requiresGrad: true)
say("\(training.count) slides to train on, \(test.count) to test on; \(w.count) numbers to learn.")

/// The probabilities of both classes.
func model(_ x: Tensor, _ w: Variable) -> Variable { softmax(matmul(Variable(x), w)) }

/// Some slides with their labels: as many as a batch has, at random, to train on; all others to test on.
func getBatch(_ mode: Mode) -> (x: Tensor, y: IntTensor) {
  let rows =
    mode == .test ? test : random.permutation(training.count).prefix(c.batch).map { training[$0] }
  return (x.indexSelect(IntTensor(rows), axis: 0), IntTensor(rows.map { y[$0] }))
}

enum Mode { case train, test }

/// The accuracy on the test set.
func testAccuracy() -> Double {
  let (x, y) = getBatch(.test)
  return accuracy(model(x, w).value, y)
}

let optimizer = Adam([w], learningRate: c.h)
var curves = MetricTable(["epoch", "loss", "accuracy", "test accuracy"])
for epoch in 1...c.epochs {
  let (x, y) = getBatch(.train)
  let p = model(x, w)
  let loss = crossEntropy(p, y)
  optimizer.zeroGrad()
  loss.backward()
  optimizer.step()
  curves.add([Double(epoch), loss.item(), accuracy(p.value, y), testAccuracy()])
  if epoch == 1 || epoch.isMultiple(of: 20) || epoch == c.epochs {
    say("epoch \(epoch)   loss \(decimal(loss.item()))   accuracy \(percent(accuracy(p.value, y)))")
  }
}

part("Convolution, downsampling, feature maps")
let picture = CenterCrop(224)(Resize(224)(read(slides.files[0])))
let gray = ToTensor()(picture).mean(axes: [0]).reshaped([1, 1, 224, 224])
let sobel = Tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).reshaped([1, 1, 3, 3])
let edges = conv2d(Variable(gray), Variable(sobel)).value
let skipped = gray.slice(0..<224, step: 8, axis: 2).slice(0..<224, step: 8, axis: 3)
let averaged = avgPool2d(Variable(gray), kernel: 8, stride: 8).value
let input = Variable(stack([load(slides.files[0])]))
let maps = withoutGradients {
  alexNet.activations(of: input, at: ["features.1"])["features.1"]!.value
}
say("Edges \(edges.shape), every eighth pixel \(skipped.shape), feature maps \(maps.shape).")

let evaluation = evaluate()
writeReport(evaluation)
say(
  "Accuracy on the test set: \(percent(evaluation.accuracy, error: evaluation.standardError)) of \(test.count) "
    + "slides. How little so few can prove is the subject of lesson 7.")

removeSlides()
