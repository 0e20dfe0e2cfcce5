import Foundation
import RetrogradAutograd
import RetrogradFiles
import RetrogradImages
import RetrogradSketchbook
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradDatasets

@Suite("Batches and measures")
struct BatchTests {
  @Test("a batch is rows with their own labels, none twice")
  func batch() {
    var random = RandomSource(seed: 1)
    let inputs = Tensor((0..<20).map(Double.init), shape: [10, 2])
    let labels = IntTensor(Array(0..<10))
    var seen: Set<Int> = []
    for _ in 0..<50 {
      let (x, y) = getBatch(inputs, labels, size: 4, using: &random)
      #expect(x.shape == [4, 2] && y.shape == [4])
      #expect(Set(y.scalars).count == 4)
      for (row, label) in y.scalars.enumerated() {
        #expect(x[row, 0] == Double(2 * label) && x[row, 1] == Double(2 * label + 1))
      }
      seen.formUnion(y.scalars)
    }
    #expect(seen.count == 10)
    let all = getBatch(inputs, labels, size: 99, using: &random)
    #expect(all.labels.scalars.sorted() == Array(0..<10))
    let none = getBatch(.zeros([0, 2]), IntTensor([]), size: 3, using: &random)
    #expect(none.inputs.shape == [0, 2] && none.labels.count == 0)
  }

  @Test("accuracy is the share of rows whose largest score is the label's; the first of equals")
  func accuracyOfRows() {
    #expect(accuracy([[1, 2], [3, 0], [1, 1], [0, 5]], [1, 0, 1, 0]) == 0.5)
    #expect(accuracy(.zeros([0, 2]), IntTensor([])).isNaN)
  }

  @Test("standardized columns have mean 0 and deviation 1; one that never varies loses its mean")
  func standardizer() {
    let rows = Tensor([[1, 10, 4], [3, 30, 4], [5, 20, 4]], dtype: .float64)
    let standardize = Standardizer(rows)
    let y = standardize(rows)
    #expect(y.mean(axes: [0]).abs().max().item() < 1e-15)
    #expect(
      disagreement(
        y.variance(axes: [0], correction: 0), Tensor([1, 1, 0], dtype: .float64), tolerance: 1e-14)
        == nil)
    #expect(standardize(Tensor([[3, 20, 6]], dtype: .float64)).scalars == [0, 0, 2])
  }
}

@Suite("Pictures for a network")
struct PictureReadingTests {
  let folder: TemporaryFolder

  /// Two classes: `a` with three pictures of gray 0, 1, 2, one of them behind a damaged file; `b` two.
  init() throws {
    folder = try TemporaryFolder()
    for (name, grays) in [("a", [0, 1, 2]), ("b", [10, 11])] {
      let place = folder.url.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for gray in grays {
        let g = UInt8(gray)
        try Picture(width: 2, height: 2, red: g, green: g, blue: g)
          .writePNG(to: place.appending(path: "\(gray).png"))
      }
    }
    try Data("no picture".utf8).write(to: folder.url.appending(path: "a/1b.png"))
  }

  @Sendable static func gray(_ picture: Picture) -> Tensor { Tensor([Double(picture[0, 0].red)]) }

  @Test(
    "a dataset has one class a folder, and can be split into the first few and the rest", .needsPNG)
  func dataset() throws {
    let dataset = try PictureDataset(folder: folder.url)
    #expect(dataset.classes == ["a", "b"])
    #expect(dataset.labels == [0, 0, 0, 0, 1, 1])
    #expect(
      dataset.files.map(\.lastPathComponent)
        == ["0.png", "1.png", "1b.png", "2.png", "10.png", "11.png"])
    let (first, rest) = dataset.split(perClass: 1)
    #expect(first.files.map(\.lastPathComponent) == ["0.png", "10.png"])
    #expect(rest.files.map(\.lastPathComponent) == ["1.png", "1b.png", "2.png", "11.png"])
    #expect(first.labels == [0, 1] && rest.labels == [0, 0, 0, 1])
    #expect(throws: FileError.self) {
      try PictureDataset(folder: folder.url.appending(path: "a"))
    }
  }

  @Test(
    "outputs keep the files' order and labels, whatever the batch", .needsPNG,
    arguments: [1, 2, 3, 100])
  func outputs(batchSize: Int) throws {
    var done = 0
    let outputs = LabeledOutputs(
      try PictureDataset(folder: folder.url), batchSize: batchSize, transform: Self.gray,
      progress: { done += $0 }, network: { $0 * 2 })
    #expect(outputs.values == [[0], [2], [4], [20], [22]])
    #expect(outputs.labels == [0, 0, 0, 1, 1])
    #expect(outputs.unreadable.map(\.index) == [2])
    #expect(outputs.unreadable[0].error.file.hasSuffix("1b.png"))
    #expect(done == 6)
  }

  @Test("no gradients are recorded", .needsPNG)
  func noGradients() throws {
    let weight = Variable([3], requiresGrad: true)
    let outputs = LabeledOutputs(
      try PictureDataset(folder: folder.url), transform: Self.gray,
      network: {
        let y = $0 * weight
        #expect(!y.requiresGrad)
        return y
      })
    #expect(outputs.values.count == 5)
  }

  @Test("files that are all unreadable leave nothing, and no crash", .needsPNG)
  func allUnreadable() {
    let dataset = PictureDataset(
      classes: ["x"], files: [folder.url, folder.url.appending(path: "none")], labels: [0, 0])
    let outputs = LabeledOutputs(dataset, network: { $0 })
    #expect(outputs.values.shape == [0, 0] && outputs.labels.count == 0)
    #expect(outputs.unreadable.count == 2)
  }

  @Test("the same files are known again wherever they lie, others are told apart", .needsPNG)
  func digest() throws {
    func pictures(_ folder: URL) throws -> PictureFiles {
      PictureFiles(try PictureDataset(folder: folder))
    }
    let copy = try TemporaryFolder()
    let place = copy.url.appending(path: "copy")
    try FileManager.default.copyItem(at: folder.url, to: place)
    let before = try #require(try pictures(folder.url).digest)
    #expect(try pictures(place).digest == before)
    try Data("no picture either".utf8).write(to: place.appending(path: "a/1b.png"))
    #expect(try pictures(place).digest != before)
    let dataset = try PictureDataset(folder: folder.url)
    let (first, rest) = dataset.split(perClass: 1)
    #expect(PictureFiles(first).digest != PictureFiles(rest).digest)
    #expect(PictureFiles(dataset.renamed(["a", "c"]) { $0 }).digest != before)

    func drawings(_ seed: UInt64) -> DrawnPictures {
      DrawnPictures(
        Sketchbook(seed: seed), classes: ["owl", "cat"], numbers: 3..<5, isRepeatable: true)
    }
    #expect(drawings(1).digest == drawings(1).digest && drawings(1).digest != drawings(2).digest)
    #expect(drawings(1).name(3) == "cat 4")
    let mixed = MixedPictures([
      (pictures: drawings(1), share: 1), (pictures: drawings(2), share: 1),
    ])
    #expect(mixed.digest != nil && mixed.original(0) == drawings(1).original(0))
    #expect(TransformedFiles(dataset) { Self.gray($0) }.digest == nil)
  }

  @Test("a set that is a share of another one says so", .needsPNG)
  func source() throws {
    let dataset = try PictureDataset(folder: folder.url)
    let (kept, aside) = dataset.split(share: 0.5, seed: 7)
    #expect(kept.source == folder.url.relativePath)
    #expect(
      aside.source == "a share of 0.5 of each class of \(folder.url.relativePath), seed 7")
  }
}
