import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("retrograd doctor")
struct DoctorTests {
  struct Report: Decodable {
    struct Finding: Decodable {
      let name: String
      let there: Bool
      let needed: Bool
      let found: String
      let install: String?
    }
    let version: String
    let healthy: Bool
    let findings: [Finding]

    subscript(name: String) -> Finding? { findings.first { $0.name == name } }
  }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A program for the PATH that prints a line.
  func install(_ name: String, printing line: String) throws {
    let file = folder.url.appending(path: name)
    try Data("#!/bin/sh\necho '\(line)'\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  /// What it says where nothing is in the PATH but what was installed here.
  func doctor(_ environment: [String: String] = [:]) throws -> (report: Report, status: Int32) {
    var all = ["PATH": folder.url.path, "RETROGRAD_HOME": folder.url.path, "TORCH_HOME": "/none"]
    all.merge(environment) { $1 }
    let result = try runProgram("retrograd", ["doctor", "--json"], environment: all)
    #expect(result.errors.isEmpty)
    return (try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)), result.status)
  }

  @Test("names what is needed and missing, with how to get it, and ends with status 1")
  func missing() throws {
    let (report, status) = try doctor()
    #expect(status == 1 && !report.healthy && report.version == retrogradVersion)
    let swift = try #require(report["Swift"])
    #expect(!swift.there && swift.needed && swift.install?.contains("swift.org") == true)
    let pdf = try #require(report["PDF"])
    #expect(!pdf.there && !pdf.needed && pdf.install?.contains("install poppler") == true)
    #expect(report["Graphviz"]?.there == false)
  }

  @Test(
    "is content where everything needed is there, and takes what is optional for what it is",
    .needsPNG)
  func healthy() throws {
    try install("swift", printing: "Swift version 6.2.1 (swift-6.2.1-RELEASE)")
    let (report, status) = try doctor(["RETROGRAD_THREADS": "3", "RETROGRAD_ISA": "portable"])
    #expect(status == 0 && report.healthy)
    #expect(report["Swift"]?.found == "6.2.1" && report["Swift"]?.install == nil)
    #expect(report["PNG"]?.there == true)
    #expect(report["JPEG"]?.there == Fixtures.hasJPEG)
    #expect(report["built-in network"]?.found.contains("200 classes") == true)
    #expect(report["AlexNet"]?.there == false)
    #expect(report["AlexNet"]?.install == "retrograd weights fetch")
    #expect(report["threads"]?.found.hasPrefix("3 of ") == true)
    #expect(report["instruction set"]?.found.hasPrefix("portable of ") == true)
    for program in ["pdftoppm", "pdfinfo", "dot"] { try install(program, printing: "") }
    let other = try doctor().report
    #expect(other["PDF"]?.there == true && other["Graphviz"]?.there == true)
  }

  @Test(
    "refuses a Swift that is too old, or whose version it cannot tell",
    arguments: [("Swift version 6.1 (swift-6.1)", "too old"), ("hello", "does not tell")])
  func oldSwift(line: String, words: String) throws {
    try install("swift", printing: line)
    let (report, status) = try doctor()
    #expect(status == 1 && report["Swift"]?.found.contains(words) == true)
  }

  @Test("notices weights that are damaged")
  func damagedWeights() throws {
    let file = folder.url.appending(path: "weights/\(WeightManifest.alexNet.file)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data([1, 2, 3]).write(to: file)
    let weights = try #require(try doctor().report["AlexNet"])
    #expect(!weights.there && weights.found.contains("damaged"))
    #expect(weights.install == "retrograd weights fetch --force")
  }

  @Test(
    "shows people a mark, what there is, and below what is missing how to install it", .needsPNG)
  func text() throws {
    try install("swift", printing: "Swift version 6.2.1")
    let result = try runProgram(
      "retrograd", ["doctor"],
      environment: ["PATH": folder.url.path, "RETROGRAD_HOME": folder.url.path])
    #expect(result.status == 0 && result.lines.allSatisfy { $0.count <= 80 })
    #expect(result.output.contains("✓ Swift            6.2.1\n"))
    #expect(result.output.contains(#/– PDF +PDF slides cannot be read.*\n +\S+ install poppler/#))
    #expect(result.lines.last == "Everything that is needed is there.")
  }
}
