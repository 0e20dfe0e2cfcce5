import Foundation
import RetrogradTensors
import Testing

@Suite("A tensor")
struct TensorTests {
  @Test("is made from nested lists, numbers and arrays")
  func literals() {
    let matrix = Tensor([[1, 2, 3], [4, 5, -6]])
    #expect(matrix.shape == [2, 3] && matrix.dtype == .float32)
    #expect(matrix.scalars == [1, 2, 3, 4, 5, -6])
    let list: Tensor = [[[0.5]], [[1.5]]]
    #expect(list.shape == [2, 1, 1])
    #expect(Tensor([[0.1]], dtype: .float64)[0, 0] == 0.1)
    #expect(Tensor(3).shape == [])
    #expect(Tensor([1, 2, 3, 4], shape: [2, 2])[1, 0] == 3)
    #expect(Tensor([0.1, 0.2] as [Float]).floats == [0.1, 0.2])
    #expect(Tensor.arange(0, 5, step: 2).scalars == [0, 2, 4])
    #expect(Tensor.identity(2).scalars == [1, 0, 0, 1])
  }

  @Test("is a value: a copy does not change with the original")
  func copyOnWrite() {
    var a = Tensor([1, 2, 3])
    let b = a
    let row = a.reshaped([3, 1])
    a[0] = 10
    a += Tensor([1, 1, 1])
    #expect(a.scalars == [11, 3, 4])
    #expect(b.scalars == [1, 2, 3] && row.scalars == [1, 2, 3])
  }

  @Test(
    "is a value whether its elements are few or many",
    arguments: [0, 1, 127, 128, 129, 255, 256, 257, 5000], DType.allCases)
  func sizes(count: Int, dtype: DType) {
    let numbers = (0..<count).map(Double.init)
    var a = Tensor(numbers, dtype: dtype)
    let b = a
    a += Tensor.ones(like: a)
    #expect(a.scalars == numbers.map { $0 + 1 } && b.scalars == numbers)
    #expect(a.dtype == dtype && b.dtype == dtype)
  }

  @Test("a range of the leading axis can be changed without changing the whole")
  func rangeIsAValue() {
    let whole = Tensor([[1, 2], [3, 4], [5, 6]])
    var part = whole[1..<3]
    part[0, 0] = -1
    #expect(part.scalars == [-1, 4, 5, 6] && whole[1, 0] == 3)
    #expect(whole[3..<3].shape == [0, 2])
  }

  @Test("indices count from the end when negative")
  func negativeIndex() {
    #expect(Tensor([[1, 2], [3, 4]])[-1, -2] == 3)
  }

  @Test("equality is of shape, dtype and every element")
  func equality() {
    #expect(Tensor([1, 2]) == Tensor([1, 2]))
    #expect(Tensor([1, 2]) != Tensor([[1, 2]]))
    #expect(Tensor([1, 2]) != Tensor([1, 2], dtype: .float64))
    #expect(Tensor([Double.nan]) != Tensor([Double.nan]))
  }

  @Test("conversion rounds, and is undone where nothing was lost")
  func conversion() {
    let x = Tensor([0.1, 1e300], dtype: .float64)
    #expect(x.converted(to: .float32).scalars == [Double(Float(0.1)), .infinity])
    #expect(Tensor([0.1]).converted(to: .float64).converted(to: .float32) == Tensor([0.1]))
  }

  @Test("an empty tensor goes through every operation")
  func empty() {
    let x = Tensor.zeros([0, 3])
    #expect((x + x).shape == [0, 3] && (x * 2).exp().shape == [0, 3])
    #expect((x + Tensor.ones([1, 3])).shape == [0, 3])
    #expect(x.sum().item() == 0 && x.sum(axes: [0]).scalars == [0, 0, 0])
    #expect(x.sum(axes: [1]).shape == [0] && x.mean().item().isNaN)
    #expect(x.permuted([1, 0]).shape == [3, 0] && x.argmax(axis: 1).shape == [0])
    #expect(x.padded([(1, 0), (0, 0)]).shape == [1, 3])
    #expect(concatenate([x, Tensor.ones([2, 3])]).shape == [2, 3])
    #expect(x.amax(axes: [1]).shape == [0] && x.softmax(axis: 1).shape == [0, 3])
  }
}

