import Foundation
import RetrogradFiles
import RetrogradTensors
import RetrogradText

/// Named tensors in the safetensors format: a length, a header in JSON, then the numbers.
///
/// Format: the documentation of the `safetensors` package, version 0.4 and later.
public enum Safetensors {
  /// All tensors of a file.
  ///
  /// Half-precision numbers and small integers load as `float32`, wider integers as `float64`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - memoryLimit: The memory limit for its tensors, in bytes.
  public static func read(
    _ url: URL, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(FileError) -> [String: Tensor] {
    try SafetensorsFile(url, memoryLimit: memoryLimit).readAll()
  }

  /// The file's metadata: names and texts.
  public static func metadata(_ url: URL) throws(FileError) -> [String: String] {
    try SafetensorsFile(url).metadata
  }

  /// Writes tensors; the same tensors always give the same bytes.
  ///
  /// The file is written beside its target and renamed, so that an old one survives a failure.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by their names.
  ///   - metadata: Names and texts to write with them.
  ///   - half: The half precision to round `float32` tensors to, which halves their size; a number that is too
  ///     large for it is an error. `float64` ones stay as they are.
  ///   - url: The file.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], half: HalfPrecision? = nil,
    to url: URL
  ) throws(FileError) {
    try unnamed(tensors, metadata: metadata, half: half, for: url).finish()
  }

  /// Writes tensors like ``write(_:metadata:half:to:)``, but leaves it to the caller to wait until the disk has
  /// them.
  ///
  /// - Returns: All that was written; `finish()` waits for the disk and gives it the file's name.
  public static func unnamed(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], half: HalfPrecision? = nil,
    for url: URL
  ) throws(FileError) -> AtomicWriter {
    let plans = tensors.map { name, tensor in
      Plan(name: name, shape: tensor.shape, dtype: tensor.dtype)
    }
    return try write(plans, metadata: metadata, half: half, for: url) { tensors[$0]! }
  }

  /// Writes the tensors of another file, of any form, with its metadata: one tensor at a time is in memory.
  ///
  /// - Parameters:
  ///   - weights: The open file.
  ///   - half: The half precision to round `float32` tensors to; see ``write(_:metadata:half:to:)``.
  ///   - url: The file, which may be the one that is read.
  public static func write(
    _ weights: inout StoredWeights, half: HalfPrecision? = nil, to url: URL
  ) throws(FileError) {
    let plans = weights.names.map { name in
      Plan(name: name, shape: weights.shape(named: name)!, dtype: weights.dtype(named: name)!)
    }
    try write(plans, metadata: weights.metadata, half: half, for: url) {
      (name) throws(FileError) in try weights.tensor(named: name)
    }.finish()
  }

  /// A tensor that is to be written.
  private struct Plan {
    let name: String
    let shape: [Int]
    let dtype: DType

    func elementSize(_ half: HalfPrecision?) -> Int {
      dtype == .float32 && half != nil ? 2 : dtype.byteCount
    }
  }

  /// Writes tensors one after the other, each asked for when it is its turn.
  private static func write(
    _ plans: [Plan], metadata: [String: String], half: HalfPrecision?, for url: URL,
    tensor: (String) throws(FileError) -> Tensor
  ) throws(FileError) -> AtomicWriter {
    // Wider elements first, so that every tensor begins at a multiple of its element's size.
    let ordered = plans.sorted { ($1.elementSize(half), $0.name) < ($0.elementSize(half), $1.name) }
    var descriptions: [String: SafetensorsHeader.Description] = [:]
    var offset = 0
    for plan in ordered {
      guard plan.name != "__metadata__" else {
        throw FileError(.unsupported, file: url.path, "no tensor may be called \"__metadata__\"")
      }
      let count = StoredShape.count(plan.shape) ?? .max
      let (size, isHuge) = count.multipliedReportingOverflow(by: plan.elementSize(half))
      let (end, overflow) = offset.addingReportingOverflow(size)
      guard !isHuge, !overflow else {
        throw FileError(
          .tooLarge, file: url.path,
          "tensor \"\(plan.name)\" has the impossible shape \(StoredShape.describe(plan.shape))")
      }
      descriptions[plan.name] = .init(
        dtype: typeName(plan.dtype, half), shape: plan.shape, dataOffsets: [offset, end])
      offset = end
    }
    let writer = try AtomicWriter(url)
    try writeHeader(descriptions, metadata, to: writer, file: url)
    for plan in ordered {
      let tensor = try tensor(plan.name)
      if let half, tensor.dtype == .float32 {
        guard let bits = tensor.halfBits(as: half) else {
          throw FileError(
            .unsupported, file: url.path,
            "tensor \"\(plan.name)\" has numbers that are too large for \(half)")
        }
        try bits.withBytes { (bytes) throws(FileError) in try writer.write(bytes) }
      } else {
        try tensor.withUnsafeBytes { (bytes) throws(FileError) in try writer.write(bytes) }
      }
    }
    return writer
  }

  /// Copies a file with other metadata. The tensors stay the bytes that they are, in half precision too.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - metadata: Names and texts to write in place of the file's.
  ///   - target: The copy, which may be the file itself.
  public static func copy(
    _ url: URL, metadata: [String: String], to target: URL
  ) throws(FileError) {
    let file = try BoundedFile(url)
    let contents = try SafetensorsFile(file, memoryLimit: WeightFile.defaultMemoryLimit)
    let writer = try AtomicWriter(target)
    try writeHeader(contents.descriptions, metadata, to: writer, file: target)
    let piece = 1 << 20
    for start in stride(from: contents.dataStart, to: file.size, by: piece) {
      try writer.write(file.read(at: start, count: min(piece, file.size - start)))
    }
    try writer.finish()
  }

  /// Writes what stands before the numbers.
  private static func writeHeader(
    _ descriptions: [String: SafetensorsHeader.Description], _ metadata: [String: String],
    to writer: AtomicWriter, file: URL
  ) throws(FileError) {
    var header = descriptions.mapValues { Header.tensor($0) }
    if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
    var json = Array(RetrogradText.json(header).utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    try writer.write(withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json)
  }

  private static func typeName(_ dtype: DType, _ half: HalfPrecision?) -> String {
    switch (dtype, half) {
    case (.float64, _): "F64"
    case (.float32, nil): "F32"
    case (.float32, .float16?): "F16"
    case (.float32, .bfloat16?): "BF16"
    }
  }

  private enum Header: Encodable {
    case metadata([String: String])
    case tensor(SafetensorsHeader.Description)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let texts): try texts.encode(to: encoder)
      case .tensor(let description): try description.encode(to: encoder)
      }
    }
  }
}
