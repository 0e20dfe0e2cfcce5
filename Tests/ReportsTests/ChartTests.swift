import Foundation
import RetrogradDrawing
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradReports

#if canImport(FoundationXML)
  import FoundationXML
#endif

private func parses(_ svg: String) -> Bool { XMLParser(data: Data(svg.utf8)).parse() }

@Suite("Charts")
struct ChartTests {
  @Test("every kind is well-formed, says in words what it shows, and needs nothing from elsewhere")
  func kinds() throws {
    let charts = [
      SVGChart(
        "All forms", x: "x", y: "y",
        [
          .band("spread", [(1, 1, 3), (2, 2, 5)]), .line("mean", [(1, 2), (2, 3)]),
          .points("runs", [(1, 1.5), (2, 4)]), .labeled("best", [(2, 5, "run <7>")]),
          .bars("counts", [(1, 3), (2, -1)], width: 0.5),
        ]
      ).svg,
      SVGChart.histogram("Weights", label: "weight", [0.1, 0.2, 0.2, .nan, 1]).svg,
      SVGChart.roofline("Limits", peak: 50, bandwidth: 10, [(0.5, 4, "copy"), (80, 45, "product")])
        .svg,
      BarChart("Classes", label: "%", [("ants & bees", 97.5), ("none", .nan), ("less", -2)]).svg,
      HeatMap(confusion: [[3, 1], [0, 4]], classes: ["a<b", "c"]).svg,
    ]
    // For people who want to look at them.
    if let folder = ProcessInfo.processInfo.environment["RETROGRAD_CHART_GALLERY"] {
      var page = HTMLPage("All kinds of charts")
      page.add("Charts", HTMLPage.charts(charts))
      try Data(page.html.utf8).write(to: URL(filePath: folder).appending(path: "charts.html"))
    }
    for svg in charts {
      #expect(parses(svg))
      #expect(svg.contains("role='img'") && svg.contains("aria-label='"))
      #expect(!svg.contains("nan") && !svg.contains("inf"))
      #expect(svg.contains("prefers-color-scheme: dark"))
      #expect(svg.ranges(of: "http").count == 1, "only the name of the format")
    }
  }

  @Test("words beside points do not lie on a curve")
  func wordsBesideCurves() throws {
    func top(of label: String, at y: Double) throws -> Double {
      let svg = SVGChart(
        "Limits", x: "x", y: .init("y", range: 0...10),
        [.line("limit", [(0, 5), (10, 5)]), .labeled("measured", [(5, y, label), (9, 1, "far")])]
      ).svg
      let text = try #require(try Regex("y='([0-9.]+)'>\(label)<").firstMatch(in: svg))
      return try #require(Double(text[1].substring!))
    }
    // Both stand beside their point; only the one on the curve gives way, downwards and by less than a line.
    let (near, away) = (try top(of: "near", at: 5), try top(of: "away", at: 2))
    let floor = ChartPlane.height - ChartPlane.bottom
    let unit = (floor - ChartPlane.top) / 10
    #expect(abs(away - (floor - 2 * unit + 4)) < 0.1)
    let curve = floor - 5 * unit
    #expect(near - 11 > curve && near < curve + 24)
  }

