import RetrogradTensors

/// Derivatives of some outputs (rows) with respect to some elements of an input (columns).
struct Jacobian {
  let rows: Int
  let columns: Int
  /// Row by row; `NaN` where there is no derivative.
  let numbers: [Double]
  /// The largest magnitude.
  let largest: Double

  init(rows: Int, columns: Int, _ numbers: [Double]) {
    self.rows = rows
    self.columns = columns
    self.numbers = numbers
    largest = Self.largest(numbers)
  }

  /// Made of one number for each row and column.
  init(rows: Int, columns: Int, _ number: (_ row: Int, _ column: Int) -> Double) {
    var numbers: [Double] = []
    numbers.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns { numbers.append(number(row, column)) }
    }
    self.init(rows: rows, columns: columns, numbers)
  }

  subscript(_ row: Int, _ column: Int) -> Double { numbers[row * columns + column] }

  /// Other numbers in the same places.
  func map(_ transform: (Double) -> Double) -> Jacobian {
    Jacobian(rows: rows, columns: columns, numbers.map(transform))
  }

  /// Numbers made of those in the same places of two Jacobians.
  func combined(_ other: Jacobian, _ combine: (Double, Double) -> Double) -> Jacobian {
    Jacobian(rows: rows, columns: columns, zip(numbers, other.numbers).map(combine))
  }

  static func largest(_ numbers: [Double]) -> Double {
    numbers.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
  }
}

/// The numbers that make a sum of columns come closest to a target, by Gram and Schmidt's orthogonalisation;
/// 0 for columns that say nothing new.
func leastSquares(_ columns: [[Double]], _ target: [Double]) -> [Double] {
  var basis: [(vector: [Double], index: Int)] = []
  var triangle = [[Double]](
    repeating: [Double](repeating: 0, count: columns.count), count: columns.count)
  for (index, column) in columns.enumerated() {
    var rest = column
    let size = dot(column, column)
    // Twice, so that rounding does not leave anything of the others.
    for _ in 0..<2 {
      for known in basis {
        let share = dot(known.vector, rest)
        triangle[known.index][index] += share
        for i in rest.indices { rest[i] -= share * known.vector[i] }
      }
    }
    let length = dot(rest, rest)
    guard length > 1e-18 * size, size > 0 else { continue }
    let norm = length.squareRoot()
    triangle[index][index] = norm
    basis.append((rest.map { $0 / norm }, index))
  }
  var solution = [Double](repeating: 0, count: columns.count)
  let used = basis.map(\.index)
  for (vector, index) in basis.reversed() {
    var value = dot(vector, target)
    for later in used where later > index { value -= triangle[index][later] * solution[later] }
    solution[index] = value / triangle[index][index]
  }
  return solution
}

/// The sum of products.
func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}
