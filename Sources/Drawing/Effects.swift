import RetrogradTensors

// Changes to everything that is on a canvas.

extension Canvas {
  /// Blurs, close to a Gaussian: three means over squares in a row.
  ///
  /// - Parameter deviation: Of the Gaussian, in pixels.
  public mutating func blur(_ deviation: Double) {
    // Three boxes of width w have the variance 3 (w² − 1) / 12.
    let radius = Int((((4 * deviation * deviation + 1).squareRoot() - 1) / 2).rounded())
    if radius < 1 { return }
    for _ in 0..<3 {
      average(radius: min(radius, width), step: 1, lines: height, length: width, lineStep: width)
      average(radius: min(radius, height), step: width, lines: width, length: height, lineStep: 1)
    }
  }

  /// The mean of each pixel and its neighbours along lines; at the ends the last pixel goes on.
  private mutating func average(
    radius: Int, step: Int, lines: Int, length: Int, lineStep: Int
  ) {
    let scale = 1 / Float(2 * radius + 1)
    var line = [SIMD4<Float>](repeating: .zero, count: length)
    pixels.withUnsafeMutableBufferPointer { pixels in
      line.withUnsafeMutableBufferPointer { line in
        for index in 0..<lines {
          let start = index * lineStep
          for place in 0..<length { line[place] = pixels[start + place * step] }
          var sum = line[0] * Float(radius + 1)
          for place in 1...max(1, radius) { sum += line[min(place, length - 1)] }
          for place in 0..<length {
            pixels[start + place * step] = sum * scale
            sum += line[min(place + radius + 1, length - 1)] - line[max(place - radius, 0)]
          }
        }
      }
    }
  }

  /// The canvas's shape in one colour: what a shadow is made of.
  public func silhouette(_ color: Color) -> Canvas {
    var result = self
    let pixel = color.premultiplied
    for index in pixels.indices { result.pixels[index] = pixel * pixels[index].w }
    return result
  }

  /// Keeps what lies inside the shape of another canvas of the same size.
  public mutating func clip(to shape: Canvas) {
    requireSameSize(shape, "clip")
    for index in pixels.indices { pixels[index] *= shape.pixels[index].w }
  }

  /// Lights what is on the canvas as if it were embossed: its rim rises over some pixels.
  ///
  /// - Parameters:
  ///   - towards: Where the light comes from.
  ///   - rim: How wide the rim is, in pixels.
  ///   - strength: From 0, nothing, to about 1.
  public mutating func emboss(towards: Point, rim: Double, strength: Double) {
    var heights = silhouette(.white)
    heights.blur(rim)
    let towards = towards / max(towards.length, 1e-6)
    let factor = Float(strength * rim * 1.5)
    let (x, y) = (Float(towards.x) * factor, Float(towards.y) * factor)
    for row in 0..<height {
      let (above, below) = (max(row - 1, 0) * width, min(row + 1, height - 1) * width)
      for column in 0..<width {
        let place = row * width + column
        let opacity = pixels[place].w
        if opacity == 0 { continue }
        let slopeX =
          heights.pixels[row * width + min(column + 1, width - 1)].w
          - heights.pixels[row * width + max(column - 1, 0)].w
        let slopeY = heights.pixels[below + column].w - heights.pixels[above + column].w
        // Uphill faces away from the light.
        let light = min(max(-(slopeX * x + slopeY * y), -0.6), 0.6)
        var pixel = pixels[place]
        let target = light > 0 ? SIMD4<Float>(repeating: opacity) : .zero
        pixel += (target - pixel) * abs(light)
        pixel.w = opacity
        pixels[place] = pixel
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

  /// Gives red, green and blue a factor each, and moves them away from mid-grey or towards it.
  public mutating func adjust(red: Float, green: Float, blue: Float, contrast: Float) {
    let (factors, contrast) = (SIMD4(red, green, blue, 1), SIMD4(contrast, contrast, contrast, 1))
    for index in pixels.indices {
      let opacity = pixels[index].w
      let middle = SIMD4(0.5 * opacity, 0.5 * opacity, 0.5 * opacity, opacity)
      pixels[index] = middle + (pixels[index] * factors - middle) * contrast
      pixels[index].w = opacity
    }
  }

  /// Adds noise as a camera's sensor does: of its own in each pixel, partly the same in all colours.
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

  func requireSameSize(_ other: Canvas, _ operation: String) {
    require(
      other.width == width && other.height == height,
      "Canvas.\(operation): expects a canvas of \(width) × \(height), got \(other.width) × "
        + "\(other.height)")
  }
}