  @Test("words beside points stay on the chart, and never overlap")
  func words() throws {
    let names = ["first of many", "second of many", "third of many", "fourth of many"]
    let chart = SVGChart.roofline(
      "Limits", peak: 50, bandwidth: 10,
      names.enumerated().map { (60, 10 + 0.01 * Double($0), $1) } + [(0.1, 1, "far left")])
    let places = try names.map { name in
      let pattern = try Regex("text-anchor='(start|end)' x='([0-9.]+)' y='([0-9.]+)'>\(name)<")
      let match = try #require(try pattern.firstMatch(in: chart.svg))
      return (
        anchor: match[1].substring!, x: Double(match[2].substring!)!,
        y: Double(match[3].substring!)!
      )
    }
    let heights = places.map(\.y).sorted()
    #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 12 })
    for place in places { #expect(place.anchor == "end" || place.x < 560) }
    #expect(chart.svg.contains(/text-anchor='start' x='[0-9.]+' y='[0-9.]+'>far left</))
  }

  @Test("logarithmic axes have powers of ten, and no place for what is not above 0")
  func logarithmic() {
    let ticks = Ticks(decades: [0.001, 1000])
    #expect(ticks.values.contains(1) && ticks.values.allSatisfy { $0 > 0 })
    #expect(abs(ticks.share(1) - 0.5) < 1e-12)
    #expect(ticks.text(1e-5) == "10⁻⁵" && ticks.text(100) == "100" && ticks.text(2e6) == "2·10⁶")
    #expect(Ticks(decades: [2, 9]).values == [2, 5])
    #expect(Ticks(decades: []).values.count > 0)
    let chart = SVGChart(
      "x", x: "x", y: .init("y", .logarithmic), [.line("a", [(1, 0), (2, 10), (3, -1)])])
    #expect(chart.series[0].points.count == 1)
    #expect(parses(chart.svg))
  }

  @Test("a histogram counts every finite value once")
  func histogram() {
    let chart = SVGChart.histogram("h", label: "v", [0, 0.5, 1, .infinity], bins: 2)
    #expect(chart.series[0].points.map(\.y) == [1, 2])
    #expect(parses(SVGChart.histogram("h", label: "v", []).svg))
    #expect(
      SVGChart.histogram("h", label: "v", [3, 3]).series[0].points.reduce(0) { $0 + $1.y } == 2)
  }

