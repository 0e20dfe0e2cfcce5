import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import Testing

/// Seven pictures in two classes, one file that is none, and a small network.
struct FrozenFeaturesFixture {
  let folder: TemporaryFolder
  let dataset: PictureDataset

  init() throws {
    folder = try TemporaryFolder()
    for (name, grays) in [("a", [0, 20, 40, 60]), ("b", [90, 120, 255])] {
      let place = folder.url.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for gray in grays {
        let g = UInt8(gray)
        try Picture(width: 4, height: 4, red: g, green: g / 2, blue: 255 - g)
          .writePNG(to: place.appending(path: "\(gray).png"))
      }
    }
    try Data("no picture".utf8).write(to: folder.url.appending(path: "a/30.png"))
    dataset = try PictureDataset(folder: folder.url)
  }

  @Sendable static func transform(_ picture: Picture) -> Tensor {
    let pixels = (0..<4).flatMap { y in (0..<4).map { picture[$0, y] } }
    return Tensor(
      (pixels.map(\.red) + pixels.map(\.green) + pixels.map(\.blue)).map { Double($0) / 255 },
      shape: [3, 4, 4])
  }

  func model(_ dtype: DType = .float32) -> Sequential {
    var random = RandomSource(seed: 5)
    let model = Sequential(
      Conv2d(3, 4, kernel: 3, using: &random), ReLU(), Flatten(),
      Dropout(0.5, using: &random), Linear(16, 2, using: &random))
    model.convert(to: dtype)
    model.freeze("0")
    return model
  }

  func features(
    _ model: Sequential, batchSize: Int = 3, memoryLimit: Int = 1 << 20,
    of dataset: PictureDataset? = nil, progress: (Int) -> Void = { _ in }
  ) throws -> FrozenFeatures {
    let dtype = model.namedParameters[0].variable.dtype
    return try model.frozenFeatures(
      of: dataset ?? self.dataset, batchSize: batchSize,
      transform: { Self.transform($0).converted(to: dtype) }, memoryLimit: memoryLimit,
      folder: folder.url, progress: progress)
  }
}

