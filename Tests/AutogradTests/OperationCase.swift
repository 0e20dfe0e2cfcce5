import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// One case of a family in Tests/Fixtures/operations: an operation, its arguments and inputs, and what PyTorch says of
/// them.
struct OperationCase: Sendable, Decodable, CustomTestStringConvertible {
  let name: String
  let operation: String
  let arguments: OperationArguments
  let inputCount: Int
  /// Whether finite differences at the inputs mean something.
  let isSmooth: Bool
  /// Whether second derivatives are to be compared.
  let hasSecondDerivatives: Bool

  private enum CodingKeys: String, CodingKey {
    case name, operation, arguments
    case inputCount = "inputs"
    case isSmooth = "smooth"
    case hasSecondDerivatives = "second"
  }

  var testDescription: String { name }

  /// The cases of each family of the table.
  static let families: [String: [OperationCase]] = OperationTable.families.keys.reduce(into: [:]) {
    $0[$1] = Fixtures.json("operations/\($1).json")
  }
  static let all = families.sorted { $0.key < $1.key }.flatMap(\.value)
  private static let tensors = OperationTable.families.keys.reduce(into: [:]) {
    $0.merge(Fixtures.tensors("operations/\($1).safetensors")) { _, _ in
      fatalError("one name for two tensors")
    }
  }

  /// Each lies in the middle of a larger block of memory, which it shares.
  var inputs: [Tensor] { (0..<inputCount).map { part(1, of: "x\($0)") } }
  var gradients: [Tensor] { (0..<inputCount).map { part(2, of: "x\($0)") } }
  var directions: [Tensor] { (0..<inputCount).map { part(0, of: "x\($0)") } }
  /// The second derivatives with respect to each input, and last to the cotangent.
  var secondDerivatives: [Tensor] {
    (0..<inputCount).map { part(3, of: "x\($0)") } + [part(2, of: "y")]
  }
  var value: Tensor { part(1, of: "y") }
  var cotangent: Tensor { part(0, of: "y") }

  /// The operation of the table, applied.
  func output(_ inputs: [Variable]) -> Variable {
    guard let function = OperationTable.all[operation] else {
      Issue.record("\(operation) is not in the table")
      return inputs[0]
    }
    return function(inputs, arguments)
  }

  private func part(_ index: Int, of key: String) -> Tensor {
    let stack = Self.tensors["\(name)/\(key)"]!
    return stack[index..<(index + 1)].reshaped(Array(stack.shape.dropFirst()))
  }
}

/// The arguments that an operation takes besides its inputs, under the names they have in Swift.
struct OperationArguments: Sendable, Decodable {
  /// Numbers in a shape, whole or not.
  struct Grid<Element: Decodable & Sendable>: Decodable, Sendable {
    let shape: [Int]
    let scalars: [Element]
  }

  var axis: Int?
  var axes: [Int]?
  var keepDims: Bool?
  var correction: Int?
  var number: Double?
  var min: Double?
  var max: Double?
  var shape: [Int]?
  var first: Int?
  var last: Int?
  var range: [Int]?
  var step: Int?
  var widths: [[Int]]?
  var condition: Grid<Double>?
  var indices: Grid<Int>?
  var paddingIndex: Int?
  var transposeA: Bool?
  var transposeB: Bool?
  var kernel: [Int]?
  var stride: [Int]?
  var padding: [Int]?
  /// The padding of a convolution by a rule.
  var rule: PaddingRule?
  var outputPadding: [Int]?
  var dilation: [Int]?
  var groups: Int?
  var ceilMode: Bool?
  var countIncludesPadding: Bool?
  var divisorOverride: Int?
  var size: [Int]?
  var labels: Grid<Int>?
  var weight: Grid<Double>?
  var ignoreIndex: Int?
  var labelSmoothing: Double?
  var reduction: String?
  var approximation: String?
  var alpha: Double?
  var beta: Double?
  var slope: Double?
  var threshold: Double?
  /// The order of a norm, which may be "inf".
  var order: String?
  var largest: Bool?
  var count: Int?
  var shifts: [Int]?
  var diagonal: Int?
  var equation: String?
  var delta: Double?
  var margin: Double?
  var power: Int?
  var positiveWeight: Grid<Double>?
  var target: Grid<Double>?
  var logTarget: Bool?
  var mode: String?
  var alignCorners: Bool?
  var scale: [Double]?
  var factor: Int?
  var training: Bool?
  var epsilon: Double?
  var runningMean: Grid<Double>?
  var runningVariance: Grid<Double>?
  var channels: Int?
  var k: Double?
}

extension Tensor {
  init(_ grid: OperationArguments.Grid<Double>) {
    self.init(grid.scalars, shape: grid.shape, dtype: .float64)
  }
}

extension IntTensor {
  init(_ grid: OperationArguments.Grid<Int>) { self.init(grid.scalars, shape: grid.shape) }
}
