import Foundation
import RetrogradFiles
import RetrogradTensors

/// One array in NumPy's `.npy` format, versions 1 to 3.
///
/// Format: the documentation of `numpy.lib.format`.
public enum NumPyFile {
  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  private static let headerLimit = 1 << 20

  /// The array of a file. Half-precision numbers and small integers load as `float32`, wider integers
  /// as `float64`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - memoryLimit: The memory limit for the array, in bytes.
  public static func read(
    _ url: URL, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(FileError) -> Tensor {
    try read(BoundedFile(url), memoryLimit: memoryLimit)
  }

  static func read(_ file: BoundedFile, memoryLimit: Int) throws(FileError) -> Tensor {
    var start = ByteReader(
      try file.read(at: 0, count: min(file.size, 12)), file: file.name, base: 0)
    guard try start.bytes(6) == magic else {
      throw FileError(.unsupported, file: file.name, offset: 0, "is not a NumPy file (.npy)")
    }
    let version = try start.bytes(2)[0]
    guard (1...3).contains(version) else {
      throw FileError(
        .unsupported, file: file.name, offset: 6,
        "is of version \(version) of the format; 1 to 3 are known")
    }
    let length = version == 1 ? Int(try start.uint16()) : Int(try start.uint32())
    guard length <= headerLimit else {
      throw FileError(
        .malformed, file: file.name, offset: 8, "claims a header of \(length) bytes")
    }
    let text = String(
      decoding: try file.read(at: start.position, count: length), as: UTF8.self)
    let header = try Header(text, file: file.name, offset: start.position)
    let dataStart = start.position + length
    // Column-major order is row-major order of the axes reversed.
    let shape = header.isColumnMajor ? header.shape.reversed() : header.shape
    let count = try file.checkedCount(shape, header.type, at: dataStart)
    let size = header.type.loadedSize(count)
    let decoding = header.type.decodingSize(count, isBigEndian: header.isBigEndian)
    var budget = MemoryBudget(memoryLimit: memoryLimit, of: file)
    // Another order of the axes is a second copy.
    try budget.take(
      size, temporary: header.isColumnMajor ? max(size ?? .max, decoding ?? .max) : decoding,
      for: "its array of shape \(shape)", in: file)
    let tensor = try file.tensor(
      at: dataStart, header.type, shape: shape, isBigEndian: header.isBigEndian)
    let end = dataStart + tensor.count * header.type.byteCount
    guard end == file.size else {
      throw FileError(
        .malformed, file: file.name, offset: end, "\(file.size - end) bytes follow the array")
    }
    return header.isColumnMajor ? tensor.permuted(shape.indices.reversed()) : tensor
  }

  /// Writes an array; beside its target first, then renamed.
  public static func write(_ tensor: Tensor, to url: URL) throws(FileError) {
    let type = tensor.dtype == .float32 ? "<f4" : "<f8"
    let shape = tensor.shape.map(String.init).joined(separator: ", ")
    let tuple = tensor.rank == 1 ? "(\(shape),)" : "(\(shape))"
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(tuple), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { Array($0) }
    let writer = try AtomicWriter(url)
    try writer.write(magic + [1, 0] + length + Array(header.utf8))
    try tensor.withUnsafeBytes { (bytes) throws(FileError) in try writer.write(bytes) }
    try writer.finish()
  }

  /// The header: a Python dictionary with three known keys, picked apart rather than evaluated.
  private struct Header {
    let type: StoredType
    let isBigEndian: Bool
    let isColumnMajor: Bool
    let shape: [Int]

    private static let types: [String: StoredType] = [
      "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16,
      "i1": .int8, "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
    ]

    init(_ text: String, file: String, offset: Int) throws(FileError) {
      func failure(_ kind: FileError.Kind, _ reason: String) -> FileError {
        FileError(kind, file: file, offset: offset, reason)
      }
      let descriptor = /'descr'\s*:\s*'([<>|=])([a-z][0-9]+)'/
      guard let match = text.firstMatch(of: descriptor) else {
        throw failure(
          .unsupported, "holds no array of plain numbers: its header is \(text.prefix(80))")
      }
      guard let type = Self.types[String(match.2)] else {
        throw failure(.unsupported, "holds elements of type \(match.2), which is not supported")
      }
      guard let order = text.firstMatch(of: /'fortran_order'\s*:\s*(True|False)/),
        let tuple = text.firstMatch(of: /'shape'\s*:\s*\(([0-9, ]*)\)/)
      else {
        throw failure(.malformed, "its header lacks fortran_order or shape: \(text.prefix(80))")
      }
      var shape: [Int] = []
      for word in tuple.1.split(separator: ",") {
        let digits = word.trimmingCharacters(in: .whitespaces)
        if digits.isEmpty { continue }
        guard let extent = Int(digits) else {
          throw failure(.malformed, "its shape (\(tuple.1)) is impossible")
        }
        shape.append(extent)
      }
      self.type = type
      self.shape = shape
      isBigEndian = match.1 == ">"
      isColumnMajor = order.1 == "True"
    }
  }
}
