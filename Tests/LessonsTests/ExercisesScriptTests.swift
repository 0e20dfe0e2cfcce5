import Foundation
import RetrogradTestSupport
import Testing

@Suite("The students' script")
struct ExercisesScriptTests {
  static let script = GuideTests.root.appending(path: "Lessons/exercises.sh")

  private func run(_ script: URL, _ arguments: [String]) throws -> ProgramResult {
    try RetrogradTestSupport.run(
      URL(filePath: "/bin/bash"), [script.path] + arguments,
      in: script.deletingLastPathComponent())
  }

  @Test("says of each exercise whether it is right, wrong or not written yet")
  func status() throws {
    let programs = programURL("lesson1").deletingLastPathComponent().path
    let result = try run(Self.script, ["status", "1", "9", "--programs", programs])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(
      result.lines == [
        " 1  Pictures     … … … … …  0 of 5", " 9  Verifying    … … ✗ … …  0 of 5",
        "In all 0 of 10 exercises, with the open numbers; grading uses others.",
      ])
  }

  @Test("puts the exercises of a lesson back, and keeps what was written")
  func reset() throws {
    let folder = try TemporaryFolder()
    let lesson = folder.url.appending(path: "Lessons/03-Gradients")
    try FileManager.default.createDirectory(at: lesson, withIntermediateDirectories: true)
    let script = folder.url.appending(path: "Lessons/exercises.sh")
    try FileManager.default.copyItem(at: Self.script, to: script)
    let file = lesson.appending(path: "Exercises.swift")
    func git(_ arguments: String...) throws {
      let identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
      let result = try RetrogradTestSupport.run(
        URL(filePath: "/usr/bin/env"), ["git"] + identity + arguments, in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
    }
    func write(_ text: String) throws {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    try write("stub")
    try git("init", "-q")
    try git("add", ".")
    try git("commit", "-qm", "Begin")
    #expect(try run(script, ["reset", "3"]).status == 1)
    try write("my answer")
    let result = try run(script, ["reset", "3"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try String(contentsOf: file, encoding: .utf8) == "stub")
    let saved = folder.url.appending(path: "Lessons/Saved")
    let names = try FileManager.default.contentsOfDirectory(atPath: saved.path)
    #expect(names.count == 1 && names[0].hasPrefix("03-Gradients-"))
    #expect(try String(contentsOf: saved.appending(path: names[0]), encoding: .utf8) == "my answer")
    // An answer that was committed is still there before that commit.
    try write("my answer")
    try git("commit", "-qam", "Answer")
    #expect(try run(script, ["reset", "3", "--from", "HEAD~1"]).status == 0)
    #expect(try String(contentsOf: file, encoding: .utf8) == "stub")
    for wrong in [
      ["reset"], ["reset", "x"], ["reset", "4"], ["reset", "3", "--from", "none"], [],
    ] {
      #expect(try run(script, wrong).status == 64)
    }
  }
}
