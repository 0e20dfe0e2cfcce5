import Foundation
import Retrograd

/// Small pictures of stripes, no two alike: half of them lie, half stand upright.
struct Sketches {
  static let classes = ["lying stripes", "upright stripes"]
  /// Width and height, in pixels.
  static let size = 96

  let pictures: [Picture]
  let labels: [Int]

  /// `count` pictures of each kind.
  init(count: Int, using random: inout RandomSource) {
    labels = (0..<(2 * count)).map { $0 / count }
    pictures = labels.map { Self.draw(isUpright: $0 == 1, using: &random) }
  }

  /// The picture as a tensor [3, size, size], normalised.
  static func prepare(_ picture: Picture) -> Tensor { Normalize()(ToTensor()(picture)) }

  private static func draw(isUpright: Bool, using random: inout RandomSource) -> Picture {
    let frequency = 2 * .pi / random.uniform(8, 16)
    let angle = random.uniform(-0.4, 0.4) + (isUpright ? 0 : .pi / 2)
    let phase = random.uniform(0, 2 * .pi)
    let paper = (0..<3).map { _ in random.uniform(0, 110) }
    let ink = paper.map { $0 + random.uniform(90, 140) }
    var picture = Picture(width: size, height: size)
    for y in 0..<size {
      for x in 0..<size {
        let across = Double(x) * cos(angle) + Double(y) * sin(angle)
        let colour = cos(frequency * across + phase) > 0.3 ? ink : paper
        func channel(_ index: Int) -> UInt8 {
          UInt8(min(max(colour[index] + random.uniform(-20, 20), 0), 255))
        }
        picture[x, y] = (channel(0), channel(1), channel(2))
      }
    }
    return picture
  }
}
