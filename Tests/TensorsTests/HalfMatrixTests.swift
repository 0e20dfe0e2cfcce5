import Foundation
import RetrogradTestSupport
import Testing

@testable import RetrogradTensors

/// What a pattern of 16 bits stands for, from the definition of its format.
private func meaning(_ bits: UInt16, _ format: HalfPrecision) -> Double {
  let fractionBits = format == .float16 ? 10 : 7
  let bias = format == .float16 ? 15 : 127
  let exponents = format == .float16 ? 32 : 256
  let sign: Double = bits & 0x8000 == 0 ? 1 : -1
  let exponent = Int(bits & 0x7FFF) >> fractionBits
  let fraction = Double(Int(bits) & (1 << fractionBits - 1)) / Double(1 << fractionBits)
  if exponent == exponents - 1 { return fraction == 0 ? sign * .infinity : .nan }
  if exponent == 0 { return sign * fraction * pow(2, Double(1 - bias)) }
  return sign * (1 + fraction) * pow(2, Double(exponent - bias))
}

private let patterns = (0...UInt16.max).map { $0 }

@Suite("Numbers in 16 bits")
struct HalfPrecisionTests {
  func encoded(_ x: Float, _ format: HalfPrecision) -> UInt16 {
    format == .float16 ? float16Bits(x) : bfloat16Bits(x)
  }

  @Test(
    "each of the 65,536 patterns is decoded to what it stands for, and encoded to itself",
    arguments: HalfPrecision.allCases)
  func patternsAgree(format: HalfPrecision) {
    let table = Tensor(patterns.map { Float(meaning($0, format)) }, shape: [256, 256])
    let decoded = HalfMatrix(table, as: format).decoded
    let wrong = zip(patterns, decoded.floats).filter { bits, number in
      let expected = Float(meaning(bits, format))
      if expected.isNaN { return !number.isNaN }
      return number.bitPattern != expected.bitPattern || encoded(expected, format) != bits
    }
    #expect(wrong.isEmpty)
    for nan in [0x7F80_0001, 0xFF80_0001, 0x7FFF_FFFF] as [UInt32] {
      let bits = encoded(Float(bitPattern: nan), format)
      #expect(meaning(bits, format).isNaN && bits >> 15 == nan >> 31)
    }
  }

  @Test(
    "a number goes to the nearer neighbor, and halfway between them to the even one",
    arguments: HalfPrecision.allCases)
  func rounding(format: HalfPrecision) {
    let infinity: UInt16 = format == .float16 ? 0x7C00 : 0x7F80
    var wrong: [Float] = []
    for low in 0..<infinity {
      // Beyond the largest number lies, for rounding, what would come next.
      let (a, next) = (meaning(low, format), meaning(low + 1, format))
      let b = next.isFinite ? next : 2 * a - meaning(low - 1, format)
      let middle = Float((a + b) / 2)
      let even = low.isMultiple(of: 2) ? low : low + 1
      for (x, bits) in [(middle, even), (middle.nextDown, low), (middle.nextUp, low + 1)] {
        if encoded(x, format) != bits || encoded(-x, format) != bits | 0x8000 { wrong.append(x) }
      }
    }
    #expect(wrong.isEmpty)
    #expect(encoded(.greatestFiniteMagnitude, format) == infinity)
  }
}

/// The fully connected layer with weights in 16 bits, against the same in double precision with the
/// decoded weights: a sum of `k` products in any order is wrong by at most `k ε Σ|x||w|`.
@Suite("Fully connected layers with weights in 16 bits")
struct HalfLinearTests {
  static let shapes: [(inputs: Int, outputs: Int)] =
    [1, 7, 9, 17, 4097].flatMap { inputs in [1, 3, 5].map { (inputs, $0) } }
    + [(0, 3), (64, 37), (300, 200)]

  @Test(
    "agree with the decoded weights for all shapes and batches",
    arguments: InstructionSet.available,
    HalfPrecision.allCases)
  func agreement(instructions: InstructionSet, format: HalfPrecision) {
    var random = RandomSource(seed: 3)
    for (inputs, outputs) in Self.shapes {
      let weight = HalfMatrix(.normal([outputs, inputs], using: &random), as: format)
      let exact = weight.decoded.converted(to: .float64)
      let bias = Tensor.normal([outputs], using: &random)
      for batch in [0, 1, 2, 3, 8, 9, 24, 25, 60] {
        let x = Tensor.normal([batch, inputs], using: &random)
        for bias in [bias, nil] {
          let y = instructions.use { linear(x, weight, bias: bias) }
          let wide = x.converted(to: .float64)
          let expected = linear(wide, exact, bias: bias?.converted(to: .float64))
          let bound =
            linear(wide.abs(), exact.abs(), bias: bias?.abs().converted(to: .float64))
            * (Double(inputs + 2) * Double(Float.ulpOfOne)) + 1e-30
          #expect(y.shape == [batch, outputs])
          let difference = (y.converted(to: .float64) - expected).abs()
          #expect(
            zip(difference.scalars, bound.scalars).allSatisfy { $0 <= $1 },
            "\(batch) × \(inputs) → \(outputs)")
        }
      }
    }
  }

  @Test(
    "decode every pattern in the product exactly, also infinities, NaN and subnormal numbers",
    arguments: InstructionSet.available, HalfPrecision.allCases)
  func everyPattern(instructions: InstructionSet, format: HalfPrecision) {
    // One weight is multiplied by 1, its neighbors by 0; infinities and NaN have none.
    let numbers = patterns.map { meaning($0, format) }.filter(\.isFinite).map { Float($0) }
    let width = 31
    let rows = numbers.count / width
    let table = Tensor(Array(numbers.prefix(rows * width)), shape: [rows, width])
    let weight = HalfMatrix(table, as: format)
    for batch in [width, 1, 4] {
      let chosen = Tensor.identity(width)[0..<min(batch, width)]
      let y = instructions.use { linear(chosen, weight) }
      for (row, values) in (0..<chosen.shape[0]).map({ ($0, y[$0..<($0 + 1)].floats) }) {
        #expect(values == (0..<rows).map { numbers[$0 * width + row] })
      }
    }
    let special = HalfMatrix(Tensor([.infinity, -.infinity, .nan], shape: [3, 1]), as: format)
    for batch in [1, 2, 30] {
      let y = instructions.use { linear(.ones([batch, 1]), special) }.floats
      #expect(y[0] == .infinity && y[1] == -.infinity && y[2].isNaN)
    }
  }

  @Test("give the same bits for any number of threads", arguments: HalfPrecision.allCases)
  func threads(format: HalfPrecision) {
    var random = RandomSource(seed: 4)
    let weight = HalfMatrix(.normal([1001, 513], using: &random), as: format)
    for batch in [1, 5, 40] {
      let x = Tensor.normal([batch, 513], using: &random)
      let results = [1, 2, 3, 8].map { Threads.withLimit($0) { linear(x, weight) } }
      #expect(results.allSatisfy { $0 == results[0] })
    }
  }

  @Test("say which shapes do not fit")
  func mistakes() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = linear(.zeros([2, 3]), HalfMatrix(.zeros([5, 4]), as: .bfloat16))
    }
    #expect(
      result?.message.contains("input [2, 3] and bfloat16 weight [5, 4] do not fit") == true)
  }
}
