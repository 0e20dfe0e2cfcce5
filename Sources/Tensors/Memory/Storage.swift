import Foundation
import RetrogradCDevice
import RetrogradDevices
import Synchronization

/// Something computed from a tensor's memory and kept with it, such as transformed weights.
protocol StorageCompanion: AnyObject, Sendable {}

/// Fields that few tensors have besides their elements.
final class StorageExtras {
  /// A value computed from the elements, kept for as long as they stay.
  var companion: (any StorageCompanion)?
  /// The same elements in the memory of a device.
  var block: DeviceBlock?

  init(block: DeviceBlock? = nil) { self.block = block }
}

/// The header before the elements of a `Storage`.
struct StorageHeader {
  /// The elements on the host; means nothing while there are none, see `Storage.hasHostMemory`.
  var pointer: UnsafeMutableRawPointer
  let dtype: DType
  /// Indicates whether the elements lie in a block of their own, and not behind this header.
  var isSeparate: Bool
  /// The state of the device's block, as `DevicePlace` has it; 0 without one.
  var place: UInt32 = 0
  /// The bytes of the separate block, or those that the elements take.
  var byteCount: Int
  /// One object, so that a tensor with neither pays for one reference when it is freed.
  var extras: StorageExtras?
}

/// The memory behind one or several tensors: uninitialized elements, freed with the last tensor that
/// shares them.
///
/// Few elements lie in the object itself, since a second allocation would cost more than most
/// operations on them. Nobody writes to a storage that two tensors share (`Tensor` copies first), which
/// is what makes it safe to send between threads.
///
/// The elements may lie on the host, on a device, or on both; `DevicePlace` says which are newer. Whoever asks
/// for the pointer gets them up to date: where no device was ever used, that costs one branch.
final class Storage: ManagedBuffer<StorageHeader, Storage.Slot> {
  /// The unit of the elements' memory.
  typealias Slot = Double

  /// Up to here aligned allocation costs more than it brings: it cuts the allocator's blocks in two.
  private static let small = 1024

  // Read by pointer: `header` would be checked for overlapping accesses at each reading.

  /// The elements on the host, up to date.
  ///
  /// - Parameter loop: The loop that has no kernel on the device and reads them here; `nil` for what always
  ///   happens on the host, such as printing.
  @inline(__always)
  func pointer(for loop: StaticString?) -> UnsafeMutableRawPointer {
    withUnsafeMutablePointerToHeader {
      if retrograd_flag(&$0.pointee.place) { bringToHost(for: loop) }
      return $0.pointee.pointer
    }
  }
  var pointer: UnsafeMutableRawPointer { pointer(for: nil) }
  var dtype: DType { withUnsafeMutablePointerToHeader { $0.pointee.dtype } }

  /// A value computed from the numbers and kept for as long as they stay: the owner forgets it before
  /// it changes them.
  var companion: (any StorageCompanion)? {
    get { withExtras { $0?.companion } }
    set {
      withExtras {
        if $0 == nil { $0 = StorageExtras() }
        $0?.companion = newValue
      }
    }
  }

  /// Threads that share the memory may come to keep something at the same time.
  private static let extrasLock = Mutex(())

  private func withExtras<R: Sendable>(_ body: (inout StorageExtras?) -> R) -> R {
    Self.extrasLock.withLock { _ in
      withUnsafeMutablePointerToHeader { body(&$0.pointee.extras) }
    }
  }

  /// For the only owner, who is about to write to the host's elements.
  ///
  /// - Parameter loop: As for `pointer(for:)`.
  @inline(__always)
  func prepareForWriting(for loop: StaticString?) {
    withUnsafeMutablePointerToHeader {
      if $0.pointee.extras != nil { forgetExtras(for: loop) }
    }
  }

  @inline(never)
  private func forgetExtras(for loop: StaticString?) {
    if place.contains(.hasBlock) { bringToHost(for: loop) }
    withUnsafeMutablePointerToHeader { $0.pointee.extras = nil }
    place = []
  }

  static func make(count: Int, dtype: DType, operation: String = "Tensor") -> Storage {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    require(!overflow && count >= 0, "\(operation): cannot allocate \(count) elements")
    if bytes <= small { return make(dtype: dtype, bytesBehindHeader: bytes) }
    return make(dtype: dtype, separate: hostBlock(bytes, dtype, operation))
  }

  /// A block of memory for elements that do not lie behind the header.
  private static func hostBlock(
    _ bytes: Int, _ dtype: DType, _ operation: String
  ) -> MemoryBlock {
    guard let block = MemoryPool.tensors.take(byteCount: bytes) else {
      stop(
        "\(operation): out of memory: a tensor of \(bytes / dtype.byteCount) \(dtype) elements takes "
          + "\(bytes) bytes. Use a smaller shape, or several parts")
    }
    return block
  }

  private static func make(dtype: DType, separate block: MemoryBlock) -> Storage {
    let buffer = create(minimumCapacity: 0) { _ in
      StorageHeader(
        pointer: block.pointer, dtype: dtype, isSeparate: true, byteCount: block.byteCount)
    }
    return unsafeDowncast(buffer, to: Storage.self)
  }

