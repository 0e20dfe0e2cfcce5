import RetrogradDrawing
import RetrogradImages
import RetrogradTensors

/// Pictures of what a network has learned, and of its feature maps.
public enum NetworkPictures {
  /// Numbers as colors: from dark blue, the smallest, to light yellow, the largest.
  ///
  /// - Parameter map: [H, W].
  public static func heat(_ map: Tensor) -> Picture {
    let range = extent(map)
    return picture(map) { ColorMap.sequential(($0 - range.low) / range.span) }
  }

  /// Numbers as colors: blue below 0, white at 0, orange above.
  ///
  /// - Parameter map: [H, W].
  public static func signed(_ map: Tensor) -> Picture {
    let largest = map.scalars.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    return picture(map) { ColorMap.diverging(largest > 0 ? $0 / largest : 0) }
  }

  /// A picture of any numbers in three planes: the smallest become black, the largest full color.
  ///
  /// - Parameter planes: [3, H, W].
  public static func stretched(_ planes: Tensor) -> Picture {
    let range = extent(planes)
    return Picture((planes - range.low) / range.span)
  }

  /// The filters of a convolution side by side: in color where they look at red, green and blue, otherwise
  /// the mean over their channels, blue below 0 and orange above.
  ///
  /// - Parameters:
  ///   - weights: [filters, channels, height, width].
  ///   - size: The width of one filter in the picture, in pixels.
  ///   - most: The maximum number of filters to show.
  public static func filters(_ weights: Tensor, size: Int = 56, most: Int = 256) -> Picture {
    require(
      weights.rank == 4, "filters: expects weights [filters, channels, H, W], got \(weights.shape)")
    let shape = weights.shape
    let shown = (0..<min(shape[0], most)).map { number in
      let filter = weights[number..<(number + 1)].reshaped(Array(shape[1...]))
      return shape[1] == 3 ? stretched(filter) : signed(filter.mean(axes: [0]))
    }
    return mosaic(shown, size: size)
  }

  /// The feature maps of a layer side by side, each from its smallest number, dark, to its largest, light.
  ///
  /// - Parameters:
  ///   - maps: [C, H, W].
  ///   - size: The width of one map in the picture, in pixels.
  ///   - most: The maximum number of maps to show.
  public static func featureMaps(_ maps: Tensor, size: Int = 84, most: Int = 256) -> Picture {
    require(maps.rank == 3, "featureMaps: expects maps [C, H, W], got \(maps.shape)")
    let shown = (0..<min(maps.shape[0], most)).map { number in
      heat(maps[number..<(number + 1)].reshaped(Array(maps.shape[1...])))
    }
    return mosaic(shown, size: size)
  }

  /// Numbers over the picture that they belong to: transparent where they are small.
  ///
  /// - Parameters:
  ///   - map: [h, w]; it is stretched over the whole picture.
  ///   - picture: The picture.
  ///   - strength: The share of the picture that the largest number hides, from 0 to 1.
  public static func overlay(
    _ map: Tensor, on picture: Picture, strength: Double = 0.75
  ) -> Picture {
    require(
      map.rank == 2 && map.count > 0, "overlay: expects a map [h, w] with numbers, got \(map.shape)"
    )
    let range = extent(map)
    let shares = (map - range.low) / range.span
    let amount = Picture(shares).resized(width: picture.width, height: picture.height)
    var result = picture
    for place in 0..<(picture.width * picture.height) {
      let share = Double(amount.pixels[3 * place]) / 255
      let color = ColorMap.sequential(share)
      let weight = Float(strength * share)
      for (channel, part) in [color.red, color.green, color.blue].enumerated() {
        let below = Float(picture.pixels[3 * place + channel])
        result.pixels[3 * place + channel] = UInt8(
          (below * (1 - weight) + 255 * part * weight).rounded())
      }
    }
    return result
  }

  /// Pictures of one size side by side, in about a square, without words; small ones keep hard edges.
  public static func mosaic(_ pictures: [Picture], size: Int) -> Picture {
    let gap = 2
    let columns = max(1, Int(Double(pictures.count).squareRoot().rounded(.up)))
    let rows = max(1, (pictures.count + columns - 1) / columns)
    var canvas = Canvas(
      width: columns * (size + gap) + gap, height: rows * (size + gap) + gap, background: .white)
    for (number, picture) in pictures.enumerated() where picture.width > 0 && picture.height > 0 {
      canvas.draw(
        enlarged(picture, to: size),
        at: (gap + number % columns * (size + gap), gap + number / columns * (size + gap)))
    }
    return canvas.picture
  }

  /// The picture scaled to a width and height; single pixels stay squares where they are few.
  static func enlarged(_ picture: Picture, to size: Int) -> Picture {
    guard picture.width <= size / 2, picture.height <= size / 2 else {
      return picture.resized(width: size, height: size)
    }
    var result = Picture(width: size, height: size)
    for y in 0..<size {
      for x in 0..<size {
        let source = 3 * (y * picture.height / size * picture.width + x * picture.width / size)
        for channel in 0..<3 {
          result.pixels[3 * (y * size + x) + channel] = picture.pixels[source + channel]
        }
      }
    }
    return result
  }

  private static func extent(_ x: Tensor) -> (low: Double, span: Double) {
    let finite = x.scalars.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    return (low, high > low ? high - low : 1)
  }

  private static func picture(_ map: Tensor, _ color: (Double) -> Color) -> Picture {
    require(map.rank == 2, "expects a map [H, W], got \(map.shape)")
    let pixels = map.scalars.flatMap { number in
      let color = color(number)
      return [color.red, color.green, color.blue].map { UInt8((255 * $0).rounded()) }
    }
    return Picture(width: map.shape[1], height: map.shape[0], pixels: pixels)
  }
}
