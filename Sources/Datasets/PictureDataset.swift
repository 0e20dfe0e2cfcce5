import Foundation
import RetrogradAutograd
import RetrogradDecks
import RetrogradImages
import RetrogradTensors

/// Picture files in classes: one folder for each class.
public struct PictureDataset: Sendable {
  /// The names of the classes; a label is a place in this list.
  public let classes: [String]
  /// The files, class after class.
  public let files: [URL]
  /// The class of each file.
  public let labels: [Int]
  /// Keeps files that were made for the occasion.
  private let deck: Deck?

  /// Files with their classes.
  public init(classes: [String], files: [URL], labels: [Int]) {
    self.init(classes: classes, files: files, labels: labels, deck: nil)
  }

  /// Slides with their classes, by their places: the first ones belong to the first class, and so on.
  ///
  /// - Parameters:
  ///   - deck: The slides.
  ///   - classes: The classes, with as many pictures in all as there are slides.
  public init(deck: Deck, classes: ClassCounts) throws(ClassCountsError) {
    guard classes.total == deck.count else {
      throw ClassCountsError(
        "\(deck.source) has \(deck.count) slides, but the classes (\(classes)) have \(classes.total) in all"
      )
    }
    let labels = classes.parts.enumerated().flatMap { [Int](repeating: $0, count: $1.count) }
    self.init(
      classes: classes.parts.map(\.name), files: deck.files, labels: labels, deck: deck)
  }

  private init(classes: [String], files: [URL], labels: [Int], deck: Deck?) {
    require(
      files.count == labels.count && labels.allSatisfy(classes.indices.contains),
      "PictureDataset: \(files.count) files need as many labels, each one of the \(classes.count) "
        + "classes")
    (self.classes, self.files, self.labels, self.deck) = (classes, files, labels, deck)
  }

  /// The pictures in the folders inside `folder`, one folder for each class, in natural order.
  public init(folder: URL) throws(PictureError) {
    var classes: [String] = []
    var files: [URL] = []
    var labels: [Int] = []
    for (name, found) in try PictureFolder.classes(in: folder) {
      labels += found.map { _ in classes.count }
      files += found
      classes.append(name)
    }
    self.init(classes: classes, files: files, labels: labels)
  }

  /// The first `count` files of each class, and the others.
  public func split(perClass count: Int) -> (first: PictureDataset, rest: PictureDataset) {
    var taken = [Int](repeating: 0, count: classes.count)
    var parts: (first: [Int], rest: [Int]) = ([], [])
    for (index, label) in labels.enumerated() {
      taken[label] += 1
      if taken[label] <= count { parts.first.append(index) } else { parts.rest.append(index) }
    }
    return (part(parts.first), part(parts.rest))
  }

  /// The dataset without a random share of each class, and that share. Of a class with several pictures, both
  /// parts get at least one.
  ///
  /// - Parameters:
  ///   - share: How much goes into the second part, from 0 to below 1.
  ///   - seed: Where the choice begins.
  public func split(share: Double, seed: UInt64) -> (kept: PictureDataset, aside: PictureDataset) {
    require(
      share >= 0 && share < 1, "split: the share must lie from 0 to below 1, got \(share)")
    var aside: Set<Int> = []
    for label in classes.indices {
      let own = labels.indices.filter { labels[$0] == label }
      let wanted = Int((share * Double(own.count)).rounded())
      let count = share == 0 || own.count < 2 ? 0 : min(max(wanted, 1), own.count - 1)
      var random = RandomSource(seed: seed, at: [3, UInt64(label)])
      aside.formUnion(random.permutation(own.count).prefix(count).map { own[$0] })
    }
    return (
      part(files.indices.filter { !aside.contains($0) }),
      part(files.indices.filter { aside.contains($0) })
    )
  }

  /// The files of these places.
  public func part(_ indices: [Int]) -> PictureDataset {
    PictureDataset(
      classes: classes, files: indices.map { files[$0] }, labels: indices.map { labels[$0] },
      deck: deck)
  }

  /// The same files as members of other classes.
  ///
  /// - Parameters:
  ///   - classes: The names of the classes.
  ///   - place: Where each present class stands among them.
  public func renamed(_ classes: [String], _ place: (Int) -> Int) -> PictureDataset {
    PictureDataset(classes: classes, files: files, labels: labels.map(place), deck: deck)
  }
}

/// What a frozen network makes of labelled pictures: the rows to train a head on.
public struct LabelledOutputs: Sendable {
  /// One row for each picture that could be read.
  public let values: Tensor
  /// The class of each row.
  public let labels: IntTensor
  /// The pictures that could not be read.
  public let unreadable: [UnreadablePicture]

  /// Rows that were computed elsewhere.
  public init(values: Tensor, labels: IntTensor) {
    self.values = values
    self.labels = labels
    unreadable = []
  }

  /// Runs a network over a dataset; see ``forEachBatch(of:batchSize:transform:network:_:)``.
  ///
  /// - Parameters:
  ///   - dataset: The pictures.
  ///   - batchSize: How many pictures to run at once.
  ///   - transform: What makes a tensor of a picture.
  ///   - progress: Is told how many more pictures are done.
  ///   - network: A batch of pictures to a batch of rows.
  public init(
    _ dataset: PictureDataset, batchSize: Int = 16,
    transform: @Sendable (Picture) -> Tensor = { ImageNetTransform()($0) },
    progress: (Int) -> Void = { _ in }, network: (Variable) -> Variable
  ) {
    var batches: [Tensor] = []
    var labels: [Int] = []
    var unreadable: [UnreadablePicture] = []
    forEachBatch(
      of: dataset.files, batchSize: batchSize, transform: transform, network: network
    ) { indices, outputs, failures in
      if let outputs { batches.append(outputs) }
      labels += indices.map { dataset.labels[$0] }
      unreadable += failures
      progress(indices.count + failures.count)
    }
    values = batches.isEmpty ? .zeros([0, 0]) : concatenate(batches)
    self.labels = IntTensor(labels)
    self.unreadable = unreadable
  }
}