  private static func make(dtype: DType, bytesBehindHeader bytes: Int) -> Storage {
    let stride = MemoryLayout<Slot>.stride
    let buffer = create(minimumCapacity: (bytes + stride - 1) / stride) {
      StorageHeader(
        pointer: $0.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) },
        dtype: dtype, isSeparate: false, byteCount: bytes)
    }
    return unsafeDowncast(buffer, to: Storage.self)
  }

  deinit {
    withUnsafeMutablePointerToHeader {
      if !$0.pointee.isSeparate { return }
      MemoryPool.tensors.giveBack(
        MemoryBlock(pointer: $0.pointee.pointer, byteCount: $0.pointee.byteCount))
    }
  }
}

// MARK: - On a device

/// The state of a storage that has a block on a device.
struct DevicePlace: OptionSet {
  let rawValue: UInt32
  /// There is a block.
  static let hasBlock = DevicePlace(rawValue: 1)
  /// The device's elements are newer than the host's.
  static let isNewer = DevicePlace(rawValue: 2)
  /// The elements were computed on the device, or moved there: what is computed from them is, too.
  static let isHome = DevicePlace(rawValue: 4)
}

extension Storage {
  /// Blocks are made, copied and noted by one thread at a time.
  private static let deviceLock = Mutex(())

  /// Elements of `float32` that a kernel is about to write to a device, and no host memory for them yet.
  static func make(_ block: DeviceBlock, count: Int) -> Storage {
    let bytes = count * DType.float32.byteCount
    let buffer = create(minimumCapacity: bytes <= small ? bytes / MemoryLayout<Slot>.stride + 1 : 0)
    {
      StorageHeader(
        pointer: $0.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) },
        dtype: .float32, isSeparate: false,
        place: DevicePlace([.hasBlock, .isNewer, .isHome]).rawValue, byteCount: bytes,
        extras: StorageExtras(block: block))
    }
    return unsafeDowncast(buffer, to: Storage.self)
  }

  private var hasHostMemory: Bool {
    withUnsafeMutablePointerToHeader { $0.pointee.isSeparate || $0.pointee.byteCount <= Self.small }
  }

  /// The block on a device, for the holder of the lock.
  private var block: DeviceBlock? {
    get { withExtras { $0?.block } }
    set {
      withExtras {
        if $0 == nil { $0 = StorageExtras() }
        $0?.block = newValue
      }
    }
  }

  fileprivate var place: DevicePlace {
    get {
      withUnsafeMutablePointerToHeader {
        DevicePlace(rawValue: retrograd_load_flags(&$0.pointee.place))
      }
    }
    set {
      withUnsafeMutablePointerToHeader {
        retrograd_store_flags(&$0.pointee.place, newValue.rawValue)
      }
    }
  }

  /// The device that the elements are at home on.
  var home: OpenDevice? {
    if !place.contains(.isHome) { return nil }
    return Self.deviceLock.withLock { _ in block?.device }
  }

  /// The elements on a device, up to date.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - asHome: Whether they are to stay there.
  func block(on device: OpenDevice, asHome: Bool = false) throws(DeviceError) -> DeviceBlock {
    try Self.deviceLock.withLock { (_) throws(DeviceError) -> DeviceBlock in
      if let block, block.device === device {
        if asHome { place.insert(.isHome) }
        return block
      }
      try copyToHost(for: nil)
      let bytes = withUnsafeMutablePointerToHeader {
        UnsafeRawBufferPointer(start: $0.pointee.pointer, count: $0.pointee.byteCount)
      }
      let copy = try device.block(copying: bytes)
      DeviceTrace.noteUpload(bytes.count)
      block = copy
      place = asHome ? [.hasBlock, .isHome] : .hasBlock
      return copy
    }
  }

  /// Copies the device's elements to the host if they are newer.
  @inline(never)
  fileprivate func bringToHost(for loop: StaticString?) {
    do {
      try Self.deviceLock.withLock { (_) throws(DeviceError) in try copyToHost(for: loop) }
    } catch {
      stop(
        "numbers on the device are lost: \(error). Was it reset, or is its memory full? The last "
          + "checkpoint is as it was")
    }
  }

  /// As `bringToHost`, for the holder of the lock.
  private func copyToHost(for loop: StaticString?) throws(DeviceError) {
    guard place.contains(.isNewer), let block else { return }
    if !hasHostMemory {
      withUnsafeMutablePointerToHeader {
        let memory = Self.hostBlock($0.pointee.byteCount, $0.pointee.dtype, "Tensor")
        $0.pointee.pointer = memory.pointer
        $0.pointee.isSeparate = true
      }
    }
    let bytes = withUnsafeMutablePointerToHeader {
      UnsafeMutableRawBufferPointer(start: $0.pointee.pointer, count: $0.pointee.byteCount)
    }
    try block.device.read(block, into: bytes)
    if !bytes.isEmpty { DeviceTrace.noteDownload(bytes.count, for: loop) }
    place.remove(.isNewer)
  }
}
