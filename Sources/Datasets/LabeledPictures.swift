import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradSketchbook
import RetrogradTensors

/// Pictures with their classes, preprocessed for a network: a training or validation set.
public protocol LabeledPictures: Sendable {
  /// The names of the classes; a label is a place in this list.
  var classes: [String] { get }
  /// The class of each picture.
  var labels: [Int] { get }
  /// Indicates whether a picture is the same in each epoch.
  var isRepeatable: Bool { get }
  /// A picture as a tensor [3, H, W], all of one shape. Called from several threads at once.
  ///
  /// - Parameters:
  ///   - index: The number of the picture.
  ///   - epoch: The number of passes over all pictures before; with augmentation, they look different in each.
  func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor
  /// The class of a picture in an epoch; ``labels`` has those of the first one.
  func label(_ index: Int, epoch: Int) -> Int

  /// A description of the source of the pictures, for people; "pictures" by default.
  var source: String { get }
  /// The name of a picture, for people; "picture" and its number by default.
  func name(_ index: Int) -> String
  /// A picture as people see it, for pages; `nil`, the default, where it cannot be had.
  func original(_ index: Int) -> Picture?
  /// Returns an identifier of a picture that does not depend on its place, so that trainings which were judged by
  /// different pictures are not taken for comparable; `nil`, the default, where that is not known.
  func identity(_ index: Int) -> String?
}

extension LabeledPictures {
  /// Says nothing.
  public var source: String { "pictures" }
  /// Its number.
  public func name(_ index: Int) -> String { "picture \(index)" }
  /// Nothing.
  public func original(_ index: Int) -> Picture? { nil }
  /// Nothing.
  public func identity(_ index: Int) -> String? { nil }

  /// The number of pictures.
  public var count: Int { labels.count }

  /// The same class in each epoch.
  public func label(_ index: Int, epoch: Int) -> Int { labels[index] }

  /// One text that is the same for the same pictures in the same classes, and for no others; `nil` where one of
  /// them has no ``identity(_:)``.
  public var digest: String? {
    var sum = SHA256()
    for (index, label) in labels.enumerated() {
      guard let identity = identity(index) else { return nil }
      sum.update(Array("\(classes[label])\u{0}\(identity)\u{0}".utf8))
    }
    return sum.hexadecimal
  }

  /// Some pictures, several at once, in this order.
  public func batch(_ indices: [Int], epoch: Int) -> PictureBatch {
    PictureBatch(indices) { (index) throws(FileError) in try picture(index, epoch: epoch) }
  }

  /// Reads all pictures in batches, as they are in the first epoch; see
  /// ``forEachBatch(of:batchSize:picture:_:)``.
  public func forEachBatch<Failure: Error>(
    batchSize: Int = 16, _ body: (PictureBatch) throws(Failure) -> Void
  ) throws(Failure) {
    try RetrogradDatasets.forEachBatch(
      of: count, batchSize: batchSize,
      picture: { (index) throws(FileError) in try picture(index, epoch: 0) }, body)
  }
}

/// Picture files, scaled, cut, perhaps changed at random, and normalized.
public struct PictureFiles: LabeledPictures {
  /// The files.
  public let dataset: PictureDataset
  /// The preprocessing of pictures.
  public let preprocessing: Preprocessing
  /// Random changes.
  public let augmentation: Augmentation
  /// Sizes that grow in the course of the training; `nil` where all epochs have the same.
  public let resizing: ProgressiveResizing?
  /// The seed of the changes.
  public let seed: UInt64
  private let cache: PictureCache?

  /// Picture files.
  ///
  /// - Parameters:
  ///   - dataset: The files.
  ///   - preprocessing: Scaling, cutting and normalization.
  ///   - augmentation: Random changes, others in each epoch.
  ///   - resizing: Sizes that grow in the course of the training.
  ///   - seed: The seed of the changes.
  ///   - cache: Keeps decoded pictures; `nil` to read each file each time.
  public init(
    _ dataset: PictureDataset, preprocessing: Preprocessing = .imageNet,
    augmentation: Augmentation = .none, resizing: ProgressiveResizing? = nil, seed: UInt64 = 0,
    cache: PictureCache? = nil
  ) {
    self.dataset = dataset
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.resizing = resizing
    self.seed = seed
    self.cache = cache
  }