@Suite("Element by element")
struct ElementwiseTests {
  /// Broadcasting as its definition says, one element at a time.
  static func broadcast(
    _ a: Tensor, _ b: Tensor, to shape: [Int], _ f: (Double, Double) -> Double
  ) -> [Double] {
    func place(_ extents: [Int], _ index: [Int]) -> Int {
      var position = 0
      for (axis, extent) in extents.enumerated() {
        let i = index[axis + index.count - extents.count]
        position = position * extent + (extent == 1 ? 0 : i)
      }
      return position
    }
    let (x, y) = (a.scalars, b.scalars)
    return (0..<shape.reduce(1, *)).map { flat in
      var rest = flat
      var index = [Int](repeating: 0, count: shape.count)
      for axis in shape.indices.reversed() {
        index[axis] = rest % shape[axis]
        rest /= shape[axis]
      }
      return f(x[place(a.shape, index)], y[place(b.shape, index)])
    }
  }

  static let shapes: [(a: [Int], b: [Int], result: [Int])] = [
    ([], [], []), ([3], [], [3]), ([], [2, 3], [2, 3]), ([3], [2, 3], [2, 3]),
    ([2, 1], [1, 3], [2, 3]), ([2, 3], [2, 1], [2, 3]), ([4, 1, 3], [2, 1], [4, 2, 3]),
    ([2, 3, 4, 5], [1, 3, 1, 1], [2, 3, 4, 5]), ([2, 1, 4, 1], [3, 1, 5], [2, 3, 4, 5]),
    ([1, 1], [1], [1, 1]), ([0, 3], [1, 3], [0, 3]), ([300, 200], [200], [300, 200]),
  ]

  @Test("shapes broadcast by NumPy's rule", arguments: shapes, DType.allCases)
  func broadcasting(_ shapes: (a: [Int], b: [Int], result: [Int]), dtype: DType) {
    var random = RandomSource(seed: 5)
    let a = Tensor.uniform(shapes.a, low: -2, high: 2, dtype: dtype, using: &random)
    let b = Tensor.uniform(shapes.b, low: 1, high: 2, dtype: dtype, using: &random)
    func rounded(_ x: Double) -> Double { dtype == .float32 ? Double(Float(x)) : x }
    let checks: [(Tensor, (Double, Double) -> Double)] = [
      (a + b, { $0 + $1 }), (a - b, { $0 - $1 }), (a * b, { $0 * $1 }), (a / b, { $0 / $1 }),
      (maximum(a, b), { max($0, $1) }), (minimum(a, b), { min($0, $1) }),
      (a .> b, { $0 > $1 ? 1 : 0 }), (a .<= b, { $0 <= $1 ? 1 : 0 }),
    ]
    for (tensor, f) in checks {
      #expect(tensor.shape == shapes.result)
      let expected = Self.broadcast(a, b, to: shapes.result) { rounded(f($0, $1)) }
      #expect(tensor.scalars == expected)
    }
  }

  @Test("a Swift number takes the tensor's dtype", arguments: DType.allCases)
  func numbers(dtype: DType) {
    let x = Tensor([1, 2], dtype: dtype)
    #expect((x * 3 + 1).scalars == [4, 7] && (x * 3 + 1).dtype == dtype)
    #expect(
      (1 - x).scalars == [0, -1] && (2 / x).scalars == [2, 1] && (x / 2).scalars == [0.5, 1])
    #expect((-x).scalars == [-1, -2])
  }

  @Test("functions have the values of their definitions, and of their limits")
  func functions() {
    let x = Tensor([-1000, -1, 0, 1, 1000, .infinity], dtype: .float64)
    let (below, above): (Double, Double) = (exp(-1) / (1 + exp(-1)), 1 / (1 + exp(-1)))
    #expect(x.sigmoid().scalars == [0, below, 0.5, above, 1, 1])
    #expect(x.relu().scalars == [0, 0, 0, 1, 1000, .infinity])
    #expect(x.abs().scalars == [1000, 1, 0, 1, 1000, .infinity])
    #expect(x.sign().scalars == [-1, -1, 0, 1, 1, 1])
    #expect(x.clamped(min: -1, max: 2).scalars == [-1, -1, 0, 1, 2, 2])
    #expect(x.clamped(max: 0).scalars == [-1000, -1, 0, 0, 0, 0])
    #expect(Tensor([-2, 0, 3], dtype: .float64).pow(3).scalars == [-8, 0, 27])
    #expect(Tensor([0, 2], dtype: .float64).pow(0).scalars == [1, 1])
    #expect(Tensor([0, 4], dtype: .float64).pow(-0.5).scalars == [.infinity, 0.5])
    #expect(Tensor([-8], dtype: .float64).pow(0.5).item().isNaN)
    #expect(Tensor([Double.nan]).relu().item().isNaN)
    let largest = maximum(Tensor([Double.nan, 1]), Tensor([1, Double.nan])).scalars
    #expect(largest.allSatisfy { $0.isNaN })
  }

  @Test("powers of ±½ are square roots, as in PyTorch", arguments: DType.allCases)
  func squareRootPowers(dtype: DType) {
    let x = Tensor([-.infinity, -0.0, 0, 4, .infinity], dtype: dtype)
    let (root, inverse) = (x.pow(0.5).scalars, x.pow(-0.5).scalars)
    #expect(root[0].isNaN && root[1].sign == .minus && root[1...] == [0, 0, 2, .infinity])
    #expect(inverse[0].isNaN && inverse[1...] == [-.infinity, .infinity, 0.5, 0])
  }

  @Test("arithmetic in place changes only the tensor it is done to")
  func inPlace() {
    var x = Tensor([[1, 2], [3, 4]])
    let before = x
    x -= Tensor([1, 1])
    x *= Tensor([[2], [3]])
    x *= 10
    #expect(x.scalars == [0, 20, 60, 90] && before.scalars == [1, 2, 3, 4])
  }

  @Test("select takes from one or the other")
  func choice() {
    let chosen = select(Tensor([1, 0, 2]), Tensor([[1, 2, 3], [4, 5, 6]]), Tensor([-1]))
    #expect(chosen.scalars == [1, -1, 3, 4, -1, 6])
  }
}

