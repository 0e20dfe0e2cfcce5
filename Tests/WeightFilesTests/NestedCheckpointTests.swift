import Foundation
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

/// What `nested_checkpoints.py` wrote.
private enum Nested {
  struct Model: Decodable, Sendable {
    let key: String
    /// The sum of each tensor's numbers, by its name.
    let sums: [String: Double]?
  }

  private struct Report: Decodable {
    let models: [String: Model]
    let unreadable: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let all = try container.decode([String: Either].self)
      var (models, unreadable): ([String: Model], [String]) = ([:], [])
      for (name, value) in all {
        switch value {
        case .model(let model): models[name] = model
        case .names(let names): unreadable = names
        }
      }
      (self.models, self.unreadable) = (models, unreadable)
    }
  }

  private enum Either: Decodable {
    case model(Model)
    case names([String])

    init(from decoder: any Decoder) throws {
      if let names = try? [String](from: decoder) {
        self = .names(names)
      } else {
        self = .model(try Model(from: decoder))
      }
    }
  }

  private static let report: Report = Fixtures.json("nested_checkpoints.json")

  static var models: [String: Model] { report.models }
  static var unreadable: [String] { report.unreadable }

  static func url(_ name: String) -> URL { Fixtures.url("nested_checkpoints/\(name)") }

  static func read(_ name: String, key: String? = nil) throws -> WeightFile.Contents {
    try WeightFile.readAll(BoundedFile(url(name)), key: key)
  }

  static func error(_ name: String, key: String? = nil) -> FileError? {
    do {
      _ = try read(name, key: key)
      return nil
    } catch {
      return error as? FileError
    }
  }
}

@Suite("The model among the dictionaries of a checkpoint")
struct NestedCheckpointTests {
  @Test("is found, wherever training programs put it", arguments: Nested.models.keys.sorted())
  func found(_ file: String) throws {
    let model = try #require(Nested.models[file])
    for contents in [
      try Nested.read(file), try Nested.read(file, key: model.key.isEmpty ? "." : model.key),
    ] {
      #expect(contents.key == model.key)
      guard let sums = model.sums else { continue }
      #expect(Set(contents.tensors.keys) == Set(sums.keys))
      for (name, sum) in sums {
        let tensor = try #require(contents.tensors[name])
        #expect(abs(tensor.scalars.reduce(0, +) - sum) < 1e-9)
      }
    }
  }

  @Test("what was chosen and what was left stands in one line, with sizes")
  func choice() throws {
    let line = try #require(Nested.read("imagenet-example.pth").choice)
    #expect(line.hasPrefix("read state_dict, which looks like the model; left out: "))
    for part in [
      "arch (\"alexnet\")", "best_acc1 (a tensor of shape [])", "epoch (1)",
      "optimizer (18 tensors, ", "an optimizer's state)",
      "scheduler (a dictionary without tensors)",
    ] {
      #expect(line.contains(part), "\(line)")
    }
    #expect(!line.contains("\n"))
    let given = try #require(Nested.read("imagenet-example.pth", key: "state_dict").choice)
    #expect(given.hasPrefix("read state_dict; left out: "))
    #expect(try WeightFile.readAll(BoundedFile(CheckpointFixtures.url("state.pth"))).choice == nil)
  }

