import Foundation
import RetrogradFiles
import RetrogradTensors

/// Rows of one shape by their numbers: in memory as long as all of them will fit, otherwise in a
/// temporary file.
struct RowStore {
  private enum Place {
    case memory(Block, count: Int)
    case file(TemporaryFile, count: Int)
  }

  private let expectedCount: Int
  private let memoryLimit: Int
  private let folder: URL
  private var place: Place?
  private var row: (shape: [Int], dtype: DType)?

  /// An empty store.
  ///
  /// - Parameters:
  ///   - expectedCount: The maximum number of rows.
  ///   - memoryLimit: The memory limit for rows, in bytes.
  ///   - folder: The folder for a file.
  init(expectedCount: Int, memoryLimit: Int, folder: URL) {
    (self.expectedCount, self.memoryLimit, self.folder) = (expectedCount, memoryLimit, folder)
  }

  /// The number of rows.
  var count: Int {
    switch place {
    case nil: 0
    case .memory(_, let count), .file(_, let count): count
    }
  }

  /// Indicates whether the rows are in a file.
  var isOnDisk: Bool { if case .file = place { true } else { false } }

  private var rowByteCount: Int { row.map { $0.shape.reduce($0.dtype.byteCount, *) } ?? 0 }

  /// Adds rows, [N, …], behind the others.
  mutating func append(_ rows: Tensor) throws(FileError) {
    if row == nil {
      row = (Array(rows.shape.dropFirst()), rows.dtype)
      let byteCount = expectedCount * rowByteCount
      place =
        byteCount > memoryLimit
        ? .file(try TemporaryFile(in: folder), count: 0) : .memory(Block(byteCount), count: 0)
    }
    require(
      rows.shape.dropFirst() == row!.shape[...] && rows.dtype == row!.dtype,
      "rows of \(rows.dtype) \(rows.shape.dropFirst()) came after rows of \(row!.dtype) "
        + "\(row!.shape): pictures must all be transformed to one size")
    switch place {
    case nil: break
    case .memory(let block, let count):
      require(
        count + rows.shape[0] <= expectedCount,
        "more rows came than the \(expectedCount) that were expected")
      rows.withUnsafeBytes { block.write($0, at: count * rowByteCount) }
      place = .memory(block, count: count + rows.shape[0])
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
    guard let row, let place else { return .zeros([0, 0]) }
    let shape = [indices.count] + row.shape
    if indices.isEmpty { return .zeros(shape, dtype: row.dtype) }
    let size = rowByteCount
    var failure: FileError?
    let result = Tensor(shape: shape, dtype: row.dtype) { buffer in
      do throws(FileError) {
        for (position, index) in indices.enumerated() {
          let target = UnsafeMutableRawBufferPointer(
            rebasing: buffer[(position * size)..<((position + 1) * size)])
          switch place {
          case .memory(let block, _): block.read(at: index * size, into: target)
          case .file(let file, _): try file.read(at: index * size, into: target)
          }
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return result
  }

  /// Memory in one piece: rows of their own, made between large tensors that come and go, would keep what those
  /// leave from being used again. What is not written yet takes no room.
  private final class Block {
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 64) }
    deinit { bytes.deallocate() }

    func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
      UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyMemory(from: source)
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) {
      target.copyMemory(from: .init(rebasing: bytes[offset..<(offset + target.count)]))
    }
  }
}
