import RetrogradText
import Testing

/// Scalars that join the one before them into one `Character`, in which a comparison of characters no longer finds it.
private let joiners = ["", "\u{301}", "\u{200D}", "\u{FE0F}", "\u{20E3}", "\u{1F3FD}"]

@Suite("Text from outside in pages, tables and shells")
struct EscapingTests {
  @Test(
    "no quote, bracket or ampersand gets into a page, whatever is joined to it", arguments: joiners)
  func markup(joiner: String) {
    for letter in ["<", ">", "'", "\""] {
      let text = escaped("a\(letter)\(joiner)b")
      #expect(!text.unicodeScalars.contains(letter.unicodeScalars.first!))
      #expect(text.unicodeScalars.starts(with: "a&".unicodeScalars))
    }
    #expect(Array(escaped("&\(joiner)").unicodeScalars) == Array("&amp;\(joiner)".unicodeScalars))
  }

  @Test("what XML may not hold is left out")
  func controls() { #expect(escaped("a\u{0}\u{1B}\u{7F}\u{9B}\u{FFFE}\u{FFFF}\tb\n") == "a\tb\n") }

  @Test("fields of a table that would break it are quoted", arguments: joiners)
  func fields(joiner: String) {
    for letter in [",", "\"", "\n", "\r", "\r\n"] {
      let field = quoted("a\(letter)\(joiner)b")
      #expect(field.unicodeScalars.first == "\"" && field.unicodeScalars.last == "\"")
      let inner = field.unicodeScalars.dropFirst().dropLast()
      #expect(inner.filter { $0 == "\"" }.count == (letter == "\"" ? 2 : 0))
    }
    #expect(quoted("plain name") == "plain name")
  }

  @Test(
    "a name is no formula of a spreadsheet",
    arguments: [
      "=1+1", "+1", "-1", "@SUM(A1)", "=\u{301}x", " =1", "\u{200B}=1", "\u{FEFF}=1", "＝1", "\tx",
      "\r=1", "=HYPERLINK(\"http://x\",\"y\")",
    ])
  func formulas(name: String) {
    let field = quoted(name).unicodeScalars
    #expect(field.first == "'" || field.starts(with: "\"'".unicodeScalars))
  }

  @Test(
    "a shell gets back each word as it was",
    arguments: [
      "plain-1.5/x", "", "two words", "it's", "'\u{301}; touch here; '\u{301}", "$(touch here)",
      "`touch here`", "a\nb", "a\r\nb", "\u{1B}[201~touch here\n", "\\", "'\\''\u{7}7", "=ls", "~",
      "#", "é\u{202E}'\u{9B}2", "*", "!x", "-x\u{200D}'",
    ])
  func words(word: String) throws {
    let result = try shell("printf %s \(shellQuoted(word))")
    #expect(Array(result.unicodeScalars) == Array(word.unicodeScalars))
  }

  @Test("a command that is printed holds nothing that steers a terminal")
  func commands() {
    let word = shellQuoted("a\u{1B}]0;x\u{7}\u{202E}\nb'c\\")
    #expect(word == #"$'a\033]0;x\007\342\200\256\012b\'c\\'"#)
  }
}

@Suite("Text from outside in a terminal")
struct TerminalTextTests {
  @Test("what steers a terminal or turns the direction of writing is shown as an escape")
  func steering() {
    #expect(visible("a\u{1B}[2J\u{7}\u{9B}b\u{7F}") == "a\\u{1B}[2J\\u{7}\\u{9B}b\\u{7F}")
    for code in [0x202A...0x202E, 0x2066...0x2069, 0x200E...0x200F, 0x2028...0x2029] {
      for value in code {
        #expect(
          visible("\(UnicodeScalar(value)!)") == "\\u{\(String(value, radix: 16).uppercased())}")
      }
    }
  }

  @Test("a name is one line; a text of several lines stays so")
  func lines() {
    #expect(visible("a\nb\r\nc") == "a\\u{A}b\\u{D}\\u{A}c")
    #expect(visible("a\nb\tc\r\n", keepsLines: true) == "a\nb\tc\\u{D}\n")
  }

  @Test("letters of all languages stay as they are")
  func letters() {
    for text in ["Käse e\u{301}", "שלום", "می\u{200C}خواهم", "👩\u{200D}🔬", "❤\u{FE0F}", "日本"] {
      #expect(visible(text) == text)
    }
  }

  @Test("JSON for a terminal is the same JSON")
  func json() {
    #expect(visibleJSON("{\"a\":\"\u{9B}2J\u{202E}\"}") == "{\"a\":\"\\u009b2J\\u202e\"}")
    #expect(visibleJSON("\"\u{E0001}\"") == "\"\\udb40\\udc01\"")
  }
}
