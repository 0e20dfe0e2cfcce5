import Foundation
import RetrogradTensors

/// A number that is known where an output meets an element of an input, and may be a factor that a derivative
/// forgot.
struct Quantity {
  /// The axis along which its numbers differ.
  enum Place {
    case row([Double])
    case column([Double])
    case entry([Double], columns: Int)
  }

  /// Its name in a formula.
  let words: String
  let place: Place
  /// Indicates whether two such are tried together.
  let isPlain: Bool

  /// The name of the derivative as a factor of itself.
  static let derivative = "the derivative itself"

  subscript(_ row: Int, _ column: Int) -> Double {
    switch place {
    case .row(let numbers): numbers[row]
    case .column(let numbers): numbers[column]
    case .entry(let numbers, let columns): numbers[row * columns + column]
    }
  }

  /// All that is known at a site about an input, the simplest first: the same at each site of a scene.
  static func all(_ site: Site, _ input: Int) -> [Quantity] {
    let columns = site.columns(input)
    let shape = site.values[input].shape
    let output = site.output
    var plain: [Quantity] = []
    var derived: [Quantity] = []
    func add(_ words: String, _ numbers: [Double], of source: [Int], isPlain: Bool) {
      func column() -> Place? {
        broadcastPlaces(source, in: shape).map { place in
          .column(columns.map { numbers[place($0)] })
        }
      }
      func row() -> Place? {
        broadcastPlaces(source, in: site.outputShape).map { place in
          .row(site.rows.map { numbers[place($0)] })
        }
      }
      guard let place = source == shape ? column() : row() ?? column() else { return }
      let quantity = Quantity(words: words, place: place, isPlain: isPlain)
      if isPlain { plain.append(quantity) } else { derived.append(quantity) }
    }
    let x = site.values[input].scalars
    let name = site.formulaName(input)
    add(name, x, of: shape, isPlain: true)
    plain.append(
      Quantity(words: "y", place: .row(site.rows.map { output[$0] }), isPlain: true))
    for (other, value) in site.values.enumerated() where other != input {
      add(site.formulaName(other), value.scalars, of: value.shape, isPlain: true)
    }
    let bases = plain
    let right = site.right(input)
    let counts = uses(right)
    for base in bases {
      for (words, transform) in transforms {
        derived.append(base.mapped(words(base.words), transform))
      }
    }
    derived.append(
      Quantity(
        words: Self.derivative, place: .entry(right.numbers, columns: right.columns),
        isPlain: false))
    if site.outputShape == shape && !isDiagonal(right, site, input) {
      derived.append(
        Quantity(
          words: "\(name) at the output's place", place: .row(site.rows.map { x[$0] }),
          isPlain: false))
      derived.append(
        Quantity(
          words: "y at the element's place", place: .column(columns.map { output[$0] }),
          isPlain: false))
    }
    for (other, value) in site.values.enumerated() where value.rank > 0 && value.count > 1 {
      for statistic in Statistic.all(value) {
        add(
          statistic.words(site.formulaName(other)), statistic.numbers, of: value.shape,
          isPlain: false)
      }
    }
    derived.append(
      Quantity(words: "the number of its uses", place: .column(counts.columns), isPlain: false))
    derived.append(
      Quantity(
        words: "the number of elements that the output reads", place: .row(counts.rows),
        isPlain: false))
    return plain + derived
  }

  private func mapped(_ words: String, _ transform: (Double) -> Double) -> Quantity {
    let mapped: Place =
      switch place {
      case .row(let numbers): .row(numbers.map(transform))
      case .column(let numbers): .column(numbers.map(transform))
      case .entry(let numbers, let columns): .entry(numbers.map(transform), columns: columns)
      }
    return Quantity(words: words, place: mapped, isPlain: false)
  }

  private static let transforms:
    [(words: @Sendable (String) -> String, @Sendable (Double) -> Double)] = [
      ({ "(1 − \($0))" }, { 1 - $0 }),
      ({ "(1 + \($0))" }, { 1 + $0 }),
      ({ "(1 − \($0)²)" }, { 1 - $0 * $0 }),
      ({ "(1 + \($0)²)" }, { 1 + $0 * $0 }),
      ({ "(1 + |\($0)|)" }, { 1 + abs($0) }),
      ({ "ln \($0)" }, { Foundation.log($0) }),
      ({ "exp(\($0))" }, { Foundation.exp($0) }),
      ({ "sigmoid(\($0))" }, { 1 / (1 + Foundation.exp(-$0)) }),
      ({ "tanh(\($0))" }, { Foundation.tanh($0) }),
      ({ "(1 − tanh(\($0))²)" }, { 1 - Foundation.tanh($0) * Foundation.tanh($0) }),
      ({ "cos(\($0))" }, { Foundation.cos($0) }),
      ({ "sin(\($0))" }, { Foundation.sin($0) }),
      ({ "exp(\($0)²)" }, { Foundation.exp($0 * $0) }),
    ]

