import Foundation
import RetrogradCDevice

/// The devices of this machine, and what is missing where there are none.
public struct DeviceList: Sendable {
  /// The devices of OpenCL, in its order.
  public let devices: [DeviceDescription]
  /// The library that was found; `nil` without one.
  public let library: String?
  /// The reasons why a card may not be listed although it is there, and what to install: one sentence each.
  public let advice: [String]

  /// This machine's, looked up once.
  public static let current = DeviceList()

  private init() {
    library = retrograd_cl_library().map { String(cString: $0) }
    let platforms = Self.list(retrograd_cl_platforms)
    devices = platforms.flatMap { platform in
      Self.list { retrograd_cl_devices(platform, $0, $1, $2) }
        .map { DeviceDescription($0, platform: platform) }
    }
    advice = Self.advice(library: library, devices: devices)
  }

  private static func list(
    _ ask: (UnsafeMutablePointer<OpaquePointer?>, UInt32, UnsafeMutablePointer<UInt32>) -> Int32
  ) -> [OpaquePointer] {
    var handles = [OpaquePointer?](repeating: nil, count: 64)
    var count: UInt32 = 0
    let status = ask(&handles, UInt32(handles.count), &count)
    return status == 0 ? handles.prefix(Int(count)).compactMap { $0 } : []
  }

  /// The folder in which drivers tell where their libraries are, on Linux.
  private static let vendors = "/etc/OpenCL/vendors"

  private static func advice(library: String?, devices: [DeviceDescription]) -> [String] {
    #if os(macOS)
      return devices.isEmpty ? ["macOS lists no device of OpenCL"] : []
    #else
      var advice: [String] = []
      if library == nil {
        advice.append("libOpenCL.so.1 is missing: apt-get install ocl-icd-libopencl1")
      }
      let drivers = (try? FileManager.default.contentsOfDirectory(atPath: vendors)) ?? []
      let hasCard = devices.contains { $0.kind == .graphics }
      // A container gets NVIDIA's libraries from outside, but not the file that names them.
      let nvidia = "libnvidia-opencl.so.1"
      if !hasCard, !drivers.contains("nvidia.icd"), retrograd_library_exists(nvidia) {
        advice.append(
          "\(nvidia) is here, but no file names it, so that OpenCL does not find the card: "
            + "mkdir -p \(vendors) && echo \(nvidia) > \(vendors)/nvidia.icd")
      } else if !hasCard {
        advice.append(
          "for a card, install its maker's driver with OpenCL: NVIDIA's nvidia-driver, AMD's "
            + "rocm-opencl-runtime or Mesa's mesa-opencl-icd, Intel's intel-opencl-icd")
      }
      if devices.isEmpty {
        advice.append(
          "to try kernels on the processor, for correctness and not for speed: "
            + "apt-get install pocl-opencl-icd")
      }
      return advice
    #endif
  }
}

extension DeviceList {
  /// The devices that can compute.
  public var usable: [DeviceDescription] { devices.filter { $0.obstacle == nil } }

  /// The device that is meant by a name, or by `gpu`: the first graphics card, or without one the first device
  /// of all.
  ///
  /// - Parameter name: `gpu`, or any part of a device's or platform's name, in either case of letters.
  /// - Throws: An error that lists the names of the devices there are.
  public func device(named name: String) throws(DeviceError) -> DeviceDescription {
    guard !usable.isEmpty else {
      throw DeviceError(
        .noDevice,
        (["no device of OpenCL was found"] + advice).joined(separator: "; "))
    }
    if name.lowercased() == "gpu" {
      return usable.first { $0.kind == .graphics } ?? usable.first { $0.kind == .other }
        ?? usable[0]
    }
    func matches(_ text: String) -> Bool { text.range(of: name, options: .caseInsensitive) != nil }
    if let device = usable.first(where: { matches($0.name) })
      ?? usable.first(where: { matches($0.platform) })
    {
      return device
    }
    let names = usable.map { "\"\($0.name)\" (\($0.platform))" }.joined(separator: ", ")
    throw DeviceError(
      .unknownName,
      "no device is called \"\(name)\"; there is cpu, for no device, and \(names), which is also gpu "
        + "or any part of its name")
  }
}
