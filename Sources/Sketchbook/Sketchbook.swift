import RetrogradDrawing
import RetrogradImages
import RetrogradTensors

/// Labelled pictures without end, drawn from a seed: things to learn from where nobody has a million
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
  /// Where chance begins.
  public let seed: UInt64
  /// Width and height of the pictures, in pixels.
  public let size: Int

  /// A book of pictures.
  ///
  /// - Parameters:
  ///   - seed: Where chance begins.
  ///   - size: Width and height of the pictures, in pixels, from 16 to 2048.
  public init(seed: UInt64, size: Int = 224) {
    require(
      (16...2048).contains(size), "Sketchbook: expects a size from 16 to 2048 pixels, got \(size)")
    self.seed = seed
    self.size = size
  }

  /// What the embedded network has learned to tell apart, in the order of its outputs.
  public static let classes = Thing.known.map(\.name)

  /// What it has never seen: for retraining.
  public static let unseenClasses = Thing.unseen.map(\.name)

  private static let things = Dictionary(
    uniqueKeysWithValues: (Thing.known + Thing.unseen).map { ($0.name, $0) })

  /// A picture of a thing.
  ///
  /// - Parameters:
  ///   - name: One of ``classes`` or ``unseenClasses``.
  ///   - number: Which of the pictures of this class, from 0.
  public func picture(of name: String, number: Int) -> Picture {
    guard let thing = Self.things[name] else {
      stop(
        "Sketchbook: nothing is called \(name). Known are "
          + (Self.classes + Self.unseenClasses).joined(separator: ", "))
    }
    var scene = Scene(size: size, random: RandomSource(seed: mixed(name, number)))
    return scene.canvas(of: thing).picture
  }

  /// A seed of its own for each picture (the hash is FNV-1a: G. Fowler, L. C. Noll and K.-P. Vo).
  private func mixed(_ name: String, _ number: Int) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for byte in name.utf8 { add(byte) }
    for number in [seed, UInt64(bitPattern: Int64(number))] {
      for shift in stride(from: 0, to: 64, by: 8) {
        add(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
      }
    }
    return hash
  }
}

/// Something that can be drawn.
struct Thing: Sendable {
  let name: String
  /// How far it may be turned either way, in radians.
  var tilt = 0.35
  /// Whether it may be mirrored.
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
