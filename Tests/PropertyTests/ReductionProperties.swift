import Foundation
import RetrogradTensors
import Testing

@Suite struct ReductionProperties {
  /// A reduction of the numbers that it is given; what to compare it with to which relative error.
  private struct Reduction: Sendable {
    let name: String
    let fast: @Sendable (Tensor, [Int]?, Bool) -> Tensor
    let slow: @Sendable ([Double]) -> Double
    var tolerance = 0.0
    var isAwkward = true
    var needsElements = false
  }

  private static let all = [
    Reduction(
      name: "sum", fast: { $0.sum(axes: $1, keepDims: $2) }, slow: { $0.reduce(0, +) },
      isAwkward: false),
    Reduction(
      name: "mean", fast: { $0.mean(axes: $1, keepDims: $2) },
      slow: { $0.reduce(0, +) / Double($0.count) }, tolerance: 2e-7, isAwkward: false),
    Reduction(
      name: "amax", fast: { $0.amax(axes: $1, keepDims: $2) },
      slow: { $0.contains(where: \.isNaN) ? .nan : $0.max()! }, needsElements: true),
    Reduction(
      name: "amin", fast: { $0.amin(axes: $1, keepDims: $2) },
      slow: { $0.contains(where: \.isNaN) ? .nan : $0.min()! }, needsElements: true),
    Reduction(
      name: "variance", fast: { $0.variance(axes: $1, keepDims: $2) },
      slow: { x in
        let mean = compensatedSum(x) / Double(x.count)
        return compensatedSum(x.map { ($0 - mean) * ($0 - mean) }) / Double(max(0, x.count - 1))
      }, tolerance: 2e-6, isAwkward: false),
    Reduction(
      name: "norm 1", fast: { $0.norm(1, axes: $1, keepDims: $2) },
      slow: { $0.map { abs($0) }.reduce(0, +) }, isAwkward: false),
    Reduction(
      name: "norm 2", fast: { $0.norm(2, axes: $1, keepDims: $2) },
      slow: { $0.map { $0 * $0 }.reduce(0, +).squareRoot() }, tolerance: 2e-7, isAwkward: false),
    Reduction(
      name: "norm 3", fast: { $0.norm(3, axes: $1, keepDims: $2) },
      slow: { cbrt($0.map { abs($0 * $0 * $0) }.reduce(0, +)) }, tolerance: 2e-6,
      isAwkward: false),
    Reduction(
      name: "logSumExp", fast: { $0.logSumExp(axes: $1, keepDims: $2) },
      slow: { log($0.map { exp($0) }.reduce(0, +)) }, tolerance: 1e-6, isAwkward: false),
  ]

