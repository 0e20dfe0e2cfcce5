import Foundation

/// A seedable source of random numbers whose whole state can be stored and restored.
///
/// The generator is xoshiro256++ (Blackman and Vigna, *Scrambled linear pseudorandom number
/// generators*, 2021), seeded through SplitMix64. Whole numbers and uniform draws are the same on
/// every platform; normal draws go through the platform's `log` and `cos` and may differ in the last
/// bit.
///
/// ```swift
/// var random = RandomSource(seed: 7)
/// let noise = Tensor.normal([2, 3], using: &random)
/// ```
public struct RandomSource: RandomNumberGenerator, Codable, Hashable, Sendable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// The sequence that belongs to `seed`.
  public init(seed: UInt64) {
    var state = seed
    s0 = Self.splitMix(&state)
    s1 = Self.splitMix(&state)
    s2 = Self.splitMix(&state)
    s3 = Self.splitMix(&state)
  }

  /// A sequence of its own for each place in a program, such as picture 7 of epoch 3: what is drawn in
  /// one place does not depend on what was drawn elsewhere before.
  ///
  /// ```swift
  /// var random = RandomSource(seed: seed, at: [3, 7])
  /// ```
  public init(seed: UInt64, at place: some Sequence<UInt64>) {
    var state = seed
    var mixed = Self.splitMix(&state)
    for number in place {
      state = mixed ^ number
      mixed = Self.splitMix(&state)
    }
    self.init(seed: mixed)
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A source with a seed from the system: another sequence each time.
  public static func unpredictable() -> RandomSource {
    RandomSource(seed: UInt64.random(in: .min ... .max))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 { RandomReplay.next(of: self) ?? advance() }

  mutating func advance() -> UInt64 {
    let sum = s0 &+ s3
    let result = (sum << 23 | sum >> 41) &+ s0
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = s3 << 45 | s3 >> 19
    return result
  }

  /// A number drawn evenly from 0 up to but without 1, in steps of 2⁻⁵³.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number drawn evenly from `low` up to but without `high`; `low` when the two are equal.
  public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    let draw = low + (high - low) * uniform()
    // The sum may be rounded up to `high`.
    return low < high ? Swift.min(draw, high.nextDown) : draw
  }

  /// A number from the normal distribution of mean 0 and standard deviation 1 (Box and Muller, *A
  /// note on the generation of random normal deviates*, 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// A number from the standard normal distribution, drawn again while it lies further from 0 than
  /// `bound`, which may be as small as you like.
  public mutating func truncatedNormal(bound: Double = 2) -> Double {
    require(bound > 0, "truncatedNormal: the bound must be positive, got \(bound)")
    while true {
      if bound >= 1 {
        let draw = normal()
        if abs(draw) <= bound { return draw }
      } else {
        // A normal draw would hardly ever lie so near to 0. An even one is taken with the density's
        // share of its peak, at least e^−½ (von Neumann, *Various techniques used in connection with
        // random digits*, 1951).
        let draw = (2 * uniform() - 1) * bound
        if uniform() < exp(-draw * draw / 2) { return draw }
      }
    }
  }

  /// A whole number drawn evenly from `range`.
  public mutating func integer(in range: Range<Int>) -> Int {
    require(!range.isEmpty, "integer(in:): the range \(range) is empty")
    return Int.random(in: range, using: &self)
  }

  /// The numbers from 0 up to but without `count`, in random order (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    require(count >= 0, "permutation: needs a count of at least 0, got \(count)")
    requireMemory(forNumbers: count, operation: "permutation")
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(in: 0..<(last + 1)))
    }
    return order
  }

  /// A new source whose sequence depends on this one's state but does not overlap with it in practice:
  /// for a worker or a layer of its own.
  public mutating func split() -> RandomSource { RandomSource(seed: next()) }
}

// MARK: - Tensors of random numbers

extension Tensor {
  /// Numbers drawn evenly from `low` up to but without `high`, also after rounding to `dtype`; all
  /// `low` when there is nothing between the two.
  public static func uniform(
    _ shape: [Int], low: Double = 0, high: Double = 1, dtype: DType = .float32,
    using random: inout RandomSource
  ) -> Tensor {
    // A draw just below `high` may be rounded up to it: the largest number below it stands for those.
    let largest = Swift.max(dtype.largest(below: high), low)
    return filled(shape, dtype) {
      let draw = low + (high - low) * random.uniform()
      return low < high ? Swift.min(draw, largest) : draw
    }
  }

  /// Numbers from a normal distribution.
  public static func normal(
    _ shape: [Int], mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using random: inout RandomSource
  ) -> Tensor {
    filled(shape, dtype) { mean + standardDeviation * random.normal() }
  }

  /// Numbers from a normal distribution, drawn again while they lie further than `bound` standard
  /// deviations from the mean.
  public static func truncatedNormal(
    _ shape: [Int], mean: Double = 0, standardDeviation: Double = 1, bound: Double = 2,
    dtype: DType = .float32, using random: inout RandomSource
  ) -> Tensor {
    filled(shape, dtype) { mean + standardDeviation * random.truncatedNormal(bound: bound) }
  }

  /// 1 with the given probability, otherwise 0.
  public static func bernoulli(
    _ shape: [Int], probability: Double, dtype: DType = .float32, using random: inout RandomSource
  ) -> Tensor {
    filled(shape, dtype) { random.uniform() < probability ? 1 : 0 }
  }

  /// Elements in row-major order, each from one call of `draw`.
  package static func filled(_ shape: [Int], _ dtype: DType, _ draw: () -> Double) -> Tensor {
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { result.fill(drawing: draw, $0) }
    return result
  }

  private mutating func fill<T: Scalar>(drawing draw: () -> Double, _ type: T.Type) {
    let count = count
    withMutable(T.self) { for i in 0..<count { $0[i] = T(draw()) } }
  }
}
