import Foundation
import RetrogradFiles
import RetrogradTestSupport
import Testing

@testable import RetrogradDecks

private func pictures(_ slide: String) throws -> [Int] { try SmallDeck([slide]).read().pictures }

private func failure(_ deck: SmallDeck) throws -> FileError {
  try #require(#expect(throws: FileError.self) { try deck.read() })
}

@Suite("A PowerPoint file", .needsPNG)
struct PowerPointTests {
  private static let (first, second, third) = (
    SmallDeck.picture(0), SmallDeck.picture(1), SmallDeck.picture(2)
  )

  private static func alternate(_ content: String) -> String {
    "<mc:AlternateContent>\(content)</mc:AlternateContent>"
  }

  private static func choice(_ content: String) -> String {
    "<mc:Choice xmlns:x='urn:x' Requires='x'>\(content)</mc:Choice>"
  }

  private static func fallback(_ content: String) -> String {
    "<mc:Fallback>\(content)</mc:Fallback>"
  }

  @Test("shows its pictures wherever they stand: in groups, frames, fills, tables and backgrounds")
  func places() throws {
    let (first, second, third) = (Self.first, Self.second, Self.third)
    #expect(try pictures(first + second + first) == [0, 1, 0])
    #expect(
      try pictures("<p:grpSp>\(second)<p:grpSp>\(first)</p:grpSp></p:grpSp>\(third)") == [1, 0, 2])
    #expect(
      try pictures(
        "<p:sp><p:nvSpPr><p:cNvPr id='1' name='' hidden='0'/></p:nvSpPr><p:spPr><a:blipFill>"
          + "\(SmallDeck.blip(2))</a:blipFill></p:spPr></p:sp>") == [2])
    #expect(
      try pictures(
        "<p:graphicFrame><a:tbl><a:tcPr><a:blipFill>\(SmallDeck.blip(1))</a:blipFill></a:tcPr></a:tbl>"
          + "</p:graphicFrame>") == [1])
    #expect(
      try pictures("<p:bg><p:bgPr><a:blipFill>\(SmallDeck.blip(3))</a:blipFill></p:bgPr></p:bg>")
        == [3])
  }

  @Test("shows content that is there in several forms once")
  func alternates() throws {
    let (first, second, third) = (Self.first, Self.second, Self.third)
    let (choice, fallback) = (Self.choice, Self.fallback)
    for (content, expected) in [
      (choice(first) + fallback(first), [0]),
      // The fallback is for programs that know pictures; without one, the first choice that has any.
      (choice(first + second) + fallback(third), [2]),
      (choice(first) + choice(second), [0]),
      (choice("<p:sp/>") + choice(second) + choice(third) + fallback(""), [1]),
      (choice(first) + fallback(SmallDeck.picture(1, "hidden='1'")), [0]),
      (choice(first) + "<mc:Fallback/>", [0]),
      (choice(first + Self.alternate(choice(first) + fallback(second))), [0, 1]),
      (choice(first) + fallback(Self.alternate(choice(second) + fallback(third)) + first), [2, 0]),
      ("", []),
    ] {
      #expect(
        try pictures(Self.third + Self.alternate(content) + third) == [2] + expected + [2],
        "\(content)")
    }
    // An element of that name in another namespace is none.
    #expect(
      try pictures("<x:AlternateContent xmlns:x='urn:x'>\(first)\(second)</x:AlternateContent>")
        == [0, 1])
  }

  @Test("leaves out hidden shapes with all that they hold, bullets and extensions")
  func hidden() throws {
    let (first, second) = (Self.first, Self.second)
    for value in ["1", "true"] {
      #expect(try pictures(SmallDeck.picture(1, "hidden='\(value)'") + first) == [0])
    }
    for value in ["0", "false"] {
      #expect(try pictures(SmallDeck.picture(1, "hidden='\(value)'") + first) == [1, 0])
    }
    let properties = "<p:nvGrpSpPr><p:cNvPr id='1' name='' hidden='1'/></p:nvGrpSpPr>"
    let group = "<p:grpSp>\(properties)<p:grpSp>\(first)</p:grpSp>\(second)</p:grpSp>"
    #expect(try pictures(first + group + second) == [0, 1])
    #expect(
      try pictures("<p:grpSp>\(SmallDeck.picture(0, "hidden='1'"))\(second)</p:grpSp>") == [1])
    #expect(
      try pictures(
        "<p:sp><p:nvSpPr><p:cNvPr id='1' hidden='1'/></p:nvSpPr><p:spPr><a:blipFill>\(SmallDeck.blip(0))"
          + "</a:blipFill></p:spPr></p:sp>\(second)") == [1])
    #expect(
      try pictures(
        "<p:sp><p:txBody><a:p><a:pPr><a:buBlip>\(SmallDeck.blip(0))</a:buBlip></a:pPr></a:p></p:txBody></p:sp>"
          + second) == [1])
    #expect(
      try pictures(
        "<p:sp><p:spPr><a:extLst><a:ext uri='x'><a:blipFill>\(SmallDeck.blip(0))</a:blipFill></a:ext>"
          + "</a:extLst></p:spPr></p:sp>\(second)") == [1])
    // A picture beside which the same stands as a drawing of lines.
    #expect(
      try pictures(
        "<p:pic><p:blipFill><a:blip r:embed='rId0'><a:extLst><a:ext uri='x'>"
          + "<s:svgBlip xmlns:s='urn:svg' r:embed='rId1'/></a:ext></a:extLst></a:blip></p:blipFill></p:pic>"
      )
        == [0])
  }

  @Test("is told by its namespaces, transitional or strict, and not by prefixes")
  func namespaces() throws {
    var strict = SmallDeck([Self.first + Self.second])
    for (name, new) in [
      (SmallDeck.office, "http://purl.oclc.org/ooxml/officeDocument/relationships"),
      (
        "http://schemas.openxmlformats.org/presentationml/2006/main",
        "http://purl.oclc.org/ooxml/presentationml/main"
      ),
      (
        "http://schemas.openxmlformats.org/drawingml/2006/main",
        "http://purl.oclc.org/ooxml/drawingml/main"
      ),
    ] { strict.replace(name, with: new) }
    strict.rename("ppt/presentation.xml", to: "ppt/main.xml")
    strict.rename("ppt/_rels/presentation.xml.rels", to: "ppt/_rels/main.xml.rels")
    strict.replace("ppt/presentation.xml", with: "ppt/main.xml")
    #expect(try strict.read().pictures == [0, 1])
    var renamed = SmallDeck([Self.first + SmallDeck.picture(1, "hidden='1'")])
    for (prefix, new) in [("p", "a2"), ("a", "b"), ("r", "rel")] {
      for start in ["<", "</", " ", "xmlns:"] {
        let end = start == "xmlns:" ? "=" : ":"
        renamed.replace(start + prefix + end, with: start + new + end)
      }
    }
    #expect(try renamed.read().pictures == [0])
    #expect(try pictures(Self.first + "<b:blip xmlns:b='urn:b' r:embed='rId1'/>") == [0])
  }

  @Test("is read in UTF-16 as well")
  func wide() throws {
    var deck = SmallDeck([Self.first, Self.second])
    for (name, content) in deck.parts where name.hasSuffix("l") || name.hasSuffix("rels") {
      let text =
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-16\"?>"
        + String(decoding: content, as: UTF8.self)
      deck.set(name, text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
    }
    #expect(try deck.read().pictures == [0, 1])
  }

  @Test(
    "passes over what leads nowhere, with a word",
    arguments: [
      ("NULL", "slide 1 shows ppt/slides/NULL, which is not in the file; it is left out"),
      ("../media/image9.png", "ppt/media/image9.png, which is not in the file"),
      ("", "ppt/slides, which is not in the file"),
      ("../../../../etc/hostname", "leads out of the file"),
      ("file:///C:/pictures/x.png", "which is not in the file"),
      (String(repeating: "x", count: 5000), "x…, which is not in the file"),
    ])
  func broken(_ target: String, note: String) throws {
    var deck = SmallDeck([Self.first + Self.second, Self.third])
    deck.setRelations(
      of: "ppt/slides/slide0.xml",
      [("rId0", "image", target), ("rId1", "image", "../media/image1.png")])
    let (pictures, notes) = try deck.read()
    #expect(pictures == [1, 2])
    #expect(notes.count == 1 && notes[0].contains(note) && notes[0].count < 300, "\(notes)")
    // With no picture left, that is why.
    deck.setSlide("ppt/slides/slide0.xml", Self.first)
    deck.setPresentation("ppt/presentation.xml", slides: 1)
    let error = try failure(deck)
    #expect(error.kind == .malformed && error.reason.contains(note), "\(error)")
  }

  @Test("says what it passes over in one line that steers no terminal, whatever its file is called")
  func noteIsOneLine() throws {
    var deck = SmallDeck([Self.first + Self.second])
    deck.setRelations(
      of: "ppt/slides/slide0.xml",
      [("rId0", "image", "NULL"), ("rId1", "image", "../media/image1.png")])
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "a\u{1B}[2J\nb.pptx")
    try Data(StoredArchive.bytes(deck.parts)).write(to: file)
    let notes = try Deck(file.path).notes
    #expect(notes.count == 1 && notes[0].contains("a\\u{1B}[2J\\u{A}b.pptx: slide 1"), "\(notes)")
    #expect(!notes.joined().unicodeScalars.contains { $0.properties.generalCategory == .control })
    let error = FileError(.malformed, file: "a\n.pptx", "is \u{9B}2J no deck")
    #expect(error.description == "a\\u{A}.pptx: is \\u{9B}2J no deck")
  }

  @Test("passes over names that no relation has, and slides that are not there")
  func missing() throws {
    var deck = SmallDeck([
      Self.first + SmallDeck.picture(7) + SmallDeck.picture(8), Self.second, Self.third,
    ])
    deck.remove("ppt/slides/slide1.xml")
    let (pictures, notes) = try deck.read()
    #expect(pictures == [0, 2])
    #expect(
      notes == [
        "slide 1 shows \"rId7\", which leads nowhere; it is left out, and so are 1 more of its pictures",
        "slide 2 is ppt/slides/slide1.xml, which is not in the file; it is left out",
      ])
    deck.setRelations(of: "ppt/presentation.xml", [("s2", "slide", "slides/slide2.xml")])
    #expect(
      try deck.read().notes.map { $0.prefix(15) } == ["slide 1 is \"s0\"", "slide 2 is \"s1\""])
    deck.remove("ppt/slides/_rels/slide2.xml.rels")
    #expect(try failure(deck).kind == .malformed)
  }

  @Test(
    "names its parts by the rules of packages",
    arguments: [
      ("my%20image.png", "../media/my%20image.png"), ("my image.png", "../media/my%20image.png"),
      ("my image.png", "../media/my image.png"), ("my%20image.png", "/ppt/media/my image.png"),
      ("IMAGE0.PNG", "../media/image0.png"), ("image0.png", "../Media/Image0.PNG"),
      ("image0.png", "../../ppt/./media/../media//image0.png"),
      ("image0.png", "/ppt/media/image0.png"),
      ("image0.png", "../media/image%30.%70ng"), ("bild-%C3%A4.png", "../media/bild-%c3%a4.png"),
      ("bild-ä.png", "../media/bild-%C3%A4.png"), ("bild-%C3%A4.png", "../media/bild-ä.png"),
      ("100%.png", "../media/100%25.png"), ("100%.png", "../media/100%.png"),
      ("image0.png", "../media/image0.png#part"), ("a#b.png", "../media/a#b.png"),
      ("image0.png", "../../../ppt/media/image0.png"), ("\u{301}x.png", "../media/\u{301}x.png"),
    ])
  func names(_ name: String, target: String) throws {
    var deck = SmallDeck([Self.first])
    deck.rename("ppt/media/image0.png", to: "ppt/media/\(name)")
    deck.setRelations(of: "ppt/slides/slide0.xml", [("rId0", "image", target)])
    let (pictures, notes) = try deck.read()
    #expect(pictures == [0] && notes.isEmpty)
  }

  @Test("prefers a part that is named just so to one whose name is the same by the rules")
  func exactNames() throws {
    var deck = SmallDeck([Self.first + Self.second + Self.third])
    deck.rename("ppt/media/image0.png", to: "ppt/media/a.png")
    deck.rename("ppt/media/image1.png", to: "ppt/media/A.png")
    deck.rename("ppt/media/image2.png", to: "ppt/media/%61.png")
    deck.setRelations(
      of: "ppt/slides/slide0.xml",
      [
        ("rId0", "image", "../media/a.png"), ("rId1", "image", "../media/A.png"),
        ("rId2", "image", "../media/%61.png"),
      ])
    #expect(try deck.read().pictures == [0, 1, 2])
  }

  @Test("is found by its relation, whatever its main part is called")
  func mainPart() throws {
    for name in ["ppt/presentation1.xml", "slides.xml", "PPT/Deep/er/main part.xml"] {
      var deck = SmallDeck([Self.first])
      deck.remove("ppt/presentation.xml")
      deck.remove("ppt/_rels/presentation.xml.rels")
      deck.setPresentation(name, slides: 1)
      let target = name.lowercased().replacing(" ", with: "%20")
      for start in ["", "/"] {
        deck.setRelations(of: "", [("x", "officeDocument", start + target)])
        #expect(try deck.read().pictures == [0], "\(name)")
      }
    }
    // Without one, or with one that leads nowhere, the usual name serves.
    var deck = SmallDeck([Self.first])
    deck.setRelations(of: "", [("x", "officeDocument", "nowhere.xml")])
    #expect(try deck.read().pictures == [0])
    deck.remove("_rels/.rels")
    #expect(try deck.read().pictures == [0])
    deck.set("ppt/presentation.xml", "<w:document xmlns:w='urn:w'/>")
    let error = try failure(deck)
    #expect(error.kind == .notSlides && error.reason.contains("is not a presentation"))
  }

  @Test("that is hostile is refused in a moment, with what and where")
  func hostile() throws {
    let head = "<p:presentation \(SmallDeck.namespaces)"
    for (presentation, kind, reason) in [
      (
        "<?x?>\(head)/>", FileError.Kind.malformed,
        "ppt/presentation.xml has a processing instruction"
      ),
      ("\(head)><?x?></p:presentation>", .malformed, "processing instruction"),
      (
        "\(head) " + (0..<300_000).map { "a\($0)='' " }.joined() + "/>", .tooLarge, "256 attributes"
      ),
      (String(repeating: "<a>", count: 300_000), .tooLarge, "256 deep"),
      ("<!DOCTYPE a>\(head)/>", .malformed, "declares entities"),
    ] {
      var deck = SmallDeck([Self.first])
      deck.set("ppt/presentation.xml", presentation)
      let error = try failure(deck)
      #expect(error.kind == kind && error.reason.contains(reason), "\(error)")
    }
    // One slide that stands there many times does not take many times its share.
    var deck = SmallDeck([Self.first])
    deck.setSlide(
      "ppt/slides/slide0.xml", Self.first + String(repeating: " ", count: OpenPackage.partLimit / 2)
    )
    let list = String(repeating: "<p:sldId id='1' r:id='s0'/>", count: 12)
    deck.set("ppt/presentation.xml", "\(head)>\(list)</p:presentation>")
    let error = try failure(deck)
    #expect(error.kind == .tooLarge && error.reason.contains("bytes of XML"), "\(error)")
    // A list of relations without end.
    let relation = "<Relationship Id='a' Target='b'/>"
    deck.set(
      "ppt/_rels/presentation.xml.rels",
      "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        + String(repeating: relation, count: 70_000) + "</Relationships>")
    #expect(try failure(deck).reason.contains("65536 relations"))
  }
}
