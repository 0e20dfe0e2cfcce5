import Foundation

/// Makes zip archives whose entries are stored as they are, for tests that need one of their own.
public enum StoredArchive {
  /// An archive's bytes.
  ///
  /// - Parameter entries: The entries by their names, in the order of the archive.
  public static func bytes(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in entries {
      let sizes = number(checksum(content), 4) + number(content.count, 4) + number(content.count, 4)
      // Version 2.0, names in UTF-8, stored, no date.
      let common = number(20, 2) + number(0x800, 2) + number(0, 2) + number(0, 4) + sizes
      let place = archive.count
      archive += number(0x0403_4b50, 4) + common + number(name.utf8.count, 2) + number(0, 2)
      archive += Array(name.utf8) + content
      directory += number(0x0201_4b50, 4) + number(20, 2) + common
      directory += number(name.utf8.count, 2) + [UInt8](repeating: 0, count: 12)
      directory += number(place, 4) + Array(name.utf8)
    }
    let end =
      number(0x0605_4b50, 4) + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
      + number(directory.count, 4) + number(archive.count, 4) + number(0, 2)
    return archive + directory + end
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(value >> (8 * $0) & 255) }
  }

  /// The checksum of zip archives, bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> Int {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return Int(~sum)
  }
}
