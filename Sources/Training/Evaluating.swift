import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors

/// The answers of a network for labeled pictures, in evaluation mode, without gradients.
///
/// - Parameters:
///   - network: As it is; call `eval()` before.
///   - pictures: The pictures; those that cannot be read are reported in the result.
///   - batchSize: The batch size.
///   - progress: Called with the number of further pictures that are done.
public func evaluate(
  _ network: any StagedLayer, on pictures: any LabeledPictures, batchSize: Int = 16,
  progress: (Int) -> Void = { _ in }
) -> Evaluation {
  evaluate(pictures, batchSize: batchSize, progress: progress) { network($0) }
}

/// The same for any function of batches.
func evaluate(
  _ pictures: any LabeledPictures, batchSize: Int, progress: (Int) -> Void = { _ in },
  logits: (Variable) -> Variable
) -> Evaluation {
  var evaluation = Evaluation(classes: pictures.classes)
  let labels = pictures.labels
  // Numbers are read one batch late: a device computes them while the next pictures are prepared.
  var computed: (logits: Tensor, indices: [Int])?
  func addComputed() {
    guard let (logits, indices) = computed else { return }
    evaluation.add(logits: logits, indices: indices, labels: indices.map { labels[$0] })
    computed = nil
  }
  pictures.forEachBatch(batchSize: batchSize) { batch in
    addComputed()
    evaluation.unreadable += batch.unreadable
    computed = batch.outputs(of: logits).map { ($0, batch.indices) }
    progress(batch.indices.count + batch.unreadable.count)
  }
  addComputed()
  return evaluation
}

/// The same from what the frozen prefix made of the pictures.
func evaluate(
  _ features: FrozenFeatures, classes: [String], batchSize: Int,
  outputs classOutputs: (Variable) -> Variable
) throws(FileError) -> Evaluation {
  var evaluation = Evaluation(classes: classes)
  evaluation.unreadable = features.unreadable
  for start in stride(from: 0, to: features.count, by: batchSize) {
    let rows = Array(start..<min(start + batchSize, features.count))
    let inputs = Variable(try features.batch(of: rows))
    let logits = withoutGradients { classOutputs(features.prefix.outputs(from: inputs)).value }
    evaluation.add(
      logits: logits, indices: rows.map { features.indices[$0] },
      labels: rows.map { features.labels[$0] })
  }
  return evaluation
}
