import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradTensors

/// A log that TensorBoard shows: numbers, pictures and histograms by step.
///
/// ```swift
/// let log = try TensorBoardLog(in: URL(filePath: "runs/first"))
/// try log.add("loss/training", 0.59, step: 1)
/// // tensorboard --logdir runs
/// ```
///
/// Each log is a new file in the folder; TensorBoard shows all of them together, so that a training that goes
/// on adds to what was there. What has been added is in the file at once. Format: records of TFRecord, each a
/// protocol buffer `Event` (tensorboard/compat/proto/event.proto and summary.proto).
public final class TensorBoardLog {
  /// The file.
  public let url: URL
  private let file: GrowingFile
  private let now: () -> Double

  /// The beginning of the names of logs.
  private static let prefix = "events.out.tfevents."

  /// The logs of a folder.
  public static func logs(in folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.sorted().map { folder.appending(path: $0) }
  }

  /// A new log in a folder, which exists.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - firstStep: The step that it begins with: what earlier logs of the folder say of that one and of later
  ///     ones no longer counts. `nil` to add to them.
  public convenience init(in folder: URL, firstStep: Int? = nil) throws(FileError) {
    try self.init(in: folder, firstStep: firstStep, now: { Date().timeIntervalSince1970 })
  }

  init(
    in folder: URL, firstStep: Int? = nil, now: @escaping () -> Double
  ) throws(FileError) {
    let host = ProcessInfo.processInfo.hostName
    let process = ProcessInfo.processInfo.processIdentifier
    // The number keeps two logs of one second apart.
    let number = UInt32.random(in: 0...UInt32.max)
    url = folder.appending(
      path: "\(Self.prefix)\(Self.second(of: now(), in: folder)).\(host).\(process).\(number)")
    file = try GrowingFile(url)
    self.now = now
    var version = ProtocolBuffer()
    version.add(1, now())
    version.add(3, text: "brain.Event:2")
    try write(version)
    if let firstStep {
      var session = ProtocolBuffer()
      session.add(1, UInt64(1))  // START
      var event = ProtocolBuffer()
      event.add(1, now())
      event.add(2, UInt64(bitPattern: Int64(firstStep)))
      event.add(7, message: session)
      try write(event)
    }
  }

  /// A time for the name of a new log. TensorBoard reads logs in the order of their names: it lies behind the
  /// others', also where two begin in one second, or the clock was set back.
  private static func second(of now: Double, in folder: URL) -> Int {
    let others = logs(in: folder).compactMap {
      Int($0.lastPathComponent.dropFirst(prefix.count).prefix { $0 != "." })
    }
    let last = others.filter { $0 < Int32.max }.max() ?? 0
    return max(Int(exactly: now.rounded(.down)) ?? 0, last + 1)
  }

  /// Adds a number.
  ///
  /// - Parameters:
  ///   - tag: The name of the series; a slash groups charts.
  ///   - value: The number.
  ///   - step: The step at which it was so.
  public func add(_ tag: String, _ value: Double, step: Int) throws(FileError) {
    var summary = ProtocolBuffer()
    summary.add(2, Float(value))
    try write(tag, summary, step: step)
  }

  /// Adds a picture.
  public func add(_ tag: String, _ picture: Picture, step: Int) throws(FileError) {
    let bytes: [UInt8]
    do {
      bytes = try picture.pngData()
    } catch {
      throw FileError(.unwritable, file: url.path, "\(tag): \(error.reason)")
    }
    var image = ProtocolBuffer()
    image.add(1, UInt64(picture.height))
    image.add(2, UInt64(picture.width))
    image.add(3, UInt64(3))
    image.add(4, bytes: bytes)
    var summary = ProtocolBuffer()
    summary.add(4, message: image)
    try write(tag, summary, step: step)
  }

  /// Adds how often values lie where; those that are not finite are left out.
  ///
  /// - Parameters:
  ///   - tag: The name of the series.
  ///   - values: The values, of any shape.
  ///   - step: The step at which they were so.
  ///   - bins: The number of intervals, all of the same width.
  public func addHistogram(
    _ tag: String, _ values: Tensor, step: Int, bins: Int = 30
  ) throws(FileError) {
    require(bins > 0, "addHistogram: needs at least one interval, got \(bins)")
    let finite = values.scalars.filter(\.isFinite)
    let sorted = EqualBins(finite.isEmpty ? [0] : finite, count: bins)
    var histogram = ProtocolBuffer()
    histogram.add(1, sorted.low)
    histogram.add(2, sorted.high)
    histogram.add(3, Double(finite.count))
    histogram.add(4, finite.reduce(0, +))
    histogram.add(5, finite.reduce(0) { $0 + $1 * $1 })
    histogram.add(6, packed: (1...bins).map { sorted.low + Double($0) * sorted.width })
    histogram.add(
      7, packed: finite.isEmpty ? sorted.counts.map { _ in 0 } : sorted.counts.map(Double.init))
    var summary = ProtocolBuffer()
    summary.add(5, message: histogram)
    try write(tag, summary, step: step)
  }

  private func write(
    _ tag: String, _ content: ProtocolBuffer, step: Int
  ) throws(FileError) {
    var value = ProtocolBuffer()
    value.add(1, text: tag)
    value.append(content)
    var summary = ProtocolBuffer()
    summary.add(1, message: value)
    var event = ProtocolBuffer()
    event.add(1, now())
    event.add(2, UInt64(bitPattern: Int64(step)))
    event.add(5, message: summary)
    try write(event)
  }

  /// A record: its length and its content, each with a checksum.
  private func write(_ event: ProtocolBuffer) throws(FileError) {
    let length = littleEndianBytes(UInt64(event.bytes.count))
    try file.append(
      length + littleEndianBytes(Self.mask(CRC32C.checksum(length))) + event.bytes
        + littleEndianBytes(Self.mask(CRC32C.checksum(event.bytes))))
  }

  /// Checksums of TFRecord are turned and shifted, so that a checksum of one is no checksum.
  private static func mask(_ checksum: UInt32) -> UInt32 {
    (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }
}
