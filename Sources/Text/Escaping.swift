// Text from outside on its way into a page, a table or a shell. All of it goes by Unicode scalars: an
// apostrophe with an accent upon it is another `Character`, but still an apostrophe to a browser and a shell.

/// Text for HTML, XML and SVG, between tags and in quoted attributes; characters that they may not hold are left out.
public func escaped(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "'": result.append(contentsOf: "&#39;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    case "\t", "\n", "\r": result.append(scalar)
    default:
      let isAllowed =
        scalar.properties.generalCategory != .control && scalar != "\u{FFFE}"
        && scalar != "\u{FFFF}"
      if isAllowed { result.append(scalar) }
    }
  }
  return String(result)
}

/// A text as a field of comma-separated values (RFC 4180).
///
/// A field that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-` or `@`, gets an
/// apostrophe before it.
///
/// Source of that: OWASP, *CSV Injection*.
public func quoted(_ field: String) -> String {
  let scalars = field.unicodeScalars
  let first = scalars.first { !$0.properties.isWhitespace && !isInvisible($0) }
  let isFormula =
    first.map { "=+-@＝＋－＠".unicodeScalars.contains($0) } ?? false
    || scalars.first.map { "\t\r\n".unicodeScalars.contains($0) } ?? false
  let text = isFormula ? "'" + field : field
  guard text.unicodeScalars.contains(where: { "\",\n\r".unicodeScalars.contains($0) }) else {
    return text
  }
  return "\"" + replacing("\"", by: "\"\"", in: text) + "\""
}

/// A word as a shell takes it, whatever stands in it: it can be pasted, and is one argument.
///
/// What could steer a terminal is written as bytes, in the form `$'…'` (POSIX.1-2024, bash, zsh).
package func shellQuoted(_ word: String) -> String {
  let plain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=,:+@".unicodeScalars
  let scalars = word.unicodeScalars
  // Zsh looks up what follows an equals sign at the beginning.
  if !word.isEmpty, scalars.first != "=", scalars.allSatisfy(plain.contains) { return word }
  if !scalars.contains(where: isUnsafe) {
    return "'" + replacing("'", by: "'\\''", in: word) + "'"
  }
  var result = "$'"
  for scalar in scalars {
    switch scalar {
    case "'", "\\": result += "\\\(scalar)"
    case _ where isUnsafe(scalar):
      // Octal digits, because they end after three: the next letter cannot become part of them.
      for byte in UTF8.encode(scalar)! {
        let digits = String(byte, radix: 8)
        result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "'"
}

private func replacing(
  _ scalar: Unicode.Scalar, by replacement: String, in text: String
) -> String {
  var result = String.UnicodeScalarView()
  for next in text.unicodeScalars {
    if next == scalar {
      result.append(contentsOf: replacement.unicodeScalars)
    } else {
      result.append(next)
    }
  }
  return String(result)
}
