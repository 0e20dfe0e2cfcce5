import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@testable import RetrogradCommand

@Suite("retrograd bench --device")
struct BenchDeviceTests {
  private func bench(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ProgramResult {
    try runProgram(
      "retrograd", ["bench"] + arguments,
      environment: ["RETROGRAD_TEST_DATA": "", "RETROGRAD_PYTHON": ""].merging(environment) { $1 })
  }

  @Test(
    "JSON has the device, its peaks, and what bounds a case",
    .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
  func json() throws {
    let script = try FakePeer.File(
      #"""
      while [ $# -gt 0 ]; do if [ "$1" = --device ]; then name="$2"; fi; last="$1"; shift; done
      echo "{\"ready\": true, \"version\": \"$name\"}"
      while read line; do echo '{"seconds": 1e-9}'; done
      """#)
    let result = try bench([
      "upload-256", "matmul-64", "--runs", "1", "--json", "--device", "gpu", "--compare", "torch",
      "--python", "/bin/sh", "--peer-script", script.url.path,
    ])
    #expect(result.status == 0, "\(result.errors)")
    let report = try JSONDecoder().decode(BenchReport.self, from: Data(result.output.utf8))
    let device = try #require(report.device)
    let description = try #require(try Device.gpu.check())
    #expect(device.name == description.name && device.kind == description.kind)
    #expect(device.isCard == (description.kind == .graphics))
    #expect(device.isCard == (device.caution == nil))
    for figure in [
      device.peakGigaflops, device.copyGigabytesPerSecond, device.uploadGigabytesPerSecond,
      device.downloadGigabytesPerSecond,
    ] { #expect(figure > 0 && figure.isFinite) }
    let upload = try #require(report.cases.first { $0.name == "upload-256" })
    #expect(upload.bound == .transfer)
    #expect(try #require(upload.shareOfRoof) > 0 && #require(upload.gigabytesPerSecond) > 0)
    // Each peer is told the full name; TF32 is one of them where there is a product.
    #expect(Set(upload.peers.keys) == ["torch"])
    #expect(upload.peerDetails["torch"]?.version == device.name)
    let product = try #require(report.cases.first { $0.name == "matmul-64" })
    #expect(Set(product.peers.keys) == ["torch", "torch-tf32"])
    #expect(try #require(product.shareOfPeakGigaflops) > 0)
  }

  @Test(
    "people get a table of 80 columns that says what is not a card",
    .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
  func table() throws {
    // The environment asks for a device as the option does.
    let result = try bench(
      ["sgemm-2048", "--runs", "1"], environment: ["RETROGRAD_DEVICE": "gpu"])
    #expect(result.status == 0, "\(result.errors)")
    let row = try #require(result.lines.first { $0.hasPrefix("sgemm-2048 ") })
    #expect(row.contains(#/ [µm]?s +±.* (arithmetic|memory) +\d+%$/#), "\(row)")
    let isCard = try Device.gpu.check()?.kind == .graphics
    let text = result.lines.joined(separator: " ")
    #expect(isCard != text.contains("these figures say nothing about the speed of one"))
    for line in result.lines.dropFirst() { #expect(line.count <= 80, "\(line)") }
  }

  @Test("a roof is the longer of arithmetic and bytes at the measured peaks")
  func roof() throws {
    let device = BenchDevice(
      name: "", platform: "", driver: "", kind: .graphics, isCard: true, caution: nil,
      computeUnits: 1, peakGigaflops: 100, copyGigabytesPerSecond: 10, uploadGigabytesPerSecond: 2,
      downloadGigabytesPerSecond: 4)
    let products = try #require(device.roof(BenchCost(operations: 1e9, bytes: 1e6)))
    #expect(products.bound == .arithmetic && abs(products.seconds - 0.01) < 1e-12)
    let sums = try #require(device.roof(BenchCost(operations: 1e6, bytes: 1e9)))
    #expect(sums.bound == .memory && abs(sums.seconds - 0.1) < 1e-12)
    let there = try #require(device.roof(BenchCost(bytes: 1e9, path: .upload)))
    #expect(there.bound == .transfer && abs(there.seconds - 0.5) < 1e-12)
    let back = try #require(device.roof(BenchCost(bytes: 1e9, path: .download)))
    #expect(back.bound == .transfer && abs(back.seconds - 0.25) < 1e-12)
    #expect(device.roof(BenchCost(operations: 1e9)) == nil)
  }

  @Test("refuses without a device, and what has no meaning there")
  func refusals() throws {
    let none = try bench(
      ["map-256", "--device", "gpu"], environment: ["OCL_ICD_VENDORS": "/dev/null"])
    #expect(none.status == 64 && none.output.isEmpty)
    #expect(none.errors.contains("--device: no device"), "\(none.errors)")
    let skipped = try bench(["map-256"])
    #expect(skipped.status == 0)
    #expect(skipped.errors.contains("SKIPPED map-256: needs a device: --device gpu"))
    guard TestDevice.isThere else { return }
    for (arguments, complaint) in [
      (["--compare", "onnxruntime"], "--compare onnxruntime computes on the processor"),
      (["--check"], "--check is about the processor"),
    ] {
      let result = try bench(["--device", "gpu"] + arguments)
      #expect(result.status == 64 && result.errors.contains(complaint), "\(result.errors)")
    }
    // Asked for explicitly, the processor is no device.
    let host = try bench(
      ["tiny-step", "--runs", "1", "--json", "--device", "cpu"],
      environment: ["RETROGRAD_DEVICE": "gpu"])
    let report = try JSONDecoder().decode(BenchReport.self, from: Data(host.output.utf8))
    #expect(report.device == nil && report.cases.count == 1)
  }

  @Test("without names measures AlexNet, the product and the memory")
  func usualCases() {
    #expect(
      BenchCase.usualOnDevice.map(\.name) == [
        "forward-b1", "forward-b8", "forward-b50", "train-b16", "sgemm-2048", "map-256",
        "upload-256", "download-256",
      ])
    let peers = BenchCase.usualOnDevice.map { $0.peers(onDevice: true) }
    #expect(peers[0] == [.torch, .torchTF32] && peers[3] == [.torch, .torchFused, .torchTF32])
    #expect(peers[4] == [.torch, .torchTF32] && peers[5] == [.torch])
    #expect(BenchCase.named("decode-244")?.peers(onDevice: true) == [])
  }

  // MARK: The other side

  private static let python = URL(filePath: "/usr/bin/env")

  private static let hasPython =
    (try? run(python, ["python3", "-c", "import unittest.mock"]).status) == 0

  /// The first answer of the script with a PyTorch that has these cards, or no CUDA at all.
  private func answer(cards: [String], name: String = "torch") throws -> BenchProcess.Answer {
    let folder = try TemporaryFolder()
    let list = cards.map { "'\($0)'" }.joined(separator: ", ")
    try Data(
      """
      import sys
      from unittest.mock import MagicMock
      torch = sys.modules[__name__] = MagicMock(__version__="9")
      cards = [\(list)]
      torch.cuda.is_available.return_value = bool(cards)
      torch.cuda.device_count.return_value = len(cards)
      torch.cuda.get_device_name.side_effect = cards.__getitem__
      """.utf8
    ).write(to: folder.url.appending(path: "torch.py"))
    let result = try run(
      Self.python,
      [
        "python3", "-c", String(decoding: PackageResources.peer_py, as: UTF8.self), name,
        "sgemm-2048", "--device", "Card B",
      ], environment: ["PYTHONPATH": folder.url.path])
    let line = try #require(result.lines.first, "\(result.errors)")
    return try JSONDecoder().decode(BenchProcess.Answer.self, from: Data(line.utf8))
  }

  @Test(
    "PyTorch computes on the card of that name or not at all",
    .enabled(if: hasPython, "there is no Python"))
  func peer() throws {
    let none = try answer(cards: [])
    #expect(none.ready == nil)
    #expect(none.error == "PyTorch 9 has no CUDA here, and its processor is no peer of Card B")
    let other = try answer(cards: ["Card A", "Card C"])
    #expect(other.ready == nil)
    #expect(other.error == "PyTorch 9 finds Card A, Card C with CUDA, not Card B")
    let right = try answer(cards: ["Card A", "Card B"])
    #expect(right.ready == true)
    #expect(right.version == "PyTorch 9 on Card B with allow_tf32 off")
    #expect(
      try answer(cards: ["Card B"], name: "torch-tf32").version
        == "PyTorch 9 on Card B with allow_tf32 on")
  }
}
