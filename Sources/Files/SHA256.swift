import Foundation

/// The digest SHA-256, of bytes that come in pieces.
///
/// ```swift
/// var digest = SHA256()
/// digest.update(Array("ab".utf8))
/// digest.update(Array("c".utf8))
/// print(digest.hexadecimal)   // ba7816bf…
/// ```
/// Source: NIST, FIPS 180-4, *Secure Hash Standard*, sections 5 and 6.2. Uses no memory that depends
/// on the number of bytes.
public struct SHA256: Sendable {
  /// The eight words of the state, H in the standard.
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  /// Bytes that do not fill a block yet.
  private var rest: [UInt8] = []
  private var count: UInt64 = 0

  private static let blockSize = 64

  /// The digest of no bytes so far.
  public init() {}

  /// Takes more bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Takes more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var bytes = bytes[...]
    if !rest.isEmpty {
      let taken = bytes.prefix(Self.blockSize - rest.count)
      rest += taken
      bytes = bytes.dropFirst(taken.count)
      if rest.count < Self.blockSize { return }
      rest.withUnsafeBytes { Self.compress($0, into: &state) }
      rest.removeAll(keepingCapacity: true)
    }
    let whole = bytes.count - bytes.count % Self.blockSize
    Self.compress(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)), into: &state)
    rest += bytes.dropFirst(whole)
  }

  /// The digest of all bytes so far: 64 hexadecimal digits in lower case.
  public var hexadecimal: String {
    // A bit 1, zeros, and the number of bits, so that whole blocks come out (section 5.1.1).
    var end = rest + [0x80]
    end += [UInt8](repeating: 0, count: (2 * Self.blockSize - 8 - end.count) % Self.blockSize)
    end += withUnsafeBytes(of: (count &* 8).bigEndian) { Array($0) }
    var state = state
    end.withUnsafeBytes { Self.compress($0, into: &state) }
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Works whole blocks into the state (section 6.2.2).
  private static func compress(_ bytes: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    guard !bytes.isEmpty else { return }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      let w = schedule.baseAddress!
      constants.withUnsafeBufferPointer { constants in
        state.withUnsafeMutableBufferPointer { state in
          let k = constants.baseAddress!
          for start in stride(from: 0, to: bytes.count, by: blockSize) {
            for t in 0..<16 {
              let word = bytes.loadUnaligned(fromByteOffset: start + 4 * t, as: UInt32.self)
              w[t] = UInt32(bigEndian: word)
            }
            for t in 16..<64 {
              let (x, y) = (w[t - 15], w[t - 2])
              let smallSigma0 = rotated(x, 7) ^ rotated(x, 18) ^ x >> 3
              let smallSigma1 = rotated(y, 17) ^ rotated(y, 19) ^ y >> 10
              w[t] = smallSigma1 &+ w[t - 7] &+ smallSigma0 &+ w[t - 16]
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            for t in 0..<64 {
              let sigma1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
              let choice = e & f ^ ~e & g
              let t1 = h &+ sigma1 &+ choice &+ k[t] &+ w[t]
              let sigma0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
              let majority = a & b ^ a & c ^ b & c
              (h, g, f, e) = (g, f, e, d &+ t1)
              (d, c, b, a) = (c, b, a, t1 &+ sigma0 &+ majority)
            }
            (state[0], state[1]) = (state[0] &+ a, state[1] &+ b)
            (state[2], state[3]) = (state[2] &+ c, state[3] &+ d)
            (state[4], state[5]) = (state[4] &+ e, state[5] &+ f)
            (state[6], state[7]) = (state[6] &+ g, state[7] &+ h)
          }
        }
      }
    }
  }

  /// The word, rotated to the right.
  @inline(__always)
  private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    word &>> bits | word &<< (32 &- bits)
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}

extension SHA256 {
  /// The digest of a whole file, read a piece at a time: 64 hexadecimal digits.
  public static func digest(of file: BoundedFile) throws(FileError) -> String {
    var digest = SHA256()
    let pieceSize = 1 << 20
    for start in stride(from: 0, to: file.size, by: pieceSize) {
      digest.update(try file.read(at: start, count: min(pieceSize, file.size - start)))
    }
    return digest.hexadecimal
  }
}
