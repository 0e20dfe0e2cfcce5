/// A part of what can be measured, which can be asked for by its name.
enum BenchGroup: String, CaseIterable, Sendable {
  case alexnet
  case operations
  case networks

  /// A description of the group's cases.
  var summary: String {
    switch self {
    case .alexnet: "AlexNet, and the photographs that come into it"
    case .operations:
      "single operations with the gradients of all they take, or only forward where the name says so"
    case .networks: "networks of other kinds, from scalars to a small ResNet"
    }
  }

  /// The cases of this group.
  var cases: [BenchCase] {
    switch self {
    case .alexnet: BenchCase.alexNet
    case .operations: BenchCase.operations
    case .networks: BenchCase.networks
    }
  }
}

extension BenchCase {
  /// Everything that can be measured, group by group.
  static let all = BenchGroup.allCases.flatMap(\.cases)

  /// The case of that name.
  static func named(_ name: String) -> BenchCase? { all.first { $0.name == name } }

  /// The cases that a name on the command line stands for: one, or those of a group.
  static func meant(by name: String) -> [BenchCase] {
    BenchGroup(rawValue: name)?.cases ?? named(name).map { [$0] } ?? []
  }
}
