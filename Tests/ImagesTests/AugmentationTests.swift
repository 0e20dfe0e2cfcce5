import Foundation
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradImages

@Suite("Augmentation")
struct AugmentationTests {
  let picture = {
    var picture = Picture(width: 60, height: 40)
    for y in 0..<40 { for x in 0..<60 { picture[x, y] = (UInt8(4 * x), UInt8(6 * y), 90) } }
    return picture
  }()

  @Test("crops lie inside the picture, keep the size that is asked for, and differ")
  func crops() {
    var random = RandomSource(seed: 1)
    let augment = Augmentation(crop: .init(smallestArea: 0.2))
    var seen: Set<[UInt8]> = []
    for _ in 0..<20 {
      let cut = augment(picture, size: 16, using: &random)
      #expect(cut.width == 16 && cut.height == 16)
      // Nothing black from beyond the border: blue is the same everywhere.
      #expect((0..<16).allSatisfy { cut[$0, 15].blue == 90 && cut[15, $0].blue == 90 })
      seen.insert(cut.pixels)
    }
    #expect(seen.count == 20)
  }

  @Test("a picture too long for any crop gives its middle")
  func thin() {
    var random = RandomSource(seed: 1)
    let thin = Picture(width: 400, height: 2, red: 9)
    let cut = Augmentation(crop: .init())(thin, size: 8, using: &random)
    #expect(cut == Picture(width: 8, height: 8, red: 9))
  }

  @Test("half of the pictures are mirrored, and twice mirrored is as before")
  func flips() {
    var random = RandomSource(seed: 3)
    let square = picture.cropped(x: 0, y: 0, width: 40, height: 40)
    let mirrored = (0..<200).count { _ in
      Augmentation(flips: true)(square, size: 40, using: &random) == square.mirrored
    }
    #expect((70...130).contains(mirrored))
    #expect(picture.mirrored.mirrored == picture && picture.mirrored != picture)
    #expect(picture.mirrored[0, 3] == picture[59, 3])
  }

  @Test("the same source gives the same changes")
  func repeatable() {
    let augment = Augmentation(crop: .init(), flips: true, color: ColorJitter())
    var (first, second) = (RandomSource(seed: 5, at: [1, 2]), RandomSource(seed: 5, at: [1, 2]))
    var third = RandomSource(seed: 5, at: [2, 1])
    let result = augment(picture, size: 20, using: &first)
    #expect(augment(picture, size: 20, using: &second) == result)
    #expect(augment(picture, size: 20, using: &third) != result)
    #expect(Augmentation.none.isNone && !augment.isNone)
  }

  /// Every change there is.
  static let all = Augmentation(
    crop: .init(), flips: true, color: ColorJitter(), grayscale: 0.5,
    resolution: ResolutionJitter(), erasing: RandomErasing(fill: .noise))

  @Test("chance is drawn as documented: the cut, mirroring, colors, and then what is new")
  func order() {
    let augment = Augmentation(crop: .init(smallestArea: 0.3), flips: true)
    for seed in 0..<20 as Range<UInt64> {
      var (random, own) = (RandomSource(seed: seed), RandomSource(seed: seed))
      let result = augment(picture, size: 70, using: &random)
      var rectangle: (width: Int, height: Int)
      repeat {
        let area = 2400 * own.uniform(0.3, 1)
        let aspect = exp(own.uniform(-log(4.0 / 3), log(4.0 / 3)))
        rectangle = (
          Int((area * aspect).squareRoot().rounded()), Int((area / aspect).squareRoot().rounded())
        )
      } while rectangle.width > 60 || rectangle.height > 40
      let x = own.integer(in: 0..<(61 - rectangle.width))
      let y = own.integer(in: 0..<(41 - rectangle.height))
      let cut = picture.cropped(x: x, y: y, width: rectangle.width, height: rectangle.height)
        .resized(width: 70, height: 70)
      #expect(result == (own.uniform() < 0.5 ? cut.mirrored : cut))
      #expect(random == own)

      // More changes, which happen not to be made, leave the ones before them as they are.
      let more = Augmentation(
        crop: augment.crop, flips: true, resolution: .init(probability: 0),
        erasing: .init(probability: 0))
      var other = RandomSource(seed: seed)
      #expect(more(picture, size: 70, using: &other) == result)
    }
  }

  @Test("areas and forms of cuts lie within their bounds, and reach them")
  func bounds() {
    var random = RandomSource(seed: 6)
    let shape = RandomRectangle(smallestArea: 0.25, largestArea: 1, stretch: 1.5)
    let large = Picture(width: 640, height: 640)
    var (areas, aspects): ([Double], [Double]) = ([], [])
    for _ in 0..<2000 {
      guard
        let part = shape.draw(in: large, widths: 1..<641, heights: 1..<641, using: &random)
      else { continue }
      #expect(part.x >= 0 && part.y >= 0)
      #expect(part.x + part.width <= 640 && part.y + part.height <= 640)
      areas.append(Double(part.width * part.height) / 409_600)
      aspects.append(Double(part.width) / Double(part.height))
    }
    // Half a pixel of rounding.
    #expect(areas.min()! > 0.248 && areas.min()! < 0.27 && areas.max()! > 0.98)
    #expect(aspects.min()! > 0.66 && aspects.min()! < 0.69)
    #expect(aspects.max()! < 1.51 && aspects.max()! > 1.45)
    // Even on both sides of a square.
    #expect((900...1100).contains(aspects.count { $0 < 1 } * 2000 / aspects.count))
  }

