import ArgumentParser
import Retrograd

/// The device on which a command computes.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where to compute: cpu, gpu, or part of a device's name, see retrograd devices (default: RETROGRAD_DEVICE, or cpu).",
      valueName: "name"))
  var device: String?

  /// Runs `body` there.
  ///
  /// - Throws: `ValidationError` where there is no such device, besides what `body` throws.
  func callAsFunction<R>(_ body: () throws -> R) throws -> R {
    guard let device = device.map(Device.init) else { return try body() }
    do {
      if let description = try device.check() {
        writeError("computing on \(description.name)" + description.caution)
      }
    } catch {
      throw ValidationError("--device: \(error).")
    }
    return try withDevice(device, body)
  }
}

extension DeviceDescription {
  /// A note to read before a device is used.
  var caution: String {
    kind == .processor ? ", which is a processor: for correctness, never for speed" : ""
  }
}