@Suite("Features of a frozen prefix", .needsPNG)
struct FrozenFeaturesTests {
  @Test(
    "in memory and on disk, whatever the batch, they are those of the pictures with their labels",
    arguments: [1, 2, 3, 100], [DType.float32, .float64])
  func rows(batchSize: Int, dtype: DType) throws {
    let fixture = try FrozenFeaturesFixture()
    let model = fixture.model(dtype)
    var done = 0
    let memory = try fixture.features(model, batchSize: batchSize) { done += $0 }
    let disk = try fixture.features(model, batchSize: batchSize, memoryLimit: 0)
    #expect(done == 8)
    #expect(!memory.isOnDisk && disk.isOnDisk)
    // The file has no name that anybody could find, or that could be left over.
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path)
    #expect(names.sorted() == ["a", "b"])
    for features in [memory, disk] {
      #expect(features.count == 7)
      #expect(features.prefix.nextPath == "3")
      #expect(features.labels == [0, 0, 0, 0, 1, 1, 1])
      #expect(features.indices == [0, 1, 3, 4, 5, 6, 7])
      #expect(features.unreadable.map(\.index) == [2])
      #expect(features.labels(of: [6, 0]) == [1, 0])
      #expect(try features.batch(of: []).shape == [0, 16])
      for order in [[0, 1, 2, 3, 4, 5, 6], [6, 2, 2, 0]] {
        let files = order.map { fixture.dataset.files[features.indices[$0]] }
        let pictures = try files.map {
          FrozenFeaturesFixture.transform(try Picture.read($0)).converted(to: dtype)
        }
        let expected = features.prefix.features(of: Variable(stack(pictures)))
        #expect(disagreement(try features.batch(of: order), expected, tolerance: 1e-6) == nil)
      }
      #expect(try features.batch(of: [5, 1]) == memory.batch(of: [5, 1]))
    }
  }

  @Test("the limit counts all bytes that are expected")
  func limit() throws {
    let fixture = try FrozenFeaturesFixture()
    let model = fixture.model()
    let bytes = fixture.dataset.files.count * 16 * 4
    #expect(!(try fixture.features(model, memoryLimit: bytes).isOnDisk))
    #expect(try fixture.features(model, memoryLimit: bytes - 1).isOnDisk)
  }

  @Test("training the rest on them is training the whole network, bit for bit")
  func training() throws {
    let fixture = try FrozenFeaturesFixture()
    func train(_ model: Sequential, _ logits: ([Int]) throws -> Variable) throws -> [Tensor] {
      var random = RandomSource(seed: 9)
      let optimizer = Adam(model.trainableParameters, learningRate: 1e-2)
      for _ in 0..<3 {
        for rows in batches(of: 7, size: 3, using: &random) {
          optimizer.zeroGrad()
          let labels = IntTensor(rows.map { $0 < 4 ? 0 : 1 })
          crossEntropy(try logits(rows), labels).backward()
          optimizer.step()
        }
      }
      return model.namedParameters.map(\.variable.value)
    }
    // What a convolution and a rectifier make of a picture does not depend on the batch.
    let (whole, parts) = (fixture.model(), fixture.model())
    let pictures = try fixture.dataset.files.filter { !$0.path.hasSuffix("a/30.png") }.map {
      FrozenFeaturesFixture.transform(try Picture.read($0))
    }
    let expected = try train(whole) { rows in whole(Variable(stack(rows.map { pictures[$0] }))) }
    let features = try fixture.features(parts)
    #expect(try train(parts, features.logits) == expected)
    #expect(expected[2] != fixture.model().namedParameters[2].variable.value)
  }

  @Test("no pictures and one picture are allowed")
  func few() throws {
    let fixture = try FrozenFeaturesFixture()
    let none = PictureDataset(classes: ["a"], files: [], labels: [])
    let empty = try fixture.features(fixture.model(), memoryLimit: 0, of: none)
    #expect(empty.count == 0 && empty.labels.count == 0 && !empty.isOnDisk)
    #expect(try empty.batch(of: []).count == 0)
    let one = PictureDataset(classes: ["a"], files: [fixture.dataset.files[0]], labels: [0])
    for limit in [0, 1 << 20] {
      let features = try fixture.features(fixture.model(), memoryLimit: limit, of: one)
      #expect(features.count == 1)
      #expect(try features.logits(for: [0]).shape == [1, 2])
    }
  }

  @Test("a folder that cannot be written to is an error, not the end")
  func unwritable() throws {
    let fixture = try FrozenFeaturesFixture()
    let error = #expect(throws: FileError.self) {
      try fixture.model().frozenFeatures(
        of: fixture.dataset, transform: FrozenFeaturesFixture.transform, memoryLimit: 0,
        folder: fixture.folder.url.appending(path: "nowhere"))
    }
    #expect(error?.kind == .unwritable)
  }

  @Test(
    "unfreezing a layer of the prefix afterwards, or changing its weights, stops with what to do")
  func changed() async {
    let unfrozen = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let fixture = try FrozenFeaturesFixture()
      let model = fixture.model()
      let features = try fixture.features(model)
      model.unfreeze("0.bias")
      _ = try features.logits(for: [0])
    }
    #expect(unfrozen?.message.contains("0.bias is to be trained") == true)
    #expect(unfrozen?.message.contains("Compute the features again") == true)
    let changed = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let fixture = try FrozenFeaturesFixture()
      let model = fixture.model()
      let features = try fixture.features(model)
      model.namedParameters[0].variable.value.fill(0)
      _ = try features.logits(for: [0])
    }
    #expect(changed?.message.contains("0.weight has other numbers now") == true)
    let row = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let fixture = try FrozenFeaturesFixture()
      _ = try fixture.features(fixture.model()).batch(of: [7])
    }
    #expect(row?.message.contains("there is no row 7, only 7 in all") == true)
  }

  @Test("batches of one pass hold each row once; the last may be smaller")
  func onePass() {
    var random = RandomSource(seed: 1)
    let pass = batches(of: 7, size: 3, using: &random)
    #expect(pass.map(\.count) == [3, 3, 1])
    #expect(pass.joined().sorted() == Array(0..<7))
    #expect(pass != batches(of: 7, size: 3, using: &random))
    #expect(batches(of: 0, size: 3, using: &random).isEmpty)
  }
}
