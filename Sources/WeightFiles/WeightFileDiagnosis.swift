import RetrogradArchives
import RetrogradFiles

/// Diagnoses of files that hold weights in other forms, or none.
extension WeightFile {
  private static let expected =
    "expected safetensors, a PyTorch checkpoint (.pth) or a NumPy file (.npy)"
  private static let remedy =
    "load it where it was made and save the weights as safetensors or with torch.save"

  /// Describes a file that holds no weights.
  ///
  /// - Parameter beginning: Its first bytes, 512 where there are as many.
  static func diagnosis(_ beginning: [UInt8]) -> String {
    if beginning.isEmpty { return "is empty; \(expected)" }
    func begins(_ text: String) -> Bool { beginning.starts(with: text.utf8) }
    func has(_ text: String, at offset: Int) -> Bool {
      beginning.dropFirst(offset).starts(with: text.utf8)
    }
    let text = String(decoding: beginning, as: UTF8.self)
    let visible = text.drop(while: \.isWhitespace)
    if begins("version https://git-lfs") {
      return "is a pointer of Git LFS, not the weights: fetch them with \"git lfs pull\""
    }
    if beginning.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      return "is an HDF5 file (.h5), as Keras and TensorFlow write: \(remedy)"
    }
    if begins("GGUF") || ["lmgg", "fmgg", "tjgg", "algg"].contains(where: begins) {
      return "is a model of llama.cpp (.gguf or .ggml), mostly quantized: "
        + "take the weights that it was made from"
    }
    if has("TFL3", at: 4) { return "is a TensorFlow Lite model (.tflite): \(remedy)" }
    if let packer = compression(beginning) {
      return "is compressed by \(packer): unpack it; \(expected)"
    }
    if has("ustar", at: 257) || has("sys_info", at: 0) {
      return "is a tar archive: unpack it, or, if it is a checkpoint from before PyTorch 0.2, "
        + "load and save it with a newer PyTorch; \(expected)"
    }
    if begins("MATLAB 5.0 MAT-file") { return "is a MATLAB file (.mat): \(remedy)" }
    if visible.hasPrefix("{") || visible.hasPrefix("[") {
      return text.contains("weight_map") || text.contains("total_size")
        ? "is the index of weights that are split over several files, not the weights: "
          + "pass one of the files that it names, or join them"
        : "is text in JSON, not weights; \(expected)"
    }
    if visible.hasPrefix("<") {
      return "is a web page, perhaps saved in place of the download; \(expected)"
    }
    if beginning[0] == 0x80, beginning.count > 1, (2...5).contains(beginning[1]) {
      return "is a bare pickle, which can hold anything and is not run: \(remedy)"
    }
    if let format = protocolBuffer(beginning, text) { return "is \(format): \(remedy)" }
    return "is in an unknown format; \(expected)"
  }

  private static func compression(_ beginning: [UInt8]) -> String? {
    let packers: [([UInt8], String)] = [
      ([0x1F, 0x8B], "gzip"), (Array("BZh".utf8), "bzip2"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
      ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7-Zip"), (Array("Rar!".utf8), "RAR"),
    ]
    return packers.first { beginning.starts(with: $0.0) }?.1
  }

  /// The formats that are protocol buffers, which have no mark of their own.
  private static func protocolBuffer(_ beginning: [UInt8], _ text: String) -> String? {
    guard beginning.count > 4, [0x08, 0x0A].contains(beginning[0]) else { return nil }
    // Field 1, a small version, then field 2, the producer, or fields 7 and 8, graph and opset.
    if beginning[0] == 0x08, (1...30).contains(beginning[1]),
      [0x12, 0x3A, 0x42].contains(beginning[2])
    {
      return text.contains("saved_model") || text.contains("tensorflow")
        ? "a TensorFlow model (saved_model.pb)" : "an ONNX model (.onnx)"
    }
    for (word, format) in [
      ("onnx", "an ONNX model (.onnx)"), ("Placeholder", "a TensorFlow graph (.pb)"),
      ("serve", "a TensorFlow model (saved_model.pb)"), ("NoOp", "a TensorFlow graph (.pb)"),
      ("Const", "a TensorFlow graph (.pb)"), ("Convolution", "a Caffe model (.caffemodel)"),
    ] where text.contains(word) {
      return format
    }
    return beginning[0] == 0x08 && beginning[1] < 20 && text.contains("saver")
      ? "a TensorFlow model (saved_model.pb)" : nil
  }

  /// Describes a zip archive that is no checkpoint, or is one that cannot be read; nil for a checkpoint.
  static func diagnosis(_ archive: ZipArchive) -> String? {
    let names = archive.entries.map(\.name)
    func has(_ test: (String) -> Bool) -> Bool { names.contains(where: test) }
    func ends(_ suffixes: String...) -> Bool {
      has { name in suffixes.contains { name == $0 || name.hasSuffix("/" + $0) } }
    }
    if ends("constants.pkl") && ends("data.pkl") {
      return "is a TorchScript program, not a checkpoint: save the model's state_dict() instead"
    }
    if ends("serialized_exported_program.json", "archive_format", "models/model.json") {
      return "is a program of torch.export (.pt2), not a checkpoint: save the state_dict() of "
        + "the program or of the model instead"
    }
    if ends("data.pkl") { return nil }
    let arrays = names.filter { $0.hasSuffix(".npy") }
    if !arrays.isEmpty && arrays.count == names.count {
      return "is a NumPy archive (.npz) of \(arrays.count) arrays "
        + "(\(arrays.prefix(4).map { String($0.dropLast(4)) }.joined(separator: ", "))"
        + "\(arrays.count > 4 ? ", …" : "")): save them with safetensors.numpy.save_file, or one "
        + "with numpy.save"
    }
    if ends("model.weights.h5") { return "is a Keras model (.keras): \(remedy)" }
    if has({ $0.hasSuffix("coremldata.bin") || $0.contains(".mlpackage/") }) {
      return "is a Core ML model: \(remedy)"
    }
    if ends("MAR-INF/MANIFEST.json") {
      return "is a TorchServe archive (.mar): unpack it and pass the weights in it"
    }
    let inside = names.first { name in
      [".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".npy"].contains(where: name.hasSuffix)
    }
    if let inside {
      return "is a zip archive that holds \(inside) among other files: unpack it and pass that"
    }
    return "zip archive with 0 files called data.pkl; a PyTorch checkpoint has one"
  }
}
