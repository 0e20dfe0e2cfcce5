import Foundation
import Retrograd

/// A device of OpenCL, and what the lesson does with it.
nonisolated struct Card {
  let device: OpenDevice

  /// Opens a device.
  ///
  /// - Parameter name: `gpu`, or part of a device's name.
  /// - Throws: An error that names the missing device and the package to install.
  init(_ name: String = "gpu") throws(DeviceError) {
    device = try OpenDevice(DeviceList.current.device(named: name))
  }

  /// Indicates whether it is a card, and not the machine's processor.
  var isCard: Bool { device.description.kind != .processor }

  /// A copy of numbers in the device's memory.
  func copy(_ numbers: [Float]) throws(DeviceError) -> DeviceBlock {
    let copy = numbers.withUnsafeBytes { bytes in
      Result<DeviceBlock, DeviceError>(catching: { () throws(DeviceError) in
        try device.block(copying: bytes)
      })
    }
    return try copy.get()
  }

  /// Room for numbers in the device's memory.
  func room(for count: Int) throws(DeviceError) -> DeviceBlock {
    try device.block(byteCount: 4 * count)
  }

  /// The first numbers of a block, once all kernels before have run.
  func numbers(in block: DeviceBlock, count: Int) throws(DeviceError) -> [Float] {
    var numbers = [Float](repeating: 0, count: count)
    let outcome = numbers.withUnsafeMutableBytes { bytes in
      Result<Void, DeviceError>(catching: { () throws(DeviceError) in
        try device.read(block, into: bytes)
      })
    }
    try outcome.get()
    return numbers
  }

  /// Runs a kernel and waits for it.
  func run(
    _ kernel: Kernel, _ arguments: [KernelArgument], _ size: WorkSize
  ) throws(DeviceError) {
    try device.run(kernel, arguments, size)
    try device.finish()
  }
}
