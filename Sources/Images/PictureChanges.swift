// Changes of whole pictures that leave nothing to chance.

extension Picture {
  /// Left and right exchanged.
  public var mirrored: Picture {
    var result = self
    result.mirror()
    return result
  }

  /// Red, green and blue all replaced by how bright a pixel is: `0.299 r + 0.587 g + 0.114 b` (ITU-R
  /// BT.601), rounded as Pillow's `convert("L")` does.
  public var grayscale: Picture {
    var result = self
    result.removeColors()
    return result
  }

  mutating func mirror() {
    let (width, height) = (width, height)
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      for y in 0..<height {
        var left = pixels + 3 * y * width
        var right = left + 3 * (width - 1)
        while left < right {
          for channel in 0..<3 {
            (left[channel], right[channel]) = (right[channel], left[channel])
          }
          left += 3
          right -= 3
        }
      }
    }
  }

  mutating func removeColors() {
    let count = width * height
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      for i in 0..<count {
        let pixel = pixels + 3 * i
        // The factors in units of 2⁻¹⁶.
        let sum = 19595 &* UInt32(pixel[0]) &+ 38470 &* UInt32(pixel[1]) &+ 7471 &* UInt32(pixel[2])
        let gray = UInt8(truncatingIfNeeded: (sum &+ 0x8000) >> 16)
        (pixel[0], pixel[1], pixel[2]) = (gray, gray, gray)
      }
    }
  }
}
