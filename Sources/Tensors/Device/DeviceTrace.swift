import Synchronization

/// A record of the work with a device: kernels that ran, numbers that were moved, and operations that
/// had no kernel.
///
/// ```swift
/// let (y, trace) = DeviceTrace.counting { withDevice(.gpu) { model(x) } }
/// print(trace)
/// ```
public struct DeviceTrace: Sendable, Equatable, CustomStringConvertible {
  /// Number of runs of each kernel.
  public private(set) var kernels: [String: Int] = [:]
  /// Number of copies to a device, and of their bytes.
  public private(set) var uploads = (count: 0, bytes: 0)
  /// Number of copies from a device, and of their bytes.
  public private(set) var downloads = (count: 0, bytes: 0)
  /// Loops on the host that had to wait for numbers from a device, since it has no kernel for them.
  public private(set) var fallbacks: [String: Int] = [:]

  /// Returns whether all counts are the same.
  public static func == (a: DeviceTrace, b: DeviceTrace) -> Bool {
    a.kernels == b.kernels && a.fallbacks == b.fallbacks && a.uploads == b.uploads
      && a.downloads == b.downloads
  }

  /// All of it in a few lines.
  public var description: String {
    func list(_ counts: [String: Int]) -> String {
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
    }
    return """
      \(kernels.values.reduce(0, +)) kernels: \(list(kernels))
      \(uploads.count) copies to the device, \(uploads.bytes) bytes
      \(downloads.count) copies from the device, \(downloads.bytes) bytes
      \(fallbacks.values.reduce(0, +)) fallbacks\(fallbacks.isEmpty ? "" : ": \(list(fallbacks))")
      """
  }

  /// Runs `body` and counts what happens for it. Counts for the calling task only.
  public static func counting<R>(_ body: () throws -> R) rethrows -> (result: R, trace: DeviceTrace)
  {
    try watching { _ in try body() }
  }

  /// As ``counting(_:)``, for a body that wants to know what has happened so far, on whatever thread it asks.
  package static func watching<R>(
    _ body: (_ soFar: @escaping @Sendable () -> DeviceTrace) throws -> R
  ) rethrows -> (result: R, trace: DeviceTrace) {
    let counter = Counter()
    let soFar: @Sendable () -> DeviceTrace = { counter.trace.withLock { $0 } }
    let result = try $current.withValue(counter) { try body(soFar) }
    return (result, soFar())
  }

  private final class Counter: Sendable {
    let trace = Mutex(DeviceTrace())
  }

  @TaskLocal private static var current: Counter?

  private static func note(_ change: (inout DeviceTrace) -> Void) {
    current?.trace.withLock { change(&$0) }
  }

  static func noteKernel(_ name: String) { note { $0.kernels[name, default: 0] += 1 } }

  static func noteUpload(_ bytes: Int) {
    note { $0.uploads = ($0.uploads.count + 1, $0.uploads.bytes + bytes) }
  }

  static func noteDownload(_ bytes: Int, for loop: StaticString?) {
    note {
      $0.downloads = ($0.downloads.count + 1, $0.downloads.bytes + bytes)
      if let loop { $0.fallbacks["\(loop)", default: 0] += 1 }
    }
  }

  static func noteFailure(of operation: String) {
    note { $0.fallbacks[operation, default: 0] += 1 }
  }
}
