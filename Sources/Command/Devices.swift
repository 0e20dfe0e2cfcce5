import ArgumentParser
import Retrograd

struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the graphics cards and other devices that OpenCL finds.",
    discussion: """
      Any of them can be named with --device, or in the environment variable RETROGRAD_DEVICE. Nothing needs to be \
      installed to compute on the processor.
      """)

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    let list = DeviceList.current
    if json { return writeJSON(RetrogradText.json(Report(list), isPretty: true)) }
    writeOutput("OpenCL: \(list.library ?? "not found")")
    let chosen = try? list.device(named: "gpu")
    for device in list.devices {
      writeOutput("")
      writeOutput(device.name + (device == chosen ? "   (--device gpu)" : ""))
      for (name, text) in Entry(device).lines { writeOutput("  \(name): \(text)") }
    }
    if list.devices.isEmpty { writeOutput("No device: everything is computed on the processor.") }
    if !list.advice.isEmpty { writeOutput("") }
    for advice in list.advice { writeOutput("To do: \(advice)") }
    writeOutput("")
    writeOutput(Self.experience)
  }

  /// The devices on which the kernels have been tested.
  static let experience =
    "The kernels are tested with pocl, OpenCL on the processor. They have been tried on no graphics card yet."

  private struct Report: Encodable {
    let library: String?
    let devices: [Entry]
    let advice: [String]

    init(_ list: DeviceList) {
      (library, advice) = (list.library, list.advice)
      devices = list.devices.map(Entry.init)
    }
  }

  private struct Entry: Encodable {
    let name: String
    let vendor: String
    let platform: String
    let driver: String
    let kind: DeviceDescription.Kind
    let memory: Int
    let largestBlock: Int
    let computeUnits: Int
    let obstacle: String?

    init(_ device: DeviceDescription) {
      (name, vendor, platform) = (device.name, device.vendor, device.platform)
      (driver, kind, memory) = (device.driver, device.kind, device.memory)
      (largestBlock, computeUnits) = (device.largestBlock, device.computeUnits)
      obstacle = device.obstacle
    }

    /// The properties to print, each with its name.
    var lines: [(name: String, text: String)] {
      let words =
        switch kind {
        case .graphics: "graphics card"
        case .processor: "processor: for correctness, never for speed"
        case .other: "neither a graphics card nor a processor"
        }
      return [
        ("kind", words), ("platform", platform), ("driver", driver),
        (
          "memory",
          "\(gigabytes(memory)), in blocks of up to \(gigabytes(largestBlock)); "
            + "\(computeUnits) compute units"
        ),
      ] + (obstacle.map { [("obstacle", $0)] } ?? [])
    }
  }
}
