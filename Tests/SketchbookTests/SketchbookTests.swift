import Foundation
import RetrogradDatasets
import RetrogradSketchbook
import RetrogradTestSupport
import Testing

@Suite("Sketchbook")
struct SketchbookTests {
  @Test("there are at least forty classes, and six that training never sees")
  func classes() {
    let all = Sketchbook.classes + Sketchbook.unseenClasses
    #expect(Sketchbook.classes.count >= 40 && Sketchbook.unseenClasses.count >= 6)
    #expect(Set(all).count == all.count)
  }

  @Test("the same seed, class and number give the same picture, whatever was drawn before")
  func repeatable() {
    let picture = Sketchbook(seed: 3).picture(of: "teapot", number: 5)
    let book = Sketchbook(seed: 3)
    _ = book.picture(of: "owl", number: 0)
    #expect(book.picture(of: "teapot", number: 5) == picture)
    #expect(book.picture(of: "teapot", number: 6) != picture)
    #expect(Sketchbook(seed: 4).picture(of: "teapot", number: 5) != picture)
    #expect(DrawnPictures.draw(book, "teapot", numbers: 4..<7)[1] == picture)
  }

  @Test("every class can be drawn, in any size, and its pictures are not of one color")
  func everything() {
    for (size, count) in [(16, 3), (100, 1)] {
      let book = Sketchbook(seed: 9, size: size)
      for name in Sketchbook.classes + Sketchbook.unseenClasses {
        for picture in DrawnPictures.draw(book, name, numbers: 0..<count) {
          #expect(picture.width == size && picture.height == size)
          #expect(Set(picture.pixels).count > 8, "\(name)")
        }
      }
    }
  }

  @Test("an unknown name stops with those that are known")
  func unknown() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Sketchbook(seed: 1).picture(of: "unicorn", number: 0) }
    #expect(
      result?.message.contains("nothing is called unicorn. Known are clock, umbrella") == true)
  }
}
