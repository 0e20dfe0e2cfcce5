import Foundation
import RetrogradTensors

/// A function seen along one line through the point where it is differentiated.
struct Probe {
  /// Moves the inputs, and says by how much they were really moved.
  typealias Move = (Double) -> (values: [Tensor], offset: Double)

  let differences: Differences
  /// The size of the number that is moved, to which steps are relative.
  let size: Double
  /// The smallest size that may matter.
  let smallest: Double
  let move: Move

  /// Exponents of the first step, the largest and the smallest, relative to the size.
  private static let (first, largest, smallest, stride) = (-12, -4, -44, 4)
  /// The relative uncertainty below which no other step is tried.
  private static let enough = 1e-8
  /// The relative uncertainty below which a derivative means anything.
  private static let resolved = 0.02

  init(_ differences: Differences, size: Double, smallest: Double, _ move: @escaping Move) {
    self.differences = differences
    self.size = size
    self.smallest = smallest
    self.move = move
  }

  // MARK: - One step

  /// The function beside the point, at one side.
  private enum Sight {
    case value([Double], offset: Double)
    case otherBranch(changes: Set<Int>)
    case notFinite
  }

  private func look(_ step: Double) -> Sight {
    let (moved, offset) = move(step)
    let seen = differences.evaluator.observe(moved)
    guard seen.output.shape == differences.center.output.shape else {
      return .otherBranch(changes: [-1, -2])
    }
    guard seen.output.isFinite else { return .notFinite }
    let (here, there) = (differences.center.branches, seen.branches)
    if here == there { return .value(seen.output.scalars, offset: offset) }
    guard here.count == there.count else { return .otherBranch(changes: [-1, -2]) }
    return .otherBranch(changes: Set(here.indices.filter { here[$0] != there[$0] }))
  }

  /// The estimate of one step for the derivative of the outputs that it moves: one element of a large input moves few.
  private struct Candidate {
    let step: Double
    /// The outputs that changed, in order; the lists below have one entry for each.
    let moved: [Int]
    let values: [Double]
    let uncertainties: [Double]
    let noise: [Double]
    /// Indicates whether the function moves on one side only.
    let isOneSided: [Bool]
    /// Indicates whether rounding is what limits it, rather than the function's shape.
    let isNoisy: Bool
    /// The largest uncertainty, and that relative to the largest derivative.
    let worst: Double
    let relative: Double

    /// Indicates whether the function did not change at all.
    var isFlat: Bool { moved.isEmpty }

    /// The same with entries for more outputs, which did not change.
    func aligned(to places: [Int]) -> Candidate {
      if moved.count == places.count { return self }
      var positions: [Int] = []
      var position = 0
      for output in moved {
        while places[position] != output { position += 1 }
        positions.append(position)
      }
      func spread<T>(_ entries: [T], _ nothing: T) -> [T] {
        var all = [T](repeating: nothing, count: places.count)
        for (position, entry) in zip(positions, entries) { all[position] = entry }
        return all
      }
      return Candidate(
        step: step, moved: places, values: spread(values, 0),
        uncertainties: spread(uncertainties, 0), noise: spread(noise, 0),
        isOneSided: spread(isOneSided, false), isNoisy: isNoisy, worst: worst,
        relative: relative)
    }

    func isBetter(than other: Candidate) -> Bool {
      // Of two that say nothing about a size, the one that leaves less open.
      relative > 0.1 && other.relative > 0.1
        ? worst < other.worst : relative < other.relative
    }
  }

  private func candidate(_ step: Double) -> Candidate? {
    guard case .value(let above, let a) = look(step),
      case .value(let below, let b) = look(-step),
      case .value(let nearAbove, let c) = look(step / 2),
      case .value(let nearBelow, let d) = look(-step / 2), a > b, c > d
    else { return nil }
    let middle = differences.middle
    var moved: [Int] = []
    var (values, uncertainties, noise): ([Double], [Double], [Double]) = ([], [], [])
    var isOneSided: [Bool] = []
    var (truncation, rounding) = (0.0, 0.0)
    for i in middle.indices {
      let y = middle[i]
      if above[i] == y && below[i] == y && nearAbove[i] == y && nearBelow[i] == y { continue }
      moved.append(i)
      isOneSided.append(
        above[i] == y && nearAbove[i] == y || below[i] == y && nearBelow[i] == y)
      let coarse = (above[i] - below[i]) / (a - b)
      let fine = (nearAbove[i] - nearBelow[i]) / (c - d)
      let value = (4 * fine - coarse) / 3
      let fourth = (above[i] + below[i]) - 4 * (nearAbove[i] + nearBelow[i]) + 6 * y
      // The fourth difference of independent errors is √70 times as large as one of them.
      let own = max(0x1p-51 * abs(y), abs(fourth) / 8.4)
      let shape = abs(value - fine)
      let error = 2 * own / step
      values.append(value)
      noise.append(own)
      uncertainties.append(shape + error)
      truncation = max(truncation, shape)
      rounding = max(rounding, error)
    }
    let worst = uncertainties.max() ?? 0
    let largest = values.reduce(0) { max($0, abs($1)) }
    return Candidate(
      step: step, moved: moved, values: values, uncertainties: uncertainties, noise: noise,
      isOneSided: isOneSided, isNoisy: rounding > truncation, worst: worst,
      relative: moved.isEmpty ? 0 : largest > 0 ? worst / largest : .infinity)
  }

