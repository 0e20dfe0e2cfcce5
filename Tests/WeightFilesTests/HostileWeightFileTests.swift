import Foundation
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

@Suite("Weight files that are damaged, or mean harm")
struct HostileWeightFileTests {
  /// A file, the kind of error it must give, and words that the message must have.
  static let refused: [(file: String, kind: FileError.Kind, words: [String])] = [
    ("os-system.pth", .unsupported, ["system", "nothing was run"]),
    ("os-system-stream.pth", .unsupported, ["system", "nothing was run"]),
    ("eval.pth", .unsupported, ["eval", "nothing was run"]),
    ("whole-model.pth", .unsupported, ["Sequential", "state_dict()"]),
    ("no-tensors.pth", .malformed, ["no tensors, only epoch"]),
    ("odd-keys.pth", .malformed, ["no tensors, only 0.5 (2), False (\"x\"), None (1)"]),
    ("overflow-shape.pth", .malformed, ["w0", "1099511627776"]),
    ("overflow-offset.pth", .malformed, ["w0"]),
    ("beyond-storage.pth", .malformed, ["w0", "element 16", "storage of 16"]),
    ("beyond-file.pth", .tooLarge, ["w0", "times the file"]),
    ("negative-stride.pth", .malformed, ["-1"]),
    ("expanded-huge.pth", .tooLarge, ["w0"]),
    ("many-views.pth", .tooLarge, ["times the file"]),
    ("missing-storage.pth", .malformed, ["archive/data/0"]),
    ("recursive.pth", .malformed, ["no tensors"]),
    ("recursive-list.pth", .unsupported, ["no dictionary"]),
    ("deep.pth", .unsupported, ["no dictionary"]),
    ("doubling.pth", .unsupported, ["no dictionary"]),
    ("long-text.pth", .truncated, ["4294967295"]),
    ("long-number.pth", .truncated, ["2147483647"]),
    ("negative-number.pth", .truncated, ["-1"]),
    ("empty-stack.pth", .malformed, ["stack is empty"]),
    ("no-end.pth", .truncated, []),
    ("unknown-instruction.pth", .unsupported, ["0xff"]),
    ("claims-4gb-stored.pth", .malformed, ["data.pkl"]),
    ("claims-4gb-packed.pth", .tooLarge, ["data.pkl", "4294967280"]),
    ("unpacks-to-more.pth", .malformed, ["does not unpack to the 1000 bytes"]),
    ("claims-10gb.pth", .tooLarge, ["data.pkl", "10737418240"]),
    ("copied-pairs.pth", .tooLarge, ["holds more than 1049"]),
    ("tensors-of-64-axes.pth", .tooLarge, ["holds more than 1049"]),
    ("full-stack.pth", .tooLarge, ["holds more than 262"]),
    ("full-marks.pth", .tooLarge, ["holds more than 262"]),
    ("full-memo.pth", .tooLarge, ["holds more than 262"]),
    ("far-memo.pth", .tooLarge, ["holds more than 262"]),
    ("long-pickle.pth", .tooLarge, ["data.pkl", "4000003 bytes"]),
    ("packed-zeros.pth", .tooLarge, ["archive/data/0", "8 times the file"]),
    ("wide-strides.pth", .tooLarge, ["64 times the file"]),
    ("shared-entry.pth", .malformed, ["archive/data/1", "shares its bytes"]),
    ("overflow-empty.pth", .malformed, ["w0", "impossible", "4611686018427387904"]),
    ("axes-65.pth", .malformed, ["65 axes"]),
    ("overflow-empty.safetensors", .malformed, ["\"a\"", "impossible"]),
    ("axes-65.safetensors", .malformed, ["\"a\"", "65 axes"]),
    ("overflow-empty.npy", .malformed, ["impossible"]),
    ("overflow-column-major.npy", .malformed, ["impossible"]),
    ("axes-65.npy", .malformed, ["65 axes"]),
    ("overflow.safetensors", .malformed, ["\"a\"", "impossible"]),
    ("negative.safetensors", .malformed, ["impossible"]),
    ("mismatch.safetensors", .truncated, ["[3]"]),
    ("outside.safetensors", .truncated, ["[0, 80]"]),
    ("gap.safetensors", .malformed, ["should begin at byte"]),
    ("overlap.safetensors", .malformed, ["should begin at byte"]),
    ("rest.safetensors", .malformed, ["4 bytes belong to no tensor"]),
    ("type.safetensors", .unsupported, ["F8_E4M3"]),
    ("deep.safetensors", .malformed, ["header"]),
    ("not-json.safetensors", .malformed, ["header"]),
    ("list.safetensors", .malformed, ["header"]),
    ("long-header.safetensors", .malformed, ["4611686018427387904"]),
    ("objects.npy", .unsupported, ["plain numbers"]),
  ]

