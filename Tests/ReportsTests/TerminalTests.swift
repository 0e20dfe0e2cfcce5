import Foundation
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradReports

@Suite("Pictures, curves and tables in a terminal")
struct TerminalTests {
  private let small: Picture = {
    var picture = Picture(width: 2, height: 3, red: 10, green: 20, blue: 30)
    picture.pixels[0] = 255
    return picture
  }()

  @Test(
    "what the terminal says decides how pictures are shown",
    arguments: [
      (["TERM": "xterm-256color"], true, TerminalPicture.blocks),
      (["TERM": "xterm-256color"], false, .none), (["TERM": "dumb"], true, .none),
      (["TERM": "xterm-kitty"], true, .kitty), (["TERM_PROGRAM": "WezTerm"], true, .iterm),
      (["TERM": "foot"], true, .sixel), (["TERM": "xterm-kitty", "TMUX": "1"], true, .blocks),
      (["NO_COLOR": "1", "TERM": "xterm"], true, .none),
      (["NO_COLOR": "", "TERM": "xterm"], true, .blocks),
      (["RETROGRAD_PICTURES": "sixel"], false, .sixel),
      (["RETROGRAD_PICTURES": "nonsense", "TERM": "xterm"], true, .blocks),
    ])
  func choice(environment: [String: String], isTerminal: Bool, way: TerminalPicture) {
    #expect(TerminalPicture.suited(to: environment, isTerminal: isTerminal) == way)
  }

  @Test("half blocks show two rows a line, and an odd last row alone")
  func blocks() throws {
    let text = try #require(TerminalPicture.blocks.text(small))
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix("\u{1B}[0m") })
    #expect(lines[0].hasPrefix("\u{1B}[38;2;255;20;30m\u{1B}[48;2;10;20;30m▀"))
    #expect(!lines[1].contains("48;2"))
    let wide = try #require(
      TerminalPicture.blocks.text(Picture(width: 500, height: 10), columns: 40))
    #expect(wide.split(separator: "\n")[0].count { $0 == "▀" } == 40)
  }

  @Test("kitty and iTerm2 get a PNG file, kitty in pieces", .needsPNG)
  func protocols() throws {
    var random = RandomSource(seed: 1)
    let noise = Picture(
      width: 80, height: 80, pixels: (0..<19200).map { _ in UInt8(random.integer(in: 0..<256)) })
    let kitty = try #require(TerminalPicture.kitty.text(noise))
    let pieces = kitty.split(separator: "\u{1B}\\")
    #expect(pieces.count > 2 && pieces[0].hasPrefix("\u{1B}_Ga=T,f=100,m=1;"))
    #expect(pieces.last!.hasPrefix("\u{1B}_Gm=0;"))
    let payload = pieces.map { $0.drop { $0 != ";" }.dropFirst() }.joined()
    #expect(try Picture.decode(Array(Data(base64Encoded: payload)!)) == noise)
    let iterm = try #require(TerminalPicture.iterm.text(small))
    let content = iterm.dropLast().drop { $0 != ":" }.dropFirst()
    #expect(try Picture.decode(Array(Data(base64Encoded: String(content))!)) == small)
  }

  @Test("sixels paint every pixel in the nearest of 216 colors")
  func sixel() throws {
    let text = try #require(TerminalPicture.sixel.text(Picture(width: 10, height: 7, red: 255)))
    #expect(text.hasPrefix("\u{1B}Pq\"1;1;10;7") && text.hasSuffix("\u{1B}\\"))
    // Six rows, then one: all bits of a column, then the lowest.
    #expect(text.contains("#180!10~$-#180!10@$-"))
  }

  @Test("into a pipe goes nothing but the name of a file", .needsPNG)
  func file() throws {
    let folder = try TemporaryFolder()
    try plot(Tensor([[0, 1], [2, 3]]), as: "ramp", in: folder.url, by: .none)
    let picture = try Picture.read(folder.url.appending(path: "ramp.png"))
    #expect(picture.width == 2 && picture[0, 0].red < picture[1, 1].red)
    #expect(TerminalPicture.none.text(small) == nil)
  }

  @Test("curves reach from their smallest number to their largest")
  func chart() {
    let chart = TerminalChart("Loss", [("loss", [4, 2, .nan, 1])])
    let lines = chart.text(columns: 20, rows: 3).split(separator: "\n").map(String.init)
    #expect(lines[0] == "Loss" && lines.count == 4 && lines.allSatisfy { $0.count <= 20 })
    #expect(lines[1].hasPrefix("4 │") && lines[3].hasPrefix("1 │"))
    #expect(lines[1].dropFirst(3).first != "\u{2800}" && lines[3].last != "\u{2800}")
    #expect(TerminalChart("x", [("a", [])]).text() == "x: no numbers")
    #expect(TerminalChart("x", [("a", [1]), ("b", [1])]).text().contains("b:"))
  }

  @Test("tables fit, with numbers to the right")
  func table() {
    var table = TextTable(["layer", "kind of layer, in words", "parameters"])
    table.add(["features.0", "a convolution with large windows", "23296"])
    table.add(["classifier.6", "a linear layer"])
    let lines = table.text(columns: 40).split(separator: "\n").map(String.init)
    #expect(lines.count == 3 && lines.allSatisfy { $0.count <= 40 })
    #expect(lines[1].hasSuffix("     23296") && lines[1].contains("…"))
    #expect(table.text(columns: 100).contains("a convolution with large windows"))
  }
}

@Suite("Pictures of networks")
struct NetworkPictureTests {
  @Test("heat goes from dark to light, signed numbers from blue to orange")
  func maps() {
    let heat = NetworkPictures.heat(Tensor([[-2, 0], [1, 5]]))
    #expect(heat.width == 2 && heat[1, 1].red > heat[0, 0].red)
    let signed = NetworkPictures.signed(Tensor([[-2, 0, 2]]))
    #expect(signed[0, 0].blue > signed[0, 0].red && signed[2, 0].red > signed[2, 0].blue)
    #expect(signed[1, 0].green > 240)
    // Nothing to tell apart, and no numbers at all.
    #expect(NetworkPictures.heat(.zeros([2, 3])).width == 3)
    #expect(NetworkPictures.signed(Tensor([Double.nan, .infinity], shape: [1, 2])).width == 2)
  }

  @Test("filters and feature maps stand side by side")
  func mosaics() {
    var random = RandomSource(seed: 2)
    let filters = NetworkPictures.filters(.normal([5, 3, 11, 11], using: &random), size: 22)
    #expect(filters.width == 3 * 24 + 2 && filters.height == 2 * 24 + 2)
    #expect(NetworkPictures.filters(.normal([4, 7, 3, 3], using: &random), size: 10).width == 26)
    let maps = NetworkPictures.featureMaps(.normal([9, 4, 4], using: &random), size: 8, most: 4)
    #expect(maps.width == 22)
  }

  @Test("an overlay hides the picture where the numbers are large")
  func overlay() {
    let picture = Picture(width: 8, height: 8, red: 200, green: 0, blue: 0)
    let result = NetworkPictures.overlay(Tensor([[0, 0], [0, 1]]), on: picture)
    #expect(result[0, 0] == (200, 0, 0))
    #expect(result[7, 7].green > 100)
  }
}