  @Test("the other one of two is read by its key")
  func key() throws {
    let averaged = try Nested.read("params-ema.pth", key: "params_ema")
    let plain = try Nested.read("params-ema.pth")
    #expect(averaged.key == "params_ema" && Set(averaged.tensors.keys) == Set(plain.tensors.keys))
    #expect(averaged.tensors["0.weight"] != plain.tensors["0.weight"])
    #expect(
      try PyTorchCheckpoint.read(Nested.url("params-ema.pth"), key: "params_ema")
        == averaged.tensors)
    // A part of a dictionary whose parts are dictionaries of tensors.
    #expect(
      try Nested.read("model-in-model.pth", key: "model").tensors.keys
        .contains("state_dict.0.weight"))
    // An optimizer's state is read by who asks for it.
    #expect(
      try Nested.read("optimizer-only.pth", key: "optimizer.state.0").tensors["exp_avg"]?.shape
        == [2, 1, 3, 3])
  }

  @Test("a key that is not there names those that are")
  func wrongKey() throws {
    let error = try #require(Nested.error("imagenet-example.pth", key: "model.weights"))
    for word in ["\"model.weights\"", "state_dict (9 tensors", "optimizer (18 tensors"] {
      #expect(error.reason.contains(word), "\(error)")
    }
    let inner = try #require(Nested.error("model-in-model.pth", key: "model.net"))
    #expect(inner.reason.contains("no \"net\" in model") && inner.reason.contains("config"))
    let number = try #require(Nested.error("imagenet-example.pth", key: "epoch"))
    #expect(number.reason.contains("not a dictionary of tensors"), "\(number)")
    let other = #expect(throws: FileError.self) {
      try WeightFile.read(CheckpointFixtures.url("state.safetensors"), key: "a")
    }
    #expect(other?.reason.contains("only PyTorch's checkpoints") == true)
  }

  @Test("several that may be it are an error that lists them, and so is an optimizer alone")
  func refused() throws {
    let several = try #require(Nested.error("several.pth"))
    for word in ["encoder (9 tensors", "decoder (9 tensors", "--key"] {
      #expect(several.reason.contains(word), "\(several)")
    }
    // Not even where one has nearly all of the numbers: a head can be larger than what is under it.
    let parts = try #require(Nested.error("head-and-backbone.pth"))
    #expect(
      parts.reason.contains("backbone (2 tensors") && parts.reason.contains("head (2 tensors"))
    for file in ["optimizer-only.pth", "optimizer-alone.pth"] {
      let error = try #require(Nested.error(file))
      #expect(error.reason.contains("an optimizer's state and no model"), "\(error)")
    }
  }
}

@Suite("Tensors of a checkpoint that need care")
struct CheckpointTensorTests {
  @Test(
    "negative and conjugate bits are honored, in views and parameters too",
    arguments: ["signs.pth", "signs-stream.pth"])
  func signs(_ file: String) throws {
    let tensors = try Nested.read(file).tensors
    let numbers = [1.0, 2, 3, 4, 5, 6]
    for name in [
      "float32", "float64", "float16", "bfloat16", "parameter", "imaginary", "attribute",
    ] {
      #expect(tensors[name]?.scalars == numbers.map { -$0 }, "\(name)")
    }
    #expect(tensors["plain"]?.scalars == numbers)
    #expect(tensors["transposed"]?.scalars == [-1, -4, -2, -5, -3, -6])
    #expect(tensors["part"]?.scalars == [-4, -6])
  }

  @Test(
    "one of a kind that cannot be read is left out and named, and the others are read",
    arguments: ["unreadable.pth", "unreadable-stream.pth"])
  func unreadable(_ file: String) throws {
    let contents = try Nested.read(file)
    #expect(Set(contents.tensors.keys) == ["good", "other.weight"])
    #expect(contents.leftOut.map(\.name).sorted() == Nested.unreadable)
    #expect(contents.leftOut.allSatisfy { $0.tensorCount == 1 })
    func detail(_ name: String) -> String? { contents.leftOut.first { $0.name == name }?.detail }
    #expect(detail("complex64") == "a tensor of shape [2, 3], complex64")
    #expect(detail("float8_e5m2") == "a tensor of shape [2, 3], float8_e5m2")
    #expect(detail("quantized") == "a tensor of shape [2, 3], quantized")
    #expect(detail("sparse") == "a tensor, sparse")
    #expect(detail("own")?.contains("__main__.Own") == true)
    let error = try #require(Nested.error("only-complex.pth"))
    #expect(error.kind == .unsupported && error.reason.contains("complex64"))
  }