  @Test("each is refused with what, where and why", arguments: refused)
  func refusal(_ example: (file: String, kind: FileError.Kind, words: [String])) {
    let url = CheckpointFixtures.url(example.file)
    let error = #expect(throws: FileError.self) { try WeightFile.read(url) }
    #expect(error?.kind == example.kind, "\(error.map(\.description) ?? "")")
    for word in [example.file] + example.words {
      #expect(error?.description.contains(word) == true, "\(error.map(\.description) ?? "")")
    }
  }

  static let sound = [
    "state.pth", "state-stream.pth", "nested.pth", "protocol5.pth", "state.safetensors",
    "float64.npy", "version2.npy",
  ]

  @Test("a file cut at every fiftieth of its length is an error each time", arguments: sound)
  func truncated(_ file: String) {
    let bytes = CheckpointFixtures.bytes(file)
    for step in 0..<50 {
      let error = #expect(throws: FileError.self, "cut at \(step)/50") {
        try CheckpointFixtures.read(Array(bytes.prefix(bytes.count * step / 50)))
      }
      #expect(error?.reason.isEmpty == false)
    }
  }

  @Test("random damage is an error or goes unnoticed, and never ends the program", arguments: sound)
  func damaged(_ file: String) {
    let bytes = CheckpointFixtures.bytes(file)
    var random = RandomSource(seed: 23)
    for _ in 0..<1000 {
      var damaged = bytes
      for _ in 0..<random.integer(in: 1..<4) {
        damaged[random.integer(in: 0..<damaged.count)] = UInt8(random.integer(in: 0..<256))
      }
      do {
        let tensors = try CheckpointFixtures.read(damaged)
        #expect(tensors.values.reduce(0) { $0 + $1.count } < 1 << 22)
      } catch {
        #expect(error is FileError)
      }
    }
  }

  @Test("a number changed inside a zip archive is noticed by its checksum")
  func checksum() throws {
    let bytes = CheckpointFixtures.bytes("state.pth")
    let whole = try CheckpointFixtures.read(bytes)
    let needle = whole["whole"]!.floats.withUnsafeBytes { Array($0.prefix(12)) }
    var damaged = bytes
    damaged[bytes.firstRange(of: needle)!.lowerBound + 1] ^= 1
    let error = #expect(throws: FileError.self) { try CheckpointFixtures.read(damaged) }
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test("what holds no weights is told by what it seems to be")
  func otherFiles() {
    let files: [(String, String)] = [
      ("", "is empty"), ("<!DOCTYPE html><html>", "web page"),
      ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
      ("hello, world", "unknown format"),
    ]
    for (text, word) in files {
      let error = #expect(throws: FileError.self) {
        try CheckpointFixtures.read(Array(text.utf8))
      }
      #expect(error?.kind == .unsupported && error?.reason.contains(word) == true)
    }
    #expect(throws: FileError.self) {
      try WeightFile.read(FileManager.default.temporaryDirectory)
    }
    #expect(throws: FileError.self) { try WeightFile.read(URL(filePath: "/no/such/file")) }
  }
}
