import RetrogradTensors

/// A point at which a wrong gradient is looked at: the derivatives that it should have there, by
/// differences, and those that the backward pass returns.
final class Site {
  let differences: Differences
  /// The outputs that are looked at.
  let rows: [Int]
  private let columnsOf: [[Int]]
  private var rights: [Int: Jacobian] = [:]
  private var pulled: [[Tensor]]?
  private var knownQuantities: [Int: [Quantity]] = [:]

  init(_ differences: Differences, rows: [Int], columns: [[Int]]) {
    self.differences = differences
    self.rows = rows
    columnsOf = columns
  }

  var values: [Tensor] { differences.values }
  var output: [Double] { differences.middle }
  var outputShape: [Int] { differences.center.output.shape }
  var names: [String] { differences.evaluator.subject.names }

  /// The elements of an input that are looked at.
  func columns(_ input: Int) -> [Int] { columnsOf[input] }

  /// Returns whether all outputs and all elements of an input are looked at.
  func isWhole(_ input: Int) -> Bool {
    rows.count == output.count && columns(input).count == values[input].count
  }

  /// Returns the right derivatives.
  func right(_ input: Int) -> Jacobian {
    if let known = rights[input] { return known }
    let found = Self.right(differences, input, rows: rows, columns: columns(input))
    rights[input] = found
    return found
  }

  /// Returns the right derivatives at other inputs; `nil` where the function gives something of another shape
  /// there, or nothing finite.
  func right(_ input: Int, at values: [Tensor]) -> Jacobian? {
    let elsewhere = Differences(differences.evaluator, at: values)
    guard elsewhere.center.output.shape == outputShape, elsewhere.center.output.isFinite else {
      return nil
    }
    return Self.right(elsewhere, input, rows: rows, columns: columns(input))
  }

  private static func right(
    _ differences: Differences, _ input: Int, rows: [Int], columns: [Int]
  ) -> Jacobian {
    var numbers = [Double](repeating: .nan, count: rows.count * columns.count)
    for (column, element) in columns.enumerated() {
      guard case .slope(let slope) = differences.slope(input: input, element: element) else {
        continue
      }
      for (row, output) in rows.enumerated() {
        let (value, uncertainty) = (slope.values[output], slope.uncertainties[output])
        let isKnown = uncertainty <= 1e-4 * slope.values.reduce(0) { max($0, abs($1)) }
        if isKnown || uncertainty == 0 { numbers[row * columns.count + column] = value }
      }
    }
    return Jacobian(rows: rows.count, columns: columns.count, numbers)
  }

  /// Returns the gradients of the backward pass: for each output the gradient for a cotangent of 1 there.
  func returned(_ input: Int) -> Jacobian {
    let all: [[Tensor]]
    if let pulled {
      all = pulled
    } else {
      all = returned(at: values)
      pulled = all
    }
    return jacobian(all, input)
  }

  /// Returns the gradients of the backward pass at other inputs.
  func returned(_ input: Int, at values: [Tensor]) -> Jacobian {
    jacobian(returned(at: values), input)
  }

  private func returned(at values: [Tensor]) -> [[Tensor]] {
    var unit = [Double](repeating: 0, count: output.count)
    return rows.map { row in
      unit[row] = 1
      defer { unit[row] = 0 }
      return differences.evaluator.pullBack(
        Tensor(unit, shape: outputShape, dtype: .float64), at: values
      ).gradients
    }
  }

  private func jacobian(_ pulled: [[Tensor]], _ input: Int) -> Jacobian {
    let columns = columns(input)
    return Jacobian(
      rows: rows.count, columns: columns.count,
      pulled.flatMap { gradients -> [Double] in
        let numbers = gradients[input].scalars
        return columns.map { numbers[$0] }
      })
  }

  /// One of ``quantities(_:)``.
  func quantity(_ input: Int, _ index: Int) -> Quantity { quantities(input)[index] }

  /// Returns the quantities that are known at this point and may be factors of something.
  func quantities(_ input: Int) -> [Quantity] {
    if let known = knownQuantities[input] { return known }
    let found = Quantity.all(self, input)
    knownQuantities[input] = found
    return found
  }
}

/// A wrong gradient at two points: what explains it at one must explain it at the other.
final class Scene {
  let first: Site
  /// `nil` where the function has no other point nearby that can be looked at.
  let second: Site?

  /// More outputs than this are not looked at.
  private static let mostRows = 400
  /// More elements of one input than this are not looked at.
  private static let mostColumns = 600
  /// About how many numbers may be computed for it.
  private static let work = 4_000_000

  /// - Parameters:
  ///   - differences: The function at the first point.
  ///   - columns: The elements to look at, for inputs of which not all can be.
  ///   - outputs: Outputs to look at besides others, if not all are.
  init(_ differences: Differences, columns: [Int: [Int]] = [:], outputs wanted: [Int] = []) {
    let outputs = differences.middle.count
    let total = differences.values.reduce(outputs) { $0 + $1.count }
    let most = min(Self.mostRows, max(4, Self.work / max(total, 1)))
    let rows =
      outputs <= most || wanted.isEmpty
      ? Self.some(outputs, most: most) : Array(Set(wanted).sorted().prefix(most))
    let elements = differences.values.enumerated().map { input, value in
      columns[input]
        ?? Self.some(value.count, most: min(Self.mostColumns, max(8, Self.work / max(total, 1))))
    }
    first = Site(differences, rows: rows, columns: elements)
    second = Self.beside(differences).map { Site($0, rows: rows, columns: elements) }
  }

  /// The same function at inputs that are smaller by up to a half.
  private static func beside(_ differences: Differences) -> Differences? {
    for low in [0.5, 0.8, 0.97] {
      var random = RandomSource(seed: 11)
      let values = differences.values.map {
        $0 * Tensor.uniform($0.shape, low: low, high: 1, dtype: .float64, using: &random)
      }
      let there = Differences(differences.evaluator, at: values)
      if there.center.output.shape == differences.center.output.shape,
        there.center.output.isFinite
      {
        return there
      }
    }
    return nil
  }

  /// The function at the same inputs in another order; `nil` where it has no finite values there.
  private(set) lazy var shuffled: Site? = {
    let differences = first.differences
    var random = RandomSource(seed: 13)
    let values = differences.values.map { value -> Tensor in
      let scalars = value.scalars
      return Tensor(
        random.permutation(value.count).map { scalars[$0] }, shape: value.shape, dtype: .float64)
    }
    let there = Differences(differences.evaluator, at: values)
    guard there.center.output.shape == differences.center.output.shape,
      there.center.output.isFinite
    else { return nil }
    return Site(
      there, rows: first.rows, columns: values.indices.map { first.columns($0) })
  }()

  private static func some(_ count: Int, most: Int) -> [Int] {
    if count <= most { return Array(0..<count) }
    var random = RandomSource(seed: 5)
    return Set((0..<most).map { _ in random.integer(in: 0..<count) }).sorted()
  }
}
