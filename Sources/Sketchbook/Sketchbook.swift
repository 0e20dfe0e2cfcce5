import RetrogradDrawing
import RetrogradImages
import RetrogradTensors

/// Labeled pictures without end, drawn from a seed: things to learn from where nobody has a million
/// photographs.
///
/// A picture depends on the seed, its class, its number and its size alone: no picture changes when another is
/// left out, or when a class is added.
///
/// ```swift
/// let book = Sketchbook(seed: 1)
/// try book.picture(of: "teapot", number: 0).writePNG(to: url)
/// ```
///
/// The same seed gives the same bytes on the same platform; elsewhere sines and cosines may differ in the last
/// bit, which nobody can see.
public struct Sketchbook: Sendable {
  /// The random seed.
  public let seed: UInt64
  /// Width and height of the pictures, in pixels.
  public let size: Int

  /// A book of pictures.
  ///
  /// - Parameters:
  ///   - seed: The random seed.
  ///   - size: Width and height of the pictures, in pixels, from 16 to 2048.
  public init(seed: UInt64, size: Int = 224) {
    require(
      (16...2048).contains(size), "Sketchbook: expects a size from 16 to 2048 pixels, got \(size)")
    self.seed = seed
    self.size = size
  }

  /// The classes for pre-training: those of drawings unless others are asked for.
  public static let classes = Thing.known.map(\.name)

  /// The classes held out from ``classes``, so that a network pre-trained on those has never seen them: for
  /// retraining.
  public static let unseenClasses = Thing.unseen.map(\.name)

  private static let things = Dictionary(
    uniqueKeysWithValues: (Thing.known + Thing.unseen).map { ($0.name, $0) })

  /// A picture of a thing.
  ///
  /// - Parameters:
  ///   - name: One of ``classes`` or ``unseenClasses``.
  ///   - number: The number of the picture in its class, from 0.
  public func picture(of name: String, number: Int) -> Picture {
    guard let thing = Self.things[name] else {
      stop(
        "Sketchbook: nothing is called \(name). Known are "
          + (Self.classes + Self.unseenClasses).joined(separator: ", "))
    }
    let place = name.utf8.map(UInt64.init) + [UInt64(bitPattern: Int64(number))]
    var scene = Scene(size: size, random: RandomSource(seed: seed, at: place))
    return scene.canvas(of: thing).picture
  }
}

/// Something that can be drawn.
struct Thing: Sendable {
  let name: String
  /// The largest rotation either way, in radians.
  var tilt = 0.35
  /// Indicates whether it may be mirrored.
  var mirrors = true
  let draw: @Sendable (inout Pen) -> Void

  init(
    _ name: String, tilt: Double = 0.35, mirrors: Bool = true,
    draw: @escaping @Sendable (inout Pen) -> Void
  ) {
    (self.name, self.tilt, self.mirrors, self.draw) = (name, tilt, mirrors, draw)
  }

  static let known: [Thing] = household + kitchen + tools + vehicles + nature + animals + signs
  static let unseen: [Thing] = neverSeen
}
