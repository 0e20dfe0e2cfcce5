import Foundation
import RetrogradDatasets
import RetrogradDecks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Slides in classes")
struct DeckDatasetTests {
  @Test("a list of classes says how many pictures each has")
  func classes() throws {
    let counts = try ClassCounts("ants=2, bees=3")
    #expect(counts.parts.map(\.name) == ["ants", "bees"] && counts.total == 5)
    #expect(try ClassCounts("25,25").parts.map(\.name) == ["class 0", "class 1"])
    for wrong in ["", "a", "1,", "0,1", "a=1,a=2", "=3", "a=b=1", "-1,2", "99999999999999999999"] {
      #expect(throws: ClassCountsError.self, "\(wrong)") { try ClassCounts(wrong) }
    }
    let deck = try Deck(Fixtures.url("decks/slides.pptx").path)
    let dataset = try PictureDataset(deck: deck, classes: ClassCounts("a=5,b=7"))
    #expect(dataset.labels == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
    let error = #expect(throws: ClassCountsError.self) {
      try PictureDataset(deck: deck, classes: ClassCounts("5,5"))
    }
    #expect(error?.description.contains("has 12 slides") == true)
    let halves = try PictureSource(Fixtures.url("decks/slides.pptx").path).dataset()
    #expect(halves.labels.filter { $0 == 0 }.count == 6)
    #expect(throws: ClassCountsError.self) {
      try PictureSource(Fixtures.url("decks/several.pptx").path).dataset()
    }
  }

  @Test("slides are called by their deck and number, and are corrected by these names")
  func corrections() throws {
    let source = Fixtures.url("decks/slides.pptx").path
    let counts = try ClassCounts("a=5,b=7")
    let dataset = try PictureSource(source).dataset(classes: counts)
    #expect(dataset.name(7) == "\(source), slide 7")
    #expect(dataset.part([3, 7]).name(1) == "\(source), slide 7")
    let table = try LabelCorrections(
      "file,class\n\"\(source), slide 7\",a\n\"\(source), slide 0\",\n", name: "t")
    // Another time the files lie elsewhere.
    let corrected = try PictureSource(source).dataset(classes: counts).corrected(by: table)
    #expect(corrected.relabeledCount == 1 && corrected.leftOutCount == 1)
    #expect(corrected.dataset.labels == [0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1])
    // The pictures of a folder are files of their own.
    let file = try #require(dataset.files.first)
    let folder = try PictureSource(file.deletingLastPathComponent().path)
      .dataset(classes: ClassCounts("5,7"))
    #expect(folder.name(0) == folder.files[0].relativePath)
  }

  @Test("the files of a deck stay as long as a dataset has some of them")
  func lifetime() throws {
    var dataset: PictureDataset? = try PictureSource(Fixtures.url("decks/slides.pptx").path)
      .dataset()
    var part: PictureDataset? = dataset?.split(perClass: 2).first
    let file = try #require(part?.files.first)
    dataset = nil
    #expect(FileManager.default.fileExists(atPath: file.path))
    part = nil
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }
}
