import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import RetrogradWeightFiles
import Testing

/// The recipe of Tests/Fixtures/retraining.py on the same photographs, with the real convolution
/// weights: what is reached here should be what PyTorch reaches there.
@Suite(
  "Real weights and photographs",
  .enabled(if: LocalData.folder != nil, Comment(rawValue: LocalData.absence)))
struct RealPicturesTests {
  let data = LocalData.folder!

  func features() throws -> AlexNet {
    let model = AlexNet()
    let (missing, unexpected) = try model.load(
      WeightFile.read(data.appending(path: "alexnet-features.safetensors")), strict: false)
    #expect(missing.allSatisfy { $0.hasPrefix("classifier.") } && unexpected.isEmpty)
    model.eval()
    return model
  }

  @Test("the first kernel begins with the known numbers")
  func weights() throws {
    let kernel = try features().features.namedParameters[0].variable.value
    for (index, expected) in [0.118640, 0.094069, 0.095435].enumerated() {
      #expect(abs(kernel[0, 0, 0, index] - expected) < 5e-7)
    }
  }

  /// Accuracy on `validation` of a head that was trained on `training`.
  func retrain(_ training: LabeledOutputs, _ validation: LabeledOutputs, seed: UInt64) -> Double {
    var random = RandomSource(seed: seed)
    let standardize = Standardizer(training.values)
    let x = Variable(standardize(training.values))
    let head = Linear(training.values.shape[1], 2, using: &random)
    let optimizer = Adam(head.namedParameters, learningRate: 1e-3, weightDecay: 1e-2)
    for _ in 0..<60 {
      optimizer.zeroGrad()
      crossEntropy(head(x), training.labels).backward()
      optimizer.step()
    }
    return accuracy(head(Variable(standardize(validation.values))).value, validation.labels)
  }

  @Test("a head learns as much from 25 + 25 and from all photographs as PyTorch's")
  func retraining() throws {
    let model = try features()
    let pictures = data.appending(path: "ants-and-bees")
    let dataset = try PictureDataset(folder: pictures.appending(path: "train"))
    func outputs(_ dataset: PictureDataset) -> LabeledOutputs {
      LabeledOutputs(dataset, network: model.pooledFeatures)
    }
    let all = outputs(dataset)
    #expect(all.labels.count == 244)
    #expect(all.unreadable.map(\.error.file).allSatisfy { $0.hasSuffix(".gif") })
    let few = outputs(dataset.split(perClass: 25).first)
    let validation = outputs(try PictureDataset(folder: pictures.appending(path: "val")))
    for (name, training, expected) in [("25 + 25", few, 0.758), ("all 244", all, 0.909)] {
      let figures = (0..<5).map { retrain(training, validation, seed: $0) }
      let mean = figures.reduce(0, +) / 5
      let list = figures.map { String(format: "%.1f", 100 * $0) }.joined(separator: " ")
      print(
        "retraining on \(name) photographs: \(list), mean "
          + String(format: "%.1f", 100 * mean) + " % of \(validation.labels.count)")
      #expect(mean >= expected)
    }
  }
}
