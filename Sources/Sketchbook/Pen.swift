import RetrogradDrawing
import RetrogradTensors

/// The style of a drawing.
enum Style: CaseIterable {
  /// Areas with light and shade.
  case painted
  /// Areas of one color.
  case flat
  /// Areas of one color with dark lines around them, as in a comic strip.
  case outlined
  /// Lines on paper.
  case lines
  /// One color, with what lies on top cut out.
  case silhouette
}

/// A pen that things are drawn with: it knows the style, the colors and how steady the hand is. A thing is drawn in
/// coordinates from −1 to 1, y down, and fills them more or less.
struct Pen {
  private(set) var canvas: Canvas
  /// The source of random numbers.
  var random: RandomSource
  let style: Style
  /// The colors of the picture, as different from its background as they can be.
  let palette: Palette
  /// The width of outlines.
  let lineWidth: Double
  private let hand: Noise
  private let wobble: Double

  init(canvas: Canvas, style: Style, palette: Palette, random: inout RandomSource) {
    self.canvas = canvas
    self.style = style
    self.palette = palette
    lineWidth = random.uniform(0.022, style == .lines ? 0.06 : 0.05)
    hand = Noise(seed: UInt32(truncatingIfNeeded: random.next()))
    wobble = random.uniform() < 0.4 ? random.uniform(0.01, 0.035) : 0
    self.random = random.split()
  }

  // MARK: Drawing
  //
  // None of these is worth a copy in each of the hundreds of places that call them.

  /// A part of the thing.
  @inline(never)
  mutating func area(_ path: Path, _ color: Color, evenOdd: Bool = false) {
    let path = drawn(path)
    switch style {
    case .painted:
      let (lit, shaded) = (color.lighter(0.18), color.darker(0.3))
      canvas.fill(path, .linear(from: [-0.8, -1], lit, to: [0.8, 1], shaded), evenOdd: evenOdd)
    case .flat: canvas.fill(path, .color(color), evenOdd: evenOdd)
    case .outlined:
      canvas.fill(path, .color(color), evenOdd: evenOdd)
      canvas.stroke(path, width: lineWidth, .color(palette.ink))
    case .lines:
      canvas.fill(path, .color(palette.paper), evenOdd: evenOdd)
      canvas.stroke(path, width: lineWidth, .color(palette.ink))
    case .silhouette: canvas.fill(path, .color(palette.ink), evenOdd: evenOdd)
    }
  }

  /// Something that lies on a part: an eye, a window.
  @inline(never)
  mutating func detail(_ path: Path, _ color: Color, evenOdd: Bool = false) {
    switch style {
    case .silhouette:
      let path = drawn(path)
      let middle = path.points.reduce(Point(0, 0)) { $0 + $1 } * (1 / Double(path.points.count))
      canvas.fill(path, .color(cutOut(at: middle)), evenOdd: evenOdd)
    case .lines where color.brightness < 0.35:
      canvas.fill(drawn(path), .color(palette.ink), evenOdd: evenOdd)
    default: area(path, color, evenOdd: evenOdd)
    }
  }

  /// A dark field of a pattern, without lines around it.
  @inline(never)
  mutating func patch(_ path: Path, _ color: Color) {
    let isInk = style == .lines || style == .silhouette
    canvas.fill(drawn(path), .color(isInk ? palette.ink : color))
  }

  /// A part that is as thin as a line.
  @inline(never)
  mutating func line(_ path: Path, width: Double, _ color: Color) {
    let path = drawn(path)
    switch style {
    case .painted, .flat: canvas.stroke(path, width: width, .color(color))
    case .outlined, .lines:
      canvas.stroke(path, width: width + lineWidth, .color(palette.ink))
      if width > 0.03 {
        canvas.stroke(
          path, width: width - lineWidth * 0.3, .color(style == .lines ? palette.paper : color))
      }
    case .silhouette: canvas.stroke(path, width: width, .color(palette.ink))
    }
  }

  /// A line on a part.
  @inline(never)
  mutating func mark(_ path: Path, width: Double, _ color: Color) {
    let path = drawn(path)
    switch style {
    case .painted, .flat, .outlined: canvas.stroke(path, width: width, .color(color))
    case .lines:
      canvas.stroke(path, width: min(width, 1.5 * lineWidth), .color(palette.ink))
    case .silhouette:
      canvas.stroke(path, width: width, .color(cutOut(at: path.points[path.points.count / 2])))
    }
  }

  /// Returns the color of a cut in a silhouette at a place: paper, but ink where paper has been cut out before.
  private func cutOut(at place: Point) -> Color {
    guard let found = canvas.color(at: place)?.brightness else { return palette.paper }
    let (paper, ink) = (palette.paper.brightness, palette.ink.brightness)
    return abs(found - paper) < abs(found - ink) ? palette.ink : palette.paper
  }

  private func drawn(_ path: Path) -> Path {
    if wobble == 0 { return path }
    return path.deformed { point in
      let (x, y) = (2.5 * point.x, 2.5 * point.y)
      return point + wobble * Point(hand(x, y), hand(x + 31, y - 17))
    }
  }

  // MARK: Chance

  /// A number between two.
  mutating func uniform(_ low: Double, _ high: Double) -> Double { random.uniform(low, high) }

  /// True so often.
  mutating func chance(_ share: Double) -> Bool { random.uniform() < share }

  /// A whole number.
  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    random.integer(in: range.lowerBound..<(range.upperBound + 1))
  }

  /// The color that such a thing often has, or else any, so that colors alone do not tell things apart.
  mutating func color(_ natural: Color) -> Color {
    if chance(0.55) { return vary(natural) }
    return palette.colors[random.integer(in: 0..<palette.colors.count)]
  }

  /// A color much like a given one.
  mutating func vary(_ color: Color) -> Color {
    func near(_ value: Float) -> Float {
      min(max(value + Float(random.uniform(-0.1, 0.1)), 0), 1)
    }
    return Color(near(color.red), near(color.green), near(color.blue))
  }
}
