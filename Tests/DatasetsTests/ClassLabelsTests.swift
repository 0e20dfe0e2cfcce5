import Foundation
import RetrogradDatasets
import RetrogradTestSupport
import Testing

@Suite("Tables of labels")
struct ClassLabelsTests {
  private func dataset(_ classes: [String], _ labels: [Int]) -> PictureDataset {
    PictureDataset(
      classes: classes, files: labels.indices.map { URL(filePath: "/\($0).png") }, labels: labels)
  }

  @Test(
    "a line is a folder, a tab and a label; empty lines and other ends of lines count for nothing")
  func read() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "labels.tsv")
    try Data("\u{FEFF}n01\tgolden retriever\r\n\r\nn02\t école \n\nn03\tgolden retriever".utf8)
      .write(to: file)
    let table = try ClassLabels(file)
    #expect(
      table.labels == ["n01": "golden retriever", "n02": "école", "n03": "golden retriever"])
  }

  @Test("folders of one label are one class, and those without a label are left out and named")
  func merge() throws {
    let table = try ClassLabels("c\tcat\nd\tdog\np\tdog\nx\tunused\n", name: "labels.tsv")
    let (merged, leftOut) = try dataset(["p", "b", "c", "d"], [0, 0, 1, 2, 3, 3])
      .labeled(by: table)
    #expect(merged.classes == ["dog", "cat"] && merged.labels == [0, 0, 1, 0, 0])
    #expect(merged.files.map(\.lastPathComponent) == ["0.png", "1.png", "3.png", "4.png", "5.png"])
    #expect(leftOut == ["b"])
    let error = #expect(throws: ClassLabelsError.self) {
      try dataset(["q", "r"], [0, 1]).labeled(by: table)
    }
    #expect(error?.description == "labels.tsv: names none of the folders q, r")
  }

  @Test(
    "what is no line of a table is an error with its number",
    arguments: [
      ("a\tb\nc d\n", 2), ("a\tb\tc", 1), ("\n\na\t", 3), ("\tb", 1), ("a\tb\nc\td\na\te", 3),
      ("a\tb\na\tb", 2),
    ])
  func wrongLine(_ text: String, _ line: Int) {
    let error = #expect(throws: ClassLabelsError.self) { try ClassLabels(text, name: "t") }
    #expect(error?.line == line && error?.description.hasPrefix("t, line \(line): ") == true)
  }

  @Test("a table without labels, a missing file and one that is no text are errors")
  func wrongFile() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ClassLabelsError.self) { try ClassLabels(" \n\n", name: "t") }
    let file = folder.url.appending(path: "t.tsv")
    let missing = #expect(throws: ClassLabelsError.self) { try ClassLabels(file) }
    #expect(missing?.reason.contains("cannot be opened") == true)
    try Data([0x61, 0x09, 0xFF]).write(to: file)
    let binary = #expect(throws: ClassLabelsError.self) { try ClassLabels(file) }
    #expect(binary?.reason == "is not UTF-8 text" && binary?.line == nil)
  }
}
