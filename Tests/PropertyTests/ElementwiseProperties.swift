import Foundation
import RetrogradTensors
import Testing

@Suite struct ElementwiseProperties {
  private static let binary:
    [(
      name: String, fast: @Sendable (Tensor, Tensor) -> Tensor,
      slow: @Sendable (Double, Double) -> Double
    )] = [
      ("+", { $0 + $1 }, { $0 + $1 }), ("−", { $0 - $1 }, { $0 - $1 }),
      ("·", { $0 * $1 }, { $0 * $1 }), ("/", { $0 / $1 }, { $0 / $1 }),
      ("maximum", { maximum($0, $1) }, { $0.isNaN || $1.isNaN ? .nan : $0 > $1 ? $0 : $1 }),
      ("minimum", { minimum($0, $1) }, { $0.isNaN || $1.isNaN ? .nan : $0 < $1 ? $0 : $1 }),
      (".>", { $0 .> $1 }, { $0 > $1 ? 1 : 0 }), (".<", { $0 .< $1 }, { $0 < $1 ? 1 : 0 }),
      (".>=", { $0 .>= $1 }, { $0 >= $1 ? 1 : 0 }), (".<=", { $0 .<= $1 }, { $0 <= $1 ? 1 : 0 }),
      (".==", { $0 .== $1 }, { $0 == $1 ? 1 : 0 }), (".!=", { $0 .!= $1 }, { $0 != $1 ? 1 : 0 }),
      ("masked", { $0.masked(by: $1) }, { $1 != 0 ? $0 : 0 }),
    ]

