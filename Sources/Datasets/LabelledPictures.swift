import Foundation
import RetrogradImages
import RetrogradSketchbook
import RetrogradTensors

/// Pictures with their classes, made ready for a network: what there is to learn from.
public protocol LabelledPictures: Sendable {
  /// The names of the classes; a label is a place in this list.
  var classes: [String] { get }
  /// The class of each picture.
  var labels: [Int] { get }
  /// Whether a picture is the same in each epoch.
  var isRepeatable: Bool { get }
  /// A picture as a tensor [3, H, W], all of one shape. Called from several threads at once.
  ///
  /// - Parameters:
  ///   - index: Which one.
  ///   - epoch: How often all have been seen before: with augmentation, they look different each time.
  func picture(_ index: Int, epoch: Int) throws(PictureError) -> Tensor
  /// The class of a picture in an epoch; ``labels`` has those of the first one.
  func label(_ index: Int, epoch: Int) -> Int
}

extension LabelledPictures {
  /// The number of pictures.
  public var count: Int { labels.count }

  /// The same class in each epoch.
  public func label(_ index: Int, epoch: Int) -> Int { labels[index] }

  /// Some pictures, several at once, in the order of their numbers; those that cannot be read are left
  /// out.
  package func batch(
    _ indices: [Int], epoch: Int
  ) -> (pictures: [Tensor], indices: [Int], unreadable: [UnreadablePicture]) {
    var results = [Result<Tensor, PictureError>?](repeating: nil, count: indices.count)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      parallel(indices.count) { place in
        results[place] = Result { () throws(PictureError) in
          try picture(indices[place], epoch: epoch)
        }
      }
    }
    var batch: (pictures: [Tensor], indices: [Int], unreadable: [UnreadablePicture]) = ([], [], [])
    for (index, result) in zip(indices, results) {
      switch result! {
      case .success(let picture):
        batch.pictures.append(picture)
        batch.indices.append(index)
      case .failure(let error): batch.unreadable.append(.init(index: index, error: error))
      }
    }
    return batch
  }
}

/// Picture files, scaled, cut, perhaps changed at random, and normalised.
public struct PictureFiles: LabelledPictures {
  /// The files.
  public let dataset: PictureDataset
  /// What becomes of pictures.
  public let preprocessing: Preprocessing
  /// Random changes.
  public let augmentation: Augmentation
  /// Sizes that grow in the course of the training; `nil` where all epochs have the same.
  public let resizing: ProgressiveResizing?
  /// Where the changes begin.
  public let seed: UInt64
  private let cache: PictureCache?
  private let prepared: [URL: Tensor]

  /// Picture files.
  ///
  /// - Parameters:
  ///   - dataset: The files.
  ///   - preprocessing: What becomes of them.
  ///   - augmentation: Random changes, others in each epoch.
  ///   - resizing: Sizes that grow in the course of the training.
  ///   - seed: Where the changes begin.
  ///   - memoryLimit: The number of bytes of decoded pictures that may be kept; 0 to read each file each time.
  ///   - prepared: What the preprocessing has made of some files already; those need not be read again.
  public init(
    _ dataset: PictureDataset, preprocessing: Preprocessing = .imageNet,
    augmentation: Augmentation = .none, resizing: ProgressiveResizing? = nil, seed: UInt64 = 0,
    memoryLimit: Int = 0, prepared: [URL: Tensor] = [:]
  ) {
    self.dataset = dataset
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.resizing = resizing
    self.seed = seed
    cache = memoryLimit > 0 ? PictureCache(of: dataset.files, memoryLimit: memoryLimit) : nil
    let own = augmentation.isNone ? Set(dataset.files) : []
    self.prepared = prepared.filter { own.contains($0.key) }
  }

  /// The names of the folders.
  public var classes: [String] { dataset.classes }
  /// The class of each file.
  public var labels: [Int] { dataset.labels }
  /// Whether nothing is changed from epoch to epoch.
  public var isRepeatable: Bool { augmentation.isNone && resizing == nil }

  /// A file as a tensor; see ``LabelledPictures/picture(_:epoch:)``.
  public func picture(_ index: Int, epoch: Int) throws(PictureError) -> Tensor {
    let file = dataset.files[index]
    if let ready = prepared[file] { return ready }
    let picture = if let cache { try cache.picture(index) } else { try Picture.read(file) }
    let size = resizing?.size(in: epoch, full: preprocessing.crop) ?? preprocessing.crop
    if augmentation.isNone { return preprocessing.resized(to: size).transform(picture) }
    var random = RandomSource(seed: seed, at: [UInt64(epoch), UInt64(index)])
    let changed = augmentation(preprocessing.softened(picture), size: size, using: &random)
    return preprocessing.normalized(changed)
  }
}

/// Pictures that a ``Sketchbook`` draws when they are asked for, new ones in each epoch or always the same.
public struct DrawnPictures: LabelledPictures {
  private let book: Sketchbook
  private let numbers: Range<Int>
  private let preprocessing: Preprocessing
  private let resizing: ProgressiveResizing?
  /// What the pictures show.
  public let classes: [String]
  /// Whether they are the same in each epoch.
  public let isRepeatable: Bool

  /// Drawn pictures: number 0 of each class, then number 1, …
  ///
  /// - Parameters:
  ///   - book: Draws them.
  ///   - classes: What they show.
  ///   - numbers: Which pictures of each class.
  ///   - isRepeatable: Whether they are the same in each epoch; otherwise the numbers of the next
  ///     epoch follow those of this one.
  ///   - preprocessing: What becomes of them.
  ///   - resizing: Sizes that grow in the course of the training.
  public init(
    _ book: Sketchbook, classes: [String] = Sketchbook.classes, numbers: Range<Int>,
    isRepeatable: Bool, preprocessing: Preprocessing = .imageNet,
    resizing: ProgressiveResizing? = nil
  ) {
    self.book = book
    self.classes = classes
    self.numbers = numbers
    self.isRepeatable = isRepeatable
    self.preprocessing = preprocessing
    self.resizing = resizing
  }

  /// The class of each picture.
  public var labels: [Int] { (0..<(numbers.count * classes.count)).map { $0 % classes.count } }

  /// Draws a picture; see ``LabelledPictures/picture(_:epoch:)``.
  public func picture(_ index: Int, epoch: Int) -> Tensor {
    let number = numbers.lowerBound + index / classes.count
    let picture = book.picture(
      of: classes[index % classes.count],
      number: isRepeatable ? number : number + epoch * numbers.count)
    let size = resizing?.size(in: epoch, full: preprocessing.crop) ?? preprocessing.crop
    return preprocessing.resized(to: size).transform(picture)
  }

  /// Pictures of one class, several at once.
  ///
  /// - Parameters:
  ///   - book: Draws them.
  ///   - name: What they show.
  ///   - numbers: Which ones.
  public static func draw(
    _ book: Sketchbook, _ name: String, numbers: Range<Int>
  ) -> [Picture] {
    var pictures = [Picture?](repeating: nil, count: numbers.count)
    pictures.withUnsafeMutableBufferPointer { pictures in
      nonisolated(unsafe) let pictures = pictures
      parallel(numbers.count) {
        pictures[$0] = book.picture(of: name, number: numbers.lowerBound + $0)
      }
    }
    return pictures.map { $0! }
  }
}
