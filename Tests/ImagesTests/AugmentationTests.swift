import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

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

  @Test("colours change within their limits; without width they stay")
  func colors() {
    var random = RandomSource(seed: 4)
    let still = ColorJitter(brightness: 0, contrast: 0, saturation: 0, hue: 0)
    let same = still(picture, using: &random)
    #expect(zip(same.pixels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    let bright = ColorJitter(brightness: 0.5, contrast: 0, saturation: 0, hue: 0)
    let grey = Picture(width: 2, height: 2, red: 100, green: 100, blue: 100)
    for _ in 0..<50 {
      let value = bright(grey, using: &random)[0, 0].red
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
}
