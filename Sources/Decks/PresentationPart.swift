import RetrogradFiles

/// The namespaces of office documents, each in the transitional and in the strict form (ECMA-376, parts 4 and 1).
private enum OfficeNamespace {
  static let presentation: Set = [
    "http://schemas.openxmlformats.org/presentationml/2006/main",
    "http://purl.oclc.org/ooxml/presentationml/main",
  ]
  static let drawing: Set = [
    "http://schemas.openxmlformats.org/drawingml/2006/main",
    "http://purl.oclc.org/ooxml/drawingml/main",
  ]
  static let relations: Set = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
  ]
  static let packageRelations = "http://schemas.openxmlformats.org/package/2006/relationships"
  static let compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
}

/// One entry of a list of relations.
struct Relation {
  let id: String
  let target: String
  /// Indicates whether the target is outside of the package.
  let isExternal: Bool
  /// Indicates whether the target is the package's main part.
  let isDocument: Bool

  private static let limit = 1 << 16

  /// Reads a list of relations.
  static func list(_ reader: inout XMLReader) throws(FileError) -> [Relation] {
    var relations: [Relation] = []
    while let step = try reader.next() {
      guard case .start(let element) = step, element.name == "Relationship",
        element.namespace == OfficeNamespace.packageRelations,
        let id = element.value(of: "Id"), let target = element.value(of: "Target")
      else { continue }
      guard relations.count < limit else {
        throw FileError(
          .tooLarge, file: reader.document, "has more than \(limit) relations, the limit")
      }
      let type = element.value(of: "Type")
      relations.append(
        Relation(
          id: id, target: target, isExternal: element.value(of: "TargetMode") == "External",
          isDocument: OfficeNamespace.relations.contains { type == "\($0)/officeDocument" }))
    }
    return relations
  }
}

/// The main part of a presentation.
enum PresentationPart {
  /// The relations of the slides, in order; `nil` when the part is no presentation.
  static func slides(_ reader: inout XMLReader) throws(FileError) -> [String]? {
    guard case .start(let root)? = try reader.next(), root.name == "presentation",
      OfficeNamespace.presentation.contains(root.namespace)
    else { return nil }
    var slides: [String] = []
    while let step = try reader.next() {
      guard case .start(let element) = step else { continue }
      if element.name == "extLst" {
        try reader.skipElement()
      } else if element.name == "sldId", OfficeNamespace.presentation.contains(element.namespace) {
        slides.append(element.value(of: "id", in: OfficeNamespace.relations) ?? "")
      }
    }
    return slides
  }
}

/// The pictures of a slide.
struct SlidePart {
  /// The relations of the pictures that show, in the order in which they are drawn.
  private var pictures: [String] = []

  /// Reads a slide.
  static func pictures(_ reader: inout XMLReader) throws(FileError) -> [String] {
    var slide = SlidePart()
    var isHidden = false
    try slide.readContent(&reader, &isHidden)
    return slide.pictures
  }

  /// Reads up to the end of the element that began last.
  ///
  /// - Parameter isHidden: Becomes `true` when the shape that this belongs to says that it does not show.
  private mutating func readContent(
    _ reader: inout XMLReader, _ isHidden: inout Bool
  ) throws(FileError) {
    while case .start(let element)? = try reader.next() {
      switch element.name {
      case "AlternateContent" where element.namespace == OfficeNamespace.compatibility:
        try readAlternatives(&reader, &isHidden)
      case "extLst" where Self.isOffice(element), "buBlip" where Self.isDrawing(element):
        // Extensions hold what older programs do not show, and a bullet is not a picture.
        try reader.skipElement()
      case "sp" where Self.isOffice(element), "pic" where Self.isOffice(element),
        "grpSp" where Self.isOffice(element), "graphicFrame" where Self.isOffice(element):
        let before = pictures.count
        var isShapeHidden = false
        try readContent(&reader, &isShapeHidden)
        if isShapeHidden { pictures.removeSubrange(before...) }
      case "cNvPr" where Self.isOffice(element):
        if ["1", "true"].contains(element.value(of: "hidden")) { isHidden = true }
        try readContent(&reader, &isHidden)
      case "blip" where Self.isDrawing(element):
        if let reference = Self.reference(element) { pictures.append(reference) }
        try readContent(&reader, &isHidden)
      default: try readContent(&reader, &isHidden)
      }
    }
  }

  private static func isDrawing(_ element: XMLElement) -> Bool {
    OfficeNamespace.drawing.contains(element.namespace)
  }

  private static func isOffice(_ element: XMLElement) -> Bool {
    isDrawing(element) || OfficeNamespace.presentation.contains(element.namespace)
  }

  /// The relation of a picture: one in the file, or else one that is elsewhere.
  private static func reference(_ blip: XMLElement) -> String? {
    for name in ["embed", "link"] {
      if let id = blip.value(of: name, in: OfficeNamespace.relations), !id.isEmpty { return id }
    }
    return nil
  }

  /// Reads content that is there in several forms, of which one shows (ECMA-376, part 3, 7.5): the fallback, which
  /// is made for programs that only know pictures; or, where it has none, the first choice that has.
  private mutating func readAlternatives(
    _ reader: inout XMLReader, _ isHidden: inout Bool
  ) throws(FileError) {
    let before = pictures.count
    var shown: [String] = []
    var isFallback = false
    while case .start(let element)? = try reader.next() {
      guard element.namespace == OfficeNamespace.compatibility,
        ["Choice", "Fallback"].contains(element.name), !isFallback
      else {
        try reader.skipElement()
        continue
      }
      isFallback = element.name == "Fallback"
      try readContent(&reader, &isHidden)
      let found = Array(pictures[before...])
      pictures.removeSubrange(before...)
      if shown.isEmpty || (isFallback && !found.isEmpty) { shown = found }
    }
    pictures += shown
  }
}
