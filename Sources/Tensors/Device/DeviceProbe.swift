import Foundation
import RetrogradDevices

/// The peak speed of a device, measured with kernels that do one thing only.
///
/// Each figure is the best of several attempts, timed to the end of the device's work: others who use it can only make
/// it slower.
package struct DeviceProbe: Sendable {
  /// Multiplications and additions a second of `float32` numbers in registers.
  package let operationsPerSecond: Double
  /// Bytes a second, read and written, while a block far larger than the caches is copied in the device's memory.
  package let bytesCopiedPerSecond: Double
  /// Bytes a second from the host's memory to the device's, a new block included.
  package let bytesUploadedPerSecond: Double
  /// Bytes a second from the device's memory to the host's.
  package let bytesDownloadedPerSecond: Double

  /// Measures.
  ///
  /// - Parameters:
  ///   - device: The device; not the processor.
  ///   - seconds: The time after which a figure has had attempts enough, where there were three.
  ///   - megabytes: The size of the block, or less where the device's memory is small.
  ///   - steps: The number of steps that each work item computes in registers in one attempt.
  package init(
    _ device: Device, seconds: Double = 0.5, megabytes: Int = 256, steps: Int = 4096
  ) throws(DeviceError) {
    guard let device = device.open() else {
      throw DeviceError(.noDevice, "there is no device to measure: \(device)")
    }
    func fastest(_ body: () throws(DeviceError) -> Void) throws(DeviceError) -> Double {
      try body()
      try device.finish()
      let begin = ProcessInfo.processInfo.systemUptime
      var (shortest, attempts) = (Double.infinity, 0)
      repeat {
        let start = ProcessInfo.processInfo.systemUptime
        try body()
        try device.finish()
        shortest = min(shortest, ProcessInfo.processInfo.systemUptime - start)
        attempts += 1
      } while attempts < 3 || ProcessInfo.processInfo.systemUptime < begin + seconds
      return shortest
    }

    let groups = 16 * max(device.description.computeUnits, 1)
    let results = try device.block(byteCount: 4 * 256 * groups)
    let operations = Double(256 * groups * steps) * operationsPerStep
    operationsPerSecond =
      try operations
      / fastest { () throws(DeviceError) in
        try device.run(
          multiplyAddKernel, [.block(results), .float(0.5), .float(1), .int(steps)],
          WorkSize(groups: (groups, 1, 1), items: (256, 1, 1)))
      }

    let limit = min(device.description.largestBlock / 4, device.description.memory / 16)
    let vectors = max(min(megabytes * 1_000_000, limit) / 16, 1)
    var numbers = [Float](repeating: 1, count: 4 * vectors)
    let bytes = Double(16 * vectors)
    let source = try device.block(copying: numbers)
    let target = try device.block(byteCount: 16 * vectors)
    bytesCopiedPerSecond =
      try 2 * bytes
      / fastest { () throws(DeviceError) in
        try device.run(
          copyKernel, [.block(source), .block(target), .int(vectors)], WorkSize(count: vectors))
      }
    bytesUploadedPerSecond =
      try bytes / fastest { () throws(DeviceError) in _ = try device.block(copying: numbers) }
    bytesDownloadedPerSecond =
      try bytes / fastest { () throws(DeviceError) in try device.read(source, into: &numbers) }
  }
}

extension OpenDevice {
  /// A block with a copy of numbers.
  fileprivate func block(copying numbers: [Float]) throws(DeviceError) -> DeviceBlock {
    try numbers.withUnsafeBytes { bytes in
      Result { () throws(DeviceError) in try block(copying: bytes) }
    }.get()
  }

  /// Reads numbers from the beginning of a block.
  fileprivate func read(_ block: DeviceBlock, into numbers: inout [Float]) throws(DeviceError) {
    try numbers.withUnsafeMutableBytes { bytes in
      Result { () throws(DeviceError) in try read(block, into: bytes) }
    }.get()
  }
}

/// Sixty-four multiplications and as many additions.
private let operationsPerStep = 128.0

/// `x ← a · x + b`, again and again. The 64 numbers of an item do not wait for one another, and never leave registers;
/// as vectors they fill those of a processor, too.
private let multiplyAddKernel = Kernel(
  "multiplyAdd",
  text: kernelPrelude + """
    KERNEL multiplyAdd(WRITE y, float a, float b, int steps) {
      const float16 factor = a, term = b;
      float16 p = PLACE(0), q = p + 1, r = p + 2, s = p + 3;
      for (int step = 0; step < steps; step++) {
        p = mad(p, factor, term);
        q = mad(q, factor, term);
        r = mad(r, factor, term);
        s = mad(s, factor, term);
      }
      float16 sum = (p + q) + (r + s);
      float8 eight = sum.lo + sum.hi;
      float4 four = eight.lo + eight.hi;
      y[ITEM] = (four.x + four.y) + (four.z + four.w);
    }
    """)

/// `y[i] = x[i]`, four numbers an item.
private let copyKernel = Kernel(
  "copyVectors",
  text: kernelPrelude + """
    KERNEL copyVectors(global const float4 *restrict x, global float4 *restrict y, int count) {
      const int i = ITEM;
      if (i < count) y[i] = x[i];
    }
    """)
