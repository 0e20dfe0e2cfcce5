import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("retrograd weights")
struct WeightsCommandTests {
  let folder: TemporaryFolder
  /// A narrow AlexNet that stands for a network that is published.
  let content: [UInt8]
  let manifest: URL

  var home: URL { folder.url.appending(path: "home") }
  var file: URL { home.appending(path: "weights/narrow.safetensors") }
  var partial: URL { home.appending(path: "weights/narrow.safetensors.partial") }

  init() throws {
    folder = try TemporaryFolder()
    var random = RandomSource(seed: 1)
    let source = folder.url.appending(path: "source.safetensors")
    try Safetensors.write(
      AlexNet(classes: 3, width: 1.0 / 64, using: &random).stateDict,
      metadata: NetworkMetadata(labels: ["ant", "bee", "cat"]).texts, to: source)
    content = Array(try Data(contentsOf: source))
    manifest = folder.url.appending(path: "manifest.json")
    var digest = SHA256()
    digest.update(content)
    let entry: [String: Any] = [
      "name": "narrow", "title": "narrow AlexNet", "file": "narrow.safetensors",
      "address": "http://127.0.0.1:\(try HTTPServer.freePort())/narrow.safetensors",
      "sha256": digest.hexadecimal, "bytes": content.count, "classes": 3, "source": "a test",
      "license": "none",
    ]
    try JSONSerialization.data(withJSONObject: ["version": 1, "networks": [entry]])
      .write(to: manifest)
  }

  var environment: [String: String] {
    ["RETROGRAD_HOME": home.path, "TORCH_HOME": folder.url.path + "/torch"]
  }

  func weights(_ arguments: String...) throws -> ProgramResult {
    try runProgram(
      "retrograd",
      ["weights", arguments[0], "--manifest", manifest.path] + arguments.dropFirst(),
      environment: environment)
  }

  func server() throws -> HTTPServer {
    let content = content
    return try HTTPServer { .file(content, for: $0, tag: "1") }
  }

  @Test("fetches from a mirror, checks, and finds what it fetched")
  func fetch() throws {
    let server = try server()
    let before = try weights("path", "narrow")
    #expect(before.status == 1 && before.errors.contains("retrograd weights fetch narrow"))
    #expect(try weights("list").output.contains("not downloaded"))
    let fetched = try weights("fetch", "narrow", "--mirror", server.address("folder"))
    #expect(fetched.status == 0, "\(fetched.errors)")
    #expect(fetched.lines == [file.path])
    #expect(server.requests.map(\.path) == ["/folder/narrow.safetensors"])
    #expect(try Data(contentsOf: file) == Data(content))
    #expect(try weights("path", "narrow").lines == [file.path])
    let list = try weights("list")
    #expect(list.output.contains(#/narrow +verified +3 +/#) && list.output.contains(file.path))
    let objects = try weights("list", "--json").lines.map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
    #expect(objects.map { $0["name"] as? String } == ["mini", "narrow"])
    #expect(objects[1]["state"] as? String == "verified" && objects[1]["classes"] as? Int == 3)
    #expect(objects[1]["bytes"] as? Int == content.count)
    let again = try weights("fetch", "--mirror", server.address("folder/"))
    #expect(again.status == 0 && again.errors.contains("already there and verified"))
    #expect(server.requests.count == 1)
    let verified = try weights("verify", "narrow")
    #expect(verified.status == 0)
    #expect(verified.output.contains("matches the narrow AlexNet"))
    #expect(verified.output.contains("3 classes (ant, bee, cat)"))
  }

