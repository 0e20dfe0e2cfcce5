import RetrogradAutograd
import RetrogradTensors

/// One operation of a larger function, by itself: its inputs are moved while all that other operations gave stays as
/// it was.
struct OperationSubject: Subject {
  /// The origin of an input of the operation.
  enum Source: Hashable {
    case leaf(Int)
    case step(Int)
  }

  let base: any Subject
  let step: Int
  let operation: String
  let sources: [Source]
  let values: [Tensor]
  let names: [String]
  private let baseValues: [Tensor]
  private let stepValues: [Tensor]

  var title: String { "\"\(operation)\"" }

  /// - Parameters:
  ///   - base: The whole function.
  ///   - baseValues: Its inputs.
  ///   - steps: The operations that were recorded there.
  ///   - step: The operation.
  ///   - sources: The operations that it depends on.
  init(
    _ base: any Subject, at baseValues: [Tensor], _ steps: [Isolation.Step], _ step: Int,
    _ sources: [Source]
  ) {
    self.base = base
    self.baseValues = baseValues
    stepValues = steps.map(\.value)
    self.step = step
    operation = steps[step].operation
    self.sources = sources
    values = sources.map { source in
      switch source {
      case .leaf(let index): baseValues[index].converted(to: .float64)
      case .step(let index): steps[index].value.converted(to: .float64)
      }
    }
    names = sources.enumerated().map { place, source in
      switch source {
      case .leaf(let index): base.names[index]
      case .step(let index): "its input \(place) (\"\(steps[index].operation)\")"
      }
    }
  }

  func build(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) {
    var inputs = baseValues
    var results = stepValues
    for (source, value) in zip(sources, values) {
      switch source {
      case .leaf(let index): inputs[index] = value
      case .step(let index): results[index] = value
      }
    }
    let isolation = Isolation(values: results, kept: step)
    let (leaves, _) = isolation.run { base.build(inputs) }
    let steps = isolation.steps
    guard steps.count > step, steps[step].operation == operation else {
      // Another way through the function: nothing to compare with.
      return (
        values.map { Variable($0, requiresGrad: true) },
        Variable(Tensor(repeating: .nan, shape: stepValues[step].shape, dtype: .float64))
      )
    }
    let inputsOfStep = sources.map { source in
      switch source {
      case .leaf(let index): leaves[index]
      case .step(let index): steps[index].result
      }
    }
    return (inputsOfStep, steps[step].result)
  }

  func buildTwice(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) { build(values) }
}
