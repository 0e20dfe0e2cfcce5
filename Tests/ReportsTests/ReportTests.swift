import Foundation
import RetrogradAutograd
import RetrogradImages
import Testing

@testable import RetrogradReports

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Contact sheets, charts and tables")
struct ReportTests {
  @Test("a contact sheet has room for its pictures and their captions")
  func sheet() {
    var sheet = ContactSheet(size: 32, columns: 3)
    #expect(sheet.isEmpty)
    for index in 0..<5 {
      sheet.add(
        Picture(width: 10 + index, height: 20, red: 200),
        ["a long caption that does not fit", "b"],
        border: index == 2 ? .wrong : .plain)
    }
    let picture = sheet.picture
    #expect(picture.width == 3 * 40 + 8 && picture.height == 2 * (32 + 8 + 30) + 8)
    // The middle of the first picture, and paper where the sixth would be.
    #expect(picture[24, 24] == (200, 0, 0))
    #expect(picture[8 + 80 + 16, 8 + 70 + 16] == (255, 255, 255))
    // Something is written below.
    #expect((8..<40).contains { x in (48..<54).contains { picture[x, $0].red < 120 } })
    #expect(ContactSheet().picture.width > 0)
  }

  @Test("an accuracy stands with its standard error, and without a word of one where there is none")
  func accuracy() {
    let some = HTMLPage.accuracy(0.9, error: 0.04, on: "50 unseen pictures")
    #expect(some.value == "90.0 ± 4.0 %")
    #expect(some.meaning == "accuracy on 50 unseen pictures, ± one standard error")
    let all = HTMLPage.accuracy(1, error: 0, on: "10 slides")
    #expect(all.value == "100.0 %" && all.meaning == "accuracy on 10 slides")
  }

  @Test("Graphviz, where it is installed, makes a picture of a graph")
  func graph() {
    let y = (Variable([1], requiresGrad: true) * 2).sum()
    if let svg = y.graphSVG() { #expect(svg.contains("<svg") && svg.contains("multiply")) }
  }

  @Test("a chart is well-formed XML with a line for each series, also without numbers")
  func chart() throws {
    let chart = SVGChart(
      "Loss <of> \"A & B\"", x: "epoch", y: "loss",
      [
        .line("training", [(1, 2), (2, 1), (3, .nan), (4, 0.5)]), .line("validation", [(1, 3)]),
      ])
    let parser = XMLParser(data: Data(chart.svg.utf8))
    #expect(parser.parse())
    #expect(chart.svg.matches(of: /<polyline/).count == 2)
    #expect(chart.svg.contains("&lt;of&gt;") && !chart.svg.contains("nan"))
    for numbers in [[], [(1.0, 1.0)], [(1, 1e300), (2, -1e300)], [(1, 5), (1, 5)]] {
      let svg = SVGChart("x", x: "x", y: "y", [.line("s", numbers)]).svg
      #expect(XMLParser(data: Data(svg.utf8)).parse())
    }
  }

  @Test("ticks are round numbers that span the axis")
  func ticks() {
    #expect(Ticks([0, 10]).values == [0, 2, 4, 6, 8, 10])
    #expect(Ticks([1, 4], whole: true).values == [1, 2, 3, 4])
    let small = Ticks([0.013, 0.021])
    #expect(small.values.count > 3 && small.values.count < 12)
    #expect(small.text(small.values[0]).count < 8)
  }

  @Test("a confusion table fits a terminal, or names the most frequent mistakes")
  func confusion() {
    let table = ConfusionTable(classes: ["ants", "bees, wild"], counts: [[32, 3], [0, 41]])
    #expect(table.text().contains("ants"))
    #expect(table.text().split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(table.csv == ",ants,\"bees, wild\"\nants,32,3\n\"bees, wild\",0,41\n")
    #expect(table.text(columns: 10) == "   3 × ants classified as bees, wild")
    let right = ConfusionTable(classes: ["a", "b"], counts: [[1, 0], [0, 1]])
    #expect(right.text(columns: 3) == "no mistakes")
  }
}
