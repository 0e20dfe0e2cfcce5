import Foundation
import Retrograd

/// An experiment on the error of the gradients of AlexNet's convolutions in single precision, and its cause.
///
/// A rectifier and a max-pool decide: a number that rounding moves across the decision sends its whole
/// gradient another way. The experiment tells that apart from a derivative that is computed badly: the
/// same network once with its decisions, once with those of the run in double precision, and once with
/// smooth layers, which decide nothing.
struct RoundingExperiment {
  /// The layers between the convolutions.
  enum Form: String, CaseIterable, Codable {
    case deciding = "ReLU, max-pool"
    case borrowed = "the same, decisions of float64"
    case smooth = "softplus, average pool"
  }

  /// One row of the result.
  struct Row: Codable {
    let form: Form
    let algorithm: String
    /// Largest error of each convolution's weight gradient, relative to its largest element.
    let errors: [Double]
    /// Decisions that came out otherwise than in double precision, and all there were.
    let flips: Int
    let decisions: Int
  }

  /// The decisions of a pass: which numbers were positive, and where maxima lay.
  private struct Decisions {
    var masks: [Tensor] = []
    var places: [IntTensor] = []

    func differences(from other: Decisions) -> Int {
      zip(masks, other.masks).reduce(0) { count, pair in
        count + zip(pair.0.scalars, pair.1.scalars).count { $0 != $1 }
      }
        + zip(places, other.places).reduce(0) { count, pair in
          count + zip(pair.0.scalars, pair.1.scalars).count { $0 != $1 }
        }
    }

    var count: Int { masks.reduce(0) { $0 + $1.count } + places.reduce(0) { $0 + $1.count } }
  }

  private struct Pass {
    let gradients: [Tensor]
    let decisions: Decisions
  }

  private let convolutions: [Conv2d]
  private let pictures: Tensor
  private let cotangent: Tensor

  init(_ model: AlexNet, pictures: Tensor, using random: inout RandomSource) {
    convolutions = (0..<model.features.count).compactMap { model.features[$0] as? Conv2d }
    self.pictures = pictures
    let channels = convolutions.last?.weight.shape[0] ?? 0
    let size = model.features(Variable(pictures[0..<1])).shape
    cotangent = .normal([pictures.shape[0], channels, size[2], size[3]], using: &random)
  }

  /// All rows: each form, with Winograd's method and with plain sums.
  func run() -> [Row] {
    Form.allCases.flatMap { form -> [Row] in
      let exact = pass(form, .float64, borrowing: nil)
      func row(_ algorithm: String) -> Row {
        let single = pass(form, .float32, borrowing: form == .borrowed ? exact.decisions : nil)
        return Row(
          form: form, algorithm: algorithm,
          errors: zip(single.gradients, exact.gradients).map(error),
          flips: single.decisions.differences(from: exact.decisions),
          decisions: exact.decisions.count)
      }
      return [row("Winograd"), withExactConvolutions { row("plain sums") }]
    }
  }

  private func error(_ single: Tensor, _ double: Tensor) -> Double {
    let difference = (single.converted(to: .float64) - double).abs().max().item()
    return difference / double.abs().max().item()
  }

  private func pass(_ form: Form, _ dtype: DType, borrowing borrowed: Decisions?) -> Pass {
    var decisions = Decisions()
    let weights = convolutions.map {
      Variable($0.weight.value.converted(to: dtype), requiresGrad: true)
    }
    var x = Variable(pictures.converted(to: dtype))
    for (index, convolution) in convolutions.enumerated() {
      let z = conv2d(
        x, weights[index],
        bias: convolution.bias.map { Variable($0.value.converted(to: dtype)) },
        stride: convolution.stride, padding: convolution.padding)
      x = activate(z, form, index, borrowed, &decisions)
      // AlexNet pools after its first, second and last convolution.
      if [0, 1, 4].contains(index) { x = pool(x, form, borrowed, &decisions) }
    }
    x.backward(cotangent.converted(to: dtype))
    return Pass(gradients: weights.compactMap(\.grad), decisions: decisions)
  }

  private func activate(
    _ z: Variable, _ form: Form, _ index: Int, _ borrowed: Decisions?,
    _ decisions: inout Decisions
  ) -> Variable {
    if form == .smooth { return z.softplus() }
    let own = z.value .> 0
    decisions.masks.append(own)
    guard let borrowed else { return z.relu() }
    return z * Variable(borrowed.masks[index].converted(to: z.dtype))
  }

  private func pool(
    _ x: Variable, _ form: Form, _ borrowed: Decisions?, _ decisions: inout Decisions
  ) -> Variable {
    if form == .smooth { return avgPool2d(x, kernel: 3, stride: 2) }
    let (values, places) = maxPool2dWithIndices(x, kernel: 3, stride: 2)
    decisions.places.append(places)
    guard let borrowed else { return values }
    let chosen = borrowed.places[decisions.places.count - 1]
    let shape = chosen.shape
    return gather(
      x.reshaped([shape[0], shape[1], -1]),
      IntTensor(chosen.scalars, shape: [shape[0], shape[1], shape[2] * shape[3]]), axis: 2
    ).reshaped(shape)
  }
}

extension RoundingExperiment.Row: CustomStringConvertible {
  /// One line of the table.
  var description: String {
    let errors = errors.map { String(format: "%8.1e", $0) }.joined(separator: " ")
    let name = form.rawValue.padding(toLength: 31, withPad: " ", startingAt: 0)
    return "\(name) \(algorithm.padding(toLength: 10, withPad: " ", startingAt: 0)) \(errors)"
      + "  \(flips) of \(decisions)"
  }
}