@Suite("Reductions")
struct ReductionTests {
  static let axes: [[Int]] = [
    [0], [1], [2], [3], [-1], [0, 1], [0, 2], [1, 3], [0, 2, 3], [0, 1, 2, 3], [3, 0],
  ]

  /// The sum and the largest over `axes`, one element at a time.
  static func reference(_ x: Tensor, _ axes: [Int]) -> (sums: [Double], largest: [Double]) {
    let axes = axes.map { $0 < 0 ? $0 + x.rank : $0 }
    let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    var sums = [Double](repeating: 0, count: kept.reduce(1, *))
    var largest = [Double](repeating: -.infinity, count: sums.count)
    for (flat, value) in x.scalars.enumerated() {
      var rest = flat
      var position = 0
      var step = 1
      for axis in x.shape.indices.reversed() {
        if kept[axis] != 1 || x.shape[axis] == 1 {
          position += rest % x.shape[axis] * step
          step *= x.shape[axis]
        }
        rest /= x.shape[axis]
      }
      sums[position] += value
      largest[position] = max(largest[position], value)
    }
    return (sums, largest)
  }

  @Test("sums, means and extremes over any axes", arguments: axes, DType.allCases)
  func overAxes(_ axes: [Int], dtype: DType) {
    var random = RandomSource(seed: 11)
    let x = Tensor.uniform([3, 4, 5, 70], low: -1, high: 1, dtype: dtype, using: &random)
    let (sums, largest) = Self.reference(x, axes)
    let tolerance = dtype == .float32 ? 1e-5 : 1e-13
    let n = Double(x.count / sums.count)
    #expect(zip(x.sum(axes: axes).scalars, sums).allSatisfy { abs($0 - $1) < tolerance * n })
    #expect(zip(x.mean(axes: axes).scalars, sums).allSatisfy { abs($0 - $1 / n) < tolerance })
    #expect(x.amax(axes: axes).scalars == largest)
    #expect((-x).amin(axes: axes).scalars == largest.map { -$0 })
    #expect(x.sum(axes: axes, keepDims: true).rank == 4)
    let resolved = Set(axes.map { $0 < 0 ? $0 + 4 : $0 })
    #expect(
      x.sum(axes: axes).shape == (0..<4).filter { !resolved.contains($0) }.map { x.shape[$0] })
  }

  @Test("float32 sums are accumulated in double precision")
  func accuracy() {
    let x = Tensor(repeating: 0.1, shape: [1000, 1000])
    let exact = Double(Float(0.1)) * 1e6
    #expect(abs(x.sum().item() - exact) / exact < 1e-7)
    #expect(abs(x.sum(axes: [0]).sum().item() - exact) / exact < 1e-7)
  }

  @Test("variance divides by n − correction")
  func variance() {
    let x = Tensor([[1, 2, 3, 4], [2, 2, 2, 2]], dtype: .float64)
    #expect(x.variance(axes: [1]).scalars == [5.0 / 3, 0])
    #expect(x.variance(axes: [1], correction: 0).scalars == [1.25, 0])
    #expect(Tensor([5]).variance().item().isNaN)
  }

  @Test("argmax names the first of equals, and NaN before all")
  func argmax() {
    #expect(Tensor([[1, 3, 3], [5, 5, 0]]).argmax(axis: 1) == [1, 0])
    #expect(Tensor([[1, 3, 3], [5, 5, 0]]).argmax(axis: 0) == [1, 1, 0])
    #expect(Tensor([[1, 3], [5, 5]]).argmax() == 2)
    #expect(Tensor([1, .nan, 9, .nan]).argmax() == 1)
    #expect(Tensor([1, .nan, 9]).max().item().isNaN)
    #expect(Tensor([4, 1, 1]).argmin() == 1)
    #expect(Tensor([[1, 3], [5, 5]]).argmax(axis: -1, keepDims: true).shape == [2, 1])
  }

  @Test("exponentials are summed without overflow")
  func logSumExp() {
    let x = Tensor([[1000, 1000], [-1000, -1000]], dtype: .float64)
    #expect(x.logSumExp(axes: [1]).scalars == [1000 + log(2), -1000 + log(2)])
    #expect(x.softmax(axis: 1).scalars == [0.5, 0.5, 0.5, 0.5])
    #expect(x.logSoftmax(axis: 0).scalars == [0, 0, -2000, -2000])
    #expect(Tensor([-Double.infinity, -.infinity]).logSumExp().item() == -.infinity)
  }
}

