import Foundation
import RetrogradFiles
import RetrogradTestSupport
import RetrogradWeights
import Testing

@Suite("The manifest of weights")
struct WeightManifestTests {
  @Test("names torchvision's AlexNet, with a digest that its file's name confirms")
  func alexNet() {
    let network = WeightManifest.alexNet
    #expect(network.file == "alexnet-owt-7be5be79.pth")
    #expect(network.address.lastPathComponent == network.file)
    #expect(network.sha256.hasPrefix("7be5be79") && network.isWholeDigestKnown)
    #expect(network.classes == ImageNet.labels.count)
    #expect(WeightManifest.embedded.networks.first == network)
  }

  private static func json(_ change: (inout [String: Any]) -> Void) throws -> [UInt8] {
    var network: [String: Any] = [
      "name": "a", "title": "A", "file": "a.pth", "address": "https://example.org/a.pth",
      "sha256": "0123abcd", "classes": 2, "source": "s", "license": "l",
    ]
    change(&network)
    return Array(
      try JSONSerialization.data(withJSONObject: ["version": 1, "networks": [network]]))
  }

  @Test("what is left out of an entry is not known")
  func optional() throws {
    let manifest = try WeightManifest(Self.json { _ in }, name: "m")
    let network = try #require(manifest.network(named: "a"))
    #expect(network.bytes == nil && !network.isWholeDigestKnown)
    #expect(manifest.network(named: "b") == nil)
  }

  @Test("of the release before has a British license")
  func oldSpelling() throws {
    let json = try Self.json {
      $0["license"] = nil
      $0["licence"] = "MIT"
    }
    #expect(try WeightManifest(json, name: "m").networks[0].license == "MIT")
  }

  @Test("that makes no sense is an error that says where")
  func mistakes() throws {
    func reason(_ json: [UInt8]) -> String? {
      do throws(FileError) {
        _ = try WeightManifest(json, name: "m")
        return nil
      } catch { return error.reason }
    }
    #expect(reason(Array("{".utf8))?.contains("JSON") == true)
    #expect(reason(Array(#"{"version":2,"networks":[]}"#.utf8))?.contains("version 2") == true)
    let missing = try Self.json { $0["sha256"] = nil }
    #expect(reason(missing)?.contains("networks.[0] has no \"sha256\"") == true)
    let wrong: [(String, Any, String)] = [
      ("file", "../a", "plain name"), ("file", "", "plain name"),
      ("address", "file:///etc/passwd", "https://"), ("sha256", "0123", "hexadecimal"),
      ("sha256", "0123ABCD", "hexadecimal"), ("classes", 0, "0 classes"), ("bytes", 0, "0 bytes"),
    ]
    for (key, value, expected) in wrong {
      let json = try Self.json { $0[key] = value }
      #expect(reason(json)?.contains(expected) == true, "\(key)")
    }
  }

  @Test("files are looked for in our own folder first, then where PyTorch keeps its downloads")
  func places() throws {
    let folder = try TemporaryFolder()
    func store(_ environment: [String: String]) -> WeightStore {
      WeightStore(environment: environment.merging(["HOME": "/home/a"]) { $1 })
    }
    #expect(store(["RETROGRAD_HOME": "/r"]).folder.path == "/r/weights")
    #expect(store(["TORCH_HOME": "/t"]).pyTorchFolder.path == "/t/hub/checkpoints")
    #expect(store(["XDG_CACHE_HOME": "/c"]).folder.path == "/c/retrograd/weights")
    #expect(store(["XDG_CACHE_HOME": "/c"]).pyTorchFolder.path == "/c/torch/hub/checkpoints")
    #expect(store(["XDG_CACHE_HOME": ""]).pyTorchFolder.path.hasPrefix("/home/a/.cache/torch"))

    let both = store([
      "RETROGRAD_HOME": folder.url.path, "TORCH_HOME": folder.url.path + "/torch",
    ])
    #expect(both.find(WeightManifest.alexNet) == nil)
    for place in both.places(of: WeightManifest.alexNet).reversed() {
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: place)
      #expect(both.find(WeightManifest.alexNet)?.path == place.path)
    }
  }
}
