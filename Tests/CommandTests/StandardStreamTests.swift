import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Standard streams and exit statuses")
struct StandardStreamTests {
  private static let picture = Fixtures.url("pictures/rgb.png").path
  private static let weights = Fixtures.url("alexnet/checkpoint.pt").path

  /// Runs a program with redirections of the shell behind it.
  private func shell(
    _ name: String, _ arguments: [String], _ redirections: String, in folder: URL? = nil
  ) throws -> ProgramResult {
    let words = ([programURL(name).path] + arguments).map { "'\($0)'" }.joined(separator: " ")
    return try TestSupportShell.run("\(words) \(redirections)", in: folder)
  }

  @Test(
    "output that cannot be written is told, and the status is not 0", .needsPNG,
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
    arguments: [
      ("retrograd", ["classify", "--weights", weights, picture]),
      ("retrograd", ["classify", "--json", "--weights", weights, picture]),
      ("retrograd", ["--help"]), ("retrograd", ["sketch", "--list"]),
      ("lesson3", ["--fast", "--no-pictures"]), ("lesson3", ["--help"]),
    ])
  func fullDisk(program: String, arguments: [String]) throws {
    let result = try shell(program, arguments, "> /dev/full")
    #expect(result.status == ExitStatus.unwritableOutput)
    #expect(result.errors.contains("standard output cannot be written: No space left on device"))
    let silent = try shell(program, arguments, "> /dev/full 2> /dev/full")
    #expect(silent.status == ExitStatus.unwritableOutput)
  }

  @Test(
    "every message about a mistake begins alike",
    arguments: [
      ["--wrong"], ["classify"], ["classify", ""], ["finetune", "x", "--epochs", "0"],
      ["classify", "--weights", "/nonexistent", "x.png"], ["report", "/nonexistent"],
    ])
  func beginnings(arguments: [String]) throws {
    let result = try runProgram("retrograd", arguments)
    #expect(result.status != 0 && result.errors.hasPrefix("error: "), "\(result.errors)")
  }

  @Test(
    "streams that are closed are no harm", .needsPNG,
    arguments: ["2>&-", ">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-", "2> /dev/full"])
  func closed(redirections: String) throws {
    for (program, arguments) in [
      ("retrograd", ["classify", "--weights", Self.weights, Self.picture]),
      ("lesson3", ["--fast", "--no-pictures"]),
    ] {
      #expect(try shell(program, arguments, redirections).status == 0, "\(program)")
    }
    let wrong = ["classify", "--weights", Self.weights, "/no/such/picture.png"]
    #expect(try shell("retrograd", wrong, redirections).status == 1)
    #expect(try shell("retrograd", ["--wrong"], redirections).status == 64)
    let folder = try TemporaryFolder()
    let drawing = try runProgram(
      "retrograd",
      ["sketch", "--classes", "owl,cat", "--count", "4", "--size", "64", "-o", "set"],
      in: folder.url)
    #expect(drawing.status == 0)
    let training = [
      "finetune", "set", "--weights", Self.weights, "--layers", "classifier", "--epochs", "1",
      "-o", "run",
    ]
    #expect(try shell("retrograd", training, redirections, in: folder.url).status == 0)
    let run = folder.url.appending(path: "run")
    for name in try FileManager.default.contentsOfDirectory(atPath: run.path)
    where name.hasPrefix("events.out") {
      let bytes = [UInt8](try Data(contentsOf: run.appending(path: name)))
      #expect(Self.areRecords(bytes), "\(name)")
    }
  }

  /// Whether bytes are records of TFRecord and nothing else: a length, its checksum, content, its checksum.
  private static func areRecords(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= 16 else { return false }
      let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      guard length <= rest.count - 16 else { return false }
      rest = rest.dropFirst(16 + length)
    }
    return true
  }

  @Test(
    "a fault in the data has status 1 and no line on usage; a wrong command has status 64 and its own",
    .needsPNG)
  func statuses() throws {
    let folder = try TemporaryFolder()
    for name in ["empty", "set/a", "set/b"] {
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: name), withIntermediateDirectories: true)
    }
    for (place, name) in ["a", "b"].enumerated() {
      try Data("none \(place)".utf8).write(to: folder.url.appending(path: "set/\(name)/x.png"))
    }
    try Data().write(to: folder.url.appending(path: "file"))
    for arguments in [
      ["classify", "empty"], ["finetune", "empty"], ["finetune", "set", "-o", "run"],
      ["evaluate", "empty"], ["evaluate", "set", "--weights", Self.weights], ["explain", "empty"],
      ["features", "empty"], ["slides", "empty"], ["report", "empty"], ["pretrain", "empty"],
      ["features", Self.picture, "--weights", Self.weights, "-o", "file/x"],
      ["explain", Self.picture, "--weights", Self.weights, "-o", "file"],
      ["sketch", "-o", "file/x", "--classes", "owl"], ["finetune", "set", "-o", "file/x"],
      ["weights", "list", "--manifest", "file"], ["weights", "fetch", "--to", "file/x"],
    ] {
      let result = try runProgram("retrograd", arguments, in: folder.url)
      #expect(result.status == 1, "\(arguments): \(result.errors)")
      #expect(!result.errors.isEmpty && !result.errors.contains("Usage:"), "\(arguments)")
      #expect(!result.errors.contains("Domain"), "\(result.errors)")
    }
    let wrong = try runProgram(
      "retrograd", ["explain", Self.picture, "--weights", Self.weights, "--class", "unicorn"])
    #expect(wrong.status == 64 && wrong.errors.contains("Usage: retrograd explain"))
  }

  @Test("an empty argument is wrong: it would mean something else")
  func empty() throws {
    for arguments in [
      ["classify", ""], ["finetune", "x", "--layers", ""], ["finetune", "x", "--layers="],
      ["finetune", "x", "--layers", ","], ["finetune", "x", "--layers", "classifier,,features"],
      ["explain", "x", "--method", ","], ["features", Self.picture, "--layers", "a,"],
      ["sketch", "--classes", "", "-o", "x"], ["evaluate", ""], ["pretrain", ""],
    ] {
      let result = try runProgram("retrograd", arguments)
      #expect(result.status == 64 && result.errors.contains("empty"), "\(arguments)")
    }
    #expect(try runProgram("lesson1", ["--data", ""]).status == 64)
  }

  @Test("help tells the exit statuses")
  func help() throws {
    #expect(try runProgram("retrograd", ["--help"]).output.contains("Exit status: 0 success"))
  }
}
