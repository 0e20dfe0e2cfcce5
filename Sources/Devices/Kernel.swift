/// A kernel: the text of a function in OpenCL C, which a device compiles when it first runs it.
package struct Kernel: Sendable {
  /// The function's name in the text.
  package let function: String
  /// The name under which it is kept and reported; no two kernels share it.
  package let name: String
  private let makeText: @Sendable () -> String

  /// The text.
  package var text: String { makeText() }

  /// A kernel.
  ///
  /// - Parameters:
  ///   - function: The function's name in the text.
  ///   - name: The name to report, if many kernels have the same function.
  ///   - text: The text, made when it is compiled.
  package init(
    _ function: String, name: String? = nil, text: @escaping @autoclosure @Sendable () -> String
  ) {
    (self.function, self.name, makeText) = (function, name ?? function, text)
  }
}

/// An argument of a kernel: one for each parameter of its function.
package enum KernelArgument {
  /// A block of memory: `global float *`.
  case block(DeviceBlock)
  /// `int`.
  case int(Int)
  /// `float`.
  case float(Float)
  /// A `struct` of whole numbers.
  case ints([Int32])
}

/// The number of work items along three axes, and of those in a group.
package struct WorkSize: Sendable {
  /// The number of groups along each axis.
  package let groups: (Int, Int, Int)
  /// The number of items in a group along each axis.
  package let items: (Int, Int, Int)

  /// Groups of `items`.
  package init(groups: (Int, Int, Int), items: (Int, Int, Int)) {
    (self.groups, self.items) = (groups, items)
  }

  /// Enough groups of 256 for `count` items in a row.
  package init(count: Int) {
    self.init(groups: ((count + 255) / 256, 1, 1), items: (256, 1, 1))
  }
}

extension DeviceError {
  /// A kernel that does not compile: what the compiler says, and the line that it means.
  ///
  /// - Parameters:
  ///   - kernel: The kernel.
  ///   - log: The compiler's log.
  ///   - device: The device's name.
  init(_ kernel: Kernel, log: String, device: String) {
    let lines = kernel.text.split(separator: "\n", omittingEmptySubsequences: false)
    // Compilers write `file:12:5: error: …`, or `error: file:12:5: …`.
    let place = log.firstMatch(of: /:(\d+):(\d+):/)
    var shown = ""
    if let place, let line = Int(place.1), let column = Int(place.2), lines.indices ~= line - 1 {
      let number = "\(line) | "
      shown =
        "\n\(number)\(lines[line - 1])\n"
        + String(repeating: " ", count: max(0, number.count + column - 1)) + "^"
    }
    self.init(
      .compilation,
      "the kernel \"\(kernel.name)\" does not compile on \(device):\n\(log)\(shown)")
  }
}
