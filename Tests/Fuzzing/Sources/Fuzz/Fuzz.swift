import Foundation

/// The targets by their names. Each takes any bytes and returns; a crash, a stop, a report of the address
/// sanitizer or a failed `expect` is a finding.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "weights": fuzzWeights, "pickle": fuzzPickle, "archive": fuzzArchive, "picture": fuzzPicture,
  "png": fuzzPNG, "deck": fuzzDeck, "slide": fuzzSlide, "labels": fuzzLabels,
  "manifest": fuzzManifest, "metadata": fuzzMetadata, "augmentation": fuzzAugmentation,
  "address": fuzzAddress, "record": fuzzRecord, "checkpoint": fuzzCheckpoint, "page": fuzzPage,
  "table": fuzzTable, "command": fuzzCommand,
]

/// The target that this process tries, by the environment.
private let target: @Sendable ([UInt8]) -> Void = {
  // No program that reads decks is found: it would be tried in place of this project.
  setenv("PATH", "", 1)
  let name = ProcessInfo.processInfo.environment["RETROGRAD_FUZZ"] ?? ""
  if let target = targets[name] { return target }
  let names = targets.keys.sorted().joined(separator: ", ")
  FileHandle.standardError.write(Data("RETROGRAD_FUZZ names a target: \(names)\n".utf8))
  exit(64)
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: data, count: size)))
  return 0
}

/// Stops with a message, which is a finding, where something does not hold.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
  if condition { return }
  FileHandle.standardError.write(Data("\(message())\n".utf8))
  abort()
}
