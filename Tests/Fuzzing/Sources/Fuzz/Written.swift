import CommandArguments
import Foundation
import Retrograd

/// Names as an input gives them: parts between bytes of 0, none of them like a number.
private func names(_ bytes: [UInt8]) -> [String] {
  bytes.split(separator: 0).prefix(6).map { "n" + String(decoding: $0, as: UTF8.self) }
}

// MARK: - Pages and charts

private func markup(_ names: [String]) -> String {
  var page = HTMLPage(names.first ?? "", subtitle: names.last ?? "")
  let illustration = try! HTMLPage.Illustration(
    Picture(width: 1, height: 1), description: names.last ?? "", caption: names)
  page.add(
    names.first ?? "", HTMLPage.paragraph(names.joined()), HTMLPage.code(names.joined()),
    HTMLPage.figures(names.map { ($0, $0) }),
    HTMLPage.table(names.first ?? "", header: names, [names, names]),
    HTMLPage.gallery([illustration]),
    try! HTMLPage.picture(Picture(width: 1, height: 1), description: names.joined()),
    HTMLPage.details(names.first ?? "", HTMLPage.paragraph(names.last ?? "")))
  let bars = BarChart(names.first ?? "", label: names.last ?? "", names.map { ($0, 1) }).svg
  let counts = names.map { _ in names.map { _ in 1 } }
  let map = HeatMap(confusion: counts, classes: names).svg
  page.add("charts", HTMLPage.charts([bars, map]))
  return page.html + bars + map
}

/// A page has the same markup whatever the names in it: no scalar of a name is part of it.
func fuzzPage(_ bytes: [UInt8]) {
  let names = names(bytes)
  let page = markup(names)
  let plain = markup(names.indices.map { "n\($0)" })
  for scalar in "<>\"'".unicodeScalars {
    let (found, expected) = (
      page.unicodeScalars.count { $0 == scalar }, plain.unicodeScalars.count { $0 == scalar }
    )
    expect(
      found == expected,
      "\(scalar) is \(found) times in a page, \(expected) times with plain names: \(names)")
  }
  let entities = ["amp;", "lt;", "gt;", "quot;", "#39;", "#34;", "#x27;", "apos;"].map {
    Array($0.unicodeScalars)
  }
  for part in page.unicodeScalars.split(separator: "&").dropFirst() {
    expect(
      entities.contains { part.starts(with: $0) }, "an ampersand begins \(String(part.prefix(20)))")
  }
}

// MARK: - Tables

/// The fields of comma-separated values by RFC 4180, scalar by scalar.
private func fields(_ table: String) -> [[String]] {
  var rows: [[String]] = [[]]
  var field = String.UnicodeScalarView()
  var isQuoted = false
  var rest = Array(table.unicodeScalars)[...]
  while let scalar = rest.popFirst() {
    switch scalar {
    case "\"" where isQuoted && rest.first == "\"":
      rest.removeFirst()
      field.append(scalar)
    case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
    case "," where !isQuoted, "\n" where !isQuoted:
      rows[rows.count - 1].append(String(field))
      field = .init()
      if scalar == "\n" { rows.append([]) }
    default: field.append(scalar)
    }
  }
  expect(!isQuoted && field.isEmpty, "the last row does not end: \(table)")
  return rows.dropLast()
}

/// A table read back has the names that were put in, and none is a formula.
func fuzzTable(_ bytes: [UInt8]) {
  let names = names(bytes).map { String($0.unicodeScalars.dropFirst()) }
  let counts = names.map { _ in names.map { _ in 7 } }
  let read = fields(ConfusionTable(classes: names, counts: counts).csv)
  let expected = [[""] + names] + names.map { [$0] + names.map { _ in "7" } }
  expect(read.count == expected.count, "\(names) make \(read.count) rows")
  for (row, expectedRow) in zip(read, expected) {
    expect(row.count == expectedRow.count, "\(names) make a row of \(row)")
    for (field, name) in zip(row, expectedRow) {
      expect(
        sameScalars(field, name) || sameScalars(field, "'" + name), "\(name) is read as \(field)")
      expect(
        field.unicodeScalars.first.map { !"=+-@\t\r".unicodeScalars.contains($0) } ?? true,
        "\(field) is a formula")
    }
  }
}

// MARK: - Commands

/// The words of a command by the shell's rules for words that stand as they are, in apostrophes, as `$'…'`, or behind
/// a backslash; whatever else has a meaning to a shell must not be there.
private func words(_ command: String) -> [String] {
  var words: [String] = []
  var word: [UInt8]?
  var rest = Array(command.utf8)[...]
  let plain = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=,:+@%".utf8)
  /// What follows up to an apostrophe, which ends it; with escapes in the form `$'…'`.
  func quotation(hasEscapes: Bool) -> [UInt8] {
    var result: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "'") { return result }
      if hasEscapes && byte == UInt8(ascii: "\\") {
        let digits = rest.prefix(3)
        if digits.count == 3, let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
          rest = rest.dropFirst(3)
          result.append(code)
        } else if let next = rest.popFirst() {
          expect(
            next == byte || next == UInt8(ascii: "'"), "an escape of another kind in \(command)")
          result.append(next)
        }
      } else {
        result.append(byte)
      }
    }
    expect(false, "an apostrophe is open in \(command)")
    return result
  }
  while let byte = rest.popFirst() {
    switch byte {
    case UInt8(ascii: "'"): word = (word ?? []) + quotation(hasEscapes: false)
    case UInt8(ascii: "$") where rest.first == UInt8(ascii: "'"):
      rest = rest.dropFirst()
      word = (word ?? []) + quotation(hasEscapes: true)
    case UInt8(ascii: " "):
      if let word { words.append(String(decoding: word, as: UTF8.self)) }
      word = nil
    case UInt8(ascii: "\\"):
      guard let next = rest.popFirst() else { break }
      word = (word ?? []) + [next]
    default:
      expect(plain.contains(byte), "byte \(byte) has a meaning to a shell in \(command)")
      word = (word ?? []) + [byte]
    }
  }
  return words + (word.map { [String(decoding: $0, as: UTF8.self)] } ?? [])
}

/// A command that repeats this process has the same words for a shell.
func fuzzCommand(_ bytes: [UInt8]) {
  let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false).prefix(6).map {
    String(decoding: $0, as: UTF8.self)
  }
  setCommandArguments(["retrograd"] + arguments)
  let read = words(RunRecord.thisCommand)
  expect(
    read.count == arguments.count + 1 && zip(read.dropFirst(), arguments).allSatisfy(sameScalars),
    "\(arguments) are repeated as \(RunRecord.thisCommand)")
}

/// Whether two texts are the same scalars: `==` compares what they look like.
private func sameScalars(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
