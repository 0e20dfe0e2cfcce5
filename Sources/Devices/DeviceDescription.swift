import Foundation
import RetrogradCDevice

/// A device that OpenCL lists, and what it says of itself.
public struct DeviceDescription: Sendable, Equatable {
  /// The kind of hardware.
  public enum Kind: String, Sendable, Codable {
    /// A graphics card.
    case graphics
    /// The machine's own processor: for correctness, never for speed.
    case processor
    /// Something else.
    case other
  }

  /// The name, such as `NVIDIA H200`.
  public let name: String
  /// The maker.
  public let vendor: String
  /// The platform that it belongs to, and its version.
  public let platform: String
  /// The driver's version.
  public let driver: String
  /// The kind of hardware.
  public let kind: Kind
  /// The memory, in bytes.
  public let memory: Int
  /// The largest block of memory, in bytes.
  public let largestBlock: Int
  /// The number of compute units: multiprocessors of a card, cores of a processor.
  public let computeUnits: Int
  /// The reason why nothing can be computed on it; `nil` where something can.
  public let obstacle: String?

  /// Indicates whether divisions and roots can be rounded as IEEE 754 has it.
  let hasExactDivision: Bool
  /// OpenCL's handle, which is never released.
  nonisolated(unsafe) let handle: OpaquePointer
}

extension DeviceDescription {
  /// The smallest work group and local memory that the kernels need.
  private static let workGroup = 256
  private static let localMemory = 16 << 10

  init(_ device: OpaquePointer, platform: OpaquePointer) {
    func number(_ what: Int) -> Int {
      Int(clamping: retrograd_cl_device_number(device, UInt32(what)))
    }
    func text(_ what: Int) -> String {
      read { retrograd_cl_device_text(device, UInt32(what), $0, $1) }
    }
    handle = device
    name = text(RETROGRAD_CL_DEVICE_NAME)
    vendor = text(RETROGRAD_CL_DEVICE_VENDOR)
    driver = text(RETROGRAD_CL_DEVICE_DRIVER)
    self.platform =
      read { retrograd_cl_platform_text(platform, UInt32(RETROGRAD_CL_PLATFORM_NAME), $0, $1) }
      + ", "
      + read { retrograd_cl_platform_text(platform, UInt32(RETROGRAD_CL_PLATFORM_VERSION), $0, $1) }
    let type = number(RETROGRAD_CL_DEVICE_TYPE)
    kind =
      type & RETROGRAD_CL_TYPE_GRAPHICS != 0
      ? .graphics : type & RETROGRAD_CL_TYPE_PROCESSOR != 0 ? .processor : .other
    memory = number(RETROGRAD_CL_DEVICE_MEMORY)
    largestBlock = number(RETROGRAD_CL_DEVICE_LARGEST_BLOCK)
    computeUnits = number(RETROGRAD_CL_DEVICE_COMPUTE_UNITS)
    hasExactDivision =
      number(RETROGRAD_CL_DEVICE_FLOAT_CONFIGURATION)
      & RETROGRAD_CL_EXACT_DIVISION != 0
    if number(RETROGRAD_CL_DEVICE_IS_AVAILABLE) == 0 {
      obstacle = "it is not available"
    } else if number(RETROGRAD_CL_DEVICE_HAS_COMPILER) == 0 {
      obstacle = "its driver has no compiler"
    } else if number(RETROGRAD_CL_DEVICE_WORK_GROUP_SIZE) < Self.workGroup
      || number(RETROGRAD_CL_DEVICE_LOCAL_MEMORY) < Self.localMemory
    {
      obstacle =
        "it has too small work groups or local memory: \(Self.workGroup) items and "
        + "\(Self.localMemory >> 10) KB are needed"
    } else {
      obstacle = nil
    }
  }
}

/// A text that OpenCL writes into memory.
func read(_ ask: (UnsafeMutablePointer<CChar>, Int) -> Bool, capacity: Int = 4096) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
    guard let text = buffer.baseAddress, ask(text, capacity) else { return "" }
    text[capacity - 1] = 0
    return String(cString: text).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
