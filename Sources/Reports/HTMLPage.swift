import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradText

/// A page in one file, which needs nothing else to open: no script, no request to anywhere. It adapts to light and
/// dark and to narrow windows, prints, and works with the keyboard alone and with a screen reader.
public struct HTMLPage {
  /// The window's title, also the first heading.
  public let title: String
  /// A line below it.
  public let subtitle: String
  /// After how many seconds the page is loaded anew; `nil` for never.
  public let refresh: Int?
  private var sections: [(title: String, content: String)] = []

  /// A page without sections.
  public init(_ title: String, subtitle: String = "", refresh: Int? = nil) {
    (self.title, self.subtitle, self.refresh) = (title, subtitle, refresh)
  }

  /// Adds a section with a heading; nothing where there is no content.
  public mutating func add(_ title: String, _ content: String...) {
    let content = content.filter { !$0.isEmpty }.joined(separator: "\n")
    if !content.isEmpty { sections.append((title, content)) }
  }

  // MARK: Parts

  /// A paragraph.
  public static func paragraph(_ text: String) -> String { "<p>\(escaped(text))</p>" }

  /// Lines as they are, such as a command.
  public static func code(_ text: String) -> String {
    "<pre tabindex='0'><code>\(escaped(visible(text, keepsLines: true)))</code></pre>"
  }

  /// An accuracy as one of ``figures(_:)``, with its standard error; one of 0 is not shown, and not spoken of.
  ///
  /// - Parameters:
  ///   - accuracy: A share.
  ///   - error: Its standard error.
  ///   - pictures: The pictures it was measured on, such as "50 unseen pictures".
  package static func accuracy(
    _ accuracy: Double, error: Double, on pictures: String
  ) -> (value: String, meaning: String) {
    (
      percent(accuracy, error: error),
      "accuracy on \(pictures)" + (error == 0 ? "" : ", ± one standard error")
    )
  }

  /// Large numbers with what they mean.
  public static func figures(_ figures: [(value: String, meaning: String)]) -> String {
    "<dl class='figures'>"
      + figures.map {
        "<div><dt>\(escaped($0.meaning))</dt><dd>\(escaped($0.value))</dd></div>"
      }.joined() + "</dl>"
  }

  /// A table; columns of numbers are aligned to the right.
  ///
  /// - Parameters:
  ///   - caption: The caption.
  ///   - header: The names of the columns.
  ///   - rows: The fields.
  ///   - marked: Whether a field stands out, by its row and column.
  public static func table(
    _ caption: String, header: [String], _ rows: [[String]],
    marked: (Int, Int) -> Bool = { _, _ in false }
  ) -> String {
    if rows.isEmpty { return "" }
    let isNumber = header.indices.map { column in
      rows.allSatisfy { column < $0.count && looksLikeNumber($0[column]) }
    }
    func classes(_ row: Int?, _ column: Int) -> String {
      let names = [
        isNumber[column] ? "number" : nil, row.map { marked($0, column) } == true ? "marked" : nil,
      ].compactMap { $0 }
      return names.isEmpty ? "" : " class='\(names.joined(separator: " "))'"
    }
    let head = header.enumerated().map {
      "<th scope='col'\(classes(nil, $0))>\(escaped($1))</th>"
    }.joined()
    let body = rows.enumerated().map { number, row in
      "<tr>"
        + row.enumerated().prefix(header.count).map { column, field in
          column == 0
            ? "<th scope='row'\(classes(number, column))>\(escaped(field))</th>"
            : "<td\(classes(number, column))>\(escaped(field))</td>"
        }.joined() + "</tr>"
    }.joined(separator: "\n")
    return "<div class='scroll' role='region' tabindex='0' aria-label='\(escaped(caption))'>"
      + "<table><caption>\(escaped(caption))</caption><thead><tr>\(head)</tr></thead>"
      + "<tbody>\(body)</tbody></table></div>"
  }

  /// Charts side by side where there is room.
  public static func charts(_ documents: [String]) -> String {
    documents.isEmpty
      ? ""
      : "<div class='charts'>" + documents.map { "<figure>\($0)</figure>" }.joined() + "</div>"
  }

  /// One picture with words below.
  public struct Illustration: Sendable {
    /// The bytes of a PNG file.
    public let png: [UInt8]
    /// A description for those who cannot see it.
    public let description: String
    /// Lines below.
    public let caption: [String]
    /// Indicates whether it stands out as right or wrong.
    public let isRight: Bool?

    /// A picture with words.
    public init(
      _ picture: Picture, description: String, caption: [String], isRight: Bool? = nil
    ) throws(FileError) {
      png = try picture.pngData()
      (self.description, self.caption, self.isRight) = (description, caption, isRight)
    }
  }

  /// One picture in its own size, or as wide as the page.
  ///
  /// - Parameters:
  ///   - picture: The picture.
  ///   - description: A description for those who cannot see it.
  public static func picture(
    _ picture: Picture, description: String
  ) throws(FileError) -> String {
    let text = Data(try picture.pngData()).base64EncodedString()
    return "<img class='wide' alt='\(escaped(description))' src='data:image/png;base64,\(text)'>"
  }

