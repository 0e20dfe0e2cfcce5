import Foundation
import RetrogradImages
import RetrogradTensors
import RetrogradText

/// The way in which a terminal shows pictures.
public enum TerminalPicture: String, CaseIterable, Sendable {
  /// The protocol of kitty, which Ghostty understands too (sw.kovidgoyal.net/kitty/graphics-protocol).
  case kitty
  /// The protocol of iTerm2, which WezTerm understands too (iterm2.com/documentation-images.html).
  case iterm
  /// The graphics of DEC's terminals (VT330/VT340 Programmer Reference Manual, chapter 14).
  case sixel
  /// Two pixels a letter: the upper half of a block in one color, its ground in another.
  case blocks
  /// Not at all: into a pipe, or where nobody wants colors.
  case none

  /// The way that suits standard output. `RETROGRAD_PICTURES` may name another one.
  public static var automatic: TerminalPicture {
    suited(
      to: ProcessInfo.processInfo.environment, isTerminal: isatty(STDOUT_FILENO) == 1)
  }

  static func suited(to environment: [String: String], isTerminal: Bool) -> TerminalPicture {
    if let wanted = environment["RETROGRAD_PICTURES"].flatMap(TerminalPicture.init) {
      return wanted
    }
    guard hasColors(environment, isTerminal: isTerminal) else { return .none }
    let (term, program) = (environment["TERM"] ?? "", environment["TERM_PROGRAM"] ?? "")
    // Multiplexers swallow what they do not know.
    if environment["TMUX"] != nil || term.hasPrefix("screen") { return .blocks }
    if environment["KITTY_WINDOW_ID"] != nil || term == "xterm-kitty" || term == "xterm-ghostty" {
      return .kitty
    }
    if program == "iTerm.app" || program == "WezTerm" { return .iterm }
    if term.hasPrefix("foot") || term.hasPrefix("mlterm") || term.contains("sixel") {
      return .sixel
    }
    return .blocks
  }

  /// The text to print for a picture; `nil` where pictures are not shown.
  ///
  /// - Parameters:
  ///   - picture: The picture.
  ///   - columns: The maximum width, in characters.
  public func text(_ picture: Picture, columns: Int = 80) -> String? {
    guard picture.width > 0, picture.height > 0, columns > 0 else { return nil }
    switch self {
    case .none: return nil
    case .blocks: return Self.blocks(picture, columns: columns)
    case .kitty: return Self.kitty(picture)
    case .iterm: return Self.iterm(picture)
    case .sixel: return Self.sixel(Self.fitted(picture, width: 8 * columns))
    }
  }

  private static func fitted(_ picture: Picture, width: Int) -> Picture {
    if picture.width <= width { return picture }
    let height = max(1, picture.height * width / picture.width)
    return picture.resized(width: width, height: height)
  }

  private static func blocks(_ picture: Picture, columns: Int) -> String {
    let small = fitted(picture, width: columns)
    var lines: [String] = []
    for y in stride(from: 0, to: small.height, by: 2) {
      var line = ""
      for x in 0..<small.width {
        let upper = small[x, y]
        line += "\u{1B}[38;2;\(upper.red);\(upper.green);\(upper.blue)m"
        if y + 1 < small.height {
          let lower = small[x, y + 1]
          line += "\u{1B}[48;2;\(lower.red);\(lower.green);\(lower.blue)m"
        }
        line += "▀"
      }
      lines.append(line + "\u{1B}[0m")
    }
    return lines.joined(separator: "\n")
  }

  private static func kitty(_ picture: Picture) -> String? {
    guard let png = try? picture.pngData() else { return nil }
    let text = Data(png).base64EncodedString()
    // At most 4096 bytes a piece; only the last one says that nothing follows.
    var pieces = ""
    var start = text.startIndex
    while start < text.endIndex {
      let end = text.index(start, offsetBy: 4096, limitedBy: text.endIndex) ?? text.endIndex
      let first = start == text.startIndex ? "a=T,f=100," : ""
      pieces += "\u{1B}_G\(first)m=\(end < text.endIndex ? 1 : 0);\(text[start..<end])\u{1B}\\"
      start = end
    }
    return pieces
  }

  private static func iterm(_ picture: Picture) -> String? {
    guard let png = try? picture.pngData() else { return nil }
    return "\u{1B}]1337;File=inline=1;size=\(png.count):\(Data(png).base64EncodedString())\u{7}"
  }

  /// Bands of six rows in 216 colors.
  private static func sixel(_ picture: Picture) -> String {
    func level(_ byte: UInt8) -> Int { (Int(byte) * 5 + 127) / 255 }
    var text = "\u{1B}Pq\"1;1;\(picture.width);\(picture.height)"
    for color in 0..<216 {
      text += "#\(color);2;\(color / 36 * 20);\(color / 6 % 6 * 20);\(color % 6 * 20)"
    }
    for top in stride(from: 0, to: picture.height, by: 6) {
      var bits: [Int: [UInt8]] = [:]
      for row in 0..<min(6, picture.height - top) {
        for x in 0..<picture.width {
          let pixel = picture[x, top + row]
          let color = 36 * level(pixel.red) + 6 * level(pixel.green) + level(pixel.blue)
          bits[color, default: [UInt8](repeating: 0, count: picture.width)][x] |= 1 << UInt8(row)
        }
      }
      for color in bits.keys.sorted() {
        text += "#\(color)" + runs(bits[color]!) + "$"
      }
      text += "-"
    }
    return text + "\u{1B}\\"
  }

  /// Columns of a band as letters, runs of equal ones shortened.
  private static func runs(_ columns: [UInt8]) -> String {
    var text = ""
    var x = 0
    while x < columns.count {
      var end = x + 1
      while end < columns.count && columns[end] == columns[x] { end += 1 }
      let letter = String(UnicodeScalar(63 + columns[x]))
      text += end - x > 3 ? "!\(end - x)\(letter)" : String(repeating: letter, count: end - x)
      x = end
    }
    return text
  }
}
