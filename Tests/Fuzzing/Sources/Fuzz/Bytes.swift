import Foundation

/// A file of this process that holds the latest input, for readers that take files alone.
func written(_ bytes: [UInt8], as fileExtension: String) -> URL {
  let url = scratch.appending(path: "input.\(fileExtension)")
  try! Data(bytes).write(to: url)
  return url
}

/// A folder of this process for what is written.
let folder: URL = scratch.appending(path: "folder")

private let scratch: URL = {
  let url = FileManager.default.temporaryDirectory
    .appending(path: "retrograd-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
  try! FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  return url
}()

/// CRC-32 as zip and PNG use it.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
}

private let table: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
  }
}

/// A zip archive of files that are stored as they are, so that an input gets past the archive's checks.
func archive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
  var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
  for file in files {
    let size = UInt32(file.content.count)
    let common =
      little16(0) + little16(0) + little32(0) + little32(crc32(file.content)) + little32(size)
      + little32(size) + little16(UInt16(file.name.utf8.count)) + little16(0)
    directory +=
      little32(0x0201_4B50) + little16(20) + little16(20) + common + little16(0) + little16(0)
      + little16(0) + little32(0) + little32(UInt32(bytes.count)) + Array(file.name.utf8)
    bytes += little32(0x0403_4B50) + little16(20) + common + Array(file.name.utf8) + file.content
  }
  let count = little16(UInt16(files.count))
  return bytes + directory + little32(0x0605_4B50) + little32(0) + count + count
    + little32(UInt32(directory.count)) + little32(UInt32(bytes.count)) + little16(0)
}

private func little16(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }

private func little32(_ number: UInt32) -> [UInt8] {
  little16(UInt16(truncatingIfNeeded: number)) + little16(UInt16(number >> 16))
}
