import RetrogradTensors

/// A font for labels on pictures: printable ASCII, the letters of European languages, some signs of formulas; anything else is
/// a box.
///
/// The letters are those of Roboto Medium (C. Robertson, 2011), under the Apache License, Version 2.0.
public enum LabelFont {
  /// One letter; capitals are 1 high.
  struct Letter: Sendable {
    /// The distance to the next letter.
    let advance: Double
    /// Closed lines, y running up from the line that letters stand on.
    let contours: [[Point]]
  }

  private static let letters: [Character: Letter] = {
    var letters: [Character: Letter] = [:]
    for line in table.split(separator: "\n") {
      letters[line.first!] = Letter(line.dropFirst(2).split(separator: " "))
    }
    return letters
  }()

  private static let unknown = Letter(
    advance: 0.75, contours: [[[0.1, 0], [0.1, 1], [0.65, 1], [0.65, 0]]])

  private static func letter(_ character: Character) -> Letter { letters[character] ?? unknown }

  /// Returns whether there is a letter for a character.
  public static func has(_ character: Character) -> Bool { letters[character] != nil }

  /// The width of a line of text.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - height: The height of capitals.
  public static func width(of text: String, height: Double) -> Double {
    height * text.reduce(0) { $0 + letter($1).advance }
  }

  /// The beginning of a text that is no wider than a width, with an ellipsis where something is cut off.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - width: The width that there is.
  ///   - height: The height of capitals.
  public static func truncated(_ text: String, to width: Double, height: Double) -> String {
    if self.width(of: text, height: height) <= width { return text }
    var kept = text
    while !kept.isEmpty && self.width(of: kept + "…", height: height) > width { kept.removeLast() }
    return kept + "…"
  }

  /// The outlines of a text, to be filled.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - origin: The upper left corner of its first capital.
  ///   - height: The height of capitals.
  public static func path(_ text: String, at origin: Point, height: Double) -> Path {
    var path = Path()
    var left = origin + Point(0, height)
    for character in text {
      let letter = letter(character)
      for contour in letter.contours {
        path = path + Path(contour.map { left + height * Point($0.x, -$0.y) }, closed: true)
      }
      left.x += height * letter.advance
    }
    return path
  }
}

extension LabelFont.Letter {
  /// The number of straight lines that a curve is made of; labels are small.
  private static let steps = 5

  /// A letter as its line of the table has it, without itself: how far it moves on, then M, L and Q with their points.
  fileprivate init(_ words: [Substring]) {
    var contours: [[Point]] = []
    var place = 1
    func point(_ offset: Int) -> Point {
      [Double(words[place + offset])! / 100, Double(words[place + offset + 1])! / 100]
    }
    while place < words.count {
      switch words[place] {
      case "M":
        contours.append([point(1)])
        place += 3
      case "L":
        contours[contours.count - 1].append(point(1))
        place += 3
      default:
        let (start, control, end) = (contours[contours.count - 1].last!, point(1), point(3))
        for step in 1...Self.steps {
          let t = Double(step) / Double(Self.steps)
          let (first, second) = (start + (control - start) * t, control + (end - control) * t)
          contours[contours.count - 1].append(first + (second - first) * t)
        }
        place += 5
      }
    }
    self.init(advance: Double(words[0])! / 100, contours: contours)
  }
}

/// The font's old name.
@available(*, deprecated, renamed: "LabelFont")
public typealias StrokeFont = LabelFont

extension Canvas {
  /// Writes a line of text.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - origin: The upper left corner of its first capital.
  ///   - height: The height of capitals; at least 7 pixels can be read.
  ///   - color: The color.
  public mutating func write(_ text: String, at origin: Point, height: Double, _ color: Color) {
    fill(LabelFont.path(text, at: origin, height: height), .color(color))
  }
}
