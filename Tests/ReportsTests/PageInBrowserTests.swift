import Foundation
import RetrogradAutograd
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradReports

private let browser =
  ExternalProgram(named: "chromium") ?? ExternalProgram(named: "chromium-browser")
  ?? ExternalProgram(named: "google-chrome")

@Suite("Pages in a browser")
struct PageInBrowserTests {
  /// A page with every part that there is, some of them too wide for a telephone.
  private func page() throws -> HTMLPage {
    var page = HTMLPage("A run with a name that is longer than a narrow window is wide, certainly")
    page.add(
      "Result", HTMLPage.figures([("97.4 %", "accuracy on 77 unseen pictures"), ("5", "epochs")]))
    page.add(
      "Curves",
      HTMLPage.charts([
        SVGChart("Loss", x: "epoch", y: "loss", [.line("training", [(1, 2), (2, 1)])]).svg,
        HeatMap(confusion: [[1, 0], [0, 1]], classes: ["a", "b"]).svg,
        HeatMap(
          confusion: (0..<40).map { row in (0..<40).map { row == $0 ? 9 : 0 } },
          classes: (0..<40).map { "class \($0)" }
        ).svg,
      ]),
      HTMLPage.table(
        "Wide", header: (0..<12).map { "column \($0)" }, [(0..<12).map { "number \($0)" }]))
    let picture = Picture(width: 60, height: 40, red: 90)
    page.add(
      "Pictures",
      HTMLPage.gallery(
        try (0..<5).map { try .init(picture, description: "\($0)", caption: ["a"]) }),
      try HTMLPage.picture(Picture(width: 900, height: 20), description: "wide"))
    page.add(
      "Command",
      HTMLPage.code("retrograd finetune " + String(repeating: "/a/long/path", count: 30)),
      HTMLPage.details("More", HTMLPage.paragraph("words")))
    return page
  }

  @Test(
    "nothing is wider than a telephone, every picture shows and has words, nothing is asked for elsewhere",
    .needsPNG,
    .enabled(if: browser != nil, "there is no Chromium: pages are not looked at"))
  func narrow() throws {
    let folder = try TemporaryFolder()
    try Data(page().html.utf8).write(to: folder.url.appending(path: "page.html"))
    // The page has no script of its own, so another page looks at it.
    let looking = """
      <iframe id=f width=390 height=800 src=page.html></iframe><pre id=out></pre>
      <script>
      onload = () => {
        const w = f.contentWindow, d = w.document, images = [...d.images];
        out.textContent = JSON.stringify({
          width: d.documentElement.scrollWidth, window: w.innerWidth,
          images: images.length, shown: images.filter(i => i.complete && i.naturalWidth > 0).length,
          described: images.filter(i => i.alt).length,
          charts: [...d.querySelectorAll('svg[role=img][aria-label]')].filter(
            s => s.getBoundingClientRect().height > 50).length,
          smallest: Math.min(...[...d.querySelectorAll('svg text')].map(t => {
            const s = t.ownerSVGElement;
            return parseFloat(w.getComputedStyle(t).fontSize) * s.getBoundingClientRect().width
              / s.viewBox.baseVal.width;
          })),
          headings: [...d.querySelectorAll('h1,h2')].map(h => h.tagName).join(''),
          requests: w.performance.getEntriesByType('resource').map(e => e.name)
            .filter(n => !n.startsWith('data:')),
          language: d.documentElement.lang,
          targets: [...d.querySelectorAll('nav a')].every(a => d.querySelector(a.hash)),
        });
      };
      </script>
      """
    let file = folder.url.appending(path: "look.html")
    try Data(looking.utf8).write(to: file)
    let outcome = try browser!.run(
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
        "--user-data-dir=\(folder.url.appending(path: "profile").path)",
        "--virtual-time-budget=8000",
        "--enable-logging=stderr", "--dump-dom", file.absoluteString,
      ], seconds: 120, memoryLimit: 1 << 46)
    #expect(!outcome.errors.contains("CONSOLE"), "\(outcome.errors)")
    struct Found: Decodable {
      let width, window, images, shown, described, charts: Int
      let smallest: Double
      let headings, language: String
      let requests: [String]
      let targets: Bool
    }
    let match = try #require(
      outcome.output.firstMatch(of: /<pre id="out">([^<]*)<\/pre>/),
      "\(outcome.errors.suffix(2000))")
    let text = String(match.1).replacing("&amp;", with: "&")
    let found = try JSONDecoder().decode(Found.self, from: Data(text.utf8))
    #expect(found.width <= found.window)
    #expect(found.images == 6 && found.shown == 6 && found.described == 6)
    #expect(found.charts == 3)
    #expect(found.smallest >= 11, "letters of \(found.smallest) pixels")
    #expect(found.headings == "H1H2H2H2H2")
    #expect(found.requests.isEmpty && found.language == "en" && found.targets)
  }

  @Test("text and marks stand out from their ground, in light and dark", .needsPNG)
  func contrast() throws {
    let html = try page().html
    func colors(
      _ pattern: Regex<(Substring, Substring, Substring)>, in text: Substring
    ) -> [String: [Double]] {
      Dictionary(
        text.matches(of: pattern).map { match in
          let number = Int(
            match.2.count == 3 ? match.2.map { "\($0)\($0)" }.joined() : String(match.2), radix: 16)!
          return (String(match.1), [16, 8, 0].map { Double(number >> $0 & 255) / 255 })
        }
      ) { first, _ in first }
    }
    /// The contrast of WCAG 2.2.
    func contrast(_ a: [Double], _ b: [Double]) -> Double {
      func luminance(_ color: [Double]) -> Double {
        let light = color.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
        return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
      }
      let (x, y) = (luminance(a), luminance(b))
      return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }
    let variable = /--(paper|ink|quiet|link|right|wrong): #([0-9a-f]+)/
    let style = try #require(html.range(of: "<style>"))
    let dark = try #require(
      html.range(of: "@media screen", range: style.upperBound..<html.endIndex))
    for part in [html[style.upperBound..<dark.lowerBound], html[dark.lowerBound...]] {
      let found = colors(variable, in: part)
      let paper = try #require(found["paper"])
      #expect(contrast(try #require(found["ink"]), paper) > 7)
      for name in ["quiet", "link", "right", "wrong"] {
        #expect(contrast(try #require(found[name]), paper) > 4.5, "\(name)")
      }
    }
    func rgb(_ hexadecimal: String) -> [Double] {
      let number = Int(hexadecimal.dropFirst(), radix: 16)!
      return [16, 8, 0].map { Double(number >> $0 & 255) / 255 }
    }
    for (series, paper) in [(ChartDocument.light, "#ffffff"), (ChartDocument.dark, "#16181d")] {
      for color in series { #expect(contrast(rgb(color), rgb(paper)) > 4.5, "\(color)") }
    }
  }
}
