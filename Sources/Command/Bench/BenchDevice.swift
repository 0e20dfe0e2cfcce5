import Foundation
import Retrograd

/// The device that was measured, and its peaks, each by a kernel or a transfer that does nothing else.
struct BenchDevice: Codable {
  let name: String
  let platform: String
  let driver: String
  let kind: DeviceDescription.Kind
  let isCard: Bool
  /// A note on the figures; `nil` for those of a card.
  let caution: String?
  let computeUnits: Int
  /// Multiply-adds in registers.
  let peakGigaflops: Double
  /// Read and written by a copy in the device's memory.
  let copyGigabytesPerSecond: Double
  let uploadGigabytesPerSecond: Double
  let downloadGigabytesPerSecond: Double

  /// The bound of a case: what it waits for most.
  enum Bound: String, Codable {
    case arithmetic
    case memory
    case transfer
  }

  /// The bandwidth of a way.
  func gigabytesPerSecond(_ path: BenchCost.Path) -> Double {
    switch path {
    case .memory: copyGigabytesPerSecond
    case .upload: uploadGigabytesPerSecond
    case .download: downloadGigabytesPerSecond
    }
  }

  /// The roofline: no work takes less time than its arithmetic in registers, and none less than its bytes at the pace
  /// of a copy. Source: Williams, Waterman & Patterson, "Roofline: an insightful visual performance model", 2009.
  ///
  /// - Returns: The longer of both times in seconds, and which it is; `nil` where one of them is not known.
  func roof(_ cost: BenchCost) -> (seconds: Double, bound: Bound)? {
    guard let bytes = cost.bytes else { return nil }
    let moving = bytes / gigabytesPerSecond(cost.path) / 1e9
    if cost.path != .memory { return (moving, .transfer) }
    let computing = (cost.operations ?? 0) / peakGigaflops / 1e9
    return computing > moving ? (computing, .arithmetic) : (moving, .memory)
  }
}

extension BenchDevice {
  /// Measures the peaks of a device.
  init(_ device: Device, _ description: DeviceDescription) throws(DeviceError) {
    let probe = try DeviceProbe(device)
    let isCard = description.kind == .graphics
    let kind =
      description.kind == .processor ? "a processor, not a graphics card" : "no graphics card"
    self.init(
      name: description.name, platform: description.platform, driver: description.driver,
      kind: description.kind, isCard: isCard,
      caution: isCard
        ? nil : "\(description.name) is \(kind): these figures say nothing about the speed of one.",
      computeUnits: description.computeUnits, peakGigaflops: probe.operationsPerSecond / 1e9,
      copyGigabytesPerSecond: probe.bytesCopiedPerSecond / 1e9,
      uploadGigabytesPerSecond: probe.bytesUploadedPerSecond / 1e9,
      downloadGigabytesPerSecond: probe.bytesDownloadedPerSecond / 1e9)
  }
}
