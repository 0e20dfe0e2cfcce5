/// The pictures that a network was trained on, as recorded in a weights file.
///
/// A network knows what it has seen: one that learned from drawings makes little of photographs, and one that
/// learned from small soft pictures may stumble over large sharp ones.
public struct LearnedPictures: Codable, Equatable, Sendable {
  /// Kinds of pictures.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Photographs.
    case photographs
    /// Drawings.
    case drawings
    /// Photographs and drawings.
    case both
  }

  /// Their kind; `nil` where it is not known.
  public var kind: Kind?
  /// The length of their shorter side in pixels, as most of them came; `nil` where that is not known.
  public var size: Int?
  /// Further information about them, such as the name of the data set.
  public var description: String?

  /// A description of the pictures.
  ///
  /// - Parameters:
  ///   - kind: The kind of the pictures.
  ///   - size: The length of their shorter side in pixels.
  ///   - description: Further information, in one line.
  public init(_ kind: Kind?, size: Int? = nil, description: String? = nil) {
    (self.kind, self.size, self.description) = (kind, size, description)
  }

  /// The pictures of a network that learned from these first, and from others then.
  ///
  /// - Parameter others: The others, in a few words.
  public func followed(by others: String) -> LearnedPictures {
    // What a person's own pictures are is not known.
    LearnedPictures(nil, description: "\(words ?? "unknown pictures"), then \(others)")
  }

  /// `photographs of about 64 pixels`, or the description of pictures of no known kind; `nil` where nothing is
  /// known.
  public var words: String? {
    guard let kind else { return description }
    let name = kind == .both ? "photographs and drawings" : kind.rawValue
    return name + (size.map { " of about \($0) pixels" } ?? "")
  }

  /// The side lengths in pixels that are believed of a file.
  private static let sizes = 1...65_536
  /// The maximum size of a description, in bytes.
  private static let descriptionLimit = 1000

  /// The mistake in it; `nil` when it can be used.
  package var mistake: String? {
    if let size, !Self.sizes.contains(size) {
      return "size is \(size) pixels, expected \(Self.sizes.lowerBound) to \(Self.sizes.upperBound)"
    }
    if let description {
      let count = description.utf8.count
      if count > Self.descriptionLimit {
        return "description has \(count) bytes, expected at most \(Self.descriptionLimit)"
      }
      if description.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
        return "description has characters that are not text"
      }
    }
    return nil
  }
}
