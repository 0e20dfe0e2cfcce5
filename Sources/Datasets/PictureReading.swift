import Foundation
import RetrogradAutograd
import RetrogradImages
import RetrogradTensors

/// Reads picture files and makes them ready for a network, several at once.
///
/// - Parameters:
///   - files: The files.
///   - transform: What makes a tensor of a picture.
/// - Returns: A tensor, or what is wrong with the file, for each file in order.
public func readPictures(
  _ files: [URL], transform: @Sendable (Picture) -> Tensor
) -> [Result<Tensor, PictureError>] {
  var results = [Result<Tensor, PictureError>?](repeating: nil, count: files.count)
  results.withUnsafeMutableBufferPointer { results in
    nonisolated(unsafe) let results = results
    parallel(files.count) { index in
      results[index] = Result { () throws(PictureError) in
        transform(try Picture.read(files[index]))
      }
    }
  }
  return results.map { $0! }
}

/// A picture file that could not be used.
public struct UnreadablePicture: Sendable {
  /// Where the file stood among those that were to be read.
  public let index: Int
  /// What is wrong with it.
  public let error: PictureError
}

/// Runs a network over picture files, without gradients, in batches.
///
/// At most one batch of pictures is in memory at a time. Files that cannot be read are left out and
/// reported; the others keep their order.
///
/// - Parameters:
///   - files: The files.
///   - batchSize: How many pictures to run at once.
///   - transform: What makes a tensor of a picture, all of one shape.
///   - network: What to run: a batch of pictures to a batch of outputs.
///   - receive: Gets each batch: which files its rows belong to, and the outputs; and the files that
///     could not be read.
public func forEachBatch<Failure: Error>(
  of files: [URL], batchSize: Int = 16,
  transform: @Sendable (Picture) -> Tensor = { ImageNetTransform()($0) },
  network: (Variable) -> Variable,
  _ receive: (_ indices: [Int], _ outputs: Tensor?, _ unreadable: [UnreadablePicture])
    throws(Failure) -> Void
) throws(Failure) {
  require(batchSize > 0, "forEachBatch: the batch size must be at least 1, got \(batchSize)")
  for start in stride(from: 0, to: files.count, by: batchSize) {
    let end = min(start + batchSize, files.count)
    var pictures: [Tensor] = []
    var indices: [Int] = []
    var unreadable: [UnreadablePicture] = []
    for (offset, result) in readPictures(Array(files[start..<end]), transform: transform)
      .enumerated()
    {
      switch result {
      case .success(let picture):
        pictures.append(picture)
        indices.append(start + offset)
      case .failure(let error): unreadable.append(.init(index: start + offset, error: error))
      }
    }
    let outputs =
      pictures.isEmpty ? nil : withoutGradients { network(Variable(stack(pictures))).value }
    try receive(indices, outputs, unreadable)
  }
}
