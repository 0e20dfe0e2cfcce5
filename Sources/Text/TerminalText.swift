/// Text from outside as a terminal may show it: characters that would steer the terminal, turn the direction of
/// writing round or cannot be seen are written as escapes, `\u{1B}`, and so are line ends, with which a name could
/// pretend to be a line of its own.
///
/// - Parameters:
///   - text: A name, a label, a message.
///   - keepsLines: Whether line ends and tabs stay as they are, for texts of several lines.
///   - limit: The number of Unicode scalars after which the text is cut off, with a mark.
package func visible(
  _ text: some StringProtocol, keepsLines: Bool = false, limit: Int = .max
) -> String {
  func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    isUnsafe(scalar) && !(keepsLines && (scalar == "\n" || scalar == "\t"))
  }
  let shown = text.unicodeScalars.prefix(limit)
  let isWhole = shown.endIndex == text.unicodeScalars.endIndex
  if isWhole && !shown.contains(where: isHidden) { return String(text) }
  var result = String.UnicodeScalarView()
  for scalar in shown {
    if isHidden(scalar) {
      let code = "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      result.append(contentsOf: code.unicodeScalars)
    } else {
      result.append(scalar)
    }
  }
  return String(result) + (isWhole ? "" : " …")
}

/// Returns whether a character steers a terminal or the direction of writing, ends a line, or cannot be seen.
///
/// Joiners of letters and variation selectors are not among them: Persian and emoji need them.
func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator: true
  case .format: !(scalar == "\u{200C}" || scalar == "\u{200D}" || isEmojiTag(scalar))
  default: false
  }
}

/// Returns whether a character takes no room, so that what follows it looks like the first one.
func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format: true
  default: false
  }
}

/// Tags say which flag an emoji is: that of Scotland has six of them.
private func isEmojiTag(_ scalar: Unicode.Scalar) -> Bool {
  (0xE0020...0xE007F).contains(scalar.value)
}

/// JSON as a terminal may show it: the same JSON, in which characters that would steer the terminal are written as
/// JSON's own escapes.
///
/// - Parameter json: JSON on one line, or with line ends between its parts.
package func visibleJSON(_ json: String) -> String {
  func isHidden(_ scalar: Unicode.Scalar) -> Bool { isUnsafe(scalar) && scalar != "\n" }
  guard json.unicodeScalars.contains(where: isHidden) else { return json }
  return json.unicodeScalars.reduce(into: "") { result, scalar in
    guard isHidden(scalar) else { return result.unicodeScalars.append(scalar) }
    for unit in UTF16.encode(scalar)! {
      let digits = String(unit, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}
