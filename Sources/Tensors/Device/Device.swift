import Foundation
import RetrogradCDevice
import RetrogradDevices
import Synchronization

/// A device that computes operations: the processor, or one that OpenCL finds, such as a graphics card.
///
/// ```swift
/// let y = withDevice(.gpu) { model(x) }
/// let w = Tensor.zeros([1000, 2]).to(.gpu)
/// ```
///
/// Operations on `float32` have kernels, or else are computed on the processor with the same result;
/// `float64`, whole numbers, random draws and files stay there always. The environment variable
/// `RETROGRAD_DEVICE` names the device of a whole program.
public struct Device: Sendable, Hashable, CustomStringConvertible {
  /// `cpu`, `gpu`, or any part of the name of a device or its platform.
  public let name: String

  /// The device of a name, which ``description`` gives back and ``check()`` looks for.
  public init(_ name: String) { self.name = name }

  /// The processor: no device.
  public static let cpu = Device("cpu")
  /// The first graphics card; on a machine without one whatever else OpenCL lists.
  public static let gpu = Device("gpu")

  /// The name.
  public var description: String { name }

  var isHost: Bool { name.lowercased() == "cpu" }

  /// The device's description of itself; `nil` for the processor.
  ///
  /// - Throws: `noDevice` or `unknownName`, with the devices that there are and the package to install.
  @discardableResult
  public func check() throws(DeviceError) -> DeviceDescription? {
    isHost ? nil : try DeviceList.current.device(named: name)
  }

  /// Waits until all that was asked of the device is computed, for measuring how long it takes: operations return before.
  ///
  /// - Throws: The first error of a kernel or copy that was still to be computed.
  public func synchronize() throws(DeviceError) { try open()?.finish() }

  /// The device in use; `nil` for the processor, and where there is none, with one warning.
  func open() -> OpenDevice? {
    if isHost { return nil }
    retrograd_use_devices()
    do {
      return try Self.opened(DeviceList.current.device(named: name))
    } catch {
      DeviceWarnings.warn("\(error). Everything is computed on the processor")
      return nil
    }
  }

  // MARK: Which one is used

  /// One of each device for the whole process.
  private static let devices = Mutex<[OpenDevice]>([])

  private static func opened(_ device: DeviceDescription) throws(DeviceError) -> OpenDevice {
    try devices.withLock { (devices) throws(DeviceError) -> OpenDevice in
      if let open = devices.first(where: { $0.description == device }) { return open }
      let open = try OpenDevice(device)
      devices.append(open)
      return open
    }
  }

  /// The device that a scope asks for.
  enum Scope {
    case host
    case device(OpenDevice)
  }

  @TaskLocal static var scope: Scope?

  /// The device that `RETROGRAD_DEVICE` names; `nil` where it is not set.
  package static let ofEnvironment: Device? = ProcessInfo.processInfo
    .environment["RETROGRAD_DEVICE"].flatMap { $0.isEmpty ? nil : Device($0) }

  /// The device of the whole program: that of the environment, unless ``useEverywhere()`` named another.
  private static let ofProgram = Mutex<OpenDevice?>(ofEnvironment?.open())

  /// Computes everything there from now on, on all threads, but where ``withDevice(_:_:)`` says otherwise.
  package func useEverywhere() {
    let device = open()
    Self.ofProgram.withLock { $0 = device }
  }

  /// The device that a scope or the environment asks for, or that one of the tensors is at home on.
  @inline(never)
  fileprivate static func computing(_ tensors: [Tensor]) -> OpenDevice? {
    guard
      tensors.allSatisfy({ $0.dtype == .float32 && $0.offset + $0.count <= Int(Int32.max) })
    else { return nil }
    switch scope {
    case .host: return nil
    case .device(let device): return device
    case nil: return ofProgram.withLock { $0 } ?? tensors.lazy.compactMap(\.storage.home).first
    }
  }
}

/// The device for an operation on some tensors; `nil` for the host, which costs one branch where no device was
/// ever asked for.
@inline(__always)
func computingDevice(_ a: Tensor) -> OpenDevice? {
  retrograd_are_devices_used() ? Device.computing([a]) : nil
}

/// As ``computingDevice(_:)``, for two operands, or two of several.
@inline(__always)
func computingDevice(_ a: Tensor, _ b: Tensor) -> OpenDevice? {
  retrograd_are_devices_used() ? Device.computing([a, b]) : nil
}

/// Runs `body` with its operations computed on a device. Affects the calling task only.
///
/// Without such a device, one line on standard error says so, and the processor computes. What stays on the device
/// when `body` ends is fetched by whoever reads it.
public func withDevice<R>(_ device: Device, _ body: () throws -> R) rethrows -> R {
  try Device.$scope.withValue(device.open().map { .device($0) } ?? .host, operation: body)
}

extension Tensor {
  /// The same numbers in the memory of a device: what is computed from them is computed there. From `.cpu` they are
  /// on the host alone. Numbers that have no kernels, such as `float64`, stay on the host.
  public func to(_ device: Device) -> Tensor {
    guard let open = device.open() else {
      if storage.home == nil { return self }
      return Tensor(shape: shape, dtype: dtype) { target in
        withUnsafeBytes { target.copyMemory(from: $0) }
      }
    }
    if dtype != .float32 || count == 0 { return self }
    do {
      _ = try storage.block(on: open, asHome: true)
    } catch {
      DeviceWarnings.warn("\(error). The tensor stays in the host's memory")
    }
    return self
  }

  /// The name of the device whose memory the numbers are at home in; `nil` for the host's.
  public var deviceName: String? { storage.home?.description.name }
}

/// Lines on standard error, each once in a process.
enum DeviceWarnings {
  private static let written = Mutex<Set<String>>([])

  static func warn(_ message: String) {
    if written.withLock({ $0.insert(message).inserted }) { RetrogradTensors.warn(message) }
  }
}
