import Foundation
import RetrogradFiles
import Testing

@testable import RetrogradDecks

/// All steps of a document: `<name key=value` and `>`, each name with the beginning of its namespace.
private func steps(_ content: [UInt8]) throws(FileError) -> String {
  var reader = try XMLReader(content, document: "part.xml")
  var text: [String] = []
  while let step = try reader.next() {
    switch step {
    case .start(let element):
      let attributes = element.attributes.map {
        " \($0.namespace.isEmpty ? "" : "{\($0.namespace)}")\($0.name)=\($0.value)"
      }
      let namespace = element.namespace.isEmpty ? "" : "{\(element.namespace)}"
      text.append("<\(namespace)\(element.name)\(attributes.joined())")
    case .end: text.append(">")
    }
  }
  return text.joined()
}

private func steps(_ text: String) throws(FileError) -> String { try steps(Array(text.utf8)) }

private func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
  text.utf16.flatMap { unit in
    let bytes = [UInt8(unit >> 8), UInt8(unit & 255)]
    return isBigEndian ? bytes : bytes.reversed()
  }
}

@Suite("The XML reader")
struct XMLReaderTests {
  @Test(
    "says which elements begin and end, with their attributes",
    arguments: [
      ("<a/>", "<a>"),
      ("<?xml version=\"1.0\"?>\n<a />\n", "<a>"),
      ("<?xml version='1.0' encoding='utf-8' standalone='yes' ?><a></a >", "<a>"),
      ("<a><b/>text<c>more</c></a>", "<a<b><c>>"),
      ("<a b=\"1\" c = '2'\n/>", "<a b=1 c=2>"),
      ("<a b='\"' c=\"'>\"/>", "<a b=\" c='>>"),
      ("<_a-1.é/>", "<_a-1.é>"),
    ])
  func elements(_ document: String, expected: String) throws {
    #expect(try steps(document) == expected)
  }

  @Test(
    "takes namespaces by what they are, not by their prefixes",
    arguments: [
      ("<a xmlns='n'><b/></a>", "<{n}a<{n}b>>"),
      ("<x:a xmlns:x='n' x:b='1' b='2'/>", "<{n}a {n}b=1 b=2>"),
      ("<a xmlns='n' b='1'><c xmlns=''/><d/></a>", "<{n}a b=1<c><{n}d>>"),
      ("<x:a xmlns:x='n'><x:b xmlns:x='m'/><x:c/></x:a>", "<{n}a<{m}b><{n}c>>"),
      ("<a xmlns:x='n&amp;m'><x:b/></a>", "<a<{n&m}b>>"),
      (
        "<a xml:lang='de'/>", "<a {http://www.w3.org/XML/1998/namespace}lang=de>"
      ),
    ])
  func namespaces(_ document: String, expected: String) throws {
    #expect(try steps(document) == expected)
  }

  @Test(
    "takes references, sections and comments for what they are",
    arguments: [
      ("<a b='&lt;&gt;&amp;&apos;&quot;'/>", "<a b=<>&'\">"),
      ("<a b='&#65;&#x42;&#x1F600;'/>", "<a b=AB😀>"),
      ("<a b='&amp;lt;'/>", "<a b=&lt;>"),
      ("<a b='1\t2\n3\r\n4&#10;5'/>", "<a b=1 2 3 4\n5>"),
      ("<!-- <x> & -> --><a><!----><![CDATA[<b>&]]]]><![CDATA[>]]></a><!---->", "<a>"),
      ("<a>&lt; &#x20; ] ]] > é</a>", "<a>"),
    ])
  func text(_ document: String, expected: String) throws {
    #expect(try steps(document) == expected)
  }

