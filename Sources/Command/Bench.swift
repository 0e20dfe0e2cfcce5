import ArgumentParser
import Foundation
import Retrograd

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure time and peak memory of a training step.",
    discussion: """
      One step is AlexNet's forward pass in training mode on a batch of random pictures, cross-entropy, \
      the backward pass and Adam, all parameters. bench-torch.py beside this command's source does the \
      same with PyTorch.
      """)

  @Option(help: "How many pictures a step takes.")
  var batch = 16

  @Option(help: "How many steps to time, after one that is not counted.")
  var steps = 3

  @Flag(help: "Print JSON.")
  var json = false

  private struct Result: Encodable {
    let name: String
    let seconds: Double
    let peakMegabytes: Double
  }

  func validate() throws {
    for (name, value) in [("batch", batch), ("steps", steps)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1, got \(value).")
    }
  }

  func run() throws {
    var random = RandomSource(seed: 1)
    let model = AlexNet(using: &random)
    let optimizer = Adam(model.namedParameters)
    let pictures = Variable(.normal([batch, 3, 224, 224], using: &random))
    let labels = IntTensor((0..<batch).map { $0 * 37 % 1000 })
    var times: [Double] = []
    for _ in 0...steps {
      let start = ProcessInfo.processInfo.systemUptime
      optimizer.zeroGrad()
      crossEntropy(model(pictures), labels).backward()
      optimizer.step()
      times.append(ProcessInfo.processInfo.systemUptime - start)
    }
    let counted = times.dropFirst().sorted()
    let result = Result(
      name: "train-b\(batch)", seconds: counted[counted.count / 2], peakMegabytes: peakMegabytes)
    if json {
      print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    } else {
      print(
        "\(result.name)   \(String(format: "%.3f", result.seconds)) s a step (median of \(steps))   "
          + "peak memory \(String(format: "%.0f", result.peakMegabytes)) MB")
    }
  }

  /// The most memory that this process has held.
  private var peakMegabytes: Double {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return Double(usage.ru_maxrss) / 1000
    #else
      getrusage(RUSAGE_SELF, &usage)
      return Double(usage.ru_maxrss) / 1_000_000
    #endif
  }
}