  /// Pictures in rows.
  ///
  /// - Parameters:
  ///   - pictures: The pictures.
  ///   - isLarge: Whether few of them stand in a row.
  public static func gallery(_ pictures: [Illustration], isLarge: Bool = false) -> String {
    if pictures.isEmpty { return "" }
    return "<div class='gallery\(isLarge ? " large" : "")'>"
      + pictures.map { picture in
        let mark = picture.isRight.map { $0 ? " class='right'" : " class='wrong'" } ?? ""
        return "<figure\(mark)><img loading='lazy' alt='\(escaped(picture.description))' "
          + "src='data:image/png;base64,\(Data(picture.png).base64EncodedString())'>"
          + "<figcaption>\(picture.caption.map(caption).joined(separator: "<br>"))</figcaption></figure>"
      }.joined() + "</div>"
  }

  /// A line below a picture; a number and its percent sign stay together.
  private static func caption(_ line: String) -> String {
    escaped(line.replacing(" %", with: "\u{A0}%"))
  }

  /// Something long that is shown when asked for.
  public static func details(_ title: String, _ content: String) -> String {
    content.isEmpty
      ? "" : "<details><summary>\(escaped(title))</summary>\(content)</details>"
  }

  // MARK: The page

  /// The whole page.
  public var html: String {
    let links = sections.enumerated().map {
      "<li><a href='#part\($0)'>\(escaped($1.title))</a></li>"
    }.joined()
    let parts = sections.enumerated().map {
      "<section aria-labelledby='part\($0)'><h2 id='part\($0)'>\(escaped($1.title))</h2>\n"
        + "\($1.content)</section>"
    }.joined(separator: "\n")
    return """
      <!doctype html>
      <html lang='en'>
      <head>
      <meta charset='utf-8'>
      <meta http-equiv='Content-Security-Policy' content="\(Self.policy)">
      <meta name='viewport' content='width=device-width, initial-scale=1'>
      <meta name='color-scheme' content='light dark'>
      \(refresh.map { "<meta http-equiv='refresh' content='\($0)'>" } ?? "")
      <link rel='icon' href='data:,'>
      <title>\(escaped(title))</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <a class='skip' href='#content'>Skip to content</a>
      <header><h1>\(escaped(title))</h1>\(subtitle.isEmpty ? "" : "<p>\(escaped(subtitle))</p>")
      <nav aria-label='Parts of this page'><ul>\(links)</ul></nav></header>
      <main id='content'>
      \(parts)
      </main>
      </body>
      </html>

      """
  }

  /// The rights of the page in a browser: to be shown. Should something in it slip through that ought to be a name, it
  /// still runs nothing and asks nobody.
  private static let policy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    + "form-action 'none'"

  private static let style = """
    :root { --paper: #fff; --ink: #1d2126; --quiet: #57606a; --line: #d0d7de; --raised: #f6f8fa;
      --link: #0550ae; --right: #0072b2; --wrong: #b34700; --shade: rgb(0 0 0 / .3) }
    @media screen and (prefers-color-scheme: dark) { :root { --paper: #16181d; --ink: #e6e6e6;
      --quiet: #a5adb8; --line: #3a414b; --raised: #1f2329; --link: #7cc0ff; --right: #4db3f0;
      --wrong: #ff8f4d; --shade: rgb(255 255 255 / .35) } }
    * { box-sizing: border-box }
    body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--paper);
      color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
    h1 { font-size: 1.7rem; margin: .5rem 0 0; overflow-wrap: anywhere } h2 { margin-top: 2.2rem }
    header p { color: var(--quiet); margin: .2rem 0 }
    nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem }
    a { color: var(--link) }
    .skip { position: absolute; left: -100vw } .skip:focus { left: 1rem; background: var(--paper) }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
    .figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0 }
    .figures div { background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
      padding: .6rem 1rem; min-width: 8rem }
    .figures dt { color: var(--quiet); font-size: .9rem }
    .figures dd { margin: 0; font-size: 1.5rem; white-space: nowrap; font-variant-numeric: tabular-nums }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
      gap: 1rem }
    .charts figure { margin: 0; border: 1px solid var(--line); border-radius: 8px;
      overflow: auto hidden; break-inside: avoid }
    svg { display: block; width: 100%; height: auto; max-height: 44rem }
    .scroll { overflow-x: auto; background:
      linear-gradient(to right, var(--paper) 30%, transparent) 0 0 / 3rem 100% no-repeat local,
      linear-gradient(to left, var(--paper) 30%, transparent) 100% 0 / 3rem 100% no-repeat local,
      linear-gradient(to right, var(--shade), transparent) 0 0 / 1rem 100% no-repeat scroll,
      linear-gradient(to left, var(--shade), transparent) 100% 0 / 1rem 100% no-repeat scroll }
    table { border-collapse: collapse; margin: .5rem 0 }
    caption { text-align: left; color: var(--quiet); padding: .3rem 0 }
    th, td { padding: .25rem .8rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line);
      vertical-align: top } th[scope=row] { font-weight: normal }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
    .marked { font-weight: 700; color: var(--right) }
    .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .8rem }
    .gallery.large { grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)) }
    .wide { max-width: 100%; height: auto }
    .gallery figure { margin: 0; font-size: .85rem; overflow-wrap: anywhere; break-inside: avoid }
    .gallery img { display: block; width: 100%; height: auto; border-radius: 4px }
    .gallery figcaption { margin-top: .5rem }
    .gallery .right img { outline: 3px solid var(--right) }
    .gallery .wrong img { outline: 3px dashed var(--wrong) }
    pre { background: var(--raised); border: 1px solid var(--line); border-radius: 8px; padding: .8rem;
      overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }
    summary { cursor: pointer; padding: .4rem 0 }
    @media print { nav, .skip { display: none } body { max-width: none } }
    """
}