  /// - Parameters:
  ///   - candidate: The derivative, as far as it is known.
  ///   - first: A step short enough for the fourth difference to be rounding alone.
  ///   - isThorough: Whether there is nothing more to learn.
  private func result(
    _ candidate: Candidate, first: Candidate? = nil, isThorough: Bool = false
  ) -> SlopeResult {
    let short = first ?? candidate
    return .slope(
      Slope(
        values: everywhere(candidate.values, at: candidate.moved),
        uncertainties: everywhere(candidate.uncertainties, at: candidate.moved),
        noise: candidate.isFlat
          ? differences.middle.map { 0x1p-51 * abs($0) }
          : everywhere(short.noise, at: short.moved), isThorough: isThorough))
  }

  /// Numbers of some outputs among those of all, which are 0.
  private func everywhere(_ numbers: [Double], at places: [Int]) -> [Double] {
    let count = differences.middle.count
    if places.count == count { return numbers }
    var all = [Double](repeating: 0, count: count)
    for (place, number) in zip(places, numbers) { all[place] = number }
    return all
  }

  // MARK: - A few steps

  /// The derivative, with as few steps as it takes.
  func result() -> SlopeResult {
    func step(_ exponent: Int) -> Double { size * scalbn(1, exponent) }
    var best = candidate(step(Self.first))
    if let best, best.relative <= Self.enough {
      return best.isFlat && !isFlatFurtherOut ? thoroughResult() : result(best)
    }
    if let known = best, known.isNoisy {
      var exponent = Self.first + Self.stride
      while exponent <= Self.largest, let next = candidate(step(exponent)),
        next.isBetter(than: best!)
      {
        best = next
        if next.relative <= Self.enough || !next.isNoisy { break }
        exponent += Self.stride
      }
      return result(best!, first: known, isThorough: exponent > Self.largest)
    }
    var exponent = Self.first - Self.stride
    while exponent >= Self.smallest {
      if let next = candidate(step(exponent)) {
        if let best, !next.isBetter(than: best) { break }
        best = next
        if next.relative <= Self.enough || next.isNoisy { break }
      }
      exponent -= Self.stride
    }
    return best.map { result($0) } ?? thoroughResult()
  }

  /// Indicates whether the function stays as it is with a large step, too: one that moves in steps of its own
  /// seems constant from near by.
  private var isFlatFurtherOut: Bool {
    let far = max(size, 1) / 16
    guard case .value(let above, _) = look(far), case .value(let below, _) = look(-far) else {
      return true
    }
    // At the edge of a plateau it moves on one side; where rounding hides a slope, on both.
    let middle = differences.middle
    return middle.indices.allSatisfy { above[$0] == middle[$0] || below[$0] == middle[$0] }
  }

  // MARK: - All steps

  /// The derivative from all steps that may tell something, output by output.
  func thoroughResult() -> SlopeResult {
    var candidates: [Candidate] = []
    var step = max(size, 1) / 4
    let last = smallest * scalbn(1, Self.smallest)
    while step >= last {
      if let next = candidate(step) { candidates.append(next) }
      step /= 16
    }
    if candidates.isEmpty { return sides() }
    let places =
      candidates.allSatisfy { $0.moved == candidates[0].moved }
      ? candidates[0].moved : Set(candidates.flatMap(\.moved)).sorted()
    candidates = candidates.map { $0.aligned(to: places) }
    let choices = places.indices.map { choose(candidates, $0) }
    let (values, uncertainties) = (choices.map(\.value), choices.map(\.uncertainty))
    let short = candidates.first { $0.step <= size * 0x1p-10 } ?? candidates.last!
    var noise = differences.middle.map { 0x1p-51 * abs($0) }
    for (place, own) in zip(places, short.noise) { noise[place] = max(own, noise[place]) }
    let largest = values.reduce(0) { max($0, abs($1)) }
    if (uncertainties.max() ?? 0) > Self.resolved * largest, largest > 0,
      case .kink(let left, let right, let changes, _) = sides(), changes == 0
    {
      return .kink(left: left, right: right, changes: 1, isDeclared: false)
    }
    return .slope(
      Slope(
        values: everywhere(values, at: places),
        uncertainties: everywhere(uncertainties, at: places), noise: noise, isThorough: true,
        contradictions: contradictions(choices, candidates)))
  }

