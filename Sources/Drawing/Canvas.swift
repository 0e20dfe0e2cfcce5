import RetrogradImages
import RetrogradTensors

/// A picture that is painted on: areas, lines and other canvases, one over the other, with smooth edges.
///
/// ```swift
/// var canvas = Canvas(width: 224, height: 224, background: .white)
/// canvas.transform = .translation([112, 112]).after(.scale(100, 100))
/// canvas.fill(.circle([0, 0], 0.8), .color(Color(0.9, 0.2, 0.1)))
/// canvas.stroke(.line([-1, 0], [1, 0]), width: 0.05, .color(.black))
/// try canvas.picture.writePNG(to: url)
/// ```
public struct Canvas: Sendable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// From the coordinates in which things are drawn to pixels; (0, 0) is the upper left corner.
  public var transform = Transform2D.identity
  /// Row by row; colors are multiplied by their opacity.
  var pixels: [SIMD4<Float>]

  /// An empty canvas.
  ///
  /// - Parameters:
  ///   - width: In pixels, at least 1.
  ///   - height: In pixels, at least 1.
  ///   - background: The color everywhere; transparent by default.
  public init(
    width: Int, height: Int, background: Color = Color(0, 0, 0, opacity: 0)
  ) {
    require(
      width > 0 && height > 0 && width <= Self.largest && height <= Self.largest,
      "Canvas: expects a width and a height from 1 to \(Self.largest), got \(width) × \(height)")
    self.width = width
    self.height = height
    pixels = [SIMD4<Float>](repeating: background.premultiplied, count: width * height)
  }

  /// The largest width and height.
  public static let largest = 32768

  /// Fills an area.
  ///
  /// - Parameters:
  ///   - path: Its border; lines that are open are closed.
  ///   - paint: In the same coordinates as the path.
  ///   - evenOdd: Whether an area that is surrounded twice is a hole.
  public mutating func fill(_ path: Path, _ paint: Paint, evenOdd: Bool = false) {
    let coverage = Coverage(
      path.transformed(transform), width: width, height: height,
      rule: evenOdd ? .evenOdd : .nonZero)
    let toObject = transform.inverse
    let (width, columns) = (width, coverage.columns)
    pixels.withUnsafeMutableBufferPointer { pixels in
      coverage.values.withUnsafeBufferPointer { values in
        for (line, row) in coverage.rows.enumerated() {
          let covered = line * columns.count - columns.lowerBound
          paint.forEachPixel(row: row, columns: columns, toObject: toObject) { column, pixel in
            let share = values[covered + column]
            if share > 0 {
              let place = row * width + column
              pixels[place] = over(pixel * min(share, 1), pixels[place])
            }
          }
        }
      }
    }
  }

  /// Draws a line.
  ///
  /// - Parameters:
  ///   - path: The line.
  ///   - width: In the coordinates of the path.
  ///   - paint: In the same coordinates.
  public mutating func stroke(_ path: Path, width: Double, _ paint: Paint) {
    fill(path.stroked(width: width), paint)
  }

  /// Paints everything, edge to edge.
  public mutating func fill(_ paint: Paint) {
    let toObject = transform.inverse
    let (width, height) = (width, height)
    pixels.withUnsafeMutableBufferPointer { pixels in
      for row in 0..<height {
        paint.forEachPixel(row: row, columns: 0..<width, toObject: toObject) { column, pixel in
          pixels[row * width + column] = over(pixel, pixels[row * width + column])
        }
      }
    }
  }

  /// Puts another canvas over this one.
  ///
  /// - Parameters:
  ///   - layer: Of the same size.
  ///   - opacity: The opacity, from 0 to 1.
  ///   - offset: The position of its upper left corner, in pixels.
  public mutating func draw(
    _ layer: Canvas, opacity: Float = 1, offset: (x: Int, y: Int) = (0, 0)
  ) {
    let columns = max(0, offset.x)..<max(0, offset.x, min(width, layer.width + offset.x))
    for row in max(0, offset.y)..<max(0, offset.y, min(height, layer.height + offset.y)) {
      for column in columns {
        let place = row * width + column
        let source = (row - offset.y) * layer.width + column - offset.x
        pixels[place] = over(layer.pixels[source] * opacity, pixels[place])
      }
    }
  }

  /// Puts a picture on the canvas.
  ///
  /// - Parameters:
  ///   - picture: Of any size; what reaches over the border is left out.
  ///   - place: The position of its upper left corner, in pixels.
  public mutating func draw(_ picture: Picture, at place: (x: Int, y: Int)) {
    let columns = max(0, place.x)..<max(0, place.x, min(width, picture.width + place.x))
    for row in max(0, place.y)..<max(0, place.y, min(height, picture.height + place.y)) {
      for column in columns {
        let source = 3 * ((row - place.y) * picture.width + column - place.x)
        pixels[row * width + column] =
          SIMD4(
            Float(picture.pixels[source]), Float(picture.pixels[source + 1]),
            Float(picture.pixels[source + 2]), 255) / 255
      }
    }
  }

  /// The color of the pixel at a place; `nil` outside and where nothing has been drawn.
  ///
  /// - Parameter place: In the coordinates in which things are drawn.
  public func color(at place: Point) -> Color? {
    let pixel = transform(place)
    let (column, row) = (pixel.x.rounded(.down), pixel.y.rounded(.down))
    guard column >= 0, row >= 0, column < Double(width), row < Double(height) else { return nil }
    let found = pixels[Int(row) * width + Int(column)]
    guard found.w > 0 else { return nil }
    return Color(
      found.x / found.w, found.y / found.w, found.z / found.w, opacity: found.w)
  }

  /// The picture on the canvas, over black where there is none.
  public var picture: Picture {
    let count = 3 * pixels.count
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      pixels.withUnsafeBufferPointer { pixels in
        for (index, pixel) in pixels.enumerated() {
          // Cut off at both ends, then rounded.
          let scaled = pixel * 255 + 0.5
          let lower = scaled.replacing(with: 0, where: scaled .< 0)
          let kept = lower.replacing(with: 255, where: lower .> 255)
          bytes[3 * index] = UInt8(kept.x)
          bytes[3 * index + 1] = UInt8(kept.y)
          bytes[3 * index + 2] = UInt8(kept.z)
        }
      }
      initialized = count
    }
    return Picture(width: width, height: height, pixels: bytes)
  }
}

/// One pixel in front of another (T. Porter and T. Duff, "Compositing Digital Images", 1984).
@inline(__always)
func over(_ front: SIMD4<Float>, _ back: SIMD4<Float>) -> SIMD4<Float> {
  front + back * (1 - front.w)
}
