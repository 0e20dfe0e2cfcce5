import Foundation

// Counts and extents come from callers, and their sums and products may not fit an `Int`. They are
// checked where they come in, so that no loop has to: Swift would trap there without a message.

/// The most elements that a tensor may have: their bytes can still be counted.
let largestCount = Int.max / MemoryLayout<Double>.size

/// The largest height or width of a picture, kernel, stride, padding or dilation, so that the product
/// of two and a sum of those still fit an `Int`.
package let largestExtent = Int(Int32.max)

extension Tensor {
  /// The number of elements of a shape; stops on negative extents and where there are too many.
  ///
  /// Extents of 0 do not excuse the others (as in NumPy), so that every product of some of the extents
  /// of a tensor fits an `Int`.
  static func checkedCount(
    _ shape: [Int], operation: @autoclosure () -> String = "Tensor"
  ) -> Int {
    var (count, isEmpty) = (1, false)
    for extent in shape {
      require(
        extent >= 0,
        "\(operation()): shape \(shape) has a negative extent; extents are 0 or more")
      if extent == 0 {
        isEmpty = true
        continue
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      require(
        !overflow && product <= largestCount,
        "\(operation()): a tensor of shape \(shape) has more elements than memory can hold: at most "
          + "2^60. Use smaller extents")
      count = product
    }
    return isEmpty ? 0 : count
  }
}

/// The sum of an extent and what is added to it; stops where it does not fit.
func checkedSum(_ extent: Int, _ more: Int..., mistake: @autoclosure () -> String) -> Int {
  more.reduce(extent) {
    let (sum, overflow) = $0.addingReportingOverflow($1)
    require(!overflow && sum <= largestCount, mistake())
    return sum
  }
}

/// Stops when so many 8-byte numbers are more than the machine's memory: Swift's arrays would trap.
/// (An allocation on trial would tell nothing: the optimizer removes one that is freed unused.)
func requireMemory(forNumbers count: Int, operation: String) {
  // Less than a gigabyte is not asked for: the answer costs a call of the system.
  if count < 1 << 27 { return }
  let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Double>.size)
  require(
    !overflow && UInt64(bytes) <= ProcessInfo.processInfo.physicalMemory,
    "\(operation): out of memory: \(count) numbers do not fit. Use fewer, or several parts")
}

/// Stops when a height or width is out of range.
///
/// - Parameters:
///   - extents: Each with its name.
///   - shapes: The shapes that they are used with, for the message.
///   - operation: The operation, for the message.
package func requireExtents(
  _ extents: KeyValuePairs<String, Size2D>, with shapes: [Int]..., operation: String
) {
  for (name, size) in extents {
    require(
      Swift.max(size.height, size.width) <= largestExtent
        && Swift.min(size.height, size.width) >= -largestExtent,
      "\(operation): \(name) \(size) is out of range for shape "
        + shapes.map { "\($0)" }.joined(separator: " and ")
        + ": heights and widths are at most \(largestExtent). Use a smaller one")
  }
}
