import Foundation
import RetrogradDrawing
import RetrogradTestSupport
import Testing

@Suite("Drawing")
struct DrawingTests {
  /// How white each pixel of a shape on black is, from 0 to 1.
  func drawn(
    _ size: Int, _ path: Path, evenOdd: Bool = false, transform: Transform2D = .identity
  ) -> [[Double]] {
    var canvas = Canvas(width: size, height: size, background: .black)
    canvas.transform = transform
    canvas.fill(path, .color(.white), evenOdd: evenOdd)
    let picture = canvas.picture
    return (0..<size).map { y in (0..<size).map { Double(picture[$0, y].red) / 255 } }
  }

  @Test("a pixel that is covered in part gets a part of the color")
  func coverage() {
    let pixels = drawn(4, .rectangle([1.75, 2], 1.5, 2))
    #expect(pixels[1] == [0, 1, pixels[1][2], 0])
    #expect(abs(pixels[1][2] - 0.5) < 0.01)
    #expect(pixels[0] == [0, 0, 0, 0] && pixels[3] == [0, 0, 0, 0])
    let half = drawn(2, .rectangle([1, 0.75], 2, 0.5))
    #expect(abs(half[0][0] - 0.5) < 0.01)
  }

  @Test("a circle covers π r²")
  func circle() {
    let radius = 40.0
    let area = drawn(100, .circle([50.3, 49.6], radius)).joined().reduce(0, +)
    // The polygon of 48 corners that it is drawn as is smaller by 0.3 %.
    let polygon = 24 * radius * radius * sin(2 * Double.pi / 48)
    #expect(abs(area / polygon - 1) < 0.002)
    #expect(abs(area / (Double.pi * radius * radius) - 1) < 0.005)
  }

  @Test("what is surrounded twice is inside, or a hole with the even-odd rule")
  func rules() {
    let rings = Path.circle([10, 10], 8) + .circle([10, 10], 4)
    #expect(drawn(20, rings)[10][10] == 1)
    #expect(drawn(20, rings, evenOdd: true)[10][10] == 0)
    #expect(drawn(20, rings, evenOdd: true)[10][4] == 1)
  }

  @Test("a line is as wide as it should be, also where it crosses itself")
  func strokes() {
    var canvas = Canvas(width: 40, height: 40, background: .black)
    canvas.stroke(Path([[5, 20], [35, 20], [20, 20], [20, 5]]), width: 6, .color(.white))
    let picture = canvas.picture
    let column = (0..<40).reduce(0.0) { $0 + Double(picture[30, $1].red) / 255 }
    #expect(abs(column - 6) < 0.02)
    #expect(picture[20, 20].red == 255 && picture[10, 30].red == 0)
  }

  @Test("transforms go with what is drawn and with its paint")
  func transforms() {
    let moved = Transform2D.translation([10, 0]).after(.scale(2, 2))
    #expect(moved([1, 1]) == Point(12, 2))
    let back = moved.inverse(moved([3, 4]))
    #expect(abs(back.x - 3) < 1e-12 && abs(back.y - 4) < 1e-12)
    let turned = Transform2D.rotation(.pi / 2)([1, 0])
    #expect(abs(turned.x) < 1e-12 && abs(turned.y - 1) < 1e-12)
    var canvas = Canvas(width: 20, height: 4)
    canvas.transform = .scale(20, 4)
    canvas.fill(.linear(from: [0, 0], .black, to: [1, 0], .white))
    let picture = canvas.picture
    #expect(picture[0, 0].red < 12 && picture[19, 3].red > 243)
    #expect(abs(Int(picture[10, 1].red) - 134) <= 2)
  }

  @Test("paths without area, without end and out of sight draw nothing")
  func nothing() {
    for path in [
      Path(), Path([[3, 3]]), .line([1, 1], [5, 5]), .circle([-50, -50], 10),
      .circle([500, 3], 10), .polygon([[.nan, 0], [5, 5], [0, 5]]),
      .polygon([[.infinity, 0], [5, 5], [0, 5]]), .rectangle([3, 3], 0, 5),
    ] {
      #expect(drawn(8, path).joined().allSatisfy { $0 == 0 })
    }
    #expect(Path([[2, 2]]).stroked(width: 0).points.isEmpty)
  }

