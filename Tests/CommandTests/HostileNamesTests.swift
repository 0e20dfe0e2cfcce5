import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

/// A scalar that steers a terminal or turns the direction of writing round.
func steers(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x0A: false
  case 0...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
  default: false
  }
}

extension String {
  /// Whether a text stands in it, scalar by scalar.
  fileprivate func holds(_ text: String) -> Bool {
    let (all, wanted) = (Array(unicodeScalars), Array(text.unicodeScalars))
    return all.indices.contains { all[$0...].starts(with: wanted) }
  }
}

@Suite("Names from outside", .needsPNG)
struct HostileNamesTests {
  /// A class whose name is script to a browser that finds an apostrophe in it, and a command to a shell.
  static let script = "x'\u{301} onload=alert(1) y'\u{301}; touch PWNED; '\u{301}<b\u{301}>"
  static let formula = "=1+1,\"\u{301}"
  static let steering = "\u{1B}]0;title\u{7}\u{9B}2J\u{202E}right: 100 %\nright: 100 %"

  private func pictures(_ names: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let book = Sketchbook(seed: 6, size: 64)
    for (place, name) in names.enumerated() {
      let kind = ["owl", "cat"][place % 2]
      let target = folder.url.appending(path: "set").appending(path: name)
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      for number in 0..<4 {
        try book.picture(of: kind, number: number).writePNG(
          to: target.appending(path: "\(number)\(name).png"))
      }
    }
    return folder
  }

  @Test("a class's name is text in pages, charts and tables, and the printed command can be pasted")
  func pages() throws {
    let folder = try pictures([Self.script, Self.formula])
    let set = folder.url.appending(path: "set").path
    let run = folder.url.appending(path: "out '\u{301}; touch PWNED '\u{301}")
    let result = try runProgram(
      "retrograd",
      [
        "finetune", set, "--weights", Fixtures.url("alexnet/checkpoint.pt").path, "--epochs", "1",
        "--layers", "classifier", "-o", run.path,
      ])
    #expect(result.status == 0, "\(result.errors)")
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: run.appending(path: name)), as: UTF8.self)
    }
    for name in ["index.html", "confusion.svg", "reliability.svg", "loss.svg"] {
      let page = try text(name)
      for raw in ["x'\u{301}", "y'\u{301}", "<b\u{301}", "b\u{301}>", "\"\u{301}"] {
        #expect(!page.holds(raw), "\(name)")
      }
    }
    let page = try text("index.html")
    #expect(page.holds("x&#39;\u{301} onload"))
    #expect(
      page.contains(
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'"))
    for name in ["confusion.csv", "mistakes.csv"] {
      for line in try text(name).unicodeScalars.split(separator: "\n") {
        let line = String(String.UnicodeScalarView(line))
        #expect(!line.hasPrefix("=") && !line.holds(",=") && !line.holds(",\"="), "\(line)")
      }
    }
    // The command of the record, with a program in front that prints its arguments instead.
    let record = try RunRecord(from: run.appending(path: "run.json"))
    let printed = try TestSupportShell.run(
      "retrograd() { printf '%s\\n' \"$@\"; }; " + record.command, in: folder.url)
    #expect(printed.output.holds("finetune\n\(set)\n"))
    #expect(printed.output.holds(run.path + "\n"))
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "PWNED").path))
  }

  @Test("nothing that comes from outside steers the terminal")
  func terminal() throws {
    let folder = try pictures(["a" + Self.steering, "b"])
    let set = folder.url.appending(path: "set").path
    let damaged = folder.url.appending(path: "set/b/damaged\(Self.steering).png")
    try Data("none".utf8).write(to: damaged)
    let weights = Fixtures.url("alexnet/checkpoint.pt").path
    var labels = try PyTorchCheckpoint.read(Fixtures.url("alexnet/checkpoint.pt"))
    labels = labels.filter { $0.value.dtype == .float32 }
    let named = folder.url.appending(path: "named\(Self.steering).safetensors")
    try Safetensors.write(
      labels,
      metadata: NetworkMetadata(labels: (0..<10).map { "label \($0)" + Self.steering }).texts,
      to: named)
    let picture = folder.url.appending(path: "set/b/0b.png").path
    let manifest = folder.url.appending(path: "manifest.json")
    try Data("{\"version\": \"\(Self.steering.filter { $0 != "\n" })\"".utf8).write(to: manifest)
    for arguments in [
      ["classify", "--weights", named.path, set],
      ["classify", "--weights", weights, set, "--json"],
      ["classify", "--weights", named.path, set, "--json"],
      ["classify", "--weights", "x" + Self.steering, set], ["classify", "y" + Self.steering],
      ["--z" + Self.steering], ["classify", set, "--top", Self.steering],
      ["evaluate", set, "--weights", weights], ["slides", "deck" + Self.steering + ".pdf"],
      ["explain", picture, "--weights", named.path, "-o", folder.url.path + "/e" + Self.steering],
      ["features", picture, "--weights", named.path, "--layers", Self.steering],
      [
        "finetune", set, "--weights", weights, "--epochs", "1", "-o", folder.url.path + "/o\u{1B}c",
      ],
      ["weights", "verify", named.path], ["weights", "list", "--manifest", manifest.path],
      ["weights", "convert", named.path, folder.url.path + "/c\u{1B}c.safetensors"],
      ["report", "r" + Self.steering], ["sketch", "--classes", "owl" + Self.steering, "-o", "x"],
    ] {
      let result = try runProgram("retrograd", arguments, in: folder.url)
      #expect([0, 1, 64].contains(result.status), "\(arguments)")
      for text in [result.output, result.errors] {
        #expect(!text.unicodeScalars.contains(where: steers), "\(arguments) \(result.status)")
      }
    }
  }

  @Test(
    "a run lies in the folder of runs, whatever it is called", arguments: ["../../x", "a/b", ".."])
  func runNames(name: String) throws {
    let folder = try pictures(["a", "b"])
    let result = try runProgram(
      "retrograd", ["finetune", "set", "--name", name, "--epochs", "1"], in: folder.url)
    #expect(result.status == 64 && result.errors.contains("--name"))
  }
}

/// Runs commands of a shell.
enum TestSupportShell {
  static func run(_ command: String, in folder: URL? = nil) throws -> ProgramResult {
    try RetrogradTestSupport.run(URL(filePath: "/bin/bash"), ["-c", command], in: folder)
  }
}