  @Test("operations on two tensors take each pair of elements, broadcast")
  func pairs() {
    checkProperty { choices in
      let operation = choices.element(of: Self.binary)
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...4, largest: 300))
      var shapes = [shape, choices.broadcasting(to: shape)]
      if choices.isChosen() { shapes.swapAt(0, 1) }
      let a = choices.tensor(shapes[0], dtype, isAwkward: true)
      let b = choices.tensor(shapes[1], dtype, isAwkward: true)
      choices.note("\(a) \(operation.name) \(b)")
      let (slowA, slowB) = (Slow(a), Slow(b))
      return difference(
        operation.fast(a, b),
        Tensor(shape, dtype) {
          operation.slow(slowA.repeated($0), slowB.repeated($0))
        })
    }
  }

  private static let withNumber:
    [(
      name: String, fast: @Sendable (Tensor, Double) -> Tensor,
      slow: @Sendable (Double, Double) -> Double
    )] = [
      ("x + a", { $0 + $1 }, { $0 + $1 }), ("a + x", { $1 + $0 }, { $0 + $1 }),
      ("x − a", { $0 - $1 }, { $0 - $1 }), ("a − x", { $1 - $0 }, { $1 - $0 }),
      ("x · a", { $0 * $1 }, { $0 * $1 }), ("a · x", { $1 * $0 }, { $0 * $1 }),
      ("x / a", { $0 / $1 }, { $0 / $1 }), ("a / x", { $1 / $0 }, { $1 / $0 }),
      ("−x", { x, _ in -x }, { x, _ in -x }),
      ("clamp from a", { $0.clamped(min: $1) }, { $0 < $1 ? $1 : $0 }),
      ("clamp to a", { $0.clamped(max: $1) }, { $0 > $1 ? $1 : $0 }),
      ("x .> a", { $0 .> $1 }, { $0 > $1 ? 1 : 0 }),
      ("x .<= a", { $0 .<= $1 }, { $0 <= $1 ? 1 : 0 }),
    ]

  @Test("operations on a tensor and a number take each element")
  func numbers() {
    checkProperty { choices in
      let operation = choices.element(of: Self.withNumber)
      let dtype = choices.dtype()
      let x = choices.tensor(
        choices.shape(rank: 0...3, largest: 300, mostElements: 70_000), dtype, isAwkward: true)
      let number = choices.eighths()
      choices.note("\(operation.name) with x = \(x), a = \(number)")
      let slow = Slow(x)
      return difference(
        operation.fast(x, number), Tensor(x.shape, dtype) { operation.slow(slow[$0], number) })
    }
  }

  @Test("in-place operations change their own tensor and no other that shares its memory")
  func inPlace() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...3))
      let a = choices.tensor(shape, dtype)
      let b = choices.tensor(choices.broadcasting(to: shape), dtype)
      let (before, slowA, slowB) = (a.scalars, Slow(a), Slow(b))
      choices.note("a = \(a), b = \(b)")
      var changed = choices.isChosen() ? a : a * 1
      let slow: (Double, Double) -> Double
      switch choices.integer(in: 0...3) {
      case 0:
        changed += b
        slow = { $0 + $1 }
      case 1:
        changed -= b
        slow = { $0 - $1 }
      case 2:
        changed *= b
        slow = { $0 * $1 }
      default:
        changed.fill(2)
        slow = { _, _ in 2 }
      }
      if a.scalars != before { return "a has become \(a)" }
      return difference(
        changed, Tensor(shape, dtype) { slow(slowA[$0], slowB.repeated($0)) })
    }
  }

  /// Name, function, slow version, and the magnitude from which errors count relative to the result.
  private static let functions:
    [(
      name: String, fast: @Sendable (Tensor) -> Tensor, slow: @Sendable (Double) -> Double,
      floor: Double
    )] = [
      ("exp", { $0.exp() }, { Foundation.exp($0) }, 1e-30),
      ("log", { $0.log() }, { Foundation.log($0) }, 1),
      ("sqrt", { $0.sqrt() }, { $0.squareRoot() }, 1e-30),
      ("tanh", { $0.tanh() }, { Foundation.tanh($0) }, 1e-30),
      ("sigmoid", { $0.sigmoid() }, { 1 / (1 + Foundation.exp(-$0)) }, 1e-30),
      ("relu", { $0.relu() }, { $0 <= 0 ? 0 : $0 }, 1e-30),
      ("abs", { $0.abs() }, { Swift.abs($0) }, 1e-30),
      ("sign", { $0.sign() }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, 1e-30),
      ("log1p", { $0.log1p() }, { Foundation.log1p($0) }, 1e-6),
      ("expm1", { $0.expm1() }, { Foundation.expm1($0) }, 1e-6),
      ("sin", { $0.sin() }, { Foundation.sin($0) }, 1),
      ("cos", { $0.cos() }, { Foundation.cos($0) }, 1),
      ("erf", { $0.erf() }, { Foundation.erf($0) }, 1),
      ("round", { $0.round() }, { $0.rounded(.toNearestOrEven) }, 1e-30),
      ("leakyReLU", { $0.leakyReLU(slope: 0.25) }, { $0 > 0 ? $0 : $0 * 0.25 }, 1e-30),
      ("elu", { $0.elu(alpha: 1.5) }, { $0 > 0 ? $0 : 1.5 * Foundation.expm1($0) }, 1e-6),
      ("silu", { $0.silu() }, { $0 / (1 + Foundation.exp(-$0)) }, 1),
      ("pow 2", { $0.pow(2) }, { $0 * $0 }, 1e-30),
      ("pow 3", { $0.pow(3) }, { Foundation.pow($0, 3) }, 1e-30),
      ("pow ½", { $0.pow(0.5) }, { $0.squareRoot() }, 1e-30),
      ("pow −½", { $0.pow(-0.5) }, { 1 / $0.squareRoot() }, 1e-30),
    ]

  @Test("functions of one number take each element, awkward ones too")
  func functions() {
    checkProperty { choices in
      let function = choices.element(of: Self.functions)
      let dtype = choices.dtype()
      // −∞ · 0 has no limit that both forms of silu agree on.
      let x = choices.tensor(
        choices.shape(rank: 0...3, largest: 300, mostElements: 70_000), dtype,
        isAwkward: function.name != "silu")
      choices.note("\(function.name) of \(x)")
      let slow = Slow(x)
      return relativeDifference(
        function.fast(x), Tensor(x.shape, dtype) { function.slow(slow[$0]) },
        tolerance: dtype == .float32 ? 4e-7 : 1e-14, floor: function.floor)
    }
  }

  @Test("powers of one tensor to another take each pair of elements")
  func powers() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...3))
      let base = choices.tensor(shape, dtype).abs() + 0.125
      let exponent = choices.tensor(choices.broadcasting(to: shape), dtype)
      choices.note("\(base) to the power of \(exponent)")
      let (slowBase, slowExponent) = (Slow(base), Slow(exponent))
      return relativeDifference(
        base.pow(exponent),
        Tensor(shape, dtype) { Foundation.pow(slowBase[$0], slowExponent.repeated($0)) },
        tolerance: dtype == .float32 ? 4e-7 : 1e-14, floor: 1e-30)
    }
  }

  @Test("logAddExp adds each pair of exponentials, those of large numbers too")
  func sumsOfExponentials() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...3))
      // Equal infinities and NaN included; up to thousands, whose exponentials are 0 or infinite.
      let a = choices.tensor(shape, dtype, isAwkward: true) * choices.element(of: [1.0, 1000])
      let b = choices.tensor(choices.broadcasting(to: shape), dtype, isAwkward: true)
      choices.note("logAddExp of \(a) and \(b)")
      let (slowA, slowB) = (Slow(a), Slow(b))
      return relativeDifference(
        logAddExp(a, b),
        Tensor(shape, dtype) {
          let (x, y) = (slowA[$0], slowB.repeated($0))
          if x.isNaN || y.isNaN { return .nan }
          let (low, high) = (min(x, y), max(x, y))
          return high.isInfinite ? high : high + Foundation.log(1 + Foundation.exp(low - high))
        }, tolerance: dtype == .float32 ? 4e-7 : 1e-14, floor: 1)
    }
  }

  @Test("prelu multiplies what is not positive by its channel's slope")
  func slopes() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 2...4))
      let x = choices.tensor(shape, dtype, isAwkward: true)
      let weight = choices.tensor([choices.isChosen() ? 1 : shape[1]], dtype)
      choices.note("prelu of \(x) with slopes \(weight)")
      let (slowX, slowWeight) = (Slow(x), Slow(weight))
      return difference(
        prelu(x, weight),
        Tensor(shape, dtype) {
          let slope = slowWeight[[weight.count == 1 ? 0 : $0[1]]]
          return slowX[$0] > 0 ? slowX[$0] : slowX[$0] * slope
        })
    }
  }

  @Test("select takes one of two elements by a third, all broadcast")
  func selects() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...3))
      let condition = choices.tensor(shape, choices.dtype(), isAwkward: true).sign()
      let a = choices.tensor(choices.broadcasting(to: shape), dtype, isAwkward: true)
      let b = choices.tensor(choices.broadcasting(to: shape), dtype, isAwkward: true)
      choices.note("condition \(condition), a = \(a), b = \(b)")
      let (slowA, slowB, slowCondition) = (Slow(a), Slow(b), Slow(condition))
      return difference(
        select(condition, a, b),
        Tensor(shape, dtype) {
          slowCondition[$0] != 0 ? slowA.repeated($0) : slowB.repeated($0)
        })
    }
  }

  @Test("numbers keep their value in another type, rounded once")
  func conversions() {
    checkProperty { choices in
      let x = choices.tensor(choices.shape(rank: 0...3), choices.dtype(), isAwkward: true)
      choices.note("\(x)")
      let other: DType = x.dtype == .float32 ? .float64 : .float32
      return difference(x.converted(to: other), Tensor(x.scalars, shape: x.shape, dtype: other))
    }
  }
}

extension Slow {
  /// The element that broadcasting puts at some indices of a larger shape.
  func repeated(_ indices: [Int]) -> Double {
    let own = indices.suffix(shape.count)
    return self[zip(own, shape).map { $1 == 1 ? 0 : $0 }]
  }
}

/// What distinguishes two tensors when each error counts relative to its own element, or to `floor`
/// where that is larger; `nil` where they agree.
private func relativeDifference(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double, floor: Double
) -> String? {
  if actual.shape != expected.shape || actual.dtype != expected.dtype {
    return "is \(actual.dtype) \(actual.shape), expected \(expected.dtype) \(expected.shape)"
  }
  for (a, b) in zip(actual.scalars, expected.scalars) {
    if a == b || (a.isNaN && b.isNaN) { continue }
    if a.isFinite && b.isFinite && Swift.abs(a - b) <= tolerance * max(floor, Swift.abs(b)) {
      continue
    }
    return "has \(a), expected \(b)"
  }
  return nil
}
