import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Labels and the official weights")
struct LabelTests {
  @Test("there are 1000 labels in the checkpoint's order")
  func labels() {
    #expect(ImageNet.labels.count == 1000)
    #expect(ImageNet.labels[0] == "tench")
    #expect(ImageNet.labels[281] == "tabby")
    #expect(ImageNet.labels[340] == "zebra")
    #expect(ImageNet.labels[999] == "toilet tissue")
    #expect(ImageNet.labels.allSatisfy { !$0.isEmpty && $0.first != " " && $0.last != " " })
  }

  @Test("the official file is looked for where PyTorch keeps it")
  func find() throws {
    let folder = try TemporaryFolder()
    #expect(OfficialWeights.find(environment: ["TORCH_HOME": folder.url.path]) == nil)
    let place = folder.url.appending(path: "torch/hub/checkpoints")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try Data().write(to: place.appending(path: OfficialWeights.fileName))
    let expected = place.appending(path: OfficialWeights.fileName).path
    for environment in [
      ["TORCH_HOME": folder.url.path + "/torch"], ["XDG_CACHE_HOME": folder.url.path],
    ] {
      #expect(OfficialWeights.find(environment: environment)?.path == expected)
    }
  }
}