  @Test("takes a file, its address or its folder for a mirror, and another folder to put it in")
  func localMirrors() throws {
    let source = folder.url.appending(path: "usb")
    try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
    let copy = source.appending(path: "narrow.safetensors")
    try Data(content).write(to: copy)
    for (number, mirror) in [copy.path, source.path, copy.absoluteString].enumerated() {
      let to = folder.url.appending(path: "to\(number)")
      let result = try weights("fetch", "--mirror", mirror, "--to", to.path)
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        try Data(contentsOf: to.appending(path: "narrow.safetensors")) == Data(content))
      #expect(try FileManager.default.contentsOfDirectory(atPath: to.path).count == 1)
    }
    let missing = try weights("fetch", "--mirror", "/no/such/file")
    #expect(missing.status == 1 && missing.errors.contains("cannot be opened"))
    let wrong = try weights("fetch", "--mirror", manifest.path)
    #expect(wrong.status == 1 && wrong.errors.contains("is not the file that was expected"))
    let nonsense = try weights("fetch", "--mirror", "ftp://example.org/")
    #expect(nonsense.status == 64 && nonsense.errors.contains("expected a file or an address"))
  }

  @Test("offline, says how to get the file all the same")
  func offline() throws {
    let result = try weights("fetch")
    #expect(result.status == 1)
    #expect(result.errors.contains("cannot be reached"))
    #expect(result.errors.contains("--mirror URL|FILE"))
    #expect(result.errors.contains("into \(file.deletingLastPathComponent().path)"))
  }

  @Test("that is killed midway goes on where it stopped")
  func killed() throws {
    let content = content
    let half = content.count / 2
    let server = try HTTPServer { request in
      let answer = HTTPServer.Answer.file(content, for: request, tag: "1")
      return request.number == 0 ? answer.stalling(after: half) : answer
    }
    let process = Process()
    process.executableURL = programURL("retrograd")
    process.arguments = [
      "weights", "fetch", "--manifest", manifest.path, "--mirror", server.address("narrow.pth"),
    ]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardError = FileHandle.nullDevice
    try process.run()
    let end = Date().addingTimeInterval(20)
    while (try? BoundedFile(partial).size) != half, Date() < end {
      Thread.sleep(forTimeInterval: 0.02)
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try BoundedFile(partial).size == half)
    #expect(!FileManager.default.fileExists(atPath: file.path))
    let result = try weights("fetch", "--mirror", server.address("narrow.pth"))
    #expect(result.status == 0, "\(result.errors)")
    #expect(server.requests.map(\.rangeStart) == [nil, half])
    #expect(server.requests.last?.fields["if-range"] == "\"1\"")
    #expect(try Data(contentsOf: file) == Data(content))
  }

  @Test("whose disk is full says so, and goes on when there is room")
  func fullDisk() throws {
    let server = try server()
    // A limit on the size of files stands for a disk; without the trap its signal would end the tool.
    let result = try run(
      URL(filePath: "/bin/sh"),
      [
        "-c", #"trap '' XFSZ; ulimit -f 8; exec "$0" "$@""#, programURL("retrograd").path,
        "weights", "fetch", "--manifest", manifest.path, "--mirror", server.address("narrow.pth"),
      ],
      environment: environment)
    #expect(result.status == 1)
    #expect(result.errors.contains("narrow.safetensors.partial: cannot be written"))
    #expect(!FileManager.default.fileExists(atPath: file.path))
    #expect(try weights("fetch", "--mirror", server.address("narrow.pth")).status == 0)
    #expect((server.requests.last?.rangeStart ?? 0) > 0)
  }

  @Test("notices a damaged file, and replaces it only when told to")
  func damaged() throws {
    let server = try server()
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    var bytes = content
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: file)
    #expect(try weights("list").output.contains(#/narrow +WRONG/#))
    let verified = try weights("verify")
    #expect(verified.status == 1 && verified.output.contains("WRONG"))
    let kept = try weights("fetch", "--mirror", server.address("narrow.pth"))
    #expect(kept.status == 1 && kept.errors.contains("--force replaces it"))
    let replaced = try weights("fetch", "--force", "--mirror", server.address("narrow.pth"))
    #expect(replaced.status == 0)
    #expect(try weights("verify").status == 0)
  }

  @Test("checks files that no manifest knows by their tensors alone")
  func verifyFile() throws {
    let fixture = Fixtures.url("alexnet/checkpoint.pt").path
    let right = try weights("verify", fixture)
    #expect(right.status == 0)
    #expect(right.output.contains("no digest to compare") && right.output.contains("16 tensors"))
    let other = try weights("verify", Fixtures.url("checkpoints/state.safetensors").path)
    #expect(other.status == 1 && other.output.contains("do not fit AlexNet"))
    #expect(try weights("verify", "/no/such/file").status == 1)
    #expect(try weights("verify", "mini").status == (EmbeddedNetwork.size == 0 ? 1 : 0))
  }

  @Test("converts a checkpoint, and to half precision with the metadata kept")
  func convert() throws {
    let checkpoint = Fixtures.url("alexnet/checkpoint.pt")
    let whole = folder.url.appending(path: "whole.safetensors")
    #expect(try convert([checkpoint.path, whole.path]).status == 0)
    #expect(try Safetensors.read(whole) == WeightFile.read(checkpoint))
    let source = folder.url.appending(path: "source.safetensors")
    let half = folder.url.appending(path: "half.safetensors")
    #expect(try convert([source.path, half.path, "--half", "float16"]).status == 0)
    #expect(try Safetensors.metadata(half) == Safetensors.metadata(source))
    #expect(try BoundedFile(half).size < BoundedFile(source).size * 6 / 10)
    let epoch = try convert([Fixtures.url("checkpoints/nested.pth").path, whole.path])
    #expect(epoch.status == 0 && epoch.errors.contains("left out"))
    if EmbeddedNetwork.size > 0 {
      #expect(try convert(["mini", whole.path]).status == 0)
      #expect(try Safetensors.metadata(whole)["retrograd.labels"]?.contains("goldfish") == true)
    }
    let wrong = try convert([source.path, "out.pth"])
    #expect(wrong.status == 64 && wrong.errors.contains("must be a .safetensors or .onnx file"))
  }

  @Test("converts a network to ONNX, and says what has none")
  func convertToONNX() throws {
    let source = folder.url.appending(path: "source.safetensors")
    let target = folder.url.appending(path: "model.onnx")
    let result = try convert([source.path, target.path, "--to", "onnx"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("input [N, 3, 224, 224], outputs logits and probabilities"))
    let bytes = Array(try Data(contentsOf: target))
    // Version 7 in field 1, the producer in field 2.
    #expect(bytes.starts(with: [8, 7, 18, 9] + Array("Retrograd".utf8)))
    #expect(bytes.contains(Array(#"["ant","bee","cat"]"#.utf8)))
    #expect(bytes.contains(Array("retrograd.preprocessing".utf8)))
    let features = folder.url.appending(path: "features.safetensors")
    try Safetensors.write(
      Safetensors.read(source).filter { $0.key.hasPrefix("features") }, to: features)
    let headless = try convert([features.path, target.path])
    #expect(headless.status == 1 && headless.errors.contains("missing: classifier"))
    #expect(try Array(Data(contentsOf: target)) == bytes)
    for wrong in [
      [source.path, "out.onnx", "--to", "safetensors"], [source.path, "out.onnx", "--leave-out"],
      [source.path, "out.onnx", "--half", "float16"], [source.path, "out.pt", "--to", "onnx"],
    ] {
      #expect(try convert(wrong).status == 64)
    }
  }

  @Test("converts nothing where tensors would be left out, unless it is told to")
  func convertParts() throws {
    let checkpoint = Fixtures.url("nested_checkpoints/imagenet-example.pth").path
    let target = folder.url.appending(path: "model.safetensors")
    let refused = try convert([checkpoint, target.path])
    #expect(refused.status == 1)
    #expect(refused.errors.contains("read state_dict, which looks like the model"))
    #expect(refused.errors.contains("nothing was written") && refused.errors.contains("best_acc1"))
    #expect(!FileManager.default.fileExists(atPath: target.path))
    let read = try WeightFile.read(URL(filePath: checkpoint))
    for options in [["--key", "state_dict"], ["--leave-out"]] {
      let result = try convert([checkpoint, target.path] + options)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try Safetensors.read(target) == read)
      try FileManager.default.removeItem(at: target)
    }
    let kinds = Fixtures.url("nested_checkpoints/unreadable.pth").path
    let complex = try convert([kinds, target.path])
    #expect(complex.status == 1 && complex.errors.contains("complex64"))
    #expect(try convert([kinds, target.path, "--leave-out"]).status == 0)
    #expect(try Set(Safetensors.read(target).keys) == ["good", "other.weight"])
    let absent = try convert([checkpoint, target.path, "--key", "model"])
    #expect(absent.status == 1 && absent.errors.contains("state_dict (9 tensors"))
  }

  @Test(
    "verify and classify refuse weights that are not finite, by the first tensor's name", .needsPNG)
  func notFinite() throws {
    var state = try Safetensors.read(folder.url.appending(path: "source.safetensors"))
    state["classifier.1.bias"] = state["classifier.1.bias"]! * Double.nan
    let file = folder.url.appending(path: "nan.safetensors")
    try Safetensors.write(state, to: file)
    let verified = try weights("verify", file.path)
    #expect(verified.status == 1 && verified.output.contains("WRONG"))
    let words = "tensor \"classifier.1.bias\" has numbers that are not finite"
    #expect(verified.output.contains(words))
    let picture = Fixtures.url("pictures/bits1.png").path
    let classified = try runProgram("retrograd", ["classify", "--weights", file.path, picture])
    #expect(classified.status != 0 && classified.output.isEmpty)
    #expect(classified.errors.contains(words))
  }

  func convert(_ arguments: [String]) throws -> ProgramResult {
    try runProgram("retrograd", ["weights", "convert"] + arguments)
  }

  @Test("knows its folder and its networks' names")
  func names() throws {
    #expect(try weights("path").lines == [file.deletingLastPathComponent().path])
    let unknown = try weights("path", "resnet")
    #expect(unknown.status == 64 && unknown.errors.contains("Known: narrow"))
    let list = try runProgram("retrograd", ["weights", "list"], environment: environment)
    #expect(list.status == 0)
    #expect(list.lines.map { $0.split(separator: " ").first } == ["name", "mini", "alexnet"])
  }
}