  @Test("the same for safetensors")
  func unreadableSafetensors() throws {
    let contents = try Nested.read("unreadable.safetensors")
    #expect(Set(contents.tensors.keys) == ["good"])
    #expect(
      contents.leftOut.map(\.description)
        == ["bad (a tensor of shape [2, 3], F8_E4M3)", "odd (a tensor of shape [2, 3], C64)"])
  }

  @Test("one at a time they are the same as together, and the limit counts one")
  func oneAtATime() throws {
    let files = ["state.pth", "state-stream.pth", "state.safetensors", "float64.npy"]
    for url in files.map(CheckpointFixtures.url) {
      let together = try WeightFile.read(url)
      var weights = try WeightFile.open(url)
      #expect(weights.names == together.keys.sorted())
      for name in weights.names + weights.names {
        #expect(weights.shape(named: name) == together[name]?.shape)
        #expect(weights.dtype(named: name) == together[name]?.dtype)
        let tensor = try weights.tensor(named: name)
        #expect(tensor.scalars == together[name]?.scalars)
      }
      #expect(throws: FileError.self) { try weights.tensor(named: "no such name") }
    }
    let url = CheckpointFixtures.url("module.pth")
    let sizes = try WeightFile.read(url).values.map { $0.count * $0.dtype.byteCount }
    var narrow = try WeightFile.open(url, memoryLimit: 2 * sizes.max()!)
    #expect(2 * sizes.max()! < sizes.reduce(0, +))
    #expect(throws: FileError.self) {
      try WeightFile.read(url, memoryLimit: sizes.reduce(0, +) - 1)
    }
    for name in narrow.names { _ = try narrow.tensor(named: name) }
    // What a file makes of few bytes is limited in all, kept or not.
    var many = try WeightFile.open(CheckpointFixtures.url("many-views.pth"))
    let error = #expect(throws: FileError.self) {
      for name in many.names { _ = try many.tensor(named: name) }
    }
    #expect(error?.kind == .tooLarge)
  }
}

@Suite("Weights in forms that are not read")
struct ForeignWeightFileTests {
  @Test(
    "get a message of their own",
    arguments: [
      ("arrays.npz", "NumPy archive (.npz) of 2 arrays"), ("exported.pt2", "torch.export (.pt2)"),
      ("script.pt", "TorchScript"), ("module.pth", "a whole model"),
      ("module-inside.pth", "a whole model"), ("module-stream.pth", "a whole model"),
    ])
  func files(_ file: String, _ words: String) throws {
    let error = try #require(Nested.error(file))
    #expect(error.kind == .unsupported && error.reason.contains(words), "\(error)")
  }

  @Test("so do those that are told by their first bytes")
  func beginnings() throws {
    let text = { (words: String) in Array(words.utf8) }
    let examples: [([UInt8], String)] = [
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "HDF5"),
      (text("GGUF") + [3, 0, 0, 0], "gguf"), (text("lmgg"), "ggml"),
      ([0x1C, 0, 0, 0] + text("TFL3"), "TensorFlow Lite"),
      ([8, 8, 0x12, 7] + text("pytorch"), "ONNX"), ([0x80, 4, 0x95, 0], "bare pickle"),
      ([0x28, 0xB5, 0x2F, 0xFD, 0], "zstd"), (text("MATLAB 5.0 MAT-file"), "MATLAB"),
      (text(#"{"metadata": {"total_size": 3}, "weight_map": {}}"#), "index"),
      (text("version https://git-lfs.github.com/spec/v1"), "git lfs pull"),
      (text("<!DOCTYPE html>"), "web page"), (text("hello, world"), "unknown format"),
      ([], "empty"),
    ]
    for (bytes, word) in examples {
      let error = #expect(throws: FileError.self) { try CheckpointFixtures.read(bytes) }
      #expect(error?.kind == .unsupported, "\(word)")
      #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")")
    }
  }
}
