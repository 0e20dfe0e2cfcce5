import RetrogradCDevice

/// A block of a device's memory, given back with its last owner.
///
/// Kernels that were queued keep what they use: a block that is given back may be handed to the next kernel, since
/// the queue runs them in order.
package final class DeviceBlock: @unchecked Sendable {
  /// The device.
  package let device: OpenDevice
  /// The number of bytes that it has room for.
  package let byteCount: Int
  let handle: Handle

  init(_ handle: Handle, byteCount: Int, device: OpenDevice) {
    (self.handle, self.byteCount, self.device) = (handle, byteCount, device)
  }

  deinit { device.giveBack(handle, byteCount: byteCount) }
}

/// A handle of OpenCL: any thread may use it.
struct Handle: @unchecked Sendable {
  let pointer: OpaquePointer
}

/// Blocks that were given back, for the next who needs as much: making one takes the driver longer than many a
/// kernel runs.
struct BlockPool {
  /// The largest total that is kept, in bytes.
  let largestTotal: Int
  private var blocks: [Int: [Handle]] = [:]
  private var total = 0

  init(largestTotal: Int) { self.largestTotal = largestTotal }

  /// Sizes are rounded up, so that fewer of them occur: to an eighth of a power of two.
  static func rounded(_ byteCount: Int) -> Int {
    let size = max(byteCount, 256)
    let step = max(256, (1 << (Int.bitWidth - 1 - size.leadingZeroBitCount)) / 8)
    return (size + step - 1) / step * step
  }

  mutating func take(_ byteCount: Int) -> Handle? {
    guard let block = blocks[byteCount]?.popLast() else { return nil }
    total -= byteCount
    return block
  }

  /// Keeps a block; `false` where it would be too much.
  mutating func keep(_ block: Handle, _ byteCount: Int) -> Bool {
    if total + byteCount > largestTotal { return false }
    total += byteCount
    blocks[byteCount, default: []].append(block)
    return true
  }

  /// Takes out all blocks.
  mutating func takeAll() -> [Handle] {
    defer { (blocks, total) = ([:], 0) }
    return blocks.values.flatMap { $0 }
  }
}
