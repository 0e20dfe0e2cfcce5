import Foundation
import RetrogradDevices
import RetrogradTensors

/// The device of the tests: a graphics card, or without one what OpenCL has for the processor.
public enum TestDevice {
  /// Indicates whether there is one.
  public static let isThere = !DeviceList.current.usable.isEmpty

  /// The reason why a test was skipped.
  public static let absence =
    "OpenCL has no device here: apt-get install pocl-opencl-icd"

  /// Runs `body` on it.
  public static func use<R>(_ body: () throws -> R) rethrows -> R { try withDevice(.gpu, body) }
}
