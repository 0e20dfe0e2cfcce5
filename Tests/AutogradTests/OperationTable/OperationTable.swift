import RetrogradAutograd
import RetrogradTensors

/// Every operation by a name, as a function of its inputs and arguments.
///
/// A family's operations stand in `OperationTable+FAMILY.swift`, and with PyTorch's function and the cases in
/// `Tests/Fixtures/operations/FAMILY.py`.
enum OperationTable {
  typealias Function = @Sendable (_ x: [Variable], _ a: OperationArguments) -> Variable

  /// The families by the names of their fixtures.
  static let families: [String: [String: Function]] = [
    "arithmetic": arithmetic, "exponentials": exponentials, "trigonometry": trigonometry,
    "activations": activations, "choosing": choosing, "reductions": reductions, "shapes": shapes,
    "picking": picking, "products": products, "convolution": convolution, "pooling": pooling,
    "resampling": resampling, "normalization": normalization, "losses": losses,
  ]

  static let all: [String: Function] = families.values.reduce(into: [:]) {
    $0.merge($1) { _, _ in fatalError("one name for two operations") }
  }

  static func size(_ pair: [Int]?) -> Size2D? { pair.map { Size2D($0[0], $0[1]) } }
}
