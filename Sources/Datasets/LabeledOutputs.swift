import Foundation
import RetrogradAutograd
import RetrogradFiles
import RetrogradImages
import RetrogradTensors

/// The outputs of a frozen network for labeled pictures: the rows to train a head on.
public struct LabeledOutputs: Sendable {
  /// One row for each picture that could be read.
  public let values: Tensor
  /// The class of each row.
  public let labels: IntTensor
  /// The pictures that could not be read.
  public let unreadable: [UnreadablePicture]

  /// Creates the outputs from rows that were computed elsewhere.
  public init(values: Tensor, labels: IntTensor) {
    self.values = values
    self.labels = labels
    unreadable = []
  }

  /// Runs a network over labeled pictures, without gradients.
  ///
  /// - Parameters:
  ///   - pictures: The pictures, as they are in the first epoch.
  ///   - batchSize: The most pictures to run at once.
  ///   - progress: Called with the number of further pictures that are done.
  ///   - network: A batch of pictures to a batch of rows.
  public init(
    _ pictures: any LabeledPictures, batchSize: Int = 16, progress: (Int) -> Void = { _ in },
    network: (Variable) -> Variable
  ) {
    var rows: [Tensor] = []
    var indices: [Int] = []
    var unreadable: [UnreadablePicture] = []
    pictures.forEachBatch(batchSize: batchSize) { batch in
      if let outputs = batch.outputs(of: network) { rows.append(outputs) }
      indices += batch.indices
      unreadable += batch.unreadable
      progress(batch.indices.count + batch.unreadable.count)
    }
    values = rows.isEmpty ? .zeros([0, 0]) : concatenate(rows)
    let all = pictures.labels
    labels = IntTensor(indices.map { all[$0] })
    self.unreadable = unreadable
  }

  /// Runs a network over picture files, without gradients; as over labeled pictures.
  ///
  /// - Parameter transform: The transform from a picture to a tensor.
  public init(
    _ dataset: PictureDataset, batchSize: Int = 16,
    transform: @escaping @Sendable (Picture) -> Tensor = { ImageNetTransform()($0) },
    progress: (Int) -> Void = { _ in }, network: (Variable) -> Variable
  ) {
    self.init(
      TransformedFiles(dataset, transform), batchSize: batchSize, progress: progress,
      network: network)
  }
}

/// The files of a dataset, transformed in any way.
package struct TransformedFiles: LabeledPictures {
  private let dataset: PictureDataset
  private let transform: @Sendable (Picture) -> Tensor

  /// Files, and what makes a tensor of a picture.
  package init(_ dataset: PictureDataset, _ transform: @escaping @Sendable (Picture) -> Tensor) {
    (self.dataset, self.transform) = (dataset, transform)
  }

  package var isRepeatable: Bool { true }
  package var classes: [String] { dataset.classes }
  package var labels: [Int] { dataset.labels }

  package func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    transform(try Picture.read(dataset.files[index]))
  }
}
