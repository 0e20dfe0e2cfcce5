import RetrogradImages
import RetrogradTensors
import Testing

@Suite("Augmentation as it is typed")
struct AugmentationTextTests {
  static let texts: [(String, Augmentation)] = [
    ("none", .none),
    ("flip", Augmentation(flips: true)),
    (
      "crop,flip,color",
      Augmentation(crop: .init(smallestArea: 0.35), flips: true, color: ColorJitter())
    ),
    ("crop=0.08", Augmentation(crop: .init())),
    ("crop=0.25:2.0", Augmentation(crop: .init(smallestArea: 0.25, stretch: 2))),
    (
      "color=0.4",
      Augmentation(color: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0))
    ),
    (
      "color=0.4:0.1",
      Augmentation(color: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1))
    ),
    (
      "color=0.1:0.2:0.3:0.0",
      Augmentation(color: ColorJitter(brightness: 0.1, contrast: 0.2, saturation: 0.3, hue: 0))
    ),
    ("gray", Augmentation(grayscale: 0.1)),
    ("gray=0.25", Augmentation(grayscale: 0.25)),
    ("resolution", Augmentation(resolution: ResolutionJitter())),
    (
      "resolution=0.8:0.4",
      Augmentation(resolution: ResolutionJitter(probability: 0.8, smallest: 0.4))
    ),
    ("erase", Augmentation(erasing: RandomErasing())),
    ("erase=noise", Augmentation(erasing: RandomErasing(fill: .noise))),
    ("erase=0.25:noise", Augmentation(erasing: RandomErasing(probability: 0.25, fill: .noise))),
    (
      "erase=0.25:0.1:0.2:2.0",
      Augmentation(
        erasing: RandomErasing(probability: 0.25, smallestArea: 0.1, largestArea: 0.2, stretch: 2))
    ),
    (
      "crop=0.25,flip,color=0.3,gray=0.05,resolution,erase=0.25",
      Augmentation(
        crop: .init(smallestArea: 0.25), flips: true,
        color: ColorJitter(brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0),
        grayscale: 0.05, resolution: ResolutionJitter(),
        erasing: RandomErasing(probability: 0.25))
    ),
  ]

  @Test("names the changes, and is what they describe themselves as", arguments: texts)
  func bothWays(_ text: String, _ augmentation: Augmentation) throws {
    #expect(try Augmentation(text) == augmentation)
    #expect(augmentation.description == text)
  }

  @Test("is read in any order, with spaces, with numbers as usual, and in British spelling")
  func otherWays() throws {
    #expect(try Augmentation(" flip , crop ").description == "crop,flip")
    #expect(try Augmentation("crop=0.35:1.3333333333333333,colour").description == "crop,color")
    #expect(try Augmentation("grey=1e-1").description == "gray")
    #expect(try Augmentation("erase=0.5:mean").description == "erase")
    #expect(try Augmentation("gray=0").isNone)
  }

  @Test(
    "says what is wrong, and what is known",
    arguments: [
      (
        "spin",
        "\"spin\" is not a known augmentation: there are crop, flip, color, gray, "
      ),
      ("", "\"\" is not a known augmentation"),
      ("crop,", "\"\" is not a known augmentation"),
      ("none,flip", "\"none\" is not a known augmentation"),
      ("flip,flip", "flip is listed twice"),
      ("color,colour", "color is listed twice"),
      ("flip=0.5", "\"flip=0.5\" has 1 numbers, flip takes at most 0"),
      ("crop=", "\"\" in \"crop=\" is not a valid number"),
      ("crop=a", "\"a\" in \"crop=a\" is not a valid number"),
      ("crop=nan", "\"nan\" in \"crop=nan\" is not a valid number"),
      ("crop=1.5", "crop expects an area from 0 to 1"),
      (
        "crop=0.5:0.5",
        "crop expects an area from 0 to 1 and a stretch of at least 1, got 0.5 and 0.5"
      ),
      ("color=0.1:0.2:0.3", "has 3 numbers, color takes one, two"),
      ("color=0.4:0.6", "color expects factors from 0 to 1 and a hue up to 0.5"),
      ("gray=2", "gray expects a probability from 0 to 1, got 2.0"),
      ("resolution=0.5:0", "resolution expects a probability from 0 to 1"),
      ("erase=0.5:0.4:0.3", "erase expects a probability from 0 to 1, areas above 0"),
      ("erase=black", "\"black\" in \"erase=black\" is not a valid number"),
    ])
  func mistakes(_ text: String, _ message: String) {
    let error = #expect(throws: AugmentationError.self) { try Augmentation(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("a form as long as a number can be leaves a crop of the right size")
  func longForm() throws {
    let augmentation = try Augmentation("crop=.1:6" + String(repeating: "8", count: 70))
    var random = RandomSource(seed: 1)
    let picture = Picture(width: 5, height: 3)
    let changed = augmentation(picture, size: 4, using: &random)
    #expect(changed.width == 4 && changed.height == 4)
  }
}