  @Test("small cuts change color before they grow, large ones after they shrink")
  func whereColorsChange() {
    let colors = Augmentation(crop: .init(smallestArea: 1), color: ColorJitter())
    let square = picture.cropped(x: 0, y: 0, width: 40, height: 40)
    for size in [20, 40, 90] {
      var (random, own) = (RandomSource(seed: 7), RandomSource(seed: 7))
      let result = colors(square, size: size, using: &random)
      var cut = square
      // What the cut draws.
      if let part = RandomRectangle(smallestArea: 1, largestArea: 1, stretch: 4.0 / 3).draw(
        in: square, widths: 1..<41, heights: 1..<41, using: &own)
      {
        cut = square.cropped(x: part.x, y: part.y, width: part.width, height: part.height)
      }
      let change = ColorChange(ColorJitter(), using: &own)
      if size > 40 { change.apply(to: &cut) }
      cut = cut.resized(width: size, height: size)
      if size <= 40 { change.apply(to: &cut) }
      #expect(result == cut)
    }
  }

  @Test("so many pictures lose their colors as the probability says")
  func grayscale() {
    var random = RandomSource(seed: 8)
    let augment = Augmentation(grayscale: 0.3)
    let count = (0..<500).count { _ in
      let result = augment(picture, size: 10, using: &random)
      let isGray = (0..<10).allSatisfy { result[$0, 3].red == result[$0, 3].blue }
      return isGray
    }
    #expect((115...185).contains(count))
  }

  @Test("a lower resolution takes details from sharp pictures, and leaves soft ones")
  func resolution() {
    var random = RandomSource(seed: 9)
    var sharp = Picture(width: 120, height: 120)
    for y in 0..<120 { for x in 0..<120 where (x + y) % 2 == 0 { sharp[x, y] = (255, 255, 255) } }
    func contrast(_ picture: Picture) -> Int {
      Int(picture.pixels.max()!) - Int(picture.pixels.min()!)
    }
    for crop in [nil, Augmentation.Crop(smallestArea: 1)] {
      let always = Augmentation(
        crop: crop, resolution: .init(probability: 1, smallest: 0.5))
      for _ in 0..<20 { #expect(contrast(always(sharp, size: 120, using: &random)) < 255) }
      let sometimes = Augmentation(resolution: .init(probability: 0.4, smallest: 0.5))
      let soft = sharp.resized(width: 30, height: 30)
      for _ in 0..<20 {
        let usual = Resize(64)(soft)
        #expect(sometimes(soft, size: 64, using: &random) == usual)
      }
    }
    let sometimes = Augmentation(resolution: .init(probability: 0.4, smallest: 0.5))
    let changed = (0..<500).count { _ in sometimes(sharp, size: 120, using: &random) != sharp }
    #expect((160...240).contains(changed))
    // The sizes in between, evenly from half to all.
    let sides = (0..<1000).map { _ in
      ResolutionJitter(probability: 1, smallest: 0.5).side(for: 112, using: &random)!
    }
    #expect(sides.min()! == 56 && sides.max()! == 112)
    #expect((440...560).contains(sides.count { $0 < 84 }))
  }

  @Test(
    "pictures of one pixel, one row and one column take every change",
    arguments: [(1, 1), (1, 300), (300, 1), (2, 3), (5000, 2)])
  func extremes(width: Int, height: Int) {
    let small = Picture(width: width, height: height, red: 200, green: 100, blue: 50)
    for seed in 0..<30 as Range<UInt64> {
      for size in [1, 2, 33] {
        var random = RandomSource(seed: seed)
        let result = Self.all(small, size: size, using: &random)
        #expect(result.width == size && result.height == size)
        random = RandomSource(seed: seed)
        let uncut = Augmentation(
          flips: true, color: ColorJitter(), resolution: .init(probability: 1))
        #expect(uncut(small, size: size, using: &random).width == size)
      }
    }
  }

  @Test("mirroring keeps the middle of odd widths in its place", arguments: [1, 2, 3, 7, 8])
  func mirroring(width: Int) {
    var source = Picture(width: width, height: 2)
    for x in 0..<width {
      source[x, 0] = (UInt8(x), UInt8(10 + x), UInt8(20 + x))
      source[x, 1] = (UInt8(100 + x), 0, 1)
    }
    let mirrored = source.mirrored
    for x in 0..<width {
      for y in 0..<2 { #expect(mirrored[x, y] == source[width - 1 - x, y]) }
    }
  }

  @Test("every change follows from the seed, and survives JSON")
  func everything() throws {
    let decoded = try JSONDecoder().decode(
      Augmentation.self, from: JSONEncoder().encode(Self.all))
    #expect(decoded == Self.all)
    for seed in 0..<10 as Range<UInt64> {
      var (first, second) = (RandomSource(seed: seed), RandomSource(seed: seed))
      #expect(
        Self.all(picture, size: 32, using: &first) == decoded(picture, size: 32, using: &second))
      #expect(first == second)
    }
  }

  @Test("JSON from before there were more changes is understood; what makes no sense is refused")
  func json() throws {
    let old = #"{"crop":{"smallestArea":0.35,"stretch":1.25},"flips":true}"#
    #expect(
      try JSONDecoder().decode(Augmentation.self, from: Data(old.utf8))
        == Augmentation(crop: .init(smallestArea: 0.35, stretch: 1.25), flips: true))
    let wrong = #"{"crop":{"smallestArea":-1,"stretch":1.25},"flips":true}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Augmentation.self, from: Data(wrong.utf8))
    }
  }
}