  private static func isDiagonal(_ right: Jacobian, _ site: Site, _ input: Int) -> Bool {
    let columns = site.columns(input)
    let least = 1e-8 * right.largest
    return right.numbers.indices.allSatisfy { i in
      abs(right.numbers[i]) <= least
        || site.rows[i / right.columns] == columns[i % right.columns]
    }
  }

  /// Returns the number of outputs that use each element, and the number of elements that each output reads.
  private static func uses(_ right: Jacobian) -> (rows: [Double], columns: [Double]) {
    var rows = [Double](repeating: 0, count: right.rows)
    var columns = [Double](repeating: 0, count: right.columns)
    let least = 1e-8 * right.largest
    for row in 0..<right.rows {
      for column in 0..<right.columns where abs(right[row, column]) > least {
        rows[row] += 1
        columns[column] += 1
      }
    }
    return (rows, columns)
  }
}

/// A number that belongs to a slice of a tensor.
struct Statistic {
  let name: String
  let axes: [Int]
  /// One for each element: that of its slice.
  let numbers: [Double]

  func words(_ of: String) -> String {
    let places = axes.isEmpty ? "" : ", axis \(axes.map(String.init).joined(separator: " and "))"
    return "\(name)(\(of)\(places))"
  }

  /// The sets of axes over which layers compute statistics.
  static func groups(rank: Int) -> [[Int]] {
    var groups = (0..<rank).map { [$0] }
    if rank > 1 { groups.append(Array(0..<rank)) }
    if rank > 2 {
      groups.append((0..<rank).filter { $0 != 1 })
      groups.append([rank - 2, rank - 1])
      groups.append(Array(1..<rank))
    }
    var seen: Set<[Int]> = []
    return groups.filter { seen.insert($0).inserted }
  }

  static func all(_ value: Tensor) -> [Statistic] {
    groups(rank: value.rank).flatMap { axes -> [Statistic] in
      let mean = value.mean(axes: axes, keepDims: true)
      let variance = value.variance(axes: axes, correction: 0, keepDims: true)
      let square = (value * value).sum(axes: axes, keepDims: true)
      let all = axes.count == value.rank && value.rank > 1 ? [] : axes
      func spread(_ small: Tensor) -> [Double] {
        (small + Tensor.zeros(value.shape, dtype: .float64)).scalars
      }
      return [
        Statistic(name: "mean", axes: all, numbers: spread(mean)),
        Statistic(name: "σ", axes: all, numbers: spread(variance.sqrt())),
        Statistic(name: "σ", axes: all, numbers: spread((variance + 1e-5).sqrt())),
        Statistic(name: "norm", axes: all, numbers: spread(square.sqrt())),
        Statistic(
          name: "max", axes: all, numbers: spread(value.amax(axes: axes, keepDims: true))),
        Statistic(name: "deviation", axes: all, numbers: (value - mean).scalars),
        Statistic(
          name: "normalized", axes: all,
          numbers: ((value - mean) / (variance + 1e-5).sqrt()).scalars),
      ]
    }
  }
}

/// Returns the element of a smaller shape behind each of a larger one that it is broadcast to; `nil` where it cannot
/// be.
func broadcastPlaces(_ shape: [Int], in target: [Int]) -> ((Int) -> Int)? {
  guard Tensor.broadcastShape(shape, target) == target else { return nil }
  if shape == target { return { $0 } }
  let skipped = target.count - shape.count
  return { position in
    let index = unravel(position, target).dropFirst(skipped)
    return ravel(zip(index, shape).map { $1 == 1 ? 0 : $0 }, shape)
  }
}

extension Site {
  /// Returns the name of an input in a formula.
  func formulaName(_ input: Int) -> String {
    names[input] == "input" || names.count == 1 ? "x" : names[input]
  }
}
