import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What one XML part of a PowerPoint file says: the slides of a presentation, the pictures of a slide, or what
/// the names in another part stand for.
struct PresentationPart {
  struct Relation {
    let id: String
    let target: String
    let isExternal: Bool
  }

  struct Failure: Error {
    let reason: String
  }

  /// The relations of the slides, in order.
  private(set) var slides: [String] = []
  /// The relations of the pictures, in the order in which they are drawn.
  private(set) var pictures: [String] = []
  /// What names stand for.
  private(set) var relations: [Relation] = []

  /// Reads a part.
  init(_ bytes: [UInt8]) throws(Failure) {
    // Declarations of entities are how XML reaches for other files and grows without bound. Office files
    // have none, and are written in UTF-8, in which they cannot hide.
    let text = Data(bytes)
    guard text.range(of: Data("<!DOCTYPE".utf8)) == nil,
      text.range(of: Data("<!ENTITY".utf8)) == nil
    else { throw Failure(reason: "declares entities, which slides have no need of") }
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
      throw Failure(reason: "is not text in UTF-8")
    }
    if let named = String(decoding: bytes.prefix(200), as: UTF8.self)
      .firstMatch(of: /encoding\s*=\s*["']([^"']*)["']/), named.1.lowercased() != "utf-8"
    {
      throw Failure(reason: "is written in \(named.1), expected UTF-8")
    }
    let parser = XMLParser(data: text)
    parser.shouldProcessNamespaces = true
    parser.shouldResolveExternalEntities = false
    let collector = Collector()
    parser.delegate = collector
    guard parser.parse(), collector.isComplete else {
      throw Failure(reason: "is no XML: error at line \(parser.lineNumber)")
    }
    (slides, pictures, relations) = (collector.slides, collector.pictures, collector.relations)
  }

  private final class Collector: NSObject, XMLParserDelegate {
    var slides: [String] = []
    var pictures: [String] = []
    var relations: [Relation] = []
    /// Whether the part ends where its first element does; the parser takes less for an end.
    private(set) var isComplete = false
    private var depth = 0

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      depth -= 1
      isComplete = depth == 0
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      /// An attribute of the namespace of relations, whatever its prefix is.
      func reference(_ name: String) -> String? {
        attributes.first { $0.key.hasSuffix(":\(name)") }?.value
      }
      depth += 1
      switch name {
      case "sldId": if let id = reference("id") { slides.append(id) }
      case "blip": if let id = reference("embed") ?? reference("link") { pictures.append(id) }
      case "Relationship":
        if let id = attributes["Id"], let target = attributes["Target"] {
          relations.append(
            Relation(
              id: id, target: target.removingPercentEncoding ?? target,
              isExternal: attributes["TargetMode"] == "External"))
        }
      default: break
      }
    }
  }
}
