import Foundation
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradImages

/// What Tests/Fixtures/augmentation.py computed.
private struct ColorFixtures: Decodable, Sendable {
  struct Source: Decodable, Sendable {
    let width: Int
    let height: Int
    let pixels: Data
  }

  struct Change: Decodable, Sendable, CustomTestStringConvertible {
    let factors: [Double]
    let order: [Int]
    let pixels: Data

    var testDescription: String { "\(factors) in order \(order)" }
  }

  let source: Source
  let changes: [Change]
  let grayscale: Data

  static let all: ColorFixtures = Fixtures.json("augmentation.json")

  var picture: Picture {
    Picture(width: source.width, height: source.height, pixels: Array(source.pixels))
  }
}

@Suite("Random colors")
struct ColorJitterTests {
  let picture = {
    var picture = Picture(width: 60, height: 40)
    for y in 0..<40 { for x in 0..<60 { picture[x, y] = (UInt8(4 * x), UInt8(6 * y), 90) } }
    return picture
  }()

  @Test("are torchvision's formulas, rounded once", arguments: ColorFixtures.all.changes)
  private func formulas(_ expected: ColorFixtures.Change) {
    var picture = ColorFixtures.all.picture
    let change = ColorChange(
      brightness: expected.factors[0], contrast: expected.factors[1],
      saturation: expected.factors[2], hue: expected.factors[3],
      order: expected.order.map { ColorChange.Step(rawValue: $0)! })
    change.apply(to: &picture)
    let differences = zip(picture.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    // In single precision a number may lie on the other side of a half.
    #expect(differences.max()! <= 1 && differences.count { $0 == 1 } <= 4)
  }

  @Test("grayscale is Pillow's")
  func grayscale() {
    let gray = ColorFixtures.all.picture.grayscale
    #expect(gray.pixels == Array(ColorFixtures.all.grayscale))
  }

  @Test("factors are even within their bounds, and every order comes up")
  func distribution() {
    // On a gray of 100 only brightness shows, and that as it is.
    var random = RandomSource(seed: 2)
    let bright = ColorJitter(brightness: 0.5, contrast: 0, saturation: 0, hue: 0)
    let gray = Picture(width: 1, height: 1, red: 100, green: 100, blue: 100)
    let values = (0..<1000).map { _ in Int(bright(gray, using: &random)[0, 0].red) }
    #expect(
      values.min()! >= 50 && values.min()! < 53 && values.max()! > 147 && values.max()! <= 150)
    #expect((440...560).contains(values.count { $0 < 100 }))
    let orders = Set((0..<500).map { _ in "\(ColorChange(ColorJitter(), using: &random).order)" })
    #expect(orders.count == 24)
  }

  @Test("colors change within their limits; without width they stay")
  func colors() {
    var random = RandomSource(seed: 4)
    let still = ColorJitter(brightness: 0, contrast: 0, saturation: 0, hue: 0)
    let same = still(picture, using: &random)
    #expect(zip(same.pixels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    let bright = ColorJitter(brightness: 0.5, contrast: 0, saturation: 0, hue: 0)
    let gray = Picture(width: 2, height: 2, red: 100, green: 100, blue: 100)
    for _ in 0..<50 {
      let value = bright(gray, using: &random)[0, 0].red
      #expect((49...151).contains(value))
    }
    // A turn by a third of the wheel makes green of red.
    let turning = ColorJitter(brightness: 0, contrast: 0, saturation: 0, hue: 0.5)
    let reds = (0..<40).map { _ in
      turning(Picture(width: 1, height: 1, red: 200), using: &random)[0, 0]
    }
    #expect(
      reds.allSatisfy {
        max($0.red, $0.green, $0.blue) == 200 && min($0.red, $0.green, $0.blue) == 0
      })
    #expect(reds.contains { $0.green == 200 } && reds.contains { $0.blue == 200 })
  }

  @Test("nothing changes where there is nothing to change")
  func nothing() {
    var random = RandomSource(seed: 5)
    let still = ColorJitter(brightness: 0, contrast: 0, saturation: 0, hue: 0)
    #expect(still(picture, using: &random) == picture)
    let empty = Picture(width: 0, height: 3)
    #expect(ColorJitter()(empty, using: &random) == empty)
  }
}
