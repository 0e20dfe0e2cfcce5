import Foundation
import RetrogradAutograd
import RetrogradFiles
import RetrogradImages
import RetrogradTensors

/// A picture file that could not be used.
public struct UnreadablePicture: Sendable {
  /// The index of the file among those that were to be read.
  public let index: Int
  /// The error.
  public let error: FileError
}

/// Pictures that were read together, several at once.
public struct PictureBatch: Sendable {
  /// The pictures, all of one shape, in the order that was asked for.
  public private(set) var pictures: [Tensor] = []
  /// The pictures' indices in their data set.
  public private(set) var indices: [Int] = []
  /// The pictures that could not be read; they are not among the others.
  public private(set) var unreadable: [UnreadablePicture] = []

  /// Reads pictures.
  ///
  /// - Parameters:
  ///   - wanted: Numbers of pictures.
  ///   - picture: A function that returns the picture of a number; called from several threads at once.
  public init(_ wanted: [Int], picture: (Int) throws(FileError) -> Tensor) {
    for (index, result) in zip(wanted, inParallel(wanted, picture)) {
      switch result {
      case .success(let picture):
        pictures.append(picture)
        indices.append(index)
      case .failure(let error): unreadable.append(.init(index: index, error: error))
      }
    }
  }

  /// A network's outputs for the pictures, without gradients; `nil` where none could be read.
  ///
  /// - Parameter network: A batch of pictures, [N, …], to a batch of outputs.
  public func outputs(of network: (Variable) -> Variable) -> Tensor? {
    pictures.isEmpty ? nil : withoutGradients { network(Variable(stacked())).value }
  }

  /// The pictures, at least one, as a tensor [N, …] in the host's memory: a device gets it in one piece.
  package func stacked() -> Tensor { withDevice(.cpu) { stack(pictures) } }
}

/// Reads pictures in batches, in their order: the one loop of everything that looks at each picture once.
///
/// At most one batch of pictures is in memory at a time. Those that cannot be read are left out and
/// reported; the others keep their order.
///
/// - Parameters:
///   - count: The number of pictures.
///   - batchSize: The most pictures to read at once.
///   - picture: A function that returns the picture of a number; called from several threads at once.
///   - body: Gets each batch.
public func forEachBatch<Failure: Error>(
  of count: Int, batchSize: Int = 16, picture: (Int) throws(FileError) -> Tensor,
  _ body: (PictureBatch) throws(Failure) -> Void
) throws(Failure) {
  require(batchSize > 0, "forEachBatch: the batch size must be at least 1, got \(batchSize)")
  for start in stride(from: 0, to: count, by: batchSize) {
    try body(PictureBatch(Array(start..<min(start + batchSize, count)), picture: picture))
  }
}

/// Runs a network over picture files, without gradients; see ``forEachBatch(of:batchSize:picture:_:)``.
///
/// - Parameters:
///   - files: The files.
///   - batchSize: The most pictures to run at once.
///   - transform: The transform from a picture to a tensor, all of one shape.
///   - network: The network to run: from a batch of pictures to a batch of outputs.
///   - receive: Gets each batch: which files its rows belong to, and the outputs; and the files that
///     could not be read.
public func forEachBatch<Failure: Error>(
  of files: [URL], batchSize: Int = 16,
  transform: @Sendable (Picture) -> Tensor = { ImageNetTransform()($0) },
  network: (Variable) -> Variable,
  _ receive: (_ indices: [Int], _ outputs: Tensor?, _ unreadable: [UnreadablePicture])
    throws(Failure) -> Void
) throws(Failure) {
  try forEachBatch(
    of: files.count, batchSize: batchSize,
    picture: { (index) throws(FileError) in transform(try Picture.read(files[index])) }
  ) { (batch) throws(Failure) in
    try receive(batch.indices, batch.outputs(of: network), batch.unreadable)
  }
}

/// Reads picture files and makes them ready for a network, several at once.
///
/// - Parameters:
///   - files: The files.
///   - transform: The transform from a picture to a tensor.
/// - Returns: A tensor, or what is wrong with the file, for each file in order.
public func readPictures(
  _ files: [URL], transform: @Sendable (Picture) -> Tensor
) -> [Result<Tensor, FileError>] {
  inParallel(files) { (file) throws(FileError) in transform(try Picture.read(file)) }
}

/// The results of `body` for all elements, several at once.
func inParallel<Element, Made>(
  _ elements: [Element], _ body: (Element) throws(FileError) -> Made
) -> [Result<Made, FileError>] {
  parallelMap(elements.count) { index in
    // On the host even where the caller computes on a device: it has work of its own meanwhile, and what a scope asks
    // for goes for one thread of several.
    withDevice(.cpu) { Result { () throws(FileError) in try body(elements[index]) } }
  }
}
