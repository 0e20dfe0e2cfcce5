import ArgumentParser
import RetrogradDevices
import RetrogradTensors
import RetrogradText

/// The device on which a program computes.
package struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where to compute: cpu, gpu, or part of a device's name, see retrograd devices (default: RETROGRAD_DEVICE, or cpu).",
      valueName: "name"))
  package var device: String?

  /// The default.
  package init() {}

  /// Refuses a device that is not there.
  package func validate() throws {
    do {
      try device.map(Device.init)?.check()
    } catch {
      throw ValidationError("--device: \(error).")
    }
  }

  /// Runs `body` with its operations computed on the device.
  package func callAsFunction<R>(_ body: () throws -> R) rethrows -> R {
    guard let device = announced() else { return try body() }
    return try withDevice(device, body)
  }

  /// Computes everything on the device from now on.
  package func useEverywhere() { announced()?.useEverywhere() }

  /// The device that was asked for, after a line on standard error that names it.
  private func announced() -> Device? {
    guard let device = device.map(Device.init) else { return nil }
    if let description = try? device.check() {
      writeError("computing on \(description.name)" + (description.caution.map { ", \($0)" } ?? ""))
    }
    return device
  }
}

extension DeviceDescription {
  /// A note to read before the device is used; `nil` for a card.
  package var caution: String? {
    kind == .processor ? "which is a processor: for correctness, never for speed" : nil
  }
}
