// What checks ask of a tensor as a whole.

extension Tensor {
  /// Indicates whether operations on the tensor are computed by the processor, not by a device.
  package var isComputedOnHost: Bool { computingDevice(self) == nil }

  /// Indicates whether no element is infinite or not a number.
  package var isFinite: Bool {
    if let device = computingDevice(self), let isFinite = device.areFinite([self]) {
      return isFinite[0]
    }
    return dtype.dispatch { areFinite($0) }
  }

  /// Returns for each tensor whether it ``isFinite``; a device is waited for once.
  package static func areFinite(_ tensors: [Tensor]) -> [Bool] {
    if let device = tensors.lazy.compactMap({ computingDevice($0) }).first,
      let answers = device.areFinite(tensors)
    {
      return answers
    }
    return tensors.map(\.isFinite)
  }

  /// Indicates whether an element is not a number.
  package var hasNaN: Bool {
    dtype.dispatch { containsNaN($0) }
  }

  /// Returns whether all numbers are finite. A training asks after each step: without branches inside a block the
  /// vector unit does it.
  private func areFinite<T: Scalar>(_ type: T.Type) -> Bool {
    let block = 1024
    return withElements(T.self) { numbers in
      let parts = Swift.max(1, Swift.min(4 * Threads.count, numbers.count / (1 << 16)))
      return parallelMap(parts) { index in
        let range = part(index, of: parts, in: numbers.count)
        return stride(from: range.lowerBound, to: range.upperBound, by: block).allSatisfy { start in
          var failures: UInt32 = 0
          for index in start..<Swift.min(start + block, range.upperBound) {
            failures |= numbers[index].isFinite ? 0 : 1
          }
          return failures == 0
        }
      }.allSatisfy { $0 }
    }
  }

  private func containsNaN<T: Scalar>(_ type: T.Type) -> Bool {
    withElements(T.self) { $0.contains(where: \.isNaN) }
  }

  /// Returns whether shape, dtype and every bit are those of another tensor: `NaN` is like itself, and 0 unlike −0.
  package func hasSameBits(as other: Tensor) -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    return withUnsafeBytes { mine in
      other.withUnsafeBytes { others in mine.elementsEqual(others) }
    }
  }

  /// A number that is the same for tensors with the same bits, and in practice for no others.
  package var bitHash: UInt64 {
    var hash = BitHash()
    switch dtype {
    case .float32: withElements(Float.self) { for x in $0 { hash.add(UInt64(x.bitPattern)) } }
    case .float64: withElements(Double.self) { for x in $0 { hash.add(x.bitPattern) } }
    }
    return hash.value
  }
}

extension IntTensor {
  /// A number that is the same for the same elements, and in practice for no others.
  package var bitHash: UInt64 {
    var hash = BitHash()
    for x in scalars { hash.add(UInt64(bitPattern: Int64(x))) }
    return hash.value
  }
}

/// The mixing step of SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number
/// generators*, 2014) over each word.
private struct BitHash {
  var value: UInt64 = 0

  mutating func add(_ word: UInt64) {
    var z = (value ^ word) &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    value = z ^ (z >> 31)
  }
}