  @Test("reads UTF-8 and UTF-16, with their marks and without")
  func encodings() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try steps(mark + Array("<a b='é😀'/>".utf8)) == "<a b=é😀>")
    let declared = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a b='é😀'/>"
    for isBigEndian in [true, false] {
      #expect(
        try steps(utf16("\u{FEFF}" + declared, isBigEndian: isBigEndian)) == "<a b=é😀>")
      #expect(try steps(utf16(declared, isBigEndian: isBigEndian)) == "<a b=é😀>")
    }
    for (content, reason) in [
      (Array(declared.utf8), "UTF-16 by its own word"),
      (Array("<?xml version='1.0' encoding='ISO-8859-1'?><a/>".utf8), "ISO-8859-1"),
      (Array("<a b='".utf8) + [0xE9] + Array("'/>".utf8), "not text in UTF-8"),
      // An overlong slash, half of a pair, half of a unit.
      (Array("<a b='".utf8) + [0xC0, 0xAF] + Array("'/>".utf8), "not text in UTF-8"),
      ([0xFF, 0xFE] + utf16("<a b='", isBigEndian: false) + [0, 0xD8, 0x27, 0], "UTF-16"),
      ([0xFF, 0xFE] + utf16("<a/>", isBigEndian: false) + [0x20], "UTF-16"),
    ] {
      let error = #expect(throws: FileError.self) { try steps(content) }
      #expect(error?.kind == .malformed && error?.reason.contains(reason) == true, "\(error!)")
    }
  }

  @Test(
    "refuses what is no XML, and says where",
    arguments: [
      ("", "ends before its elements do, at line 1, column 1"), ("   ", "ends before"),
      ("text", "outside of all elements"),
      ("<a>", "ends before"), ("<a", "ends before"), ("<a b='1", "ends before"),
      ("<a></b>", "an end of b, which has not begun, at line 1, column 7"),
      ("</a>", "has not begun"),
      ("<a/><b/>", "more than one"), ("<a/>text", "outside"),
      ("<a>\n\n<é>\n < b/></é></a>", "line 4, column 3"),
      ("<a b/>", "\"=\""), ("<a b=1/>", "quotes"), ("<a b='1'c='2'/>", "no space"),
      ("<a b='<'/>", "does not end"), ("<a b='1' b='2'/>", "twice"),
      ("<a xmlns:x='n' xmlns:y='n' x:b='' y:b=''/>", "twice"),
      ("<a xmlns:x='n' xmlns:x='n'/>", "twice"), ("<x:a/>", "the prefix x"),
      ("<a x:b=''/>", "the prefix x"),
      ("<a><b xmlns:x='n'/><x:c/></a>", "the prefix x"),
      ("<a xmlns:x=''/>", "may not be declared"), ("<a xmlns:xml='n'/>", "may not be declared"),
      ("<a xmlns:xmlns='n'/>", "may not be declared"), ("<1/>", "no name"),
      ("<x:1 xmlns:x='n'/>", "no name"),
      ("<:a/>", "no name"), ("<a:/>", "no name"), ("<a>&b;</a>", "none of XML's own"),
      ("<a>&lt</a>", "\";\""),
      ("<a>& b</a>", "no name"), ("<a>&#0;</a>", "no character"),
      ("<a>&#xD800;</a>", "no character"),
      ("<a>&#99999999999999999999999;</a>", "no character"), ("<a>&#x;</a>", "no character"),
      ("<a>&#65A;</a>", "\";\""), ("<a>]]></a>", "section"), ("<a><![CDATA[ ]]</a>", "ends before"),
      ("<![CDATA[ ]]><a/>", "does not belong"), ("<a/><!-- -- -->", "\">\""),
      ("<!-- <a/>", "ends before"),
      ("<a>\u{1}</a>", "may not hold"), ("<a>\u{0}</a>", "may not hold"),
      ("<a>\u{FFFF}</a>", "may not hold"),
      ("<?xml version='2.0'?><a/>", "declaration is damaged"),
      ("<!DOCTYPE a><a/>", "declares entities"),
      ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "declares entities"),
      ("<a><!ENTITY b 'c'></a>", "declares entities"), ("<!ELEMENT a ANY><a/>", "does not belong"),
      (" <?xml version='1.0'?><a/>", "processing instruction"),
      ("<?x?><a/>", "processing instruction"),
      ("<a><?x y?></a>", "processing instruction"),
      ("<a/><?xml-stylesheet href='x'?>", "processing instruction"),
      // Found by chance: it killed the reader of the system.
      ("<?xme:?>s\"\n<Rela;&`y;&ad0Rei&a;&&>", "processing instruction"),
    ])
  func malformed(_ document: String, reason: String) throws {
    let error = try #require(#expect(throws: FileError.self) { try steps(document) })
    #expect(error.kind == .malformed && error.file == "part.xml")
    #expect(error.reason.contains(reason), "\(document): \(error.reason)")
  }

  @Test("bounds elements, depth, attributes and names, and not before it must")
  func limits() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    func wide(_ count: Int) -> String {
      "<a" + (0..<count).map { " b\($0)=''" }.joined() + "/>"
    }
    func long(_ count: Int) -> String { "<\(String(repeating: "a", count: count))/>" }
    func many(_ count: Int) -> String {
      "<a>" + String(repeating: "<b/>", count: count - 1) + "</a>"
    }
    for (document, limit) in [
      (many, XMLReader.elementLimit), (nested, XMLReader.depthLimit),
      (wide, XMLReader.attributeLimit), (long, XMLReader.nameLimit),
    ] {
      #expect(throws: Never.self) { try steps(document(limit)) }
      let error = #expect(throws: FileError.self) { try steps(document(limit + 1)) }
      #expect(error?.kind == .tooLarge && error?.reason.contains("\(limit)") == true)
    }
    let declarations =
      "<a" + (0...XMLReader.attributeLimit).map { " xmlns:b\($0)='n'" }.joined() + "/>"
    #expect(throws: FileError.self) { try steps(declarations) }
  }

  @Test("passes over an element with all that it holds")
  func skipping() throws {
    var reader = try XMLReader(
      Array("<a><b><b/><c>&lt;</c></b><d/><e></e></a>".utf8), document: "part.xml")
    var names: [String] = []
    while let step = try reader.next() {
      guard case .start(let element) = step else { continue }
      names.append(element.name)
      if element.name == "b" || element.name == "d" { try reader.skipElement() }
    }
    #expect(names == ["a", "b", "d", "e"])
  }

  @Test("every beginning of a document is refused, and no change of one byte does harm")
  func damaged() throws {
    let document = Array(
      "<?xml version=\"1.0\"?><x:a xmlns:x='n' b='&#x41;&lt;'><!-- c --><![CDATA[d]]><e f=\"g\"/></x:a>"
        .utf8)
    for count in 0..<document.count {
      #expect(throws: FileError.self) { try steps(Array(document.prefix(count))) }
      for byte: UInt8 in [0, 0x26, 0x3C, 0x3E, 0x2F, 0x22, 0x3A, 0x3F, 0x21, 0x5D, 0x80, 0xFF] {
        var changed = document
        changed[count] = byte
        do throws(FileError) { _ = try steps(changed) } catch {
          #expect(error.file == "part.xml" && !error.reason.isEmpty)
        }
      }
    }
  }
}
