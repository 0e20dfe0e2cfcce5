import Retrograd
import RetrogradEmbeddedPhotographs

/// A free photograph that comes inside of the lessons, so that it is there wherever they are run.
///
/// The files are those of `Lessons/Photographs`, whose `SOURCES.md` says where each comes from.
public nonisolated struct Photograph: Sendable, CustomStringConvertible {
  /// Its subject, in the words that the embedded network's labels use if it knows that thing.
  public let subject: String
  /// Names of the same thing in networks with other labels.
  public let otherNames: [String]
  /// The photographer.
  public let author: String
  /// The license it is under, or `public domain`.
  public let license: String
  /// The JPEG file.
  public let bytes: [UInt8]

  private init(_ subject: String, _ otherNames: [String] = [], by author: String, _ license: String)
  {
    (self.subject, self.otherNames) = (subject, otherNames)
    (self.author, self.license) = (author, license)
    let name = Self.fileName(of: subject)
    let files = UnsafeBufferPointer(
      start: retrograd_photographs(), count: retrograd_photograph_count())
    let file = files.first { String(cString: $0.name) == name }!
    bytes = Array(UnsafeBufferPointer(start: file.start, count: file.size))
  }

  /// All of them: what the embedded network knows first, then what it does not know.
  public static let all: [Photograph] = [
    Photograph("red panda", ["lesser panda"], by: "Mathias Appel", cc0),
    Photograph("koala", by: "BurningWell", publicDomain),
    Photograph("German shepherd", by: "Hans Kemperman", publicDomain),
    Photograph("tabby cat", ["tabby"], by: "Stefan van der Walt", cc0),
    Photograph("bison", by: "Kurt Kaiser", cc0),
    Photograph("pig", ["hog"], by: "Teinesavaii", publicDomain),
    Photograph("bee", by: "John Severns", publicDomain),
    Photograph("goldfish", by: "Necrophorus", publicDomain),
    Photograph("espresso", by: "Rachel Michetti", cc0),
    Photograph("frying pan", by: "Suricata", publicDomain),
    Photograph("suspension bridge", by: "Derek Jensen", publicDomain),
    Photograph("triumphal arch", by: "Markus Mark", publicDomain),
    Photograph("viaduct", by: "Mimova", publicDomain),
    Photograph("mountain", ["alp"], by: "Aitzol Berasategi", "CC BY 4.0"),
    Photograph("giraffe", by: "Sergio Cambelo", publicDomain),
    Photograph("macaw", by: "Dcoetzee", cc0),
    Photograph("scissors", by: "Julo", publicDomain),
    Photograph("windmill", by: "Иван Клещинский", cc0),
  ]

  private static let cc0 = "CC0 1.0"
  private static let publicDomain = "public domain"

  /// The name of its file without extension, such as `red-panda`.
  public var name: String { Self.fileName(of: subject) }

  /// Its subject.
  public var description: String { subject }

  /// The words that go with it wherever it is shown: author and license.
  public var credit: String { "\(author), \(license)" }

  private static func fileName(of subject: String) -> String {
    subject.lowercased().replacing(" ", with: "-")
  }

  /// A network's label for the thing on the photograph; `nil` where it has none.
  ///
  /// - Parameter labels: Everything that the network tells apart.
  public func label(among labels: [String]) -> String? {
    ([subject] + otherNames).first { labels.contains($0) }
  }

  /// The photograph, decoded.
  ///
  /// - Throws: An error if this build, or this machine, cannot read JPEG.
  public func picture() throws(FileError) -> Picture {
    try Picture.decode(bytes, name: "\(name).jpg")
  }
}
