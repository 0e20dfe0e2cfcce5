import RetrogradTensors

/// Letters made of lines, for labels on pictures: printable ASCII and the ellipsis; anything else is a box.
public enum StrokeFont {
  /// The distance between letters, as a share of their height.
  private static let advance = 0.82
  /// The height of capitals in the grid of the table below.
  private static let capital = 6.0

  /// The lines of each letter: points on a grid 4 wide, capitals from 0 down to 6, small letters from 2
  /// on, and what hangs below down to 8. Two digits are a point, a run of points is a line; a single point
  /// is a dot.
  private static let table: [Character: String] = [
    "A": "062046 1434", "B": "06003041423303 3344453606", "C": "4130100105163645",
    "D": "06003041453606", "E": "40000646 0333", "F": "400006 0333", "G": "41301001051636454323",
    "H": "0006 4046 0343", "I": "1030 2026 1636", "J": "4045361605", "K": "0006 4003 1246",
    "L": "000646", "M": "0600234046", "N": "06004640", "O": "103041453616050110",
    "P": "06003041423303", "Q": "103041453616050110 2446", "R": "06003041423303 2346",
    "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540", "V": "002640",
    "W": "0016233640", "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
    "0": "103041453616050110", "1": "112026 1636", "2": "01103041420646",
    "3": "01103041423313 334445361605", "4": "300444 3036", "5": "400002324345361605",
    "6": "41301001051636454433 0333", "7": "004016",
    "8": "103041423313020110 133344453616050413", "9": "4313020110304145361605",
    "a": "12324346 441405163645", "b": "0006 0312324345361605", "c": "4332120305163645",
    "d": "4046 4332120305163645", "e": "04444332120305163645", "f": "40302126 1232",
    "g": "4332120305163645 4247381807", "h": "0006 0312324346", "i": "2226 20",
    "j": "22271808 20", "k": "0006 4204 1346", "l": "2026", "m": "0206 03122326 23324346",
    "n": "0206 0312324346", "o": "123243453616050312", "p": "0208 0312324345361605",
    "q": "4248 4332120305163645", "r": "0206 031232", "s": "4212031434453606",
    "t": "202536 1232", "u": "0205163645 4246", "v": "022642", "w": "0216243642",
    "x": "0246 4206", "y": "0226 4208", "z": "02420646",
    ".": "26", ",": "2618", ":": "23 26", ";": "23 2618", "!": "2024 26",
    "?": "01103041422324 26", "-": "1333", "_": "0747", "+": "0343 2125", "=": "0242 0444",
    "/": "4006", "\\": "0046", "(": "30212536", ")": "10212516", "[": "30202636",
    "]": "10202616", "{": "30212213242536", "}": "10212233242516", "<": "310335",
    ">": "113315", "'": "2021", "\"": "1011 3031", "`": "1021", "*": "2125 1234 3214",
    "#": "1016 3036 0242 0444", "%": "4006 0010110100 3545463635",
    "&": "46111020210405162644", "@": "34242333354441301001051636",
    "$": "413010010213334445361605 2026", "^": "122032", "|": "2007", "~": "03123342",
    "…": "06 26 46", " ": "",
  ]
  private static let unknown = "0040460600"

  /// Whether there is a letter for a character.
  public static func has(_ character: Character) -> Bool { table[character] != nil }

  /// The width of a line of text.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - height: The height of capitals.
  public static func width(of text: String, height: Double) -> Double {
    max(0, Double(text.count) * advance - (advance - 4 / capital)) * height
  }

  /// The beginning of a text that is no wider than a width, with an ellipsis where something is cut off.
  public static func truncated(_ text: String, to width: Double, height: Double) -> String {
    if self.width(of: text, height: height) <= width { return text }
    var kept = text
    while !kept.isEmpty && self.width(of: kept + "…", height: height) > width { kept.removeLast() }
    return kept + "…"
  }

  /// The lines of a text.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - origin: The upper left corner of its first capital.
  ///   - height: The height of capitals.
  public static func path(_ text: String, at origin: Point, height: Double) -> Path {
    var path = Path()
    let scale = height / capital
    for (place, character) in text.enumerated() {
      let left = origin + Point(Double(place) * advance * height, 0)
      for line in (table[character] ?? unknown).split(separator: " ") {
        let digits = line.compactMap(\.wholeNumberValue).map(Double.init)
        let points = stride(from: 0, to: digits.count, by: 2).map {
          left + scale * Point(digits[$0], digits[$0 + 1])
        }
        path = path + Path(points)
      }
    }
    return path
  }
}

extension Canvas {
  /// Writes a line of text.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - origin: The upper left corner of its first capital.
  ///   - height: The height of capitals; at least 7 pixels can be read.
  ///   - color: The colour.
  public mutating func write(_ text: String, at origin: Point, height: Double, _ color: Color) {
    stroke(
      StrokeFont.path(text, at: origin, height: height), width: max(1.1, height * 0.13),
      .color(color))
  }
}
