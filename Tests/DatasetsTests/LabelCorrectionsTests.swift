import Foundation
import RetrogradDatasets
import RetrogradFiles
import RetrogradTestSupport
import Testing

@Suite("Corrected labels")
struct LabelCorrectionsTests {
  static let dataset = PictureDataset(
    classes: ["ants", "bees"],
    files: ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/=2,3.jpg"].map { URL(filePath: $0) },
    labels: [0, 0, 1, 1])

  @Test("files get the class of the table, are left out where it is empty, and stay as they are")
  func corrects() throws {
    let table = try LabelCorrections(
      """
      file,class,taken_for,confidence,probability_of_class
      ./a/2.jpg,bees,bees,0.9,0.1
      b/1.jpg,,ants,0.9,0.1
      "b/=2,3.jpg",ants,ants,0.9,0.1
      elsewhere.jpg,ants,bees,0.9,0.1

      """, name: "mistakes.csv")
    let corrected = try Self.dataset.corrected(by: table)
    #expect(corrected.dataset.files.map(\.relativePath) == ["a/1.jpg", "a/2.jpg", "b/=2,3.jpg"])
    #expect(corrected.dataset.labels == [0, 1, 0])
    #expect(corrected.relabeledCount == 2 && corrected.leftOutCount == 1)
    #expect(corrected.dataset.classes == Self.dataset.classes)
  }

  @Test("a table that was not corrected changes nothing, in whatever order its columns are")
  func unchanged() throws {
    let table = try LabelCorrections(
      "\u{FEFF}class,file\r\nants,a/1.jpg\r\nbees,b/1.jpg\r\n", name: "t")
    let corrected = try Self.dataset.corrected(by: table)
    #expect(corrected.dataset.labels == Self.dataset.labels)
    #expect(corrected.relabeledCount == 0 && corrected.leftOutCount == 0)
  }

  @Test("an apostrophe that keeps a spreadsheet from computing belongs to no name")
  func apostrophe() throws {
    let files = PictureDataset(
      classes: ["x", "y"], files: [URL(filePath: "=1.jpg"), URL(filePath: "'q.jpg")],
      labels: [0, 0])
    let table = try LabelCorrections("file,class\n'=1.jpg,y\n'q.jpg,y\n", name: "t")
    #expect(try files.corrected(by: table).dataset.labels == [1, 1])
  }

  @Test(
    "a mistake in a table is an error that names the line",
    arguments: [
      (
        "file,class\na/1.jpg,wasps\n",
        "line 2: there is no class \"wasps\"; the classes are ants, bees"
      ),
      ("name,label\nx,y\n", "no columns file and class"), ("", "no columns file and class"),
      ("file,class\n\"a", "never closed"),
      ("file,class\na/1.jpg\n", "line 2 has no file and class"),
      ("file,class\n,ants\n", "line 2 has no file and class"),
    ])
  func mistakes(text: String, message: String) {
    let error = #expect(throws: FileError.self) {
      _ = try Self.dataset.corrected(by: LabelCorrections(text, name: "table.csv"))
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("a table that cannot be read is an error")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "t.csv")
    #expect(throws: FileError.self) { try LabelCorrections(file) }
    try Data([0xFF, 0xFE, 0x00]).write(to: file)
    #expect(throws: FileError.self) { try LabelCorrections(file) }
  }
}
