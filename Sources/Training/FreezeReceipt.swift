import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors

/// The changes that a training has made, by parameters and buffers: proof that frozen ones are what they were.
public struct FreezeReceipt: Sendable {
  /// One parameter, or one buffer, such as a running statistic.
  public struct Line: Codable, Sendable {
    /// Its path.
    public let name: String
    /// Its shape.
    public let shape: [Int]
    /// Indicates whether it was to be changed.
    public let isTrainable: Bool
    /// The largest change of a number.
    public let largestChange: Double
    /// Indicates whether every bit is what it was.
    public let isUnchanged: Bool
    /// Indicates whether any gradient was not zero; `true` for what is frozen, and for buffers, which learn without
    /// one.
    public let hadGradient: Bool
  }

  /// All parameters of the network, then all buffers.
  public let lines: [Line]

  /// Frozen parameters and buffers that are not what they were: that must not be.
  public var violations: [String] {
    lines.filter { !$0.isTrainable && !$0.isUnchanged }.map(\.name)
  }

  /// Parameters that were to learn but never had a gradient: nothing that depends on them reaches the
  /// loss.
  public var withoutGradient: [String] {
    lines.filter { $0.isTrainable && !$0.hadGradient }.map(\.name)
  }

  /// One line for each parameter and buffer.
  public var description: String {
    let width = max(9, lines.map(\.name.count).max() ?? 0)
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let rows = lines.map { line in
      let change =
        line.isUnchanged ? "the same, bit for bit" : String(format: "%.3g", line.largestChange)
      return padded(line.name, width) + "  " + padded("\(line.shape)", 18) + "  "
        + padded(line.isTrainable ? "trained" : "frozen", 8) + change
        + (line.hadGradient ? "" : "  (its gradient was always zero)")
    }
    let title =
      padded("parameter", width) + "  " + padded("shape", 18) + "  " + padded("", 8)
      + "largest change"
    return ([title] + rows).joined(separator: "\n")
  }
}

/// The parameters at the beginning, and which of them have had a gradient since.
struct ParameterRecord {
  private let network: any Layer
  /// The parameters and buffers at the beginning.
  let before: [String: Tensor]
  private(set) var hadGradient: Set<String>

  init(_ network: any Layer) {
    self.network = network
    before = Dictionary(network.namedNumbers.map { ($0.name, $0.tensor) }) { first, _ in first }
    hadGradient = []
  }

  /// Takes note of gradients that are not zero.
  mutating func noteGradients() {
    for (name, variable) in network.trainableParameters where !hadGradient.contains(name) {
      if let gradient = variable.grad, gradient.hasNumbers { hadGradient.insert(name) }
    }
  }

  /// Adds what was noted before an interruption.
  mutating func noteGradients(of names: [String]) { hadGradient.formUnion(names) }

  var receipt: FreezeReceipt {
    let frozen = network.frozenNames
    let trained = Set(network.trainableParameters.map(\.name))
    return FreezeReceipt(
      lines: network.namedNumbers.map { name, new in
        let old = before[name]!
        let isUnchanged = new.sharesMemory(with: old) || new.hasSameBits(as: old)
        return FreezeReceipt.Line(
          name: name, shape: new.shape, isTrainable: !frozen.contains(name),
          largestChange: isUnchanged ? 0 : (new - old).largestMagnitude,
          isUnchanged: isUnchanged,
          hadGradient: !trained.contains(name) || hadGradient.contains(name))
      })
  }
}

extension Tensor {
  /// The largest absolute value; 0 of no numbers. Nothing as large as the tensor is made for it.
  package var largestMagnitude: Double { count == 0 ? 0 : Swift.max(max().item(), -min().item()) }

  /// Indicates whether anything in it is not 0.
  fileprivate var hasNumbers: Bool { count > 0 && (max().item() != 0 || min().item() != 0) }
}
