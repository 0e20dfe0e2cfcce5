import Foundation
import RetrogradDecks
import RetrogradFiles
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
  /// A description of the source of the files, for people: a folder, slides, or a share of them.
  public let source: String
  /// Keeps files that were made for the occasion.
  private let deck: Deck?

  /// Files with their classes.
  ///
  /// - Parameters:
  ///   - classes: The names of the classes.
  ///   - files: The files.
  ///   - labels: The class of each file, a place in the list of classes.
  ///   - source: A description of the source of the files, for people.
  public init(classes: [String], files: [URL], labels: [Int], source: String = "files") {
    self.init(classes: classes, files: files, labels: labels, source: source, deck: nil)
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
      classes: classes.parts.map(\.name), files: deck.files, labels: labels, source: deck.source,
      deck: deck)
  }

  private init(
    classes: [String], files: [URL], labels: [Int], source: String, deck: Deck?
  ) {
    require(
      files.count == labels.count && labels.allSatisfy(classes.indices.contains),
      "PictureDataset: \(files.count) files need as many labels, each one of the \(classes.count) "
        + "classes")
    (self.classes, self.files, self.labels) = (classes, files, labels)
    (self.source, self.deck) = (source, deck)
  }

  /// The pictures in the folders inside `folder`, one folder for each class, in natural order.
  public init(folder: URL) throws(FileError) {
    var classes: [String] = []
    var files: [URL] = []
    var labels: [Int] = []
    for (name, found) in try PictureFolder.classes(in: folder) {
      labels += found.map { _ in classes.count }
      files += found
      classes.append(name)
    }
    self.init(classes: classes, files: files, labels: labels, source: folder.relativePath)
  }

  /// The name of a picture: the path of its file, or of a slide the deck with the slide's number, `talk.pdf, slide 7`.
  ///
  /// - Parameter index: Its place.
  public func name(_ index: Int) -> String {
    slideName(index) ?? files[index].relativePath
  }

  /// The name of a slide that has no file of its own.
  func slideName(_ index: Int) -> String? { deck?.name(ofSlide: files[index]) }

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
  ///   - share: The share of the second part, from 0 to below 1.
  ///   - seed: The random seed for the choice.
  public func split(share: Double, seed: UInt64) -> (kept: PictureDataset, aside: PictureDataset) {
    require(
      share >= 0 && share < 1, "split: the share must be from 0 to below 1, got \(share)")
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
      part(
        files.indices.filter { aside.contains($0) },
        source: "a share of \(share) of each class of \(source), seed \(seed)")
    )
  }

  /// The files of these places.
  ///
  /// - Parameters:
  ///   - indices: The places.
  ///   - source: A description of their source; by default that of all.
  public func part(_ indices: [Int], source: String? = nil) -> PictureDataset {
    PictureDataset(
      classes: classes, files: indices.map { files[$0] }, labels: indices.map { labels[$0] },
      source: source ?? self.source, deck: deck)
  }

  /// The same files with other labels.
  func labeled(_ labels: [Int]) -> PictureDataset {
    PictureDataset(classes: classes, files: files, labels: labels, source: source, deck: deck)
  }

  /// The same files as members of other classes.
  ///
  /// - Parameters:
  ///   - classes: The names of the classes.
  ///   - place: The index of each present class among them.
  public func renamed(_ classes: [String], _ place: (Int) -> Int) -> PictureDataset {
    PictureDataset(
      classes: classes, files: files, labels: labels.map(place), source: source, deck: deck)
  }
}