  @Test("a canvas tells the color at a place, and where nothing has been drawn")
  func place() {
    var canvas = Canvas(width: 8, height: 8)
    canvas.transform = .scale(4, 4)
    canvas.fill(.rectangle([0.5, 0.5], 1, 1), .color(Color(1, 0, 0)))
    #expect(canvas.color(at: [0.4, 0.6]) == Color(1, 0, 0))
    #expect(canvas.color(at: [1.5, 1.5]) == nil && canvas.color(at: [-0.1, 0]) == nil)
    #expect(canvas.color(at: [2, 0]) == nil)
  }

  @Test("blurring keeps the sum, and one color as it is")
  func blur() {
    var canvas = Canvas(width: 31, height: 31, background: .black)
    canvas.fill(.rectangle([15.5, 15.5], 1, 1), .color(.white))
    // Three boxes of five pixels, whose variance is 6.
    canvas.blur(6.0.squareRoot())
    let picture = canvas.picture
    var (sum, square) = (0.0, 0.0)
    for y in 0..<31 {
      for x in 0..<31 {
        let weight = Double(picture[x, y].red) / 255
        sum += weight
        square += weight * Double((x - 15) * (x - 15))
      }
    }
    #expect(abs(sum - 1) < 0.1)
    #expect(abs(square / sum - 6) < 1)
    var plain = Canvas(width: 9, height: 5, background: Color(0.2, 0.4, 0.6))
    let before = plain.picture
    plain.blur(30)
    #expect(plain.picture == before)
  }

  @Test("there is a letter for all of printable ASCII, and long texts end in an ellipsis")
  func font() {
    for code in 32...126 {
      let character = Character(UnicodeScalar(code)!)
      #expect(LabelFont.has(character), "\(character)")
    }
    for character in "äéñøßÄµ×−±°…≤σ" { #expect(LabelFont.has(character), "\(character)") }
    #expect(!LabelFont.has("字"))
    #expect(LabelFont.width(of: "ab", height: 10) > LabelFont.width(of: "a", height: 10))
    #expect(LabelFont.width(of: "ii", height: 10) < LabelFont.width(of: "mm", height: 10))
    let short = LabelFont.truncated("hot-air balloon", to: 60, height: 9)
    #expect(short.hasSuffix("…") && "hot-air balloon".hasPrefix(short.dropLast()))
    #expect(LabelFont.width(of: short, height: 9) <= 60)
    #expect(LabelFont.truncated("owl", to: 60, height: 9) == "owl")
    var shapes: Set<[Point]> = []
    for letter in "AHILOTVX" {
      shapes.insert(LabelFont.path("\(letter)", at: [0, 0], height: 6).points)
    }
    #expect(shapes.count == 8)
  }

  @Test("letters are filled areas with holes, that stand on their line")
  func letters() {
    func ink(_ text: String) -> [[Double]] {
      drawn(40, LabelFont.path(text, at: [5, 5], height: 30))
    }
    let o = ink("O")
    #expect(o[20][20] < 0.01 && o[20][8] > 0.99)
    let l = ink("L")
    // The foot of a capital is its height below its upper left corner, and nothing is under it.
    #expect(l[34].max()! > 0.99 && l[36].max()! < 0.01)
    #expect(l[5].max()! > 0.9 && l[3].max()! < 0.01)
    #expect(ink("p")[38].max()! > 0.9)
    // What the font lacks is a box.
    #expect(ink("字")[20][20] > 0.99)
    #expect(ink(" ").joined().max()! < 0.01)
  }

  @Test("the example of its doc comment is drawn", .needsPNG)
  func example() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "circle.png")
    var canvas = Canvas(width: 224, height: 224, background: .white)
    canvas.transform = .translation([112, 112]).after(.scale(100, 100))
    canvas.fill(.circle([0, 0], 0.8), .color(Color(0.9, 0.2, 0.1)))
    canvas.stroke(.line([-1, 0], [1, 0]), width: 0.05, .color(.black))
    try canvas.picture.writePNG(to: url)
    #expect(FileManager.default.fileExists(atPath: url.path))
  }

  @Test("colors by their place on the wheel")
  func colors() {
    #expect(Color(hue: 0, saturation: 1, value: 1) == Color(1, 0, 0))
    let green = Color(hue: 1.0 / 3, saturation: 1, value: 1)
    #expect(abs(green.green - 1) < 1e-6 && green.red < 1e-6)
    #expect(Color(hue: -1, saturation: 1, value: 1) == Color(1, 0, 0))
    #expect(Color.black.mixed(with: .white, 0.25).red == 0.25)
  }
}
