import RetrogradText
import Testing

@Suite("Text in a terminal")
struct TerminalStyleTests {
  @Test("colors are shown where a terminal has them and nobody forbids them")
  func colors() {
    #expect(hasColors(["TERM": "xterm-256color"], isTerminal: true))
    #expect(hasColors(["NO_COLOR": ""], isTerminal: true))
    #expect(!hasColors(["TERM": "xterm"], isTerminal: false))
    #expect(!hasColors(["TERM": "dumb"], isTerminal: true))
    #expect(!hasColors(["TERM": "xterm", "NO_COLOR": "1"], isTerminal: true))
  }

  @Test("what is right is green, what is wrong is red, and headings are bold")
  func marks() {
    let style = TerminalStyle(isColored: true)
    #expect(style.styled("✓ 1. fine") == "\u{1B}[32m✓\u{1B}[0m 1. fine")
    #expect(style.styled("  ✗ 2. wrong\nWhy: ✓ ✗") == "  \u{1B}[31m✗\u{1B}[0m 2. wrong\nWhy: ✓ ✗")
    #expect(style.styled("") == "" && style.styled("plain\n\n") == "plain\n\n")
    #expect(style.heading("\nPart\n----") == "\n\u{1B}[1mPart\u{1B}[0m\n\u{1B}[1m----\u{1B}[0m")
  }

  @Test("into a pipe everything goes as it is")
  func pipes() {
    let style = TerminalStyle()
    let long = "✓ " + String(repeating: "word ", count: 40)
    #expect(style.styled(long) == long && style.heading("Part") == "Part")
  }

  @Test("lines are broken between words where the terminal ends, a word that is longer stays whole")
  func breaking() {
    let style = TerminalStyle(columns: 20)
    #expect(style.styled("one two three four five six") == "one two three four\nfive six")
    #expect(style.styled("short\nlines") == "short\nlines")
    let path = "/a/very/long/path/without/any/blank"
    #expect(style.styled("at \(path) it is") == "at\n\(path)\nit is")
    #expect(wrapped("a  b", columns: 80) == "a  b")
    // Nobody can read columns of three letters.
    #expect(TerminalStyle(columns: 3).styled("one two three") == "one two three")
  }
}
