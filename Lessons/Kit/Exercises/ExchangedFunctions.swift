import Retrograd
import RetrogradAutograd

/// A function of one value that gives a number. It is called where it was made, wherever that is.
public nonisolated struct NumberFunction<Argument: Exchangeable>: Exchangeable {
  private let function: (Argument) -> Double

  /// A function.
  public init(_ function: @escaping (Argument) -> Double) { self.function = function }

  /// Its value.
  public func callAsFunction(_ argument: Argument) -> Double { function(argument) }

  /// Appends its number to a message.
  public func write(to message: inout MessageWriter) {
    let number = message.line.offer { [function] arguments, result in
      function(try Argument(from: &arguments)).write(to: &result)
    }
    number.write(to: &message)
  }

  /// A function of the other side.
  public init(from message: inout MessageReader) throws {
    let (line, number) = (message.line, try Int(from: &message))
    function = { argument in
      do {
        var reply = try line.ask(number) { argument.write(to: &$0) }
        return try Double(from: &reply)
      } catch {
        line.note(error)
        return .nan
      }
    }
  }
}

/// A function of a variable that can be differentiated, as often as one likes. Forward and backward pass run where it was
/// made, wherever that is.
///
/// With f₀(x) the function itself, each derivative is a function again: f₁(x, v) = vᵀ ∂f₀/∂x, and so on, each with one input
/// more, the cotangent, and for one of its inputs.
public nonisolated struct DifferentiableFunction: Exchangeable, @unchecked Sendable {
  private let function: (Variable) throws -> Variable
  /// The line over which the function is called, if it is in another process.
  private let line: Line?

  /// The highest derivative that may be asked for.
  private static let highestOrder = 4

  /// A function.
  public init(_ function: @escaping (Variable) throws -> Variable) {
    (self.function, line) = (function, nil)
  }

  /// Its value, with its history; the input itself where the other side fails, which is noted.
  public func callAsFunction(_ x: Variable) -> Variable {
    do {
      return try function(x)
    } catch {
      line?.note(error)
      return x
    }
  }

  /// Appends its number to a message.
  public func write(to message: inout MessageWriter) {
    let number = message.line.offer { [function] arguments, result in
      let path = try [Int](from: &arguments)
      let inputs = try [Tensor](from: &arguments).map { Variable($0, requiresGrad: true) }
      guard path.count <= Self.highestOrder, inputs.count == path.count + 1,
        path.enumerated().allSatisfy({ (0...$0).contains($1) })
      else { throw AnswerError("There is no derivative \(path) with \(inputs.count) inputs.") }
      let trace = EvaluationTrace()
      let output = try trace.run { try Self.derivative(path[...], of: function, inputs[...]) }
      if let violation = trace.violations.first {
        throw AnswerError("Its derivative breaks a rule: \(violation).")
      }
      output.value.write(to: &result)
      output.requiresGrad.write(to: &result)
    }
    number.write(to: &message)
  }

  /// A function of the other side.
  public init(from message: inout MessageReader) throws {
    let (line, number) = (message.line, try Int(from: &message))
    function = { try Self.ask(line, number, [], [$0]) }
    self.line = line
  }

  /// A derivative of a function.
  ///
  /// - Parameters:
  ///   - path: For each derivative, with respect to which input it is taken; empty for the function itself.
  ///   - inputs: The function's input, and a cotangent for each derivative.
  private static func derivative(
    _ path: ArraySlice<Int>, of function: (Variable) throws -> Variable,
    _ inputs: ArraySlice<Variable>, createGraph: Bool = false
  ) throws -> Variable {
    guard let input = path.last, let cotangent = inputs.last else { return try function(inputs[0]) }
    let others = inputs.dropLast()
    let output = try derivative(path.dropLast(), of: function, others, createGraph: true)
    guard output.requiresGrad else { return Variable(.zeros(like: inputs[input].value)) }
    return gradients(
      of: output, withRespectTo: Array(others), seed: cotangent, createGraph: createGraph)[input]
  }

  private static func ask(
    _ line: Line, _ number: Int, _ path: [Int], _ inputs: [Variable]
  ) throws -> Variable {
    var reply = try line.ask(number) {
      path.write(to: &$0)
      inputs.map(\.value).write(to: &$0)
    }
    let value = try Tensor(from: &reply)
    guard try Bool(from: &reply) || !path.isEmpty else { return Variable(value) }
    return record("answer", inputs, value: value, keep: .inputs) { saved, cotangent in
      let inputs = (0..<saved.inputCount).map { saved.inputs[$0] }
      return inputs.indices.map { index in
        guard saved.needs(index) else { return nil }
        do {
          return try ask(line, number, path + [index], inputs + [cotangent])
        } catch {
          line.note(error)
          return Variable(.zeros(like: inputs[index].value))
        }
      }
    }
  }
}
