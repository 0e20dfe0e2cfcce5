import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradTensors

/// The output of the frozen prefix of a network for pictures, computed once for each picture and kept, so
/// that training runs only the rest: the layers from the first trainable one on.
///
/// **Only while every picture goes into the network the same way each time**: with augmentation (random
/// crops, flips, colors) the prefix's output is another one each time.
///
/// ```swift
/// model.freeze("features")
/// let features = try model.frozenFeatures(of: dataset)
/// let optimizer = Adam(model.trainableParameters)
/// for _ in 0..<5 {
///   for rows in batches(of: features.count, size: 16, using: &random) {
///     optimizer.zeroGrad()
///     crossEntropy(try features.logits(for: rows), features.labels(of: rows)).backward()
///     optimizer.step()
///   }
/// }
/// ```
///
/// Where the prefix ends depends on what is frozen and on the mode: see ``FrozenPrefix``. Choose both
/// before. A later change that makes the features wrong (a layer of the prefix is unfrozen, or its
/// weights are others) stops with a message; unfreezing layers behind the prefix, or freezing more, is
/// fine.
public final class FrozenFeatures {
  /// The network, in two parts.
  public let prefix: FrozenPrefix
  /// The class of each row.
  public let labels: IntTensor
  /// The index in the dataset of the picture of each row.
  public let indices: [Int]
  /// The pictures that could not be read; they have no row.
  public let unreadable: [UnreadablePicture]
  private let store: RowStore

  /// The memory limit for features in bytes by default: 2 GB, or a quarter of the machine's memory
  /// where that is less.
  public static let defaultMemoryLimit = min(
    2 << 30, Int(clamping: ProcessInfo.processInfo.physicalMemory / 4))

  fileprivate init(
    prefix: FrozenPrefix, labels: [Int], indices: [Int], unreadable: [UnreadablePicture],
    store: RowStore
  ) {
    self.prefix = prefix
    self.labels = IntTensor(labels)
    self.indices = indices
    self.unreadable = unreadable
    self.store = store
  }

  /// The number of rows: of pictures that could be read.
  public var count: Int { store.count }

  /// Indicates whether the features are in a temporary file rather than in memory.
  public var isOnDisk: Bool { store.isOnDisk }

  /// The features of some rows, by their numbers from 0 up to but without ``count``: what goes into the
  /// first layer behind the prefix.
  ///
  /// - Throws: An error if the temporary file cannot be read.
  public func batch(of rows: [Int]) throws(FileError) -> Tensor { try store.rows(rows) }

  /// The output of the whole network for some rows, [rows.count, classes], with the graph of the layers
  /// behind the prefix.
  ///
  /// - Throws: An error if the temporary file cannot be read.
  public func logits(for rows: [Int]) throws(FileError) -> Variable {
    prefix.outputs(from: Variable(try batch(of: rows)))
  }

  /// The classes of some rows.
  public func labels(of rows: [Int]) -> IntTensor { IntTensor(rows.map { labels[$0] }) }
}

extension StagedLayer {
  /// Runs the frozen prefix of the network once over all pictures of a dataset.
  ///
  /// At most one batch of pictures is in memory at a time, and the features of all as long as they fit.
  ///
  /// - Parameters:
  ///   - dataset: The pictures; those that cannot be read are left out and reported.
  ///   - batchSize: The batch size.
  ///   - transform: The transform from a picture to a tensor: always the same one, no augmentation.
  ///   - memoryLimit: The memory limit for features, in bytes; more go to a temporary file, which
  ///     is removed with the result.
  ///   - folder: The folder for that file.
  ///   - progress: Called with the number of further pictures that are done.
  /// - Throws: An error if the temporary file cannot be written: the disk may be full.
  public func frozenFeatures(
    of dataset: PictureDataset, batchSize: Int = 16,
    transform: @escaping @Sendable (Picture) -> Tensor = { ImageNetTransform()($0) },
    memoryLimit: Int = FrozenFeatures.defaultMemoryLimit,
    folder: URL = FileManager.default.temporaryDirectory, progress: (Int) -> Void = { _ in }
  ) throws(FileError) -> FrozenFeatures {
    try frozenFeatures(
      of: TransformedFiles(dataset, transform), batchSize: batchSize, memoryLimit: memoryLimit,
      folder: folder,
      progress: progress)
  }

  /// Runs the frozen prefix of the network once over labeled pictures; as for a dataset.
  ///
  /// - Parameter pictures: The same in each epoch.
  public func frozenFeatures(
    of pictures: any LabeledPictures, batchSize: Int = 16,
    memoryLimit: Int = FrozenFeatures.defaultMemoryLimit,
    folder: URL = FileManager.default.temporaryDirectory, progress: (Int) -> Void = { _ in }
  ) throws(FileError) -> FrozenFeatures {
    require(
      batchSize > 0 && pictures.isRepeatable,
      "frozenFeatures: needs a batch size of at least 1 and pictures that are the same in each epoch"
    )
    let prefix = FrozenPrefix(of: self)
    var store = RowStore(expectedCount: pictures.count, memoryLimit: memoryLimit, folder: folder)
    var indices: [Int] = []
    var unreadable: [UnreadablePicture] = []
    try pictures.forEachBatch(batchSize: batchSize) { (batch) throws(FileError) in
      unreadable += batch.unreadable
      indices += batch.indices
      if let features = batch.outputs(of: { Variable(prefix.features(of: $0)) }) {
        try store.append(features)
      }
      progress(batch.indices.count + batch.unreadable.count)
    }
    let labels = pictures.labels
    return FrozenFeatures(
      prefix: prefix, labels: indices.map { labels[$0] }, indices: indices,
      unreadable: unreadable, store: store)
  }
}
