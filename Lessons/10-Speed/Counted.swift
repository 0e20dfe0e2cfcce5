import LessonKit

/// A number that knows how it was computed, so that its multiplications can be counted.
nonisolated struct Counted {
  /// The number.
  let value: Double
  fileprivate let step: Step

  /// A number that comes from nowhere else.
  init(_ value: Double) { self.init(value, .constant(value)) }

  /// A number of the picture.
  ///
  /// - Parameters:
  ///   - input: Its place.
  ///   - value: The value.
  init(input: Int, _ value: Double) { self.init(value, .input(input)) }

  private init(_ value: Double, _ operation: Step.Operation) {
    (self.value, step) = (value, Step(operation))
  }

  static func + (a: Counted, b: Counted) -> Counted {
    Counted(a.value + b.value, .sum(a.step, b.step))
  }
  static func - (a: Counted, b: Counted) -> Counted {
    Counted(a.value - b.value, .difference(a.step, b.step))
  }
  static func * (a: Counted, b: Double) -> Counted {
    Counted(a.value * b, .product(a.step, b))
  }
  static func * (a: Double, b: Counted) -> Counted { b * a }
}

/// One step of a computation, with those before it.
private nonisolated final class Step {
  enum Operation {
    case input(Int)
    case constant(Double)
    case sum(Step, Step)
    case difference(Step, Step)
    case product(Step, Double)
  }

  let operation: Operation

  init(_ operation: Operation) { self.operation = operation }
}

/// The steps that lead to some numbers. Whoever checks an answer follows them, also from other numbers of the picture, and
/// counts the products.
nonisolated struct Computation: Exchangeable {
  /// A step; operands are places in the list of all steps.
  private enum Line {
    case input(Int)
    case constant(Double)
    case sum(Int, Int)
    case difference(Int, Int)
    case product(Int, Double)
  }

  private var steps: [Line] = []
  private var ends: [Int] = []

  /// The steps that led to some numbers.
  init(_ numbers: [Counted]) {
    var places: [ObjectIdentifier: Int] = [:]
    for number in numbers { ends.append(add(number.step, &places)) }
  }

  /// The number of multiplications with numbers of the picture.
  var multiplications: Int {
    steps.count { if case .product = $0 { true } else { false } }
  }

  /// Returns the results of the steps; `nan` stands for an input that is not there.
  func results(for inputs: [Double]) -> [Double] {
    var values: [Double] = []
    for step in steps {
      switch step {
      case .input(let place): values.append(inputs.indices.contains(place) ? inputs[place] : .nan)
      case .constant(let value): values.append(value)
      case .sum(let a, let b): values.append(values[a] + values[b])
      case .difference(let a, let b): values.append(values[a] - values[b])
      case .product(let a, let factor): values.append(values[a] * factor)
      }
    }
    return ends.map { values[$0] }
  }

  private mutating func add(_ step: Step, _ places: inout [ObjectIdentifier: Int]) -> Int {
    if let place = places[ObjectIdentifier(step)] { return place }
    let line: Line =
      switch step.operation {
      case .input(let place): .input(place)
      case .constant(let value): .constant(value)
      case .sum(let a, let b): .sum(add(a, &places), add(b, &places))
      case .difference(let a, let b): .difference(add(a, &places), add(b, &places))
      case .product(let a, let factor): .product(add(a, &places), factor)
      }
    steps.append(line)
    places[ObjectIdentifier(step)] = steps.count - 1
    return steps.count - 1
  }

  func write(to message: inout MessageWriter) {
    steps.map { step in
      // Its kind, two whole numbers, a number.
      switch step {
      case .input(let place): Group(0, place, 0, 0.0)
      case .constant(let value): Group(1, 0, 0, value)
      case .sum(let a, let b): Group(2, a, b, 0.0)
      case .difference(let a, let b): Group(3, a, b, 0.0)
      case .product(let a, let factor): Group(4, a, 0, factor)
      }
    }.write(to: &message)
    ends.write(to: &message)
  }

  init(from message: inout MessageReader) throws {
    for group in try [Group<Int, Int, Int, Double>](from: &message) {
      let (kind, a, b, number) = group.values
      // A step knows only those before it.
      guard kind < 2 || (steps.indices.contains(a) && steps.indices.contains(b)) else {
        throw Mistake("A step of the computation uses one that comes after it.")
      }
      switch kind {
      case 0: steps.append(.input(a))
      case 1: steps.append(.constant(number))
      case 2: steps.append(.sum(a, b))
      case 3: steps.append(.difference(a, b))
      case 4: steps.append(.product(a, number))
      default: throw Mistake("A step of the computation is of no known kind.")
      }
    }
    ends = try [Int](from: &message)
    guard ends.allSatisfy(steps.indices.contains) else {
      throw Mistake("A result of the computation is none of its steps.")
    }
  }
}