  @Test("reductions take the numbers along any axes, in one pass or several")
  func reductions() {
    checkProperty { choices in
      let reduction = choices.element(of: Self.all)
      let shape = choices.shape(
        rank: 0...5, largest: 600, mostElements: 20_000, canBeEmpty: !reduction.needsElements)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: reduction.isAwkward)
      let axes = choices.isChosen(onceIn: 4) ? nil : choices.subset(of: x.rank)
      let keepDims = choices.isChosen()
      choices.note("\(reduction.name) of \(x) over \(axes ?? []), keepDims \(keepDims)")
      let reduced = axes ?? Array(0..<x.rank)
      let kept = shape.indices.filter { !reduced.contains($0) }
      let slow = Slow(x)
      let numbers = Tensor(kept.map { shape[$0] }, x.dtype) { indices in
        reduction.slow(
          allIndices(reduced.map { shape[$0] }).map { rest in
            var place = [Int](repeating: 0, count: shape.count)
            for (axis, index) in zip(kept, indices) { place[axis] = index }
            for (axis, index) in zip(reduced, rest) { place[axis] = index }
            return slow[place]
          })
      }
      let expected = shape.indices.map { reduced.contains($0) ? 1 : shape[$0] }
      return difference(
        reduction.fast(x, axes?.shuffled(by: &choices), keepDims),
        keepDims ? numbers.reshaped(expected) : numbers,
        tolerance: reduction.tolerance * (x.dtype == .float32 ? 1 : 1e-8))
    }
  }

  @Test("the place of an extreme is the first of equals, or of what is no number")
  func places() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let (axis, asked) = choices.axis(of: shape)
      let (isLargest, keepDims) = (choices.isChosen(), choices.isChosen())
      choices.note("\(isLargest ? "argmax" : "argmin") along \(axis) of \(x)")
      let slow = Slow(x)
      var outer = shape
      outer[axis] = 1
      let places = allIndices(outer).map { indices in
        let line = (0..<shape[axis]).map { place in
          var source = indices
          source[axis] = place
          return slow[source]
        }
        if let place = line.firstIndex(where: \.isNaN) { return place }
        return line.firstIndex(of: isLargest ? line.max()! : line.min()!)!
      }
      if !keepDims { outer.remove(at: axis) }
      return difference(
        isLargest
          ? x.argmax(axis: asked, keepDims: keepDims) : x.argmin(axis: asked, keepDims: keepDims),
        IntTensor(places, shape: outer))
    }
  }

  @Test("the first of an order are those that sorting puts there")
  func orders() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...3, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let (axis, asked) = choices.axis(of: shape)
      let (count, largest) = (choices.integer(in: 0...shape[axis]), choices.isChosen())
      choices.note("\(count) \(largest ? "largest" : "smallest") along \(axis) of \(x)")
      let slow = Slow(x)
      var result = shape
      result[axis] = count
      let expected = allIndices(result).map { indices in
        // Sorted as a whole for each: slow, and obviously right. A NaN is above ∞.
        let line = (0..<shape[axis]).map { place in
          var source = indices
          source[axis] = place
          return slow[source]
        }
        func rank(_ a: Double) -> (Int, Double) { a.isNaN ? (1, 0) : (0, a) }
        return line.indices.sorted { a, b in
          let (x, y) = (rank(line[a]), rank(line[b]))
          return x == y ? a < b : (largest ? x > y : x < y)
        }[indices[axis]]
      }
      return difference(
        x.topIndices(count, axis: asked, largest: largest), IntTensor(expected, shape: result))
    }
  }

  @Test("running sums add what stands before, or behind")
  func runningSums() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4)
      let x = choices.tensor(shape, choices.dtype())
      let (axis, asked) = choices.axis(of: shape)
      let reversed = choices.isChosen()
      choices.note("along \(axis), reversed \(reversed), of \(x)")
      let slow = Slow(x)
      return difference(
        x.cumsum(axis: asked, reversed: reversed),
        Tensor(shape, x.dtype) { indices in
          let places = reversed ? indices[axis]...(shape[axis] - 1) : 0...indices[axis]
          return places.reduce(0) { sum, place in
            var source = indices
            source[axis] = place
            return sum + slow[source]
          }
        })
    }
  }

  @Test("sums over windows along an axis add what is in reach")
  func windowSums() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4)
      let x = choices.tensor(shape, choices.dtype())
      let (axis, asked) = choices.axis(of: shape)
      let (before, after) = (choices.integer(in: 0...4), choices.integer(in: 0...4))
      choices.note("\(before) before and \(after) after along \(axis) of \(x)")
      let slow = Slow(x)
      return difference(
        x.windowSums(before: before, after: after, axis: asked),
        Tensor(shape, x.dtype) { indices in
          let first = max(0, indices[axis] - before)
          return (first...min(shape[axis] - 1, indices[axis] + after)).reduce(0) { sum, place in
            var source = indices
            source[axis] = place
            return sum + slow[source]
          }
        })
    }
  }

  @Test("softmax and its logarithm along an axis")
  func softmax() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4)
      // Large numbers must not overflow on the way.
      let x = choices.tensor(shape, choices.dtype()) * choices.element(of: [1, 10, 100])
      let (axis, asked) = choices.axis(of: shape)
      choices.note("along \(axis) of \(x)")
      let slow = Slow(x)
      func logarithm(_ indices: [Int]) -> Double {
        let line = (0..<shape[axis]).map { place in
          var source = indices
          source[axis] = place
          return slow[source]
        }
        let largest = line.max()!
        return slow[indices] - largest - log(line.map { exp($0 - largest) }.reduce(0, +))
      }
      let tolerance = x.dtype == .float32 ? 1e-6 : 1e-13
      return difference(
        x.logSoftmax(axis: asked), Tensor(shape, x.dtype, logarithm), tolerance: tolerance)
        ?? difference(
          x.softmax(axis: asked), Tensor(shape, x.dtype) { exp(logarithm($0)) },
          tolerance: tolerance,
          "softmax")
    }
  }
}

extension [Int] {
  /// The elements in an order of choice.
  fileprivate func shuffled(by choices: inout Choices) -> [Int] {
    choices.permutation(count).map { self[$0] }
  }
}

/// The sum of numbers without the rounding that adding thousands of them one by one brings.
///
/// Source: Neumaier, *Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen*, 1974.
private func compensatedSum(_ numbers: [Double]) -> Double {
  var (sum, lost) = (0.0, 0.0)
  for number in numbers {
    let next = sum + number
    lost += abs(sum) >= abs(number) ? (sum - next) + number : (number - next) + sum
    sum = next
  }
  return sum + lost
}
