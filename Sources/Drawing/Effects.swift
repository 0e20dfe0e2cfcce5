import RetrogradTensors

// Changes to everything that is on a canvas.

extension Canvas {
  /// Blurs, close to a Gaussian.
  ///
  /// - Parameter deviation: Of the Gaussian, in pixels.
  public mutating func blur(_ deviation: Double) {
    blurred(&pixels, width: width, height: height, deviation: deviation)
  }

  /// The opacity of each pixel.
  public var mask: Mask {
    // A key path to a part of a vector would be followed anew for each pixel.
    Mask(width: width, height: height, values: pixels.map { $0.w })
  }

  /// Lights what is on the canvas as if it were embossed: its rim rises over some pixels.
  ///
  /// - Parameters:
  ///   - towards: The direction that the light comes from.
  ///   - rim: The width of the rim, in pixels.
  ///   - strength: From 0, nothing, to about 1.
  public mutating func emboss(towards: Point, rim: Double, strength: Double) {
    var heights = mask
    heights.blur(rim)
    let towards = towards / max(towards.length, 1e-6)
    let factor = Float(strength * rim * 1.5)
    let (x, y) = (Float(towards.x) * factor, Float(towards.y) * factor)
    let (width, height) = (width, height)
    pixels.withUnsafeMutableBufferPointer { pixels in
      heights.values.withUnsafeBufferPointer { heights in
        for row in 0..<height {
          let (above, below) = (max(row - 1, 0) * width, min(row + 1, height - 1) * width)
          for column in 0..<width {
            let place = row * width + column
            let opacity = pixels[place].w
            if opacity == 0 { continue }
            let right = heights[row * width + min(column + 1, width - 1)]
            let left = heights[row * width + max(column - 1, 0)]
            // Uphill faces away from the light.
            let slope = (right - left) * x + (heights[below + column] - heights[above + column]) * y
            let light = min(max(-slope, -0.6), 0.6)
            var pixel = pixels[place]
            let target = light > 0 ? SIMD4<Float>(repeating: opacity) : .zero
            pixel += (target - pixel) * abs(light)
            pixel.w = opacity
            pixels[place] = pixel
          }
        }
      }
    }
  }

  /// Multiplies each place by a factor, opacity apart.
  public mutating func shade(_ factor: (_ x: Int, _ y: Int) -> Float) {
    for row in 0..<height {
      for column in 0..<width {
        let place = row * width + column
        var pixel = pixels[place] * factor(column, row)
        pixel.w = pixels[place].w
        pixels[place] = pixel
      }
    }
  }

  /// Gives red, green and blue a factor each, and moves them away from mid-gray or towards it.
  public mutating func adjust(red: Float, green: Float, blue: Float, contrast: Float) {
    let (factors, contrast) = (SIMD4(red, green, blue, 1), SIMD4(contrast, contrast, contrast, 1))
    for index in pixels.indices {
      let opacity = pixels[index].w
      let middle = SIMD4(0.5 * opacity, 0.5 * opacity, 0.5 * opacity, opacity)
      pixels[index] = middle + (pixels[index] * factors - middle) * contrast
      pixels[index].w = opacity
    }
  }

  /// Adds noise as a camera's sensor does: of its own in each pixel, partly the same in all colors.
  ///
  /// - Parameter strength: The deviation, of full brightness.
  public mutating func addGrain(_ strength: Float, using random: inout RandomSource) {
    for index in pixels.indices {
      // Eight draws of a byte, two for each of four numbers: their sum is near enough to a bell.
      let bytes = unsafeBitCast(random.next(), to: SIMD8<UInt8>.self)
      let draws = SIMD4<Float>(bytes.lowHalf) + SIMD4<Float>(bytes.highHalf) - 255
      let scaled = draws * (strength / 104)
      var pixel = pixels[index]
      let opacity = pixel.w
      pixel += (scaled + SIMD4<Float>(repeating: scaled.w)) * 0.8 * opacity
      pixel.w = opacity
      pixels[index] = pixel
    }
  }

  /// This canvas at another size; each pixel a mixture of four.
  public func resized(width newWidth: Int, height newHeight: Int) -> Canvas {
    var result = Canvas(width: newWidth, height: newHeight)
    let (scaleX, scaleY) = (
      Double(width) / Double(newWidth), Double(height) / Double(newHeight)
    )
    for row in 0..<newHeight {
      let y = min(max((Double(row) + 0.5) * scaleY - 0.5, 0), Double(height - 1))
      let (top, v) = (Int(y), Float(y - y.rounded(.down)))
      let below = min(top + 1, height - 1)
      for column in 0..<newWidth {
        let x = min(max((Double(column) + 0.5) * scaleX - 0.5, 0), Double(width - 1))
        let (left, u) = (Int(x), Float(x - x.rounded(.down)))
        let right = min(left + 1, width - 1)
        let upper =
          pixels[top * width + left] * (1 - u) + pixels[top * width + right] * u
        let lower =
          pixels[below * width + left] * (1 - u) + pixels[below * width + right] * u
        result.pixels[row * newWidth + column] = upper * (1 - v) + lower * v
      }
    }
    return result
  }
}
