import Foundation
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Functions of the vector unit")
struct VectorFunctionTests {
  /// How many representable numbers lie between two.
  private func units(_ a: Float, _ b: Double) -> Double {
    let expected = Float(b)
    if a == expected || (a.isNaN && expected.isNaN) { return 0 }
    return abs(Double(a) - b) / Double(max(expected.magnitude.ulp, .leastNonzeroMagnitude))
  }

  @Test("eˣ is right to two units of the last place", arguments: InstructionSet.available)
  func exponential(instructions: InstructionSet) {
    let x = stride(from: Float(-104.5), through: 89.5, by: 0.0137).map { $0 }
    let y = instructions.use { Tensor(x).exp() }.floats
    let worst = zip(x, y).map { units($1, exp(Double($0))) }.max() ?? 0
    #expect(worst <= 2, "\(worst)")
    let special: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 200, -200, 1e-30, 88.7, -87.4]
    for (x, y) in zip(special, instructions.use { Tensor(special).exp() }.floats) {
      #expect(units(y, exp(Double(x))) <= 2, "exp(\(x)) = \(y)")
    }
  }

  @Test("tanh x is right to two units of the last place", arguments: InstructionSet.available)
  func hyperbolicTangent(instructions: InstructionSet) {
    let x = stride(from: Float(-10.5), through: 10.5, by: 0.00137).map { $0 }
    let y = instructions.use { Tensor(x).tanh() }.floats
    let worst = zip(x, y).map { units($1, tanh(Double($0))) }.max() ?? 0
    #expect(worst <= 2, "\(worst)")
    let special: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 200, -200, 1e-30, -1e-37, 0.625]
    for (x, y) in zip(special, instructions.use { Tensor(special).tanh() }.floats) {
      #expect(units(y, tanh(Double(x))) <= 2, "tanh(\(x)) = \(y)")
      #expect(x.isNaN || y.sign == x.sign)
    }
  }

  @Test(
    "an element's result does not depend on where it stands", arguments: InstructionSet.available)
  func places(instructions: InstructionSet) {
    var random = RandomSource(seed: 5)
    let x = Tensor.normal([101], using: &random)
    instructions.use {
      let (exponentials, tangents) = (x.exp(), x.tanh())
      for first in [1, 7, 60, 97] {
        #expect(x[first..<101].exp() == exponentials[first..<101])
        #expect(x[first..<101].tanh() == tangents[first..<101])
      }
    }
  }

  @Test(
    "steps of Adam are those of its formula, whatever the length",
    arguments: InstructionSet.available, DType.allCases)
  func adam(instructions: InstructionSet, dtype: DType) {
    let step = AdamStep(
      learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01,
      decoupledWeightDecay: 0.05, step: 3)
    for count in [0, 1, 3, 16, 37] {
      var random = RandomSource(seed: 6)
      func numbers() -> Tensor { .normal([count], dtype: dtype, using: &random) }
      var (p, g, m) = (numbers(), numbers(), numbers())
      var v = numbers().abs()
      let before = (p, m, v)
      instructions.use { step.apply(to: &p, gradient: g, mean: &m, meanSquare: &v) }
      for i in 0..<count {
        let old = before.0[i] * (1 - 0.1 * 0.05)
        let slope = g[i] + 0.01 * old
        let mean = 0.9 * before.1[i] + 0.1 * slope
        let square = 0.99 * before.2[i] + 0.01 * slope * slope
        let (first, second) = (mean / (1 - pow(0.9, 3)), square / (1 - pow(0.99, 3)))
        let expected = old - 0.1 * first / (second.squareRoot() + 1e-6)
        let tolerance = dtype == .float32 ? 2e-6 : 1e-14
        #expect(abs(p[i] - expected) <= tolerance * max(1, abs(expected)), "\(count), \(i)")
        #expect(abs(m[i] - mean) <= tolerance && abs(v[i] - square) <= tolerance)
      }
      g *= 1
    }
  }

  @Test(
    "steps of gradient descent are those of its formula, whatever the length",
    arguments: InstructionSet.available, [0, 0.9])
  func descent(instructions: InstructionSet, momentum: Double) {
    for (count, nesterov) in [(0, false), (1, true), (5, false), (37, true)] {
      let ahead = nesterov && momentum > 0
      let step = DescentStep(
        learningRate: 0.1, momentum: momentum, isNesterov: ahead, weightDecay: 0.01)
      var random = RandomSource(seed: 6)
      var p = Tensor.normal([count], dtype: .float64, using: &random)
      let g = Tensor.normal([count], dtype: .float64, using: &random)
      var (expected, moving) = (p.scalars, [Double](repeating: 0, count: count))
      var velocity: Tensor?
      for _ in 0..<3 {
        instructions.use { step.apply(to: &p, gradient: g, velocity: &velocity) }
        for i in 0..<count {
          let slope = g[i] + 0.01 * expected[i]
          moving[i] = momentum * moving[i] + slope
          expected[i] -= 0.1 * (ahead ? slope + momentum * moving[i] : moving[i])
        }
      }
      #expect((velocity == nil) == (momentum == 0))
      for i in 0..<count { #expect(abs(p[i] - expected[i]) < 1e-14) }
    }
  }

  @Test(
    "maxima are those of a search, whatever the width", arguments: InstructionSet.available,
    DType.allCases)
  func maxima(instructions: InstructionSet, dtype: DType) {
    var random = RandomSource(seed: 8)
    let windows: [(kernel: Size2D, stride: Size2D, padding: Size2D, dilation: Size2D)] = [
      (3, 2, 0, 1), (2, 2, 0, 1), (3, 1, 1, 1), ([3, 5], [1, 3], [1, 2], 1), (3, 4, 1, 3),
      (1, 1, 0, 1), (5, 1, 2, 1), ([9, 13], 1, [4, 6], 1), ([9, 41], [2, 3], [4, 20], 1),
    ]
    instructions.use {
      for width in [7, 16, 19, 33, 34, 35, 55] {
        // Few different numbers, so that many are equal.
        var x = Tensor.uniform([2, 3, 9, width], high: 6, dtype: dtype, using: &random)
          .floor()
        x[0, 1, 4, 4] = .nan
        x[0, 1, 5, 4] = .nan
        x[1, 2, 8, width - 1] = .nan
        for i in 0..<5 { for j in 0..<7 { x[1, 2, i, j] = -.infinity } }
        for (kernel, stride, padding, dilation) in windows {
          for ceilMode in [false, true] {
            let (values, places) = maxPool2d(
              x, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
              ceilMode: ceilMode)
            let alone = maxPool2dValues(
              x, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
              ceilMode: ceilMode)
            let expected = searched(x, values.shape, kernel, stride, padding, dilation)
            #expect(places.scalars == expected, "\(width), kernel \(kernel), stride \(stride)")
            let found = expected.enumerated().map { output, place in
              x.scalars[output / (values.shape[2] * values.shape[3]) * 9 * width + place]
            }
            let largest = Tensor(found, shape: values.shape, dtype: dtype)
            #expect(disagreement(values, largest, tolerance: 0) == nil)
            #expect(disagreement(alone, largest, tolerance: 0) == nil)
          }
        }
      }
    }
  }

  /// Where the largest elements of windows lie in their planes, one window after the other.
  private func searched(
    _ x: Tensor, _ shape: [Int], _ kernel: Size2D, _ stride: Size2D, _ padding: Size2D,
    _ dilation: Size2D
  ) -> [Int] {
    let scalars = x.scalars
    let (height, width) = (x.shape[2], x.shape[3])
    return (0..<shape.reduce(1, *)).map { output in
      let (i, j) = (output / shape[3] % shape[2], output % shape[3])
      let plane = output / (shape[2] * shape[3]) * height * width
      var best: Int?
      for u in 0..<kernel.height {
        for v in 0..<kernel.width {
          let row = i * stride.height - padding.height + u * dilation.height
          let column = j * stride.width - padding.width + v * dilation.width
          guard 0..<height ~= row && 0..<width ~= column else { continue }
          let place = row * width + column
          let (value, largest) = (scalars[plane + place], best.map { scalars[plane + $0] })
          if value.isNaN || largest.map({ value > $0 }) ?? true { best = place }
        }
      }
      return best ?? -1
    }
  }
}
