/// The rows of comma-separated values, each with its fields (RFC 4180); lines end in `\n` or `\r\n`, and empty ones are
/// left out.
///
/// - Returns: The rows with the numbers of their first lines, from 1; `nil` where a quotation mark is never closed.
package func commaSeparatedValues(
  _ text: some StringProtocol
) -> [(line: Int, fields: [String])]? {
  var rows: [(line: Int, fields: [String])] = []
  var fields: [String] = []
  var field = String.UnicodeScalarView()
  var (isQuoted, wasQuoted) = (false, false)
  var (line, start) = (1, 1)
  func endField() {
    fields.append(String(field))
    (field, wasQuoted) = (.init(), false)
  }
  func endRow() {
    if field.last == "\r", !wasQuoted { field.removeLast() }
    let isEmpty = fields.isEmpty && field.isEmpty && !wasQuoted
    endField()
    if !isEmpty { rows.append((start, fields)) }
    fields = []
  }
  // By scalars, because \r\n is one character.
  for scalar in text.unicodeScalars {
    if scalar == "\n" { line += 1 }
    switch scalar {
    case "\"" where isQuoted: isQuoted = false
    case "\"" where wasQuoted:
      // Two marks within a quoted field are one.
      field.append(scalar)
      isQuoted = true
    case "\"" where field.isEmpty: (isQuoted, wasQuoted) = (true, true)
    case _ where isQuoted: field.append(scalar)
    case ",": endField()
    case "\n":
      endRow()
      start = line
    case "\r" where wasQuoted: break
    default: field.append(scalar)
    }
  }
  if isQuoted { return nil }
  endRow()
  return rows
}
