import Foundation
import RetrogradText

// Augmentation as people type it: `crop=0.25,flip,color,erase=0.25`.

/// A mistake in a text that should name augmentations.
public struct AugmentationError: ExplainedError {
  /// The finding, and what is known.
  public let description: String
}

extension Augmentation: CustomStringConvertible {
  /// Random changes from their names, with commas between: `crop=0.25,flip,color,erase=0.25`.
  ///
  /// | text | change |
  /// | --- | --- |
  /// | `none` | none, alone |
  /// | `crop=AREA:STRETCH` | ``Crop``; 0.35 of the area and 4 to 3 by default |
  /// | `flip` | mirroring |
  /// | `color`, `color=STRENGTH:HUE`, `color=B:C:S:HUE` | ``ColorJitter``, of its own defaults; of one strength for brightness, contrast and saturation and no hue by default; or of four |
  /// | `gray=PROBABILITY` | ``grayscale``; 0.1 by default |
  /// | `resolution=PROBABILITY:SMALLEST` | ``ResolutionJitter`` |
  /// | `erase=PROBABILITY:SMALLEST:LARGEST:STRETCH:FILL` | ``RandomErasing``, filled with `mean` or `noise` |
  ///
  /// Numbers may be left out from the end, and the fill may follow any of them. `colour` and `grey` are
  /// understood as well.
  ///
  /// - Parameter text: Changes, each at most once.
  public init(_ text: String) throws(AugmentationError) {
    var changes = ChangeList()
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    if parts != ["none"] {
      for part in parts { try changes.add(part) }
    }
    let augmentation = changes.augmentation
    if let mistake = augmentation.mistake { throw AugmentationError(description: mistake) }
    self = augmentation
  }

  /// The names that ``init(_:)`` knows, as a phrase.
  public static let known = "crop, flip, color, gray, resolution and erase, or none"

  /// The text that ``init(_:)`` makes the same changes of.
  public var description: String {
    let parts = [
      crop.map {
        Self.text("crop", [$0.smallestArea, $0.stretch], usual: ChangeList.cropDefaults)
      },
      flips ? "flip" : nil, color.map(Self.text),
      grayscale > 0 ? Self.text("gray", [grayscale], usual: ChangeList.grayDefaults) : nil,
      resolution.map {
        Self.text(
          "resolution", [$0.probability, $0.smallest], usual: ChangeList.resolutionDefaults)
      },
      erasing.map(Self.text),
    ].compactMap { $0 }
    return parts.isEmpty ? "none" : parts.joined(separator: ",")
  }

  /// A name and its numbers, without those at the end that are as usual.
  private static func text(_ name: String, _ numbers: [Double], usual: [Double]) -> String {
    var kept = numbers
    while let last = kept.last, last == usual[kept.count - 1] { kept.removeLast() }
    return kept.isEmpty ? name : name + "=" + kept.map { "\($0)" }.joined(separator: ":")
  }

  private static func text(_ color: ColorJitter) -> String {
    if color == ColorJitter() { return "color" }
    let strengths = [color.brightness, color.contrast, color.saturation]
    if Set(strengths).count > 1 {
      return text("color", strengths + [color.hue], usual: [0, 0, 0, -1])
    }
    return text("color", [color.brightness, color.hue], usual: [-1, 0])
  }

  private static func text(_ erasing: RandomErasing) -> String {
    let numbers = text(
      "erase",
      [erasing.probability, erasing.smallestArea, erasing.largestArea, erasing.stretch],
      usual: ChangeList.erasingDefaults)
    if erasing.fill == .mean { return numbers }
    return numbers + (numbers.contains("=") ? ":" : "=") + erasing.fill.rawValue
  }
}

/// The changes that a text has named so far.
private struct ChangeList {
  static let cropDefaults = [0.35, Augmentation.Crop().stretch]
  static let grayDefaults = [0.1]
  static let resolutionDefaults = [ResolutionJitter().probability, ResolutionJitter().smallest]
  static let erasingDefaults = [
    RandomErasing().probability, RandomErasing().smallestArea, RandomErasing().largestArea,
    RandomErasing().stretch,
  ]

  private var crop: Augmentation.Crop?
  private var flips = false
  private var color: ColorJitter?
  private var grayscale = 0.0
  private var resolution: ResolutionJitter?
  private var erasing: RandomErasing?
  private var names: Set<String> = []

  var augmentation: Augmentation {
    Augmentation(crop, flips, color, grayscale, resolution, erasing)
  }

  /// Adds one change, such as `crop=0.25`.
  mutating func add(_ part: String) throws(AugmentationError) {
    let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    var values = sides.dropFirst().flatMap {
      $0.split(separator: ":", omittingEmptySubsequences: false)
    }
    let name = ["colour": "color", "grey": "gray"][sides[0]] ?? sides[0]
    guard names.insert(String(name)).inserted else {
      throw AugmentationError(description: "\(name) is listed twice, expected once")
    }
    func numbers(_ usual: [Double]) throws(AugmentationError) -> [Double] {
      let given = try Self.numbers(values, of: part)
      guard given.count <= usual.count else {
        throw AugmentationError(
          description:
            "\"\(part)\" has \(given.count) numbers, \(name) takes at most \(usual.count)")
      }
      return given + usual[given.count...]
    }
    switch name {
    case "crop":
      let n = try numbers(Self.cropDefaults)
      crop = .init(n[0], n[1])
    case "flip":
      _ = try numbers([])
      flips = true
    case "color": color = try Self.color(Self.numbers(values, of: part), part)
    case "gray": grayscale = try numbers(Self.grayDefaults)[0]
    case "resolution":
      let n = try numbers(Self.resolutionDefaults)
      resolution = .init(n[0], n[1])
    case "erase":
      let fill = values.last.flatMap { RandomErasing.Fill(rawValue: String($0)) }
      if fill != nil { values.removeLast() }
      let n = try numbers(Self.erasingDefaults)
      erasing = .init(n[0], n[1], n[2], n[3], fill ?? RandomErasing().fill)
    default:
      throw AugmentationError(
        description:
          "\"\(name)\" is not a known augmentation: there are \(Augmentation.known), with "
          + "commas between them, such as crop=0.25,flip,color,erase=0.25")
    }
  }

  private static func color(
    _ numbers: [Double], _ part: String
  ) throws(AugmentationError) -> ColorJitter {
    switch numbers.count {
    case 0: return ColorJitter()
    case 1, 2:
      return ColorJitter(numbers[0], numbers[0], numbers[0], numbers.count == 2 ? numbers[1] : 0)
    case 4: return ColorJitter(numbers[0], numbers[1], numbers[2], numbers[3])
    default:
      throw AugmentationError(
        description:
          "\"\(part)\" has \(numbers.count) numbers, color takes one, two (strength and hue) "
          + "or four (brightness, contrast, saturation and hue)")
    }
  }

  private static func numbers(
    _ values: [Substring], of part: String
  ) throws(AugmentationError) -> [Double] {
    var numbers: [Double] = []
    for value in values {
      guard let number = Double(value), number.isFinite else {
        throw AugmentationError(
          description: "\"\(value)\" in \"\(part)\" is not a valid number")
      }
      numbers.append(number)
    }
    return numbers
  }
}
