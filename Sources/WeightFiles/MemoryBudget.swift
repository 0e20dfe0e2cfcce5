import Foundation
import RetrogradFiles
import RetrogradTensors

/// The amount of memory that may be allocated for one file. Its sizes come from outside, and an allocation that fails
/// would end the program.
struct MemoryBudget {
  /// The limit on all tensors together in bytes, those that were given back as well.
  private let growthLimit: Int
  /// The origin of the limit, for messages.
  private let origin: String
  /// The limit on the bytes in use at a time.
  private let memoryLimit: Int
  /// The number of bytes in use.
  private(set) var taken = 0
  /// The number of bytes that were given back.
  private var released = 0

  /// From here on the system is asked for the memory before it is relied on.
  private static let tryingSize = 256 << 20

  /// - Parameters:
  ///   - memoryLimit: The memory limit, in bytes in use at a time.
  ///   - growth: The limit on what is kept, as a multiple of `file`'s size and 1 MB, if that is limited.
  ///   - file: The file.
  init(memoryLimit: Int, growth: Int? = nil, of file: BoundedFile) {
    self.memoryLimit = memoryLimit
    growthLimit = growth.map { Self.limit(growth: $0, of: file) } ?? .max
    origin =
      growthLimit < memoryLimit ? "\(growth!) times the file" : "the limit on memory that was set"
  }

  /// So many times a file's size, and 1 MB for the smallest.
  static func limit(growth: Int, of file: BoundedFile) -> Int {
    let (product, overflow) = file.size.multipliedReportingOverflow(by: growth)
    return overflow ? .max : min(product, .max - (1 << 20)) + (1 << 20)
  }

  /// The bytes that are left for things to keep.
  var remaining: Int { max(0, min(memoryLimit - taken, growthLimit - taken - released)) }

  /// Takes memory, or refuses.
  ///
  /// - Parameters:
  ///   - kept: The bytes that stay in use; nil for more than can be counted.
  ///   - temporary: The bytes that are needed only while the kept ones are filled.
  ///   - what: Their purpose, as the beginning of a sentence: `tensor "a"`.
  ///   - file: The file.
  mutating func take(
    _ kept: Int?, temporary: Int? = 0, for what: String, in file: BoundedFile
  )
    throws(FileError)
  {
    guard let kept, kept <= remaining else {
      throw FileError(
        .tooLarge, file: file.name,
        "\(what) takes the tensors past \(min(memoryLimit, growthLimit)) bytes, "
          + origin)
    }
    let (sum, overflow) = kept.addingReportingOverflow(temporary ?? .max)
    guard !overflow, sum <= memoryLimit - taken, Self.isAvailable(sum) else {
      throw FileError(
        .tooLarge, file: file.name,
        "\(what) takes \(kept) bytes, and others while it is read; \(memoryLimit) are the limit, and "
          + "fewer may be free")
    }
    taken += kept
  }

  /// Gives memory back that was taken to be kept. What a file makes of its bytes counts on.
  mutating func release(_ count: Int) {
    taken -= count
    released += count
  }

  /// Returns whether the system gives that much at once. It may refuse far less than a machine has.
  private static func isAvailable(_ count: Int) -> Bool {
    if count < tryingSize { return true }
    // Mapped, not allocated: the optimizer removes an allocation that is freed unused.
    let block = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let block, block != UnsafeMutableRawPointer(bitPattern: -1) else { return false }
    munmap(block, count)
    return true
  }
}
