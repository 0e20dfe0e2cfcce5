// Pictures' bytes to numbers and back.

extension Tensor {
  /// Planes [3, H, W] from interleaved 8-bit red, green and blue: `(byte / 255 − mean) / deviation`.
  package init(pixels: [UInt8], width: Int, height: Int, mean: [Double], deviation: [Double]) {
    self.init(uninitialized: [3, height, width], dtype: .float32)
    let plane = width * height
    // 256 values a channel: computed once, as PyTorch would in single precision.
    let tables = (0..<3).map { channel in
      (0..<256).map { (Float($0) / 255 - Float(mean[channel])) / Float(deviation[channel]) }
    }
    withMutable(Float.self) { y in
      pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<3 {
          tables[channel].withUnsafeBufferPointer { table in
            for i in 0..<plane { y[channel * plane + i] = table[Int(pixels[3 * i + channel])] }
          }
        }
      }
    }
  }

  /// Interleaved 8-bit red, green and blue from planes of numbers from 0 to 1, one or three of them.
  package func pixels(channels: Int) -> [UInt8] {
    let plane = count / channels
    let numbers = floats
    return [UInt8](unsafeUninitializedCapacity: 3 * plane) { pixels, initialized in
      for i in 0..<plane {
        for channel in 0..<3 {
          let number = numbers[(channels == 1 ? 0 : channel) * plane + i]
          pixels[3 * i + channel] = number > 0 ? UInt8(Swift.min(number * 255, 255).rounded()) : 0
        }
      }
      initialized = 3 * plane
    }
  }
}