  @Test("a table of hundreds of classes draws what is there, on one square for what is not")
  func largeTable() {
    let classes = (0..<200).map { "class \($0)" }
    let counts = (0..<200).map { row in (0..<200).map { $0 == row ? 20 : 0 } }
    let svg = HeatMap(confusion: counts, classes: classes).svg
    #expect(parses(svg) && svg.ranges(of: "<rect").count == 201)
    let small = HeatMap(confusion: [[1, 0], [0, 1]], classes: ["a", "b"]).svg
    #expect(small.ranges(of: "<rect").count == 4)
    // What stands above the rows ends beside them, and must not begin outside of the picture.
    let end = small.firstMatch(of: #/text-anchor='end' x='([0-9.]+)' y='44'>([^<]+)</#)
    #expect(end.map { Double($0.1)! > 6.5 * Double($0.2.count) } == true)
  }

  @Test("the highest count of a confusion matrix stands out from light and from dark ground")
  func heatMapColors() throws {
    let svg = HeatMap(confusion: [[400, 1], [20, 300]], classes: ["a", "b"]).svg
    func brightness(_ hexadecimal: Substring) -> Double {
      let number = Int(hexadecimal, radix: 16)!
      let parts: [Int] = [number >> 16, number >> 8, number].map { $0 & 255 }
      return Double(parts.reduce(0, +)) / (3 * 255)
    }
    let cells = svg.matches(of: #/<rect [^>]*fill='#([0-9a-f]{6})' style='--dark:#([0-9a-f]{6})'/#)
      .map { (light: brightness($0.1), dark: brightness($0.2)) }
    // 400, 1, 20, 300
    try #require(cells.count == 4)
    #expect(cells.map(\.light).min() == cells[0].light && cells[0].light < 0.3)
    #expect(cells.map(\.dark).max() == cells[0].dark && cells[0].dark > 0.7)
    // A count of one can still be told from nothing.
    #expect(cells[1].dark > 0.15 && cells[1].light < 0.85)
    // The scale: from 0 to the highest.
    #expect(svg.ranges(of: "<path class='cell'").count == 12 && svg.contains(">0</text>"))
  }

  @Test("names of many series stand in several lines, none beyond the edge")
  func legendLines() throws {
    let names = (0..<9).map { "a series called \($0)" }
    let svg = SVGChart(
      "Many", x: "x", y: "y", names.map { .line($0, [(0, 1), (1, 2)]) }
    ).svg
    #expect(parses(svg))
    let places = try names.map { name in
      let match = try #require(
        try Regex("<text x='([0-9.]+)' y='([0-9.]+)'>\(name)<").firstMatch(in: svg))
      return (x: Double(match[1].substring!)!, y: Double(match[2].substring!)!)
    }
    #expect(Set(places.map(\.y)).count == 5 && places.allSatisfy { $0.x + 17 * 7 < 640 })
  }

  @Test("numbers of any size have a place on the chart")
  func extremes() {
    for numbers in [[-1e308, 1e308], [1e-300, 2e-300], [5, 5], [0, 0], [-3, -3]] {
      let svg = SVGChart("x", x: "x", y: "y", [.line("a", numbers.map { ($0, $0) })]).svg
      #expect(parses(svg) && !svg.contains("nan") && !svg.contains("inf"), "\(numbers)")
    }
  }

  @Test("colors go from dark to light in even steps, and from blue over white to orange")
  func colors() {
    let brightness = stride(from: 0, through: 1, by: 0.05).map {
      ColorMap.sequential($0).brightness
    }
    #expect(zip(brightness, brightness.dropFirst()).allSatisfy { $0 < $1 })
    let (below, above) = (ColorMap.diverging(-1), ColorMap.diverging(1))
    #expect(below.blue > below.red && above.red > above.blue)
    #expect(ColorMap.diverging(0).brightness > 0.93)
    #expect(ColorMap.sequential(.nan) == ColorMap.sequential(0))
    #expect(ColorMap.sequential(7) == ColorMap.sequential(1))
    #expect(Color(1, 0.5, 0).hexadecimal == "#ff8000")
  }
}

@Suite("Pages")
struct HTMLPageTests {
  private func page() throws -> HTMLPage {
    var page = HTMLPage("Runs of <ants> & \"bees\"", subtitle: "two", refresh: 5)
    page.add("Empty", "")
    page.add(
      "Numbers", HTMLPage.figures([("97 %", "right")]),
      HTMLPage.table("Epochs", header: ["epoch", "note"], [["1", "<b>"], ["2", ""]]) { row, _ in
        row == 1
      })
    page.add(
      "Pictures",
      HTMLPage.gallery([
        try .init(
          Picture(width: 3, height: 2), description: "a 'red' thing", caption: ["1"], isRight: true)
      ]), HTMLPage.charts([SVGChart("c", x: "x", y: "y", []).svg]))
    return page
  }

  @Test("a page is one file that asks nobody for anything, and every text is escaped", .needsPNG)
  func selfContained() throws {
    let html = try page().html
    #expect(!html.contains("<ants>") && !html.contains("<b>"))
    #expect(html.contains("&lt;ants&gt; &amp; &quot;bees&quot;"))
    #expect(!html.contains("<script") && !html.contains("url("))
    // Every address is a part of the page or data within it.
    for match in html.matches(of: /(?:src|href)='([^']*)'/) {
      #expect(match.1.hasPrefix("#") || match.1.hasPrefix("data:"), "\(match.1)")
    }
    #expect(html.contains("alt='a &#39;red&#39; thing'"))
    #expect(html.contains("http-equiv='refresh' content='5'"))
    #expect(!html.contains(">Empty<"))
    #expect(try page().html == html)
  }

  @Test("columns of numbers are aligned to the right, and marked rows stand out", .needsPNG)
  func table() throws {
    let html = try page().html
    #expect(html.contains("<th scope='row' class='number marked'>2</th>"))
    #expect(html.contains("<th scope='row' class='number'>1</th>"))
    #expect(html.contains("<th scope='col'>note</th>"))
  }
}
