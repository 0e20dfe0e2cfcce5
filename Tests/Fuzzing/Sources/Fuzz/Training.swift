import Foundation
import Retrograd

/// The record of a run: read, shown, and written as it was read.
func fuzzRecord(_ bytes: [UInt8]) {
  guard let record = try? RunRecord(from: written(bytes, as: "json")) else { return }
  _ = RunComparison([record, record]).page.html
  try? RunFolder(folder).update(record)
  let json = record.json
  let again = try? RunRecord(from: written(Array(json.utf8), as: "json"))
  expect(again?.json == json, "what is written is read as something else:\n\(json)")
}

/// Where a training stood, in a checkpoint whose tensors are those of one that has just begun.
func fuzzCheckpoint(_ bytes: [UInt8]) {
  let trainer = makeTrainer()
  let url = written([], as: "safetensors")
  let position = String(decoding: bytes, as: UTF8.self)
  try! Safetensors.write(
    whole.tensors, metadata: whole.metadata.mapValues { _ in position }, to: url)
  guard (try? trainer.resume(from: url)) != nil else { return }
  // What was taken must be fit to go on with.
  if trainer.step < trainer.stepCount { _ = try? trainer.advance() }
  _ = trainer.checkpoint()
}

/// What a checkpoint of a training that has just begun holds.
private let whole: (tensors: [String: Tensor], metadata: [String: String]) = {
  let url = written([], as: "safetensors")
  try! makeTrainer().writeCheckpoint(to: url)
  return (try! Safetensors.read(url), try! Safetensors.metadata(url))
}()

private struct Colors: LabeledPictures {
  let classes = ["red", "blue"]
  let labels = [0, 1, 0, 1]
  let isRepeatable = true

  func picture(_ index: Int, epoch: Int) -> Tensor {
    Tensor(repeating: Double(labels[index]), shape: [3, 2, 2])
  }
}

private func makeTrainer() -> Trainer {
  var random = RandomSource(seed: 2)
  var settings = TrainingSettings()
  (settings.epochs, settings.batchSize) = (2, 2)
  return Trainer(
    Sequential(Flatten(), Linear(12, 2, using: &random)), training: Colors(), settings: settings)
}
