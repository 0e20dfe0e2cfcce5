import RetrogradWeights
import Testing

@Suite("Labels")
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
}
