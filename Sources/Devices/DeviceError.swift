import RetrogradCDevice
import RetrogradText

/// Something that a device, or its driver, could not do.
public struct DeviceError: Error, ExplainedError {
  /// The kinds that a caller may want to treat differently.
  public enum Kind: Sendable, Equatable {
    /// There is no OpenCL, or no device.
    case noDevice
    /// No device has the name that was asked for.
    case unknownName
    /// The device's memory is full, or a block is larger than the device allows.
    case outOfMemory
    /// The text of a kernel does not compile.
    case compilation
    /// The driver reports an error: the device may have been reset, or hang.
    case driver
  }

  /// The kind.
  public let kind: Kind
  /// The failed action, the reason, and the remedy.
  public let description: String

  /// An error in words.
  package init(_ kind: Kind, _ description: String) {
    (self.kind, self.description) = (kind, description)
  }

  /// One of OpenCL's errors.
  ///
  /// - Parameters:
  ///   - error: OpenCL's code.
  ///   - activity: The activity that failed, such as `running "add"`.
  init(code error: Int32, _ activity: String) {
    let name = String(cString: retrograd_cl_error_name(error))
    let isMemory = [
      RETROGRAD_CL_ALLOCATION_FAILED, RETROGRAD_CL_OUT_OF_HOST_MEMORY,
      RETROGRAD_CL_INVALID_BUFFER_SIZE,
    ].contains(Int(error))
    self.init(isMemory ? .outOfMemory : .driver, "\(activity): \(name) (\(error))")
  }
}

/// Throws what a call of OpenCL reports.
func check(_ status: Int32, _ activity: @autoclosure () -> String) throws(DeviceError) {
  if status != 0 { throw DeviceError(code: status, activity()) }
}

/// Makes an object with a call of OpenCL; throws the error that the call reports.
func make(
  _ activity: @autoclosure () -> String, _ call: (UnsafeMutablePointer<Int32>) -> OpaquePointer?
) throws(DeviceError) -> OpaquePointer {
  var error: Int32 = 0
  let made = call(&error)
  if let made, error == 0 { return made }
  throw DeviceError(code: error, activity())
}
