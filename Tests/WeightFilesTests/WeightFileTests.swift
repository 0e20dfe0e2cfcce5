import Foundation
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

/// The files that `checkpoints.py` wrote, and the numbers in them.
struct CheckpointFixtures: Decodable, Sendable {
  let numbers: [String: [Double]]
  let shapes: [String: [Int]]
  let module: [String: [Double]]

  static let all: CheckpointFixtures = Fixtures.json("checkpoints.json")

  static func url(_ name: String) -> URL { Fixtures.url("checkpoints/\(name)") }

  static func bytes(_ name: String) -> [UInt8] { Array(try! Data(contentsOf: url(name))) }

  /// Reads bytes as a file of weights of any form.
  static func read(_ bytes: [UInt8]) throws -> [String: Tensor] {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    return try WeightFile.read(url)
  }
}

@Suite("Reading weights")
struct WeightFileTests {
  private let all = CheckpointFixtures.all

  @Test(
    "gives PyTorch's numbers, whatever the form, the element type and the strides",
    arguments: [
      "state.pth", "state-stream.pth", "nested.pth", "nested-stream.pth", "protocol3.pth",
      "protocol4.pth", "protocol5.pth", "state.safetensors",
    ])
  func numbers(_ file: String) throws {
    let tensors = try WeightFile.read(CheckpointFixtures.url(file))
    #expect(Set(tensors.keys) == Set(all.shapes.keys))
    for (name, expected) in all.numbers {
      #expect(tensors[name]?.shape == all.shapes[name], "\(name)")
      #expect(tensors[name]?.scalars == expected, "\(name)")
    }
    #expect(
      tensors["special"]?.scalars
        == [.infinity, -.infinity, 0, 0, Double(Float(0x1p-24)), 65504])
    #expect(tensors["special"]?.scalars[3].sign == .minus)
    for name in ["float64", "int64", "int32"] { #expect(tensors[name]?.dtype == .float64) }
    for name in ["float32", "float16", "bfloat16", "int16", "uint8", "bool"] {
      #expect(tensors[name]?.dtype == .float32)
    }
  }

  @Test("a module's state dictionary, with its running statistics")
  func module() throws {
    let tensors = try PyTorchCheckpoint.read(CheckpointFixtures.url("module.pth"))
    #expect(tensors.mapValues(\.scalars) == all.module)
  }

  @Test(
    "unsigned integers, which PyTorch saves as bytes and a type",
    arguments: ["unsigned.pth", "unsigned-stream.pth"])
  func unsigned(_ file: String) throws {
    let tensors = try WeightFile.read(CheckpointFixtures.url(file))
    let expected: [String: Tensor] = [
      "uint16": Tensor([[0, 1], [2, 65535]]), "transposed": Tensor([[0, 2], [1, 65535]]),
      "uint32": Tensor([0, 7, 4_294_967_295], dtype: .float64),
      "part": Tensor([7, 4_294_967_295], dtype: .float64),
      "uint64": Tensor([0, 7, 9_007_199_254_740_992], dtype: .float64),
      "parameter": Tensor([5, 6]),
    ]
    #expect(tensors == expected)
  }

  @Test("an empty dictionary is a checkpoint of a model without parameters")
  func noParameters() throws {
    #expect(try WeightFile.read(CheckpointFixtures.url("no-parameters.pth")).isEmpty)
  }

  @Test("what is no tensor is left out and named")
  func ignored() throws {
    let checkpoint = try PyTorchCheckpoint(CheckpointFixtures.url("nested.pth"))
    #expect(checkpoint.ignored.sorted() == ["epoch", "note", "optimizer"])
  }

  @Test(
    "NumPy's arrays, of either byte order and layout",
    arguments: [
      "float64.npy", "float32.npy", "float16.npy", "big-endian.npy", "column-major.npy",
      "int16.npy", "version2.npy",
    ])
  func numpy(_ file: String) throws {
    let tensor = try NumPyFile.read(CheckpointFixtures.url(file))
    #expect(tensor.shape == [2, 3, 4] && tensor.scalars == Array(0..<24).map(Double.init))
  }

  @Test("a column-major array without elements")
  func emptyColumnMajor() throws {
    let url = CheckpointFixtures.url("empty-column-major.npy")
    #expect(try NumPyFile.read(url) == Tensor.zeros([3, 0, 4]))
  }

  @Test("NumPy's arrays of one axis and of none")
  func smallNumpy() throws {
    #expect(try NumPyFile.read(CheckpointFixtures.url("one-axis.npy")).scalars == [0, 1, 2, 3, 4])
    #expect(try NumPyFile.read(CheckpointFixtures.url("no-axes.npy")) == Tensor(7, dtype: .float64))
    #expect(try NumPyFile.read(CheckpointFixtures.url("bool.npy")).scalars == [1, 0])
    let named = try WeightFile.read(CheckpointFixtures.url("one-axis.npy"))
    #expect(Array(named.keys) == ["one-axis"])
  }

  @Test("metadata of a safetensors file, and one tensor at a time")
  func lazySafetensors() throws {
    let file = try SafetensorsFile(CheckpointFixtures.url("state.safetensors"))
    #expect(file.metadata == ["made by": "a script", "ü": "\"\\"])
    #expect(file.shape(named: "whole") == [4, 6])
    #expect(try file.tensor(named: "scalar").item() == 2.5)
    #expect(throws: FileError.self) { try file.tensor(named: "nothing") }
  }
}

