import Foundation
import RetrogradDecks
import RetrogradImages
import RetrogradTestSupport

/// A PowerPoint file written by a test: parts by their names, and pictures of one color each.
struct SmallDeck {
  static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  static let namespaces = """
    xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="\(office)" \
    xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" \
    xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
    """

  /// The parts, in the order of the archive.
  private(set) var parts: [(name: String, content: [UInt8])] = []

  /// A deck without parts.
  init() {}

  /// A deck of slides; what slide *k* holds are `slides[k]`, with the pictures `rId0`, `rId1` and so on, of which
  /// `rIdN` has the red of 10 N.
  init(_ slides: [String], pictures: Int = 4) {
    setRelations(of: "", [("main", "officeDocument", "ppt/presentation.xml")])
    setPresentation("ppt/presentation.xml", slides: slides.count)
    for (k, slide) in slides.enumerated() {
      setSlide("ppt/slides/slide\(k).xml", slide)
      setRelations(
        of: "ppt/slides/slide\(k).xml",
        (0..<pictures).map { ("rId\($0)", "image", "../media/image\($0).png") })
    }
    for k in 0..<pictures { setPicture("ppt/media/image\(k).png", k) }
  }

  /// A part's content; an old one goes.
  mutating func set(_ name: String, _ content: [UInt8]) {
    remove(name)
    parts.append((name, content))
  }

  mutating func set(_ name: String, _ text: String) { set(name, Array(text.utf8)) }

  mutating func remove(_ name: String) { parts.removeAll { $0.name == name } }

  mutating func rename(_ name: String, to new: String) {
    for place in parts.indices where parts[place].name == name { parts[place].name = new }
  }

  /// Changes the text of all parts of XML.
  mutating func replace(_ text: String, with new: String) {
    for place in parts.indices where !parts[place].name.hasSuffix("png") {
      let content = String(decoding: parts[place].content, as: UTF8.self)
      parts[place].content = Array(content.replacing(text, with: new).utf8)
    }
  }

  /// A presentation whose slides are `s0`, `s1` and so on, in `slides/slide0.xml` and so on.
  mutating func setPresentation(_ name: String, slides: Int) {
    let list = (0..<slides).map { "<p:sldId id=\"\(256 + $0)\" r:id=\"s\($0)\"/>" }.joined()
    set(
      name,
      "<p:presentation \(Self.namespaces)><p:sldIdLst>\(list)</p:sldIdLst></p:presentation>")
    setRelations(
      of: name, (0..<slides).map { ("s\($0)", "slide", "/ppt/slides/slide\($0).xml") })
  }

  mutating func setSlide(_ name: String, _ shapes: String) {
    set(
      name,
      "<p:sld \(Self.namespaces)><p:cSld><p:spTree>\(shapes)</p:spTree></p:cSld></p:sld>")
  }

  mutating func setRelations(
    of part: String, _ relations: [(id: String, type: String, target: String)]
  ) {
    let list = relations.map {
      "<Relationship Id=\"\($0.id)\" Type=\"\(Self.office)/\($0.type)\" Target=\"\($0.target)\"/>"
    }
    let steps = part.split(separator: "/")
    let folder = steps.dropLast().map { "\($0)/" }.joined()
    set(
      "\(folder)_rels/\(steps.last ?? "").rels",
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        + list.joined() + "</Relationships>")
  }

  mutating func setPicture(_ name: String, _ k: Int) {
    set(name, try! PNG.encode(Picture(width: 2, height: 2, red: UInt8(10 * k)), name: name))
  }

  /// A picture of a slide.
  static func picture(_ k: Int, _ properties: String = "") -> String {
    """
    <p:pic><p:nvPicPr><p:cNvPr id="1" name="x" \(properties)/></p:nvPicPr><p:blipFill>\(blip(k))</p:blipFill></p:pic>
    """
  }

  static func blip(_ k: Int) -> String { "<a:blip r:embed=\"rId\(k)\"><a:lum/></a:blip>" }

  /// Reads the deck: the number of each picture, in order, and what a person should know.
  func read() throws -> (pictures: [Int], notes: [String]) {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "deck.pptx")
    try Data(StoredArchive.bytes(parts)).write(to: file)
    let deck = try Deck(file.path)
    let prefix = "\(file.path): "
    return (
      try deck.files.map { Int(try Picture.read($0)[0, 0].red) / 10 },
      deck.notes.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    )
  }
}
