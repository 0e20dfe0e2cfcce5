import RetrogradFiles
import RetrogradImages
import RetrogradTensors

/// Pictures from several sources, each with a share of every epoch.
///
/// ```swift
/// let pictures = MixedPictures([(photographs, 0.9), (drawings, 0.1)], count: 100_000)
/// ```
///
/// Classes of the same name are one class. Of a source with more pictures than its share has room for, other ones
/// are seen in the next epoch, until all have been seen; of a smaller one, pictures are seen several times.
public struct MixedPictures: LabeledPictures {
  /// The names of the classes of all sources, in the order in which they first appear.
  public let classes: [String]
  /// The classes of the pictures of the first epoch.
  public let labels: [Int]
  /// Other pictures are seen in each epoch.
  public var isRepeatable: Bool { false }
  private let sources: [Source]

  /// One of the sources, and which pictures of an epoch come from it.
  private struct Source: Sendable {
    let pictures: any LabeledPictures
    let places: Range<Int>
    /// The place of each of its classes among all.
    let classes: [Int]

    /// The picture of the source that stands at a place in an epoch.
    ///
    /// Steps of a length that has no divisor in common with the number of pictures lead to each of them once
    /// before they lead to the first one again.
    func index(at place: Int, epoch: Int) -> Int {
      let count = pictures.count
      let number = (epoch * places.count + place - places.lowerBound) % count
      return (number * Self.step(count)) % count
    }

    private static func step(_ count: Int) -> Int {
      var step = max(1, Int(Double(count) * 0.618_034))
      while greatestCommonDivisor(step, count) != 1 { step += 1 }
      return step
    }
  }

  /// A mixture.
  ///
  /// - Parameters:
  ///   - sources: Pictures, each with its share; shares are relative to their sum.
  ///   - count: The number of pictures of an epoch; by default as many as all sources have together.
  public init(
    _ sources: [(pictures: any LabeledPictures, share: Double)], count: Int? = nil
  ) {
    let total = sources.reduce(0) { $0 + $1.share }
    require(
      !sources.isEmpty && total > 0
        && sources.allSatisfy { $0.share >= 0 && $0.share.isFinite && $0.pictures.count > 0 },
      "MixedPictures: expects sources with pictures and shares of at least 0, not all 0, got "
        + "\(sources.map { ($0.pictures.count, $0.share) })")
    let count = count ?? sources.reduce(0) { $0 + $1.pictures.count }
    require(count > 0, "MixedPictures: an epoch needs pictures, got \(count)")
    var classes: [String] = []
    var places: [String: Int] = [:]
    var parts: [Source] = []
    var (shares, start) = (0.0, 0)
    for (pictures, share) in sources {
      let own = pictures.classes.map { name in
        if let place = places[name] { return place }
        places[name] = classes.count
        classes.append(name)
        return classes.count - 1
      }
      shares += share
      let end = Int((Double(count) * shares / total).rounded())
      parts.append(Source(pictures: pictures, places: start..<end, classes: own))
      start = end
    }
    self.classes = classes
    self.sources = parts
    labels = parts.flatMap { source in
      source.places.map { source.classes[source.pictures.labels[source.index(at: $0, epoch: 0)]] }
    }
  }

  /// The class of a picture in an epoch.
  public func label(_ index: Int, epoch: Int) -> Int {
    let source = source(of: index)
    let inner = source.index(at: index, epoch: epoch)
    return source.classes[source.pictures.label(inner, epoch: epoch)]
  }

  /// A picture; see ``LabeledPictures/picture(_:epoch:)``.
  public func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    let source = source(of: index)
    return try source.pictures.picture(source.index(at: index, epoch: epoch), epoch: epoch)
  }

  /// The sources, with the number of pictures that an epoch has of each.
  public var source: String {
    sources.map { "\($0.places.count) of \($0.pictures.source)" }.joined(separator: ", ")
  }
  /// The name of the picture of the first epoch.
  public func name(_ index: Int) -> String {
    let source = source(of: index)
    return source.pictures.name(source.index(at: index, epoch: 0))
  }
  /// The picture of the first epoch.
  public func original(_ index: Int) -> Picture? {
    let source = source(of: index)
    return source.pictures.original(source.index(at: index, epoch: 0))
  }
  /// The identity of the picture of the first epoch.
  public func identity(_ index: Int) -> String? {
    let source = source(of: index)
    return source.pictures.identity(source.index(at: index, epoch: 0))
  }

  private func source(of index: Int) -> Source {
    guard let source = sources.first(where: { $0.places.contains(index) }) else {
      stop("MixedPictures: there is no picture \(index), only \(labels.count)")
    }
    return source
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