@Suite("Writing weights")
struct WeightWritingTests {
  private let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  @Test("safetensors read back as they were, and the same tensors give the same bytes")
  func safetensors() throws {
    defer { try? FileManager.default.removeItem(at: url) }
    var random = RandomSource(seed: 4)
    let tensors: [String: Tensor] = [
      "b.weight": .normal([3, 4], using: &random),
      "a": .normal([2], dtype: .float64, using: &random),
      "empty": .zeros([0, 2]), "one": Tensor(1), "ü/\"": .ones([1]),
    ]
    try Safetensors.write(tensors, metadata: ["format": "pt"], to: url)
    #expect(try Safetensors.read(url) == tensors)
    #expect(try Safetensors.metadata(url) == ["format": "pt"])
    let first = try Data(contentsOf: url)
    try Safetensors.write(tensors, metadata: ["format": "pt"], to: url)
    #expect(try Data(contentsOf: url) == first)
    let headerLength = first.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(headerLength % 8 == 0)
  }

  @Test("a copy with other metadata has the same bytes for numbers of any type, in place too")
  func copy() throws {
    let folder = try TemporaryFolder()
    let (half, copy) = (
      folder.url.appending(path: "half"), folder.url.appending(path: "copy")
    )
    try Safetensors.write(
      ["a": Tensor([1.0 / 3, -2]), "b": Tensor([1.0 / 3], dtype: .float64)],
      metadata: ["old": "gone"], half: .float16, to: half)
    for source in [half, CheckpointFixtures.url("state.safetensors")] {
      try Safetensors.copy(source, metadata: ["new": "text, longer than before"], to: copy)
      #expect(try Safetensors.metadata(copy) == ["new": "text, longer than before"])
      func numbers(_ url: URL) throws -> Data {
        let bytes = try Data(contentsOf: url)
        return bytes.dropFirst(8 + bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) })
      }
      let expected = try numbers(source)
      #expect(try numbers(copy) == expected)
      let tensors = try Safetensors.read(source).mapValues(\.scalars)
      #expect(try Safetensors.read(copy).mapValues(\.scalars) == tensors)
      try Safetensors.copy(copy, metadata: [:], to: copy)
      #expect(try Safetensors.metadata(copy).isEmpty && numbers(copy) == expected)
    }
    #expect(throws: FileError.self) {
      try Safetensors.copy(CheckpointFixtures.url("state.pth"), metadata: [:], to: copy)
    }
    #expect(try Safetensors.metadata(copy).isEmpty, "the old copy is still there")
  }

  @Test("NumPy files read back as they were, aligned as the format asks", arguments: DType.allCases)
  func numpy(dtype: DType) throws {
    defer { try? FileManager.default.removeItem(at: url) }
    for shape in [[], [5], [2, 3], [0, 4]] {
      var random = RandomSource(seed: 4)
      let tensor = Tensor.normal(shape, dtype: dtype, using: &random)
      try NumPyFile.write(tensor, to: url)
      #expect(try NumPyFile.read(url) == tensor)
      let size = try Data(contentsOf: url).count
      #expect((size - tensor.count * dtype.byteCount) % 64 == 0)
    }
  }

  @Test("a file that cannot be written leaves the old one and no rest")
  func unwritable() throws {
    let missing = URL(filePath: "/no/such/folder/x.safetensors")
    let error = #expect(throws: FileError.self) {
      try Safetensors.write(["a": Tensor(1)], to: missing)
    }
    #expect(error?.kind == .unwritable)
    let folder = url
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.safetensors")
    try Safetensors.write(["a": Tensor(1)], to: file)
    #expect(throws: FileError.self) {
      try Safetensors.write(["__metadata__": Tensor(2)], to: file)
    }
    #expect(try Safetensors.read(file) == ["a": Tensor(1)])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }

  @Test(
    "half precision rounds as PyTorch does, and keeps float64", arguments: HalfPrecision.allCases)
  func halfPrecision(_ format: HalfPrecision) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "half.safetensors")
    let tensors = [
      "a": Tensor([1.0 / 3, -2, 65504, 1e-6, .infinity], dtype: .float32),
      "b": Tensor([1.0 / 3], dtype: .float64),
    ]
    try Safetensors.write(tensors, metadata: ["name": "text"], half: format, to: url)
    let read = try Safetensors.read(url)
    #expect(try Safetensors.metadata(url) == ["name": "text"])
    #expect(read["b"] == tensors["b"])
    // What torch.tensor(…).to(format).float() gives.
    #expect(
      read["a"]!.floats
        == (format == .float16
          ? [0.333251953125, -2, 65504, 1.0132789611816406e-06, .infinity]
          : [0.333984375, -2, 65536, 9.98377799987793e-07, .infinity]))
    // A second time changes nothing.
    try Safetensors.write(read, metadata: ["name": "text"], half: format, to: url)
    #expect(try Safetensors.read(url) == read)
  }

  @Test("a number that is too large for half precision is an error, and no file is written")
  func tooLargeForHalfPrecision() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "half.safetensors")
    for (format, number) in [(HalfPrecision.float16, 65520.0), (.bfloat16, 3.4e38)] {
      let error = #expect(throws: FileError.self) {
        try Safetensors.write(
          ["a": Tensor([1, number], dtype: .float32)], half: format, to: url)
      }
      #expect(error?.reason.contains("tensor \"a\"") == true)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }
}
