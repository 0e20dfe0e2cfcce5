import Foundation
import Retrograd
import RetrogradTestSupport
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
    #expect(throws: WeightFileError.self) { try file.tensor(named: "nothing") }
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
    let error = #expect(throws: WeightFileError.self) {
      try Safetensors.write(["a": Tensor(1)], to: missing)
    }
    #expect(error?.kind == .unwritable)
    let folder = url
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.safetensors")
    try Safetensors.write(["a": Tensor(1)], to: file)
    #expect(throws: WeightFileError.self) {
      try Safetensors.write(["__metadata__": Tensor(2)], to: file)
    }
    #expect(try Safetensors.read(file) == ["a": Tensor(1)])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }
}
