import RetrogradTensors

/// Numbers in rows and columns, to be read and written one by one.
///
/// Unlike a tensor it has no operations: what becomes of the numbers is written out in loops.
public nonisolated struct Grid: Exchangeable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// All numbers, row by row.
  public private(set) var numbers: [Double]

  /// A grid of zeros.
  ///
  /// - Parameters:
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  public init(rows: Int, columns: Int) {
    require(
      rows >= 0 && columns >= 0,
      "a grid has no fewer than 0 rows and columns, got \(rows) × \(columns)")
    (self.rows, self.columns) = (rows, columns)
    numbers = [Double](repeating: 0, count: rows * columns)
  }

  /// One number.
  ///
  /// - Parameters:
  ///   - row: From 0.
  ///   - column: From 0.
  public subscript(row: Int, column: Int) -> Double {
    get { numbers[place(row, column)] }
    set { numbers[place(row, column)] = newValue }
  }

  private func place(_ row: Int, _ column: Int) -> Int {
    require(
      (0..<rows).contains(row) && (0..<columns).contains(column),
      "[\(row), \(column)] is not in a grid of \(rows) × \(columns): rows run from 0 to \(rows - 1), columns from 0 to "
        + "\(columns - 1)")
    return row * columns + column
  }

  /// Appends it to a message.
  public func write(to message: inout MessageWriter) {
    rows.write(to: &message)
    columns.write(to: &message)
    numbers.write(to: &message)
  }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    let (rows, columns) = (try Int(from: &message), try Int(from: &message))
    let numbers = try [Double](from: &message)
    guard rows >= 0, columns >= 0,
      rows.multipliedReportingOverflow(by: columns) == (numbers.count, false)
    else {
      throw AnswerError.unreadable("\(numbers.count) numbers do not fill \(rows) × \(columns)")
    }
    (self.rows, self.columns, self.numbers) = (rows, columns, numbers)
  }
}