  /// Returns the estimates of each step that contradict the one chosen for some output.
  private func contradictions(
    _ choices: [Choice], _ candidates: [Candidate]
  ) -> [(values: [Double], uncertainties: [Double])] {
    candidates.indices.compactMap { k in
      guard choices.contains(where: { $0.contradictions.contains(k) }) else { return nil }
      func pick(_ numbers: [Double], _ chosen: KeyPath<Choice, Double>) -> [Double] {
        let mixed = choices.indices.map {
          choices[$0].contradictions.contains(k) ? numbers[$0] : choices[$0][keyPath: chosen]
        }
        return everywhere(mixed, at: candidates[k].moved)
      }
      return (
        pick(candidates[k].values, \.value), pick(candidates[k].uncertainties, \.uncertainty)
      )
    }
  }

  /// The estimate chosen for one output.
  private struct Choice {
    let value: Double
    let uncertainty: Double
    /// The coarser steps that say something else.
    var contradictions: Set<Int> = []
  }

  /// The derivative of one output: what neighboring steps agree on, the most exact that do.
  private func choose(_ candidates: [Candidate], _ i: Int) -> Choice {
    let informative = candidates.filter { $0.values[i] != 0 || $0.uncertainties[i] != 0 }
    guard let least = informative.min(by: { $0.uncertainties[i] < $1.uncertainties[i] }) else {
      return Choice(value: 0, uncertainty: 0)
    }
    let resolved = informative.filter {
      $0.uncertainties[i] <= Self.resolved * abs($0.values[i])
    }
    func isConsistent(_ a: Candidate, _ b: Candidate) -> Bool {
      abs(a.values[i] - b.values[i])
        <= 3 * (a.uncertainties[i] + b.uncertainties[i]) + 1e-9 * abs(a.values[i])
    }
    func relative(_ candidate: Candidate) -> Double {
      candidate.uncertainties[i] / abs(candidate.values[i])
    }
    var groups: [[Candidate]] = []
    for next in resolved {
      if let last = groups.last?.last, isConsistent(last, next) {
        groups[groups.count - 1].append(next)
      } else {
        groups.append([next])
      }
    }
    if resolved.count > 1 { groups.removeAll { $0.count == 1 } }
    if groups.allSatisfy({ $0.count == 1 }) && isPlateau(candidates, informative, i) {
      return Choice(value: 0, uncertainty: 0)
    }
    if let best = groups.joined().min(by: { relative($0) < relative($1) }) {
      let others = candidates.indices.filter {
        let other = candidates[$0]
        if other.values[i] == 0 || isConsistent(other, best) { return false }
        // Large steps say little of a derivative exactly, small ones say it by chance.
        if other.step > best.step { return relative(other) <= 0.05 }
        return groups.contains { $0.contains { $0.step == other.step } }
          && relative(other) <= 5e-3
      }
      return Choice(
        value: best.values[i], uncertainty: best.uncertainties[i], contradictions: Set(others))
    }
    // Nothing is agreed on: as uncertain as the steps are apart.
    let apart = (resolved.isEmpty ? [least] : resolved).reduce(0) { most, other in
      informative.reduce(most) {
        max(
          $0,
          abs($1.values[i] - other.values[i]) - 3 * $1.uncertainties[i]
            - 3 * other.uncertainties[i])
      }
    }
    return Choice(value: least.values[i], uncertainty: least.uncertainties[i] + apart)
  }

  /// Returns whether small steps do not move an output at all, and the next larger one only to one side: the edge of
  /// a plateau rather than a slope that rounding hides.
  private func isPlateau(
    _ candidates: [Candidate], _ informative: [Candidate], _ i: Int
  ) -> Bool {
    let flat = candidates.filter { $0.values[i] == 0 && $0.uncertainties[i] == 0 }
    guard let step = flat.map(\.step).max(),
      let nearest = informative.min(by: { $0.step < $1.step })
    else { return false }
    return nearest.step > step && nearest.isOneSided[i]
  }
}