@Suite("Layout")
struct LayoutTests {
  @Test("permuting moves every element to its place")
  func permute() {
    let x = Tensor(Array(0..<24).map(Double.init), shape: [2, 3, 4])
    let y = x.permuted([2, 0, 1])
    #expect(y.shape == [4, 2, 3])
    for i in 0..<2 { for j in 0..<3 { for k in 0..<4 { #expect(y[k, i, j] == x[i, j, k]) } } }
    #expect(x.transposed() == x.permuted([0, 2, 1]))
    #expect(x.transposed(0, -1) == x.permuted([2, 1, 0]))
  }

  @Test("a slice takes every step-th element")
  func slices() {
    let x = Tensor([[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
    #expect(x.slice(1..<5, step: 2, axis: 1).scalars == [1, 3, 6, 8])
    #expect(x.slice(0..<5, step: 3, axis: 1).scalars == [0, 3, 5, 8])
    #expect(x.slice(2..<2, axis: -1).shape == [2, 0])
    #expect(x.slice(1..<2, axis: 0).scalars == [5, 6, 7, 8, 9])
  }

  @Test("a border is added around")
  func pad() {
    let x = Tensor([[1, 2]]).padded([(1, 0), (0, 2)], mode: .constant(9))
    #expect(x.shape == [2, 4] && x.scalars == [9, 9, 9, 9, 1, 2, 9, 9])
  }

  @Test("tensors are joined along an old axis or a new one")
  func join() {
    let (a, b) = (Tensor([[1, 2]]), Tensor([[3, 4]]))
    #expect(concatenate([a, b]).scalars == [1, 2, 3, 4])
    #expect(concatenate([a, b], axis: -1).shape == [1, 4])
    #expect(stack([a, b], axis: -1).scalars == [1, 3, 2, 4])
    #expect(stack([a, b]).shape == [2, 1, 2])
  }

  @Test("gather picks, scatterAdd adds at the same places")
  func indexing() {
    let x = Tensor([[1, 2, 3], [4, 5, 6]])
    let indices = IntTensor([2, 2, 0, 1], shape: [2, 2])
    #expect(gather(x, indices, axis: 1).scalars == [3, 3, 4, 5])
    let y = scatterAdd(Tensor([[1, 10], [100, 1000]]), indices, into: [2, 3], axis: 1)
    #expect(y.scalars == [0, 0, 11, 100, 1000, 0])
    #expect(gather(x, IntTensor([1, 0, 1], shape: [1, 3]), axis: 0).scalars == [4, 2, 6])
  }

  @Test("broadcasting repeats")
  func broadcast() {
    #expect(
      Tensor([[1], [2]]).broadcast(to: [2, 2, 3]).scalars == [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2])
  }
}

@Suite("Random numbers")
struct RandomTests {
  @Test("the same seed gives the same sequence, also after storing the state")
  func reproducible() throws {
    var a = RandomSource(seed: 42)
    var b = RandomSource(seed: 42)
    #expect((0..<10).map { _ in a.next() } == (0..<10).map { _ in b.next() })
    var c = try JSONDecoder().decode(RandomSource.self, from: JSONEncoder().encode(a))
    #expect(a.normal() == c.normal() && a == c)
    var other = RandomSource(seed: 43)
    #expect(other.next() != b.next())
  }

  @Test("the generator is xoshiro256++, seeded by SplitMix64")
  func knownSequence() {
    // From the authors' C code, with the state that SplitMix64 makes of seed 0.
    var random = RandomSource(seed: 0)
    #expect(random.next() == 0x5317_5d61_490b_23df)
    #expect(random.next() == 0x61da_6f3d_c380_d507)
  }

  @Test("distributions have their mean, deviation and bounds")
  func moments() {
    var random = RandomSource(seed: 1)
    let uniform = Tensor.uniform([100_000], low: -1, high: 3, dtype: .float64, using: &random)
    #expect(abs(uniform.mean().item() - 1) < 0.02)
    #expect(abs(uniform.variance().item() - 16.0 / 12) < 0.02)
    #expect(uniform.min().item() >= -1 && uniform.max().item() < 3)
    let normal = Tensor.normal(
      [100_000], mean: 5, standardDeviation: 2, dtype: .float64, using: &random)
    #expect(abs(normal.mean().item() - 5) < 0.03)
    #expect(abs(normal.variance().item() - 4) < 0.08)
    let truncated = Tensor.truncatedNormal([100_000], dtype: .float64, using: &random)
    #expect(truncated.abs().max().item() <= 2)
    // The variance of a standard normal cut at two deviations: 1 − 4φ(2) / (2Φ(2) − 1) = 0.7737.
    #expect(abs(truncated.variance().item() - 0.7737) < 0.02)
    let coins = Tensor.bernoulli([100_000], probability: 0.3, using: &random)
    #expect(abs(coins.mean().item() - 0.3) < 0.01)
  }

  @Test("even draws stay below their upper end, also where rounding would reach it")
  func uniformEnd() {
    var random = RandomSource(seed: 5)
    // No float32 lies between 1 and `next`: half of the draws are nearer to `next`.
    let next = Double(Float(1).nextUp)
    let single = Tensor.uniform([1000], low: 1, high: next, using: &random)
    #expect(single.scalars.allSatisfy { $0 == 1 })
    // Here the upper end itself is no float32, and rounds up.
    let between = Tensor.uniform([1000], low: 1, high: 1 + 0.75 * (next - 1), using: &random)
    #expect(between.scalars.allSatisfy { $0 == 1 })
    let double = Tensor.uniform(
      [1000], low: 1, high: 1.0.nextUp, dtype: .float64, using: &random)
    #expect(double.scalars.allSatisfy { $0 == 1 })
    #expect((0..<1000).allSatisfy { _ in random.uniform(1, 1.0.nextUp) == 1 })
    #expect(Tensor.uniform([2], low: 3, high: 3, using: &random).scalars == [3, 3])
  }

  @Test("a normal distribution is cut at any bound", arguments: [1e-300, 1e-12, 0.5, 0.999])
  func narrowBounds(bound: Double) {
    var random = RandomSource(seed: 9)
    let draws = (0..<20_000).map { _ in random.truncatedNormal(bound: bound) / bound }
    #expect(draws.allSatisfy { abs($0) <= 1 })
    // 1 − 2bφ(b) / (2Φ(b) − 1), which tends to b²/3.
    let density = exp(-bound * bound / 2) / (2 * Double.pi).squareRoot()
    let variance =
      bound < 0.01
      ? 1.0 / 3 : (1 - 2 * bound * density / erf(bound / 2.0.squareRoot())) / (bound * bound)
    let measured = draws.map { $0 * $0 }.reduce(0, +) / 20_000
    #expect(abs(measured - variance) < 0.01 && abs(draws.reduce(0, +)) / 20_000 < 0.02)
  }

  @Test("from a bound of 1 on, cut draws are the normal ones that lie inside", arguments: [1.0, 2])
  func cutSequence(bound: Double) {
    var (random, reference) = (RandomSource(seed: 4), RandomSource(seed: 4))
    for _ in 0..<100 {
      var expected = reference.normal()
      while abs(expected) > bound { expected = reference.normal() }
      #expect(random.truncatedNormal(bound: bound) == expected)
    }
  }

  @Test("a permutation holds every number once, and all orders are equally likely")
  func permutation() {
    var random = RandomSource(seed: 3)
    #expect(random.permutation(100).sorted() == Array(0..<100))
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 { counts[random.permutation(3), default: 0] += 1 }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 150 })
    #expect(random.permutation(0).isEmpty)
  }
}
