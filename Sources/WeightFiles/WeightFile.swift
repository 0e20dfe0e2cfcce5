import Foundation
@_exported import RetrogradFiles
import RetrogradTensors

/// What went wrong with a file of weights: which one, where in it, what was found and expected.
public typealias WeightFileError = FileError

/// A file of named tensors in any of the forms that Retrograd reads.
public enum WeightFile {
  /// The tensors of a safetensors file, a PyTorch checkpoint (either form) or a NumPy file, told apart
  /// by content and not by extension.
  ///
  /// A NumPy file holds one array without a name; it is given the file's name without extension.
  public static func read(_ url: URL) throws(WeightFileError) -> [String: Tensor] {
    let file = try BoundedFile(url)
    let beginning = try file.read(at: 0, count: min(file.size, 64))
    if ZipArchive.isZip(beginning) || PyTorchCheckpoint.isLegacy(beginning) {
      return try PyTorchCheckpoint(file).tensors
    }
    if beginning.starts(with: NumPyFile.magic) {
      return [url.deletingPathExtension().lastPathComponent: try NumPyFile.read(file)]
    }
    if beginning.count > 8, beginning[8] == UInt8(ascii: "{") {
      return try SafetensorsFile(file).readAll()
    }
    throw FileError(.unsupported, file: file.name, offset: 0, diagnosis(beginning))
  }

  /// What a file that holds no weights seems to be.
  static func diagnosis(_ beginning: [UInt8]) -> String {
    let expected = "expected safetensors, a PyTorch checkpoint (.pth) or a NumPy file (.npy)"
    let text = String(decoding: beginning, as: UTF8.self).lowercased()
    if beginning.isEmpty { return "is empty; \(expected)" }
    if text.hasPrefix("version https://git-lfs") {
      return "is a pointer of Git LFS, not the weights: fetch them with \"git lfs pull\""
    }
    if text.drop(while: \.isWhitespace).hasPrefix("<") {
      return "is a web page, perhaps saved in place of the download; \(expected)"
    }
    if beginning.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "is an HDF5 file; \(expected)" }
    if beginning.starts(with: [0x1F, 0x8B]) {
      return "is compressed by gzip: unpack it; \(expected)"
    }
    return "is of no form that is known; \(expected)"
  }
}

extension BoundedFile {
  /// A tensor whose elements stand in the file from `offset` on, in row-major order.
  func tensor(
    at offset: Int, _ type: StoredType, shape: [Int], isBigEndian: Bool = false
  )
    throws(FileError) -> Tensor
  {
    let count = try checkedCount(shape, type, at: offset)
    if type.dtype == .float32 && type == .float32 && !isBigEndian
      || type == .float64 && !isBigEndian
    {
      // Stored as in memory: read straight into place.
      var failure: FileError?
      let tensor = Tensor(shape: shape, dtype: type.dtype) { buffer in
        do throws(FileError) { try read(at: offset, into: buffer) } catch { failure = error }
      }
      if let failure { throw failure }
      return tensor
    }
    let bytes = try read(at: offset, count: count * type.byteCount)
    return bytes.withUnsafeBytes {
      Tensor(decoding: $0, as: type, shape: shape, isBigEndian: isBigEndian)
    }
  }

  /// The number of elements of a shape, after checking that the file has room for them.
  func checkedCount(_ shape: [Int], _ type: StoredType, at offset: Int) throws(FileError) -> Int {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw FileError(.malformed, file: name, offset: offset, "shape \(shape) is impossible")
      }
      count = product
    }
    guard offset >= 0, offset <= size, count <= (size - offset) / type.byteCount else {
      throw FileError(
        .truncated, file: name, offset: offset,
        "a tensor of shape \(shape) takes \(count) times \(type.byteCount) bytes, the file ends at byte "
          + "\(size)")
    }
    return count
  }
}
