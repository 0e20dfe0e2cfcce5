import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("All lessons", .serialized)
struct AllLessonsTests {
  /// Each lesson with a figure that it must reach, as a pattern with one number and the bounds of that number.
  static let figures: [(lesson: Int, pattern: String, bounds: ClosedRange<Double>)] = [
    (1, "at once; the difference is ([0-9]+(?:[.][0-9]+)?(?:e-?[0-9]+)?)", 0...1e-6),
    (2, "Gaussian first +([0-9.]+)", 0...0.02),
    (3, "10\\^-4 +[0-9.e-]+ +([0-9]+(?:[.][0-9]+)?(?:e-?[0-9]+)?)", 0...1e-6),
    (4, "1000 +0.000 +([0-9.]+)", 5.90...5.92),
    (5, "The logits are a tensor \\[([0-9]+), ", 18...18),
    (6, "Of Grad-CAM ([0-9.]+) %", 25...100),
    (7, "Accuracy on the validation set: ([0-9.]+) (?:±|%)", 90...100),
    (8, "the head +[0-9]+ +[0-9.]+ % +([0-9.]+) %", 30...100),
    (9, "checkGradients ([0-9]) of 8", 8...8),
    (10, "All seven agree to ([0-9]+(?:[.][0-9]+)?(?:e-?[0-9]+)?)", 0...0.001),
    (11, "kernels agree with the processor to ([0-9.]+)[.]", 0...0.001),
  ]

  /// The lessons that can run here: the last one needs OpenCL.
  static let runnable = LessonFolders.numbers.filter { $0 != 11 || TestDevice.isThere }

  @Test(
    "run on a device",
    .enabled(if: TestDevice.isThere, Comment(rawValue: "lesson 11: \(TestDevice.absence)")))
  func onDevice() throws {
    for program in LessonFolders.numbers.map({ "lesson\($0)" }) + ["script"] {
      let result = try runProgram(program, ["--device", "abacus"])
      #expect(result.status == 64 && result.output.isEmpty)
      #expect(result.errors.contains("--device: no device is called"), "\(result.errors)")
    }
    let refused = try runProgram("lesson10", ["--fast", "--device", "gpu"])
    #expect(refused.status == 1 && refused.output.isEmpty)
    #expect(refused.errors.contains("lesson 10 measures the processor"))
    for lesson in [2, 4, 7] {
      let result = try runProgram(
        "lesson\(lesson)", ["--fast", "--no-pictures", "--device", "gpu"])
      #expect(result.status == 0 && result.errors.contains("computing on "), "\(result.errors)")
      let (figure, number) = try Self.figure(of: lesson, in: result.output)
      #expect(figure.contains(number), "lesson \(lesson): \(number)")
    }
  }

  /// The figure of a lesson in what it printed, and the bounds for it.
  private static func figure(
    of lesson: Int, in output: String
  ) throws -> (bounds: ClosedRange<Double>, number: Double) {
    let figure = try #require(figures.first { $0.lesson == lesson })
    let match = try #require(try Regex(figure.pattern).firstMatch(in: output), "\(output)")
    return (figure.bounds, try #require(match[1].substring.flatMap { Double($0) }))
  }

  @Test("say in one line what to install where there is no OpenCL")
  func withoutDevice() throws {
    let result = try runProgram(
      "lesson11", ["--fast"], environment: ["OCL_ICD_VENDORS": "/dev/null"])
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.errors.contains("apt-get install pocl-opencl-icd"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test(
    "run, quickly if asked to, and reach their figures; the same seed prints the same", .needsPNG,
    arguments: runnable)
  func run(lesson: Int) throws {
    let folder = try TemporaryFolder()
    let temporary = try TemporaryFolder()
    let result = try runProgram(
      "lesson\(lesson)", ["--fast"], environment: ["TMPDIR": temporary.url.path], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.url.path).isEmpty)
    #expect(result.lines.allSatisfy { $0.count <= 80 })
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.output.contains("Your turn: Lessons/"))
    let (bounds, number) = try Self.figure(of: lesson, in: result.output)
    #expect(bounds.contains(number), "lesson \(lesson): \(number)")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
      #expect(name.hasPrefix("lesson\(lesson)"), "\(name)")
    }
    // Times are never the same.
    if lesson < 10 {
      #expect(try runProgram("lesson\(lesson)", ["--fast"], in: folder.url).output == result.output)
    }
  }

  @Test(
    "leave nothing behind where pictures are not wanted", .needsPNG,
    arguments: runnable.filter { $0 != 8 })
  func withoutPictures(lesson: Int) throws {
    let folder = try TemporaryFolder()
    let result = try runProgram("lesson\(lesson)", ["--fast", "--no-pictures"], in: folder.url)
    #expect(result.status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test("say what they are about, and what they take", arguments: LessonFolders.numbers)
  func help(lesson: Int) throws {
    let result = try runProgram("lesson\(lesson)", ["--help"])
    #expect(result.status == 0)
    for word in [
      "Lesson \(lesson)", "Exercises.swift", "--check", "--student", "--fast", "--seed", "--device",
    ] {
      #expect(result.output.contains(word), "lesson \(lesson): \(word)")
    }
  }

  @Test("check their exercises, of which none is written yet", arguments: LessonFolders.numbers)
  func check(lesson: Int) throws {
    let result = try runProgram("lesson\(lesson)", ["--check", "--time-limit", "60"])
    #expect(result.status == 1 && result.errors.isEmpty)
    #expect(result.output.contains("not written yet"))
    #expect(result.lines.last?.hasPrefix("Right: 0 of ") == true)
  }
}
