import Foundation
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Random erasing")
struct RandomErasingTests {
  /// No byte of it is one of the mean color.
  let picture = Picture(width: 50, height: 40, red: 1, green: 2, blue: 3)

  /// The pixels that differ from the picture's.
  func covered(_ result: Picture) -> [(x: Int, y: Int)] {
    (0..<2000).map { ($0 % 50, $0 / 50) }.filter { result[$0.0, $0.1] != picture[$0.0, $0.1] }
  }

  @Test("covers one rectangle inside, of an area and a form within bounds, as often as it should")
  func rectangles() {
    var random = RandomSource(seed: 1)
    let erase = RandomErasing(probability: 0.6, smallestArea: 0.05, largestArea: 0.3, stretch: 2)
    var areas: [Int] = []
    for _ in 0..<1000 {
      let result = erase(picture, using: &random)
      let pixels = covered(result)
      if pixels.isEmpty {
        #expect(result == picture)
        continue
      }
      let width = pixels.map(\.x).max()! - pixels.map(\.x).min()! + 1
      let height = pixels.map(\.y).max()! - pixels.map(\.y).min()! + 1
      #expect(pixels.count == width * height && width < 50 && height < 40)
      // Half a pixel of rounding on each side.
      #expect(Double((2 * width - 1)) <= 2 * Double(2 * height + 1))
      #expect(Double((2 * height - 1)) <= 2 * Double(2 * width + 1))
      #expect(pixels.allSatisfy { result[$0.x, $0.y] == (124, 116, 104) })
      areas.append(pixels.count)
    }
    #expect((550...650).contains(areas.count))
    #expect(areas.min()! >= 90 && areas.min()! < 115 && areas.max()! > 570 && areas.max()! <= 630)
    // Even in area.
    let small = Double(areas.count { $0 < 350 }) / Double(areas.count)
    #expect(small > 0.43 && small < 0.57)
  }

  @Test("the mean color becomes 0 when the picture is normalized, to the rounding of a byte")
  func mean() {
    var random = RandomSource(seed: 2)
    let erase = RandomErasing(probability: 1)
    let x = Preprocessing.imageNet.normalized(erase(picture, using: &random))
    let near = x.scalars.count { abs($0) < 0.5 / 255 / 0.22 }
    #expect(near > 0 && near.isMultiple(of: 3))
  }

  @Test("noise is even bytes, others in each pixel")
  func noise() {
    var random = RandomSource(seed: 3)
    let erase = RandomErasing(
      probability: 1, smallestArea: 0.3, largestArea: 0.3, stretch: 1, fill: .noise)
    let result = erase(picture, using: &random)
    let bytes = covered(result).flatMap {
      [result[$0.x, $0.y].red, result[$0.x, $0.y].green, result[$0.x, $0.y].blue]
    }
    #expect(bytes.count > 1500)
    #expect(Set(bytes).count > 240)
    let mean = Double(bytes.reduce(0) { $0 + Int($1) }) / Double(bytes.count)
    #expect(abs(mean - 127.5) < 10)
  }

  @Test("what has no room for a rectangle stays", arguments: [(0, 0), (1, 1), (1, 90), (90, 1)])
  func thin(width: Int, height: Int) {
    var random = RandomSource(seed: 4)
    let thin = Picture(width: width, height: height, red: 9)
    for _ in 0..<20 { #expect(RandomErasing(probability: 1)(thin, using: &random) == thin) }
  }

  @Test("numbers that make no sense stop with a message")
  func mistakes() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = RandomErasing(smallestArea: 0.5, largestArea: 0.4)
    }
    #expect(result!.message.contains("RandomErasing: expects a probability from 0 to 1, areas"))
  }
}
