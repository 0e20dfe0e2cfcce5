import Foundation
import RetrogradDatasets
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import RetrogradWeights
import Testing

@Suite("The embedded network")
struct EmbeddedNetworkTests {
  private let network: PretrainedNetwork

  init() throws { network = try WeightChoice.resolve(nil, default: .lessons) }

  @Test("says what it knows, what it learned from, and how sure it may be")
  func metadata() throws {
    #expect(network.choice == .mini && network.classes == 200)
    #expect(Set(network.labels).count == 200 && network.labels.contains("red panda"))
    #expect(network.learnedFrom?.kind == .photographs && network.warning() == nil)
    #expect(network.warning(about: .drawings) != nil)
    #expect(network.calibration.temperature != 1 && network.calibration.threshold > 0.5)
    #expect(EmbeddedNetwork.size > 0 && EmbeddedNetwork.size <= 13_000_000)
    let model = try network.alexNet()
    #expect(!model.hasBatchNorm && model.namedParameters.count == 16)
  }

  @Test("has the labels of the table, in the order of their folders")
  func labels() throws {
    let table = try String(
      contentsOf: Fixtures.url("../../Weights/tiny-imagenet-labels.tsv"),
      encoding: .utf8)
    let lines = table.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(lines.map { String($0[1]) } == network.labels)
    #expect(lines.map { String($0[0]) } == lines.map { String($0[0]) }.sorted())
  }

  @Test(
    "tells everyday things apart in photographs that it has not seen",
    .enabled(if: LocalData.folder != nil, "\(LocalData.absence)"))
  func accuracy() throws {
    let folder = try TemporaryFolder()
    let archive = try #require(LocalData.folder).appending(path: "tiny-imagenet/val.tar.gz")
    let unpacking = Process()
    unpacking.executableURL = URL(filePath: "/usr/bin/env")
    unpacking.arguments = ["tar", "xf", archive.path, "-C", folder.url.path]
    try unpacking.run()
    unpacking.waitUntilExit()
    let table = try ClassLabels(
      Fixtures.url("../../Weights/tiny-imagenet-labels.tsv"))
    let (all, _) = try PictureDataset(folder: folder.url).labeled(by: table)
    #expect(all.classes == network.labels)
    let some = all.split(perClass: 5).first
    let evaluation = evaluate(
      try network.alexNet(), on: PictureFiles(some, preprocessing: network.preprocessing),
      batchSize: 50)
    #expect(evaluation.predictions.count == 1000)
    #expect(evaluation.accuracy >= 0.45 && evaluation.accuracy(top: 5) >= 0.7)
  }
}
