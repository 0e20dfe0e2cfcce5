import Foundation
import Synchronization

/// Something computed from a tensor's memory and kept with it, such as transformed weights.
protocol StorageCompanion: AnyObject, Sendable {}

/// The header before the elements of a `Storage`.
struct StorageHeader {
  let pointer: UnsafeMutableRawPointer
  let dtype: DType
  /// Bytes of the block of their own that the elements lie in; `nil` where they lie behind this header.
  let separateBytes: Int?
  /// A value computed from the elements, kept for as long as they stay.
  var companion: (any StorageCompanion)?
}

/// The memory behind one or several tensors: uninitialised elements, freed with the last tensor that
/// shares them.
///
/// Few elements lie in the object itself, since a second allocation would cost more than most
/// operations on them. Nobody writes to a storage that two tensors share (`Tensor` copies first), which
/// is what makes it safe to send between threads.
final class Storage: ManagedBuffer<StorageHeader, Storage.Slot> {
  /// The unit of the elements' memory.
  typealias Slot = Double

  /// The alignment for vector loads.
  private static let cacheLine = 64
  /// From here on blocks are kept for the next tensor; the allocator itself keeps smaller ones, and gives those
  /// that are only a little larger back to the system.
  private static let pooled = 1 << 16
  /// Up to here aligned allocation costs more than it brings: it cuts the allocator's blocks in two.
  private static let small = 1024

  // Read by pointer: `header` would be checked for overlapping accesses at each reading.
  var pointer: UnsafeMutableRawPointer { withUnsafeMutablePointerToHeader { $0.pointee.pointer } }
  var dtype: DType { withUnsafeMutablePointerToHeader { $0.pointee.dtype } }

  /// What was computed from the numbers and is kept for as long as they stay: the owner forgets it before
  /// it changes them.
  var companion: (any StorageCompanion)? {
    get {
      Self.companionLock.withLock { _ in
        withUnsafeMutablePointerToHeader { $0.pointee.companion }
      }
    }
    set {
      Self.companionLock.withLock { _ in
        withUnsafeMutablePointerToHeader { $0.pointee.companion = newValue }
      }
    }
  }
  /// Threads that share the memory may come to keep something at the same time.
  private static let companionLock = Mutex(())

  /// For the only owner, who is about to write.
  @inline(__always)
  func forgetCompanion() {
    withUnsafeMutablePointerToHeader {
      if $0.pointee.companion != nil { $0.pointee.companion = nil }
    }
  }

  static func make(count: Int, dtype: DType, operation: String = "Tensor") -> Storage {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    require(!overflow && count >= 0, "\(operation): cannot allocate \(count) elements")
    if bytes <= small {
      let stride = MemoryLayout<Slot>.stride
      return make(dtype: dtype, slots: (bytes + stride - 1) / stride, separate: nil)
    }
    let block =
      bytes >= pooled
      ? MemoryPool.tensors.take(byteCount: bytes)
      : AlignedMemory.allocate(byteCount: bytes, alignment: cacheLine, hugeFrom: .max)
        .map { MemoryPool.Block(pointer: $0, byteCount: bytes) }
    guard let block else {
      stop(
        "\(operation): out of memory: a tensor of \(count) \(dtype) elements takes \(bytes) bytes. "
          + "Use a smaller shape, or several parts")
    }
    return make(dtype: dtype, slots: 0, separate: block)
  }

  private static func make(
    dtype: DType, slots: Int, separate: MemoryPool.Block?
  ) -> Storage {
    let buffer = create(minimumCapacity: slots) {
      let behind = $0.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
      return StorageHeader(
        pointer: separate?.pointer ?? behind, dtype: dtype, separateBytes: separate?.byteCount,
        companion: nil)
    }
    return unsafeDowncast(buffer, to: Storage.self)
  }

  deinit {
    guard let bytes = withUnsafeMutablePointerToHeader({ $0.pointee.separateBytes }) else { return }
    if bytes >= Self.pooled {
      MemoryPool.tensors.giveBack(.init(pointer: pointer, byteCount: bytes))
    } else {
      free(pointer)
    }
  }
}
