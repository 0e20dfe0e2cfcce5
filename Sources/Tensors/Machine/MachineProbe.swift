import Foundation
import RetrogradCKernels

/// The peak speed of this machine, measured with all threads and the instruction set in use.
///
/// Each figure is the best of several attempts: others who use the machine can only make it slower.
public struct MachineProbe: Sendable {
  /// Multiplications and additions a second of `float32` numbers in registers.
  public let operationsPerSecond: Double
  /// Bytes a second when a block far larger than the caches is only read.
  public let bytesReadPerSecond: Double
  /// Bytes a second, read and written, of `target = a + factor · b` on such blocks.
  public let bytesMovedPerSecond: Double

  /// Measures.
  ///
  /// - Parameters:
  ///   - attempts: The number of measurements of each figure.
  ///   - megabytes: The size of the memory that is walked through.
  ///   - steps: The number of steps that each thread computes in registers in one attempt.
  public init(attempts: Int = 20, megabytes: Int = 384, steps: Int = 2_000_000) {
    let probe = InstructionSet.current.loops.probe.pointee
    let threads = Threads.count
    operationsPerSecond =
      Double(probe.operations_per_step * steps * threads)
      / Self.fastest(of: attempts) {
        parallel(threads) { _ in _ = probe.multiply_add(steps, 0.5, 1) }
      }

    // Three blocks for the triad; the sum walks through all of them.
    let grain = 256
    let part = max(megabytes * 1_000_000 / 4 / (3 * threads * grain), 1) * grain
    let block = part * threads
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 3 * block)
    defer { memory.deallocate() }
    nonisolated(unsafe) let numbers = memory
    parallel(threads) { (numbers + 3 * part * $0).initialize(repeating: 1, count: 3 * part) }
    let bytes = Double(3 * block * MemoryLayout<Float>.stride)
    bytesReadPerSecond =
      bytes
      / Self.fastest(of: attempts) {
        parallel(threads) { _ = probe.sum(numbers + 3 * part * $0, 3 * part) }
      }
    bytesMovedPerSecond =
      bytes
      / Self.fastest(of: attempts) {
        parallel(threads) { thread in
          let start = numbers + part * thread
          probe.triad(start, start + block, start + 2 * block, 0.5, part)
        }
      }
  }

  /// The shortest time that `body` takes, in seconds.
  private static func fastest(of attempts: Int, _ body: () -> Void) -> Double {
    (0..<max(attempts, 1)).reduce(.infinity) { fastest, _ in
      let start = ProcessInfo.processInfo.systemUptime
      body()
      return min(fastest, ProcessInfo.processInfo.systemUptime - start)
    }
  }
}
