// How Resize computes: what each new pixel is made of, and the loops over bytes.

/// For each new pixel of an axis: which old ones it is made of, and how much of each.
///
/// All new pixels have equally many weights, some of them 0, so that the loops over them are simple.
struct ScalingKernel {
  static let precision = 22
  /// Half of the last place: added before what is below it is cut off, so that it rounds.
  static let half: Int32 = 1 << (precision - 1)

  /// The old pixels that the new ones are made of.
  let sources: Range<Int>
  /// The number of weights for each new pixel.
  let taps: Int
  /// The first old pixel of each new one, counted from the first of `sources`.
  private(set) var starts: [Int]
  /// The weights of all new pixels one after the other, in units of 2⁻²².
  private(set) var weights: [Int32]

  /// - Parameters:
  ///   - old: The number of old pixels.
  ///   - new: The number of new pixels.
  ///   - places: The new pixels to compute, at least one.
  init(from old: Int, to new: Int, computing places: Range<Int>) {
    let scale = Double(old) / Double(new)
    // When a picture is made smaller the triangle grows to cover every old pixel.
    let support = max(scale, 1)
    let inverse = 1 / support
    func center(_ place: Int) -> Double { (Double(place) + 0.5) * scale }
    func covered(_ place: Int) -> Range<Int> {
      let center = center(place)
      return max(0, Int(center - support + 0.5))..<min(old, Int(center + support + 0.5))
    }
    sources = covered(places.lowerBound).lowerBound..<covered(places.upperBound - 1).upperBound
    var most = 0
    for place in places { most = max(most, covered(place).count) }
    taps = most
    starts = [Int](repeating: 0, count: places.count)
    weights = [Int32](repeating: 0, count: places.count * taps)
    for (index, place) in places.enumerated() {
      let (center, pixels) = (center(place), covered(place))
      func triangle(_ pixel: Int) -> Double {
        max(0, 1 - abs((Double(pixel) - center + 0.5) * inverse))
      }
      var sum = 0.0
      for pixel in pixels { sum += triangle(pixel) }
      // Near the end zeros come first, so that no weight is for an old pixel that is not there.
      let start = min(pixels.lowerBound, sources.upperBound - taps)
      starts[index] = start - sources.lowerBound
      for pixel in pixels {
        let share = sum == 0 ? triangle(pixel) : triangle(pixel) / sum
        weights[index * taps + pixel - start] = Int32(share * Double(1 << Self.precision) + 0.5)
      }
    }
  }

  /// The number of new pixels.
  var count: Int { starts.count }
}

extension Picture {
  /// The picture with each row scaled.
  func scaledHorizontally(_ kernel: ScalingKernel) -> Picture {
    let (row, newRow) = (3 * width, 3 * kernel.count)
    let pixels = scaled(kernel, byteCount: newRow * height) { loops, source, target in
      for y in 0..<height { loops.scaleRow(source + y * row, target + y * newRow) }
    }
    return Picture(width: kernel.count, height: height, pixels: pixels)
  }

  /// The picture with each column scaled.
  func scaledVertically(_ kernel: ScalingKernel) -> Picture {
    let row = 3 * width
    let pixels = scaled(kernel, byteCount: row * kernel.count) { loops, source, target in
      loops.mixRows(source, length: row, target)
    }
    return Picture(width: width, height: kernel.count, pixels: pixels)
  }

  private func scaled(
    _ kernel: ScalingKernel, byteCount: Int,
    _ body: (ScalingLoops, UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { target, initialized in
      pixels.withUnsafeBufferPointer { source in
        kernel.starts.withUnsafeBufferPointer { starts in
          kernel.weights.withUnsafeBufferPointer { weights in
            if let source = source.baseAddress, let target = target.baseAddress {
              let loops = ScalingLoops(
                starts: starts.baseAddress!, weights: weights.baseAddress!, count: kernel.count,
                taps: kernel.taps)
              body(loops, source, target)
            }
          }
        }
      }
      initialized = byteCount
    }
  }
}

/// The loops over bytes. Two weights a pixel, as enlarging takes, have loops of their own, without
/// clipping: both together are at most 1 + 2⁻²², too little to make more than 255 of two bytes.
private struct ScalingLoops {
  let starts: UnsafePointer<Int>
  let weights: UnsafePointer<Int32>
  let count: Int
  let taps: Int

  /// One row of pixels.
  func scaleRow(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    for x in 0..<count {
      var from = source + 3 * starts[x]
      let (to, weights) = (target + 3 * x, weights + x * taps)
      if taps == 2 {
        for channel in 0..<3 {
          to[channel] = mixed(from[channel], from[3 + channel], weights[0], weights[1])
        }
      } else {
        var (red, green, blue) = (ScalingKernel.half, ScalingKernel.half, ScalingKernel.half)
        for i in 0..<taps {
          red &+= Int32(from[0]) &* weights[i]
          green &+= Int32(from[1]) &* weights[i]
          blue &+= Int32(from[2]) &* weights[i]
          from += 3
        }
        (to[0], to[1], to[2]) = (clipped(red), clipped(green), clipped(blue))
      }
    }
  }

  /// New rows, each from several old ones.
  func mixRows(
    _ source: UnsafePointer<UInt8>, length: Int, _ target: UnsafeMutablePointer<UInt8>
  ) {
    if taps == 2 {
      for y in 0..<count {
        let (from, to) = (source + starts[y] * length, target + y * length)
        let (first, second) = (weights[2 * y], weights[2 * y + 1])
        for x in 0..<length { to[x] = mixed(from[x], from[length + x], first, second) }
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: length) { sums in
      let sums = sums.baseAddress!
      for y in 0..<count {
        sums.update(repeating: ScalingKernel.half, count: length)
        for i in 0..<taps {
          let (from, weight) = (source + (starts[y] + i) * length, weights[y * taps + i])
          for x in 0..<length { sums[x] &+= Int32(from[x]) &* weight }
        }
        let to = target + y * length
        for x in 0..<length { to[x] = clipped(sums[x]) }
      }
    }
  }

  @inline(__always)
  private func mixed(_ a: UInt8, _ b: UInt8, _ first: Int32, _ second: Int32) -> UInt8 {
    let sum = ScalingKernel.half &+ Int32(a) &* first &+ Int32(b) &* second
    return UInt8(truncatingIfNeeded: sum >> Int32(ScalingKernel.precision))
  }

  @inline(__always)
  private func clipped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(sum >> Int32(ScalingKernel.precision), 0), 255))
  }
}
