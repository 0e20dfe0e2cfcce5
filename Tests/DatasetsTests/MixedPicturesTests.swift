import Foundation
import RetrogradDatasets
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// Pictures that say which one they are: a value for the source, one for the picture, one for the epoch.
private struct Numbered: LabeledPictures {
  let source: Double
  let classes: [String]
  let labels: [Int]
  let isRepeatable = true

  func picture(_ index: Int, epoch: Int) -> Tensor {
    Tensor([source, Double(index), Double(epoch)], shape: [3, 1, 1])
  }
}

@Suite("Pictures from several sources")
struct MixedPicturesTests {
  private let photographs = Numbered(
    source: 1, classes: ["ant", "bee"], labels: (0..<10).map { $0 % 2 })
  private let drawings = Numbered(source: 2, classes: ["bee", "cat"], labels: [0, 1, 1])

  @Test("have classes by name, and each source its share of an epoch")
  func shares() throws {
    let mixed = MixedPictures([(photographs, 3), (drawings, 1)], count: 8)
    #expect(mixed.classes == ["ant", "bee", "cat"] && mixed.count == 8 && !mixed.isRepeatable)
    for epoch in 0..<4 {
      let sources = try (0..<8).map { try mixed.picture($0, epoch: epoch)[0, 0, 0] }
      #expect(sources.filter { $0 == 1 }.count == 6 && sources.filter { $0 == 2 }.count == 2)
      for place in 0..<8 {
        let picture = try mixed.picture(place, epoch: epoch).scalars
        let own: any LabeledPictures = picture[0] == 1 ? photographs : drawings
        let name = own.classes[own.labels[Int(picture[1])]]
        #expect(mixed.classes[mixed.label(place, epoch: epoch)] == name)
        if epoch == 0 { #expect(mixed.labels[place] == mixed.label(place, epoch: 0)) }
      }
    }
  }

  @Test("all pictures of a source are seen before the first one comes again")
  func coverage() throws {
    let mixed = MixedPictures([(photographs, 1), (drawings, 1)], count: 10)
    // Five of ten a time: two epochs see each of them once.
    let seen = try (0..<2).flatMap { epoch in
      try (0..<5).map { Int(try mixed.picture($0, epoch: epoch).scalars[1]) }
    }
    #expect(seen.sorted() == Array(0..<10))
    // Five of three: none is seen twice more than another.
    let drawn = try (5..<10).map { Int(try mixed.picture($0, epoch: 0).scalars[1]) }
    let counts = (0..<3).map { number in drawn.filter { $0 == number }.count }
    #expect(counts.max()! - counts.min()! <= 1)
  }

  @Test("by default each source comes in as often as it has pictures")
  func defaults() {
    #expect(MixedPictures([(photographs, 10), (drawings, 3)]).count == 13)
  }
}

@Suite("Decoded pictures that are kept")
struct PictureCacheTests {
  @Test("are read once, up to a limit of bytes", .needsPNG)
  func limit() throws {
    let folder = try TemporaryFolder()
    let files = try (0..<3).map { number in
      let url = folder.url.appending(path: "\(number).png")
      try Picture(width: 4, height: 4, red: UInt8(number)).writePNG(to: url)
      return url
    }
    let cache = PictureCache(memoryLimit: 2 * 48)
    let pictures = try files.map { try cache.picture($0) }
    #expect(cache.byteCount == 96)
    // What was kept is there without its file; what did not fit is not.
    for file in files { try FileManager.default.removeItem(at: file) }
    #expect(try cache.picture(files[0]) == pictures[0])
    #expect(try cache.picture(files[1]) == pictures[1])
    #expect(throws: FileError.self) { try cache.picture(files[2]) }
  }

  @Test("give the tensors that files give", .needsPNG)
  func same() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "a"), withIntermediateDirectories: true)
    var random = RandomSource(seed: 4)
    let picture = Picture(.uniform([3, 20, 30], using: &random))
    try picture.writePNG(to: folder.url.appending(path: "a/1.png"))
    let dataset = try PictureDataset(folder: folder.url)
    let preprocessing = Preprocessing(resize: 64, crop: 64)
    let augmentation = Augmentation(crop: .init(), flips: true)
    for changes in [Augmentation.none, augmentation] {
      let plain = PictureFiles(
        dataset, preprocessing: preprocessing, augmentation: changes, seed: 2)
      let kept = PictureFiles(
        dataset, preprocessing: preprocessing, augmentation: changes, seed: 2,
        cache: PictureCache(memoryLimit: 1 << 20))
      for epoch in 0..<3 {
        #expect(try kept.picture(0, epoch: epoch) == plain.picture(0, epoch: epoch))
      }
    }
  }
}

@Suite("Pictures that grow in the course of a training")
struct ProgressiveResizingTests {
  @Test("from the first size to the full one, in steps of 8 pixels")
  func sizes() {
    let resizing = ProgressiveResizing(from: 96, epochs: 4)
    let sizes = (0..<6).map { resizing.size(in: $0, full: 128) }
    #expect(sizes == [96, 104, 112, 120, 128, 128])
    #expect(ProgressiveResizing(from: 200, epochs: 4).size(in: 0, full: 128) == 128)
  }

  @Test("show as much of the picture at every size")
  func preprocessing() {
    let half = Preprocessing(resize: 256, crop: 224).resized(to: 112)
    #expect(half.resize == 128 && half.crop == 112)
  }

  @Test("and large pictures can be made as soft as the small ones that a network learned from")
  func detail() {
    var random = RandomSource(seed: 1)
    let large = Picture(.uniform([3, 200, 300], using: &random))
    let soft = Preprocessing(resize: 80, crop: 80, detail: 32)
    let small = Resize(32)(large)
    #expect(soft.softened(large) == small && soft.softened(small) == small)
    #expect(
      soft.transform(large) == Preprocessing(resize: 80, crop: 80).transform(small))
    #expect(soft.transform(large) != Preprocessing(resize: 80, crop: 80).transform(large))
  }
}
