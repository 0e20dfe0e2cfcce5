import RetrogradTensors
import RetrogradThreadScopes

/// The tensors that an operation keeps for its derivative.
public enum Keep: Sendable {
  /// None: the derivative needs only shapes (addition).
  case nothing
  /// The inputs (multiplication).
  case inputs
  /// The output (tanh).
  case output
  /// Inputs and output (division).
  case both

  var hasInputs: Bool { self == .inputs || self == .both }
  var hasOutput: Bool { self == .output || self == .both }
}

/// A derivative: from what was saved and the cotangent of the output to the cotangent of an input.
///
/// It is written in differentiable operations, so that it can be differentiated again.
public typealias Derivative = @Sendable (_ saved: Saved, _ dy: Variable) -> Variable

/// The values that a derivative gets from the forward pass.
///
/// Under `createGraph` the variables here are connected to the graph, so that what is computed from
/// them can be differentiated again; otherwise they are constants.
public struct Saved {
  let node: Node
  /// `nil` where all inputs that take a gradient need theirs, so that no array is made for each node.
  let needed: [Bool]?

  /// Indicates whether what the derivative computes will be differentiated again. Only when it is not may an
  /// intermediate result of the forward pass be used in place of computing it from ``inputs``.
  public let isRecording: Bool

  /// The inputs, as they were; kept with ``Keep/inputs`` or ``Keep/both``.
  public var inputs: Inputs { Inputs(saved: self) }

  /// The output, as it was; kept with ``Keep/output`` or ``Keep/both``.
  public var output: Variable {
    guard let kept = node.keptOutput else {
      stop(
        "\(node.operation): its derivative reads saved.output, but it was recorded without keeping it"
      )
    }
    return Variable(kept, node: isRecording ? node : nil)
  }

  /// Returns whether anybody wants the gradient of input `index`.
  public func needs(_ index: Int) -> Bool { needed?[index] ?? (node.input(index) != nil) }

  /// The number of inputs.
  public var inputCount: Int { node.inputCount }

  /// The shape of input `index`, whether it was kept or not.
  public func shape(_ index: Int) -> [Int] { node.inputShape(index) }

  /// A gradient of input `index` in the shape of what the input was broadcast to, summed over the axes that it was
  /// repeated along.
  public func unbroadcast(_ gradient: Variable, to index: Int) -> Variable {
    gradient.summed(to: shape(index))
  }

  /// The saved inputs by their index.
  public struct Inputs {
    let saved: Saved

    /// Input `index`.
    public subscript(index: Int) -> Variable {
      guard index < saved.node.inputCount, let value = saved.node.inputValue(index) else {
        stop(
          "\(saved.node.operation): its derivative reads saved.inputs[\(index)], but it kept "
            + "\(count) inputs")
      }
      return Variable(value, node: saved.isRecording ? saved.node.input(index) : nil)
    }

    /// The number of inputs that were kept.
    public var count: Int {
      // All are kept, or none.
      let count = saved.node.inputCount
      return count > 0 && saved.node.inputValue(0) != nil ? count : 0
    }
  }
}

/// Runs `body` without recording operations: for evaluation, and for updating parameters.
///
/// It speaks of the calling thread only, and may be nested.
public func withoutGradients<R>(_ body: () throws -> R) rethrows -> R {
  try withRecording(false, body)
}

/// Runs `body` with operations recorded, also inside ``withoutGradients(_:)``: for a derivative that
/// computes part of the forward pass again.
public func withRecordedGradients<R>(_ body: () throws -> R) rethrows -> R {
  try withRecording(true, body)
}

/// Indicates whether operations on this thread are being recorded.
public var isRecordingGradients: Bool { !ThreadScope.pausedRecording.isActive }

/// Runs `body` with recording switched on or off, whatever it was before.
func withRecording<R>(_ isRecording: Bool, _ body: () throws -> R) rethrows -> R {
  try ThreadScope.pausedRecording.run(inside: !isRecording, body)
}

/// Makes the result of an operation on one variable.
///
/// - Parameters:
///   - name: The operation's name, for messages and drawings.
///   - x: The input.
///   - value: The result, already computed.
///   - keep: The values that the derivative reads.
///   - dx: The derivative with respect to `x`.
@inline(__always)
public func record(
  _ name: String, _ x: Variable, value: Tensor, keep: Keep, dx: @escaping Derivative
) -> Variable {
  // Inlined into each operation of this module, so that what it hands over is moved rather than copied.
  let trace = EvaluationTrace.current
  trace?.see(name, value)
  guard isRecordingGradients, x.requiresGrad else { return Variable(value, node: nil) }
  let result = Variable(
    value,
    node: Node(
      operation: name, output: value, keepsOutput: keep.hasOutput, rule: .unary(dx),
      first: .init(x, keep)))
  return trace?.passed(result, name, [x]) ?? result
}

/// Makes the result of an operation on two variables, with a derivative for each.
///
/// - Parameters:
///   - name: The operation's name, for messages and drawings.
///   - a: The first input.
///   - b: The second input.
///   - value: The result, already computed.
///   - keep: The values that the derivatives read.
///   - da: The derivative with respect to `a`; not called when nobody needs it.
///   - db: The derivative with respect to `b`; not called when nobody needs it.
public func record(
  _ name: String, _ a: Variable, _ b: Variable, value: Tensor, keep: Keep,
  da: @escaping Derivative, db: @escaping Derivative
) -> Variable {
  let trace = EvaluationTrace.current
  trace?.see(name, value)
  guard isRecordingGradients, a.requiresGrad || b.requiresGrad else {
    return Variable(value, node: nil)
  }
  let result = Variable(
    value,
    node: Node(
      operation: name, output: value, keepsOutput: keep.hasOutput, rule: .binary(da, db),
      first: .init(a, keep), second: .init(b, keep)))
  return trace?.passed(result, name, [a, b]) ?? result
}

/// Makes the result of an operation on any number of variables, whose gradients share work.
///
/// - Parameters:
///   - name: The operation's name, for messages and drawings.
///   - inputs: The inputs.
///   - value: The result, already computed.
///   - keep: The values that the derivative reads.
///   - gradients: One gradient for each input; `nil` for those that ``Saved/needs(_:)`` denies.
public func record(
  _ name: String, _ inputs: [Variable], value: Tensor, keep: Keep,
  gradients: @escaping @Sendable (_ saved: Saved, _ dy: Variable) -> [Variable?]
) -> Variable {
  let trace = EvaluationTrace.current
  trace?.see(name, value)
  guard isRecordingGradients, inputs.contains(where: \.requiresGrad) else {
    return Variable(value, node: nil)
  }
  let result = Variable(
    value,
    node: Node(
      operation: name, output: value, keepsOutput: keep.hasOutput, rule: .joint(gradients),
      first: inputs.first.map { .init($0, keep) },
      second: inputs.count > 1 ? .init(inputs[1], keep) : nil,
      others: inputs.dropFirst(2).map { .init($0, keep) }))
  return trace?.passed(result, name, inputs) ?? result
}
