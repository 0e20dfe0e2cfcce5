/// A part of what can be measured, which can be asked for by its name.
enum BenchGroup: String, CaseIterable, Sendable {
  case alexnet
  case operations
  case networks
  case device

  /// A description of the group's cases.
  var summary: String {
    switch self {
    case .alexnet: "AlexNet, and the photographs that come into it"
    case .operations:
      "single operations with the gradients of all they take, or only forward where the name says so"
    case .networks: "networks of other kinds, from scalars to a small ResNet"
    case .device: "the memory of a device and the way there: with --device"
    }
  }

  /// The cases of this group.
  var cases: [BenchCase] {
    switch self {
    case .alexnet: BenchCase.alexNet
    case .operations: BenchCase.operations
    case .networks: BenchCase.networks
    case .device: BenchCase.device
    }
  }
}

extension BenchCase {
  /// Everything that can be measured, group by group.
  static let all = BenchGroup.allCases.flatMap(\.cases)

  /// The cases that are measured on a device, unless the command line names something else.
  static let usualOnDevice =
    ["forward-b1", "forward-b8", "forward-b50", "train-b16", "sgemm-2048"].compactMap(named)
    + device

  /// The case of that name.
  static func named(_ name: String) -> BenchCase? { all.first { $0.name == name } }

  /// The cases that a name on the command line stands for: one, or those of a group.
  static func meant(by name: String) -> [BenchCase] {
    BenchGroup(rawValue: name)?.cases ?? named(name).map { [$0] } ?? []
  }
}
