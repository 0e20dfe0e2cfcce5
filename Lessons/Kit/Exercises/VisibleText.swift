/// A text that comes from a student's code, for terminals and files: characters that steer a terminal, that change the
/// direction of writing or that cannot be seen are written as `\u{1B}`. Line breaks and tabs stay.
///
/// - Parameter most: The number of characters after which it is cut off.
nonisolated func visible(_ text: some StringProtocol, most: Int = 4000) -> String {
  var result = ""
  for scalar in text.unicodeScalars.prefix(most) {
    switch scalar.properties.generalCategory {
    case .control where scalar == "\n" || scalar == "\t": result.unicodeScalars.append(scalar)
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.count > most ? result + " …" : result
}
