import ArgumentParser
import Foundation
import RetrogradCommandLine
import RetrogradTestSupport
import Testing

@Suite("What all command lines share")
struct CommandLineTests {
  @Test("a value outside of its bounds is wrong, and so is what is not a number")
  func bounds() throws {
    try checkOption("--x", 1, .from(1, to: 3))
    try checkOption("--x", nil, .from(1, to: 3))
    try checkOption("--x", 0.5, .from(0, below: 1))
    for wrong in [0, 4, Int.max, Int.min] {
      #expect(throws: ValidationError.self) { try checkOption("--x", wrong, .from(1, to: 3)) }
    }
    for wrong in [1, -0.1, Double.nan, .infinity, -.infinity] {
      #expect(throws: ValidationError.self) { try checkOption("--x", wrong, .from(0, below: 1)) }
      #expect(throws: ValidationError.self) {
        try checkOption("--x", wrong == 1 ? 0 : wrong, .above(0, to: 10))
      }
    }
  }

  @Test("the names of a list are taken apart by scalars, and none is empty")
  func lists() throws {
    #expect(try splitNames("--x", "a, b,c") == ["a", "b", "c"])
    for wrong in [",", "a,,b", "a, ", ""] {
      #expect(throws: ValidationError.self) { try splitNames("--x", wrong) }
    }
    #expect(try splitNames("--x", "a,\u{301}b").count == 2)
  }

  @Test("a negative number is the value of the option before it")
  func negativeNumbers() {
    #expect(
      joiningNegativeNumbers(["x", "--a", "-3", "--b", "-inf", "-o", "y", "--", "--c", "-1"])
        == ["x", "--a=-3", "--b=-inf", "-o", "y", "--", "--c", "-1"])
  }

  @Test("an error of the system is told without its domain and code")
  func systemErrors() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "file")
    try Data().write(to: file)
    let error = #expect(throws: (any Error).self) {
      try FileManager.default.createDirectory(
        at: file.appending(path: "x"), withIntermediateDirectories: true)
    }
    let text = words(for: try #require(error))
    #expect(!text.contains("Domain") && !text.contains("Code="))
    #expect(text.contains("Not a directory") || text.contains("not a directory"), "\(text)")
  }
}
