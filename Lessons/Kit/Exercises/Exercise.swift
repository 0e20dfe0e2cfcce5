import Retrograd

/// Something to be written by a student, and how to tell whether it is right.
public struct Exercise {
  /// Its number in the lesson, from 1.
  public let number: Int
  /// Its subject, in a few words.
  public let title: String
  private let check: (inout Variant, Line) throws -> Void
  private let answer: Line.Function

  /// The number of times that it is checked, with other numbers and shapes each time.
  private static let rounds = 3

  /// An exercise.
  ///
  /// The check never calls a student's function itself: what it asks goes through a ``Line`` to whoever answers, another process
  /// if there is one, and what comes back are data. So it should expect any value of the answer's type.
  ///
  /// - Parameters:
  ///   - number: Its number in the lesson.
  ///   - title: The subject of the exercise.
  ///   - answer: The student's function.
  ///   - check: Throws a ``Mistake`` where an answer is wrong; called with several variants.
  public init<each Question: Exchangeable, Answer: Exchangeable>(
    _ number: Int, _ title: String, _ answer: @escaping (repeat each Question) throws -> Answer,
    check:
      @escaping (
        inout Variant, _ answer: @escaping (repeat each Question) throws -> Answer
      ) throws -> Void
  ) {
    (self.number, self.title) = (number, title)
    self.answer = { question, reply in
      try answer(repeat (each Question)(from: &question)).write(to: &reply)
    }
    self.check = { variant, line in
      try check(&variant) { (question: repeat each Question) in
        var reply = try line.ask(0) { message in repeat (each question).write(to: &message) }
        return try Answer(from: &reply)
      }
    }
  }

  /// Checks it in this process: a crash or an endless loop is not survived.
  ///
  /// - Parameters:
  ///   - seed: The random seed.
  ///   - student: The student's name: everybody gets other numbers and shapes.
  public func outcome(seed: UInt64 = 1, student: String = "") -> ExerciseOutcome {
    let (asking, answering) = Line.pair()
    offer(to: answering)
    do {
      return try outcome(seed: seed, student: student, asking: asking)
    } catch {
      return .wrong("\(error)")
    }
  }

  /// Lets the other side of a line ask for answers.
  func offer(to line: Line) { line.offer(answer) }

  /// Checks the answers that come through a line.
  ///
  /// - Throws: ``LineError`` when there is nobody there any more.
  func outcome(seed: UInt64, student: String, asking line: Line) throws -> ExerciseOutcome {
    do {
      for round in 0..<Self.rounds {
        var variant = Variant(seed: seed, student: student, exercise: number, round: round)
        let result = Result { try check(&variant, line) }
        // What came after that is no answer.
        if let failure = line.failure { throw failure }
        try result.get()
      }
      return .right
    } catch let mistake as Mistake {
      return .wrong(mistake.text)
    } catch let unwritten as NotWritten {
      return .notWritten(unwritten.hint)
    } catch let error as AnswerError {
      return .wrong(error.text)
    }
  }
}

/// The outcome of an exercise.
public enum ExerciseOutcome: Codable, Equatable {
  /// All is as it should be.
  case right
  /// There is no answer yet; what to write.
  case notWritten(String)
  /// Something is wrong; what, and why if that is known.
  case wrong(String)
}

/// Thrown where an answer is still to be written.
public struct NotWritten: Error {
  /// A hint on what to write.
  public let hint: String

  /// An answer that is still to be written.
  public init(_ hint: String) { self.hint = hint }
}

/// The mistake in an answer.
public struct Mistake: Error {
  /// An explanation for the student.
  public let text: String

  /// A mistake, explained.
  public init(_ text: String) { self.text = text }
}

/// The numbers and shapes that an answer is tried with.
public struct Variant {
  /// From 0: the first of several tries.
  public let round: Int
  /// The source of everything that is random.
  public var random: RandomSource

  init(seed: UInt64, student: String, exercise: Int, round: Int) {
    self.round = round
    // FNV-1a: the same for the same text everywhere, unlike Swift's own hash.
    let identity = student.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    random = RandomSource(seed: seed, at: [identity, UInt64(exercise), UInt64(round)])
  }

  /// A whole number.
  public mutating func size(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// A number.
  public mutating func number(_ range: ClosedRange<Double>) -> Double {
    // Three decimals, so that a message can show all of it.
    let draw = range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
    return (1000 * draw).rounded() / 1000
  }

  /// Numbers in double precision, evenly spread over a range.
  public mutating func tensor(
    _ shape: [Int], in range: ClosedRange<Double> = -1...1
  ) -> Tensor {
    .uniform(
      shape, low: range.lowerBound, high: range.upperBound, dtype: .float64, using: &random)
  }

  /// Whole numbers from 0 up to below `bound`.
  public mutating func indices(_ count: Int, below bound: Int) -> IntTensor {
    IntTensor((0..<count).map { _ in size(0...(bound - 1)) })
  }
}
