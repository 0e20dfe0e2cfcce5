import Foundation
import RetrogradTestSupport
import Testing

@testable import RetrogradFiles

@Suite("SHA-256")
struct SHA256Tests {
  func digest(_ bytes: [UInt8]) -> String {
    var digest = SHA256()
    digest.update(bytes)
    return digest.hexadecimal
  }

  @Test(
    "is what NIST's examples say",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func examples(_ text: String, _ expected: String) {
    #expect(digest(Array(text.utf8)) == expected)
  }

  @Test("does not depend on how the bytes come", arguments: [1, 3, 55, 56, 63, 64, 65, 119, 1000])
  func pieces(_ size: Int) {
    let bytes = (0..<1000).map { UInt8($0 * 7 % 251) }
    var pieces = SHA256()
    for start in stride(from: 0, to: bytes.count, by: size) {
      pieces.update(Array(bytes[start..<min(start + size, bytes.count)]))
      pieces.update([])
      #expect(pieces.hexadecimal == digest(Array(bytes[..<min(start + size, bytes.count)])))
    }
  }

  @Test("of a file is that of its bytes")
  func file() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "file")
    let bytes = [UInt8](repeating: 7, count: 1 << 20) + [1, 2, 3]
    try Data(bytes).write(to: url)
    #expect(try SHA256.digest(of: BoundedFile(url)) == digest(bytes))
  }
}
