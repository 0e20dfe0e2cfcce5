import Foundation
import LessonKit
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Photographs")
struct PhotographTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let folder = repository.appending(path: "Lessons/Photographs")

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
  }

  @Test(
    "are small, decode, and are inside of the program what they are in the folder",
    arguments: Photograph.all)
  func files(photograph: Photograph) throws {
    let file = try Data(contentsOf: Self.folder.appending(path: "\(photograph.name).jpg"))
    #expect(Array(file) == photograph.bytes)
    #expect(photograph.bytes.count <= 60_000)
    let picture = try photograph.picture()
    #expect((226...320).contains(min(picture.width, picture.height)))
  }

  @Test("show fourteen of the labels of Tiny ImageNet, and then four things that are none of them")
  func labels() throws {
    let labels = try Self.text("Weights/tiny-imagenet-labels.tsv").split(separator: "\n").map {
      String($0.split(separator: "\t")[1])
    }
    #expect(labels.count == 200 && Set(labels).count == 200)
    for photograph in Photograph.all.prefix(14) {
      #expect(photograph.label(among: labels) == photograph.subject)
    }
    for photograph in Photograph.all.dropFirst(14) {
      #expect(photograph.label(among: labels) == nil, "\(photograph.subject)")
    }
    #expect(Photograph.all.count == 18)
  }

  @Test("are called what the official network calls them, where its labels are others")
  func officialNames() {
    let known = Photograph.all.compactMap { $0.label(among: ImageNet.labels) }
    #expect(known.count == 15)
    #expect(known.contains("lesser panda") && known.contains("alp") && known.contains("macaw"))
    for photograph in Photograph.all {
      for name in photograph.otherNames { #expect(ImageNet.labels.contains(name), "\(name)") }
    }
  }

  @Test("have a source in SOURCES.md, each one and no other")
  func sources() throws {
    let rows = try Self.text("Lessons/Photographs/SOURCES.md").split(separator: "\n")
      .filter { $0.hasPrefix("| `") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    #expect(rows.map { $0[0] } == Photograph.all.map { "`\($0.name).jpg`" })
    for (row, photograph) in zip(rows, Photograph.all) {
      #expect(row[1] == photograph.subject)
      #expect("\(row[2]), \(row[3])" == photograph.credit)
      #expect(["CC0 1.0", "public domain", "CC BY 4.0"].contains(photograph.license))
      #expect(!row[4].isEmpty)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
      .filter { $0.hasSuffix(".jpg") }
    #expect(Set(files) == Set(Photograph.all.map { "\($0.name).jpg" }))
  }
}
