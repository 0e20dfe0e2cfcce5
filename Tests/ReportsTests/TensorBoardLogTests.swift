import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradReports

@Suite("Logs of numbers")
struct LogTests {
  @Test("CRC-32C has the values of RFC 3720")
  func checksum() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(0..<32) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).reversed()) == 0x113F_DB5C)
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
  }

  @Test("a table as comma-separated values and as JSON lines")
  func table() throws {
    var table = MetricTable(["epoch", "loss, \"mean\""])
    table.add([1, 0.125])
    table.add([2])
    table.add([3, .nan, 7])
    #expect(table.csv == "epoch,\"loss, \"\"mean\"\"\"\n1,0.125\n2,\n3,NaN\n")
    let lines = table.jsonLines.split(separator: "\n")
    #expect(lines[1] == "{\"epoch\":2}")
    for line in lines {
      #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }
  }

  @Test("records have lengths and checksums, and the first one names the version", .needsPNG)
  func records() throws {
    let folder = try TemporaryFolder()
    let log = try TensorBoardLog(in: folder.url) { 1_000_000 }
    try log.add("loss", 0.5, step: 3)
    try log.add("picture", Picture(width: 2, height: 2), step: 3)
    try log.addHistogram("weights", Tensor([1, 2, 3, Double.nan] as [Double]), step: 3)
    #expect(log.url.lastPathComponent.hasPrefix("events.out.tfevents.1000000."))
    var rest = try Array(Data(contentsOf: log.url))[...]
    var records: [[UInt8]] = []
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    func masked(_ bytes: some Sequence<UInt8>) -> UInt64 {
      let checksum = CRC32C.checksum(bytes)
      return UInt64((checksum >> 15 | checksum << 17) &+ 0xA282_EAD8)
    }
    while !rest.isEmpty {
      let length = Int(number(rest.prefix(8)))
      #expect(number(rest.dropFirst(8).prefix(4)) == masked(rest.prefix(8)))
      let content = rest.dropFirst(12).prefix(length)
      #expect(number(rest.dropFirst(12 + length).prefix(4)) == masked(content))
      records.append(Array(content))
      rest = rest.dropFirst(16 + length)
    }
    #expect(records.count == 4)
    #expect(String(decoding: records[0].suffix(13), as: UTF8.self) == "brain.Event:2")
    // A number: field 5, the summary, with a value of a tag and a number of four bytes.
    #expect(
      records[1].suffix(15) == [42, 13, 10, 11, 10, 4] + Array("loss".utf8) + [21, 0, 0, 0, 63])
    let twice = try TensorBoardLog(in: folder.url) { 1_000_000 }
    #expect(twice.url != log.url)
  }
  @Test("a log that begins at a step says so, and its name comes behind the others'")
  func sessions() throws {
    let folder = try TemporaryFolder()
    let first = try TensorBoardLog(in: folder.url, firstStep: 1) { 1_000_000.5 }
    // The clock was set back.
    let second = try TensorBoardLog(in: folder.url, firstStep: 7) { 900_000 }
    #expect(second.url.lastPathComponent.hasPrefix("events.out.tfevents.1000001."))
    #expect(TensorBoardLog.logs(in: folder.url).map(\.path) == [first.url.path, second.url.path])
    // A time, the step 7 in field 2, and in field 7 a session whose status, field 1, is START.
    let bytes = try Array(Data(contentsOf: second.url))
    #expect(bytes.dropLast(4).suffix(6) == [16, 7, 58, 2, 8, 1])
  }
}