  /// The names of the folders.
  public var classes: [String] { dataset.classes }
  /// The class of each file.
  public var labels: [Int] { dataset.labels }
  /// Indicates whether nothing is changed from epoch to epoch.
  public var isRepeatable: Bool { augmentation.isNone && resizing == nil }

  /// The source of the files.
  public var source: String { dataset.source }
  /// The file's path.
  public func name(_ index: Int) -> String { dataset.name(index) }
  /// The picture in the file.
  public func original(_ index: Int) -> Picture? { try? Picture.read(dataset.files[index]) }
  /// The file's name and size: where the file lies does not matter.
  public func identity(_ index: Int) -> String? {
    let file = dataset.files[index]
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    return (attributes?[.size] as? Int).map { "\(file.lastPathComponent), \($0) bytes" }
  }

  /// A file as a tensor; see ``LabeledPictures/picture(_:epoch:)``.
  public func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    let file = dataset.files[index]
    let picture = if let cache { try cache.picture(file) } else { try Picture.read(file) }
    let size = resizing?.size(in: epoch, full: preprocessing.crop) ?? preprocessing.crop
    if augmentation.isNone { return preprocessing.resized(to: size).transform(picture) }
    var random = RandomSource(seed: seed, at: [UInt64(epoch), UInt64(index)])
    let changed = augmentation(preprocessing.softened(picture), size: size, using: &random)
    return preprocessing.normalized(changed)
  }
}

/// Pictures that a ``Sketchbook`` draws when they are asked for, new ones in each epoch or always the same.
public struct DrawnPictures: LabeledPictures {
  private let book: Sketchbook
  private let numbers: Range<Int>
  private let preprocessing: Preprocessing
  private let resizing: ProgressiveResizing?
  /// The classes that the pictures show.
  public let classes: [String]
  /// Indicates whether they are the same in each epoch.
  public let isRepeatable: Bool

  /// Drawn pictures: number 0 of each class, then number 1, …
  ///
  /// - Parameters:
  ///   - book: Draws them.
  ///   - classes: The classes to draw.
  ///   - numbers: The numbers of the pictures of each class.
  ///   - isRepeatable: Whether they are the same in each epoch; otherwise the numbers of the next
  ///     epoch follow those of this one.
  ///   - preprocessing: Scaling, cutting and normalization.
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
  /// The class of one of them.
  public func label(_ index: Int, epoch: Int) -> Int { index % classes.count }

  /// A description of the drawings.
  public var source: String {
    "drawings \(numbers.lowerBound) to \(numbers.upperBound - 1) of each class, seed \(book.seed)"
  }
  /// The class of a picture, and its number.
  public func name(_ index: Int) -> String {
    "\(classes[index % classes.count]) \(numbers.lowerBound + index / classes.count)"
  }
  /// The drawing of the first epoch.
  public func original(_ index: Int) -> Picture? { drawing(index, epoch: 0) }
  /// The numbers that determine the drawing.
  public func identity(_ index: Int) -> String? {
    "\(name(index)), seed \(book.seed), \(book.size) pixels"
  }

  /// Draws a picture; see ``LabeledPictures/picture(_:epoch:)``.
  public func picture(_ index: Int, epoch: Int) -> Tensor {
    let size = resizing?.size(in: epoch, full: preprocessing.crop) ?? preprocessing.crop
    return preprocessing.resized(to: size).transform(drawing(index, epoch: epoch))
  }

  private func drawing(_ index: Int, epoch: Int) -> Picture {
    let number = numbers.lowerBound + index / classes.count
    return book.picture(
      of: classes[index % classes.count],
      number: isRepeatable ? number : number + epoch * numbers.count)
  }

  /// Pictures of one class, several at once.
  ///
  /// - Parameters:
  ///   - book: Draws them.
  ///   - name: The class to draw.
  ///   - numbers: The numbers of the pictures.
  public static func draw(
    _ book: Sketchbook, _ name: String, numbers: Range<Int>
  ) -> [Picture] {
    parallelMap(numbers.count) { book.picture(of: name, number: numbers.lowerBound + $0) }
  }
}
