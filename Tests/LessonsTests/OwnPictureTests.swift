import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Lessons 2 and 6 with what people have", .needsPNG)
struct OwnPictureTests {
  @Test("lesson 2 takes the first picture of a folder or of slides, and says which")
  func folders() throws {
    let folder = try TemporaryFolder()
    for (number, name) in ["10.png", "9.png"].enumerated() {
      try Picture(width: 70, height: 60, red: UInt8(100 * number), blue: 200)
        .writePNG(to: folder.url.appending(path: name))
    }
    func run(_ data: String) throws -> ProgramResult {
      try runProgram("lesson2", ["--fast", "--no-pictures", "--data", data])
    }
    let result = try run(folder.url.path)
    #expect(result.status == 0 && result.output.contains("The first of 2 pictures: 9.png."))
    let slides = try run(Fixtures.url("decks/slides.pptx").path)
    #expect(slides.status == 0 && slides.output.contains("The first of 12 pictures: slide 0."))
    let empty = try TemporaryFolder()
    let none = try run(empty.url.path)
    #expect(none.status == 1 && none.errors.contains(empty.url.lastPathComponent))
  }

  @Test("lesson 6 shows filters and maps of weights that have no classifier")
  func features() throws {
    let folder = try TemporaryFolder()
    let network = try WeightChoice.resolve(.mini, default: .lessons)
    let file = folder.url.appending(path: "features.safetensors")
    try Safetensors.write(network.state.filter { $0.key.hasPrefix("features.") }, to: file)
    let result = try runProgram(
      "lesson6", ["--fast", "--weights", file.path], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let text = result.output.replacing("\n", with: " ")
    #expect(text.contains("no classifier, so the network names nothing"))
    #expect(text.contains("can only be asked of a network that has scores"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(names.contains("lesson6-filters.png") && names.contains("lesson6-excited.png"))
    #expect(!names.contains("lesson6-where.png"))
  }
}
