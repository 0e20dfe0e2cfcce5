import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradText

/// A training set and a validation set.
///
/// ```swift
/// let data = try TrainingData(PictureSource("photographs").dataset(), share: 0.2, seed: 1)
/// ```
public struct TrainingData: Sendable {
  /// The training set.
  public let training: any LabeledPictures
  /// The validation set, with the same classes.
  public let validation: (any LabeledPictures)?

  /// Events while pictures are read.
  public enum Event: Sendable {
    /// So many pictures of so many have been read.
    case read(Int, of: Int)
    /// A picture cannot be read, and is left out.
    case unreadable(FileError)
  }

  /// Pictures that are known to be what is wanted.
  public init(training: any LabeledPictures, validation: (any LabeledPictures)? = nil) {
    require(
      validation.map { $0.classes == training.classes } ?? true,
      "TrainingData: the classes differ, \(training.classes) in the training set and "
        + "\(validation?.classes ?? []) in the validation set")
    (self.training, self.validation) = (training, validation)
  }

  /// Picture files: each is read once, and those that cannot be are left out.
  ///
  /// - Parameters:
  ///   - dataset: The pictures of the training set.
  ///   - other: The pictures of the validation set, with the same classes.
  ///   - share: Without them, how much of each class of the first is set aside, from 0 to below 1.
  ///   - preprocessing: The preprocessing of the pictures.
  ///   - augmentation: The data augmentation of the training set.
  ///   - seed: The random seed for the choice and the augmentation.
  ///   - events: Called with events in the meantime.
  public init(
    _ dataset: PictureDataset, validation other: PictureDataset? = nil, share: Double = 0.2,
    preprocessing: Preprocessing = .imageNet, augmentation: Augmentation = .none, seed: UInt64 = 0,
    events: (Event) -> Void = { _ in }
  ) throws(TrainingDataError) {
    let reader = Reader()
    let all = try reader.readable(dataset, events)
    guard all.classes.count > 1 else {
      throw .oneClass(source: all.source, name: all.classes.first ?? "")
    }
    let parts: (training: PictureDataset, validation: PictureDataset?)
    if let other {
      let judging = try reader.readable(other, events)
      guard judging.classes == all.classes else {
        throw .differentClasses(
          all.classes, source: all.source, validation: judging.classes,
          validationSource: judging.source)
      }
      parts = (all, judging)
    } else {
      let (kept, aside) = all.split(share: share, seed: seed)
      parts = (kept, aside.files.isEmpty ? nil : aside)
    }
    self.init(
      training: PictureFiles(
        parts.training, preprocessing: preprocessing, augmentation: augmentation, seed: seed,
        cache: reader.cache),
      validation: parts.validation.map {
        PictureFiles($0, preprocessing: preprocessing, cache: reader.cache)
      })
  }

  /// The number of training pictures of each class.
  public var counts: [Int] {
    training.labels.reduce(into: [Int](repeating: 0, count: training.classes.count)) {
      $0[$1] += 1
    }
  }

  /// The smallest and the largest class, if one has at least three times as many training pictures as the
  /// other: the network may favor the larger ones, and accuracy over all pictures says little about the smaller.
  public var imbalance: (fewest: Int, most: Int)? {
    guard let fewest = counts.min(), let most = counts.max(), most >= 3 * fewest else { return nil }
    return (fewest, most)
  }

  /// Reads pictures, and keeps them as long as they fit, so that they need not be read again.
  private struct Reader {
    private static let batchSize = 64

    let cache = PictureCache(memoryLimit: 512 << 20)

    /// The pictures that can be read, at least one of each class.
    func readable(
      _ dataset: PictureDataset, _ events: (Event) -> Void
    ) throws(TrainingDataError) -> PictureDataset {
      let files = dataset.files
      var kept: [Int] = []
      events(.read(0, of: files.count))
      for start in stride(from: 0, to: files.count, by: Self.batchSize) {
        let places = Array(start..<min(start + Self.batchSize, files.count))
        let results = inParallel(places) { (place) throws(FileError) in
          _ = try cache.picture(files[place])
        }
        for (place, result) in zip(places, results) {
          switch result {
          case .success: kept.append(place)
          case .failure(let error): events(.unreadable(error))
          }
        }
        events(.read(start + places.count, of: files.count))
      }
      let result = dataset.part(kept)
      for (label, name) in dataset.classes.enumerated() where !result.labels.contains(label) {
        throw .nothingReadable(name: name)
      }
      return result
    }
  }
}

/// The reason why nothing can be learned from pictures.
public enum TrainingDataError: ExplainedError {
  /// There is one class alone.
  case oneClass(source: String, name: String)
  /// No picture of a class can be read.
  case nothingReadable(name: String)
  /// The validation set has other classes.
  case differentClasses(
    [String], source: String, validation: [String], validationSource: String)

  /// The mistake, and what was expected.
  public var description: String {
    switch self {
    case .oneClass(let source, let name):
      "\(source) has one class, \(name): there is nothing to distinguish. Expected one folder of "
        + "pictures for each class."
    case .nothingReadable(let name): "none of the pictures of \(name) could be read."
    case .differentClasses(let classes, let source, let others, let otherSource):
      "the classes differ: \(classes.joined(separator: ", ")) in \(source), "
        + "\(others.joined(separator: ", ")) in \(otherSource)."
    }
  }
}
