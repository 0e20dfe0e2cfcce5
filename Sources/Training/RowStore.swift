import Foundation
import RetrogradFiles
import RetrogradTensors

/// Rows of one shape by their numbers: in memory as long as all of them will fit, otherwise in a
/// temporary file.
struct RowStore {
  private enum Place {
    case memory([Tensor])
    case file(TemporaryFile, count: Int)
  }

  private let expectedCount: Int
  private let memoryLimit: Int
  private let folder: URL
  private var place = Place.memory([])
  private var row: (shape: [Int], dtype: DType)?

  /// An empty store.
  ///
  /// - Parameters:
  ///   - expectedCount: How many rows there will be at most.
  ///   - memoryLimit: How many bytes of rows may stay in memory.
  ///   - folder: Where a file goes.
  init(expectedCount: Int, memoryLimit: Int, folder: URL) {
    (self.expectedCount, self.memoryLimit, self.folder) = (expectedCount, memoryLimit, folder)
  }

  /// The number of rows.
  var count: Int {
    switch place {
    case .memory(let rows): rows.count
    case .file(_, let count): count
    }
  }

  /// Whether the rows are in a file.
  var isOnDisk: Bool { if case .file = place { true } else { false } }

  private var rowByteCount: Int { row.map { $0.shape.reduce($0.dtype.byteCount, *) } ?? 0 }

  /// Adds rows, [N, …], behind the others.
  mutating func append(_ rows: Tensor) throws(FileError) {
    if row == nil {
      row = (Array(rows.shape.dropFirst()), rows.dtype)
      if expectedCount * rowByteCount > memoryLimit {
        place = .file(try TemporaryFile(in: folder), count: 0)
      }
    }
    require(
      rows.shape.dropFirst() == row!.shape[...] && rows.dtype == row!.dtype,
      "rows of \(rows.dtype) \(rows.shape.dropFirst()) came after rows of \(row!.dtype) "
        + "\(row!.shape): pictures must all be transformed to one size")
    switch place {
    case .memory(var kept):
      place = .memory([])
      kept += (0..<rows.shape[0]).map { rows[$0..<($0 + 1)] }
      place = .memory(kept)
    case .file(let file, let count):
      try rows.withUnsafeBytes { (bytes) throws(FileError) in try file.write(bytes) }
      place = .file(file, count: count + rows.shape[0])
    }
  }

  /// The rows of these numbers, [indices.count, …].
  func rows(_ indices: [Int]) throws(FileError) -> Tensor {
    for index in indices {
      require((0..<count).contains(index), "there is no row \(index), only \(count) in all")
    }
    guard let row else { return .zeros([0, 0]) }
    let shape = [indices.count] + row.shape
    if indices.isEmpty { return .zeros(shape, dtype: row.dtype) }
    switch place {
    case .memory(let rows): return concatenate(indices.map { rows[$0] })
    case .file(let file, _):
      var failure: FileError?
      let size = rowByteCount
      let result = Tensor(shape: shape, dtype: row.dtype) { buffer in
        do throws(FileError) {
          for (place, index) in indices.enumerated() {
            try file.read(
              at: index * size,
              into: .init(rebasing: buffer[(place * size)..<((place + 1) * size)]))
          }
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      return result
    }
  }
}
