import Foundation
import Retrograd

/// One end of a connection between whoever asks and whoever answers. Either side offers functions by their number, which the
/// other one calls; while one waits for an answer it may be asked itself.
///
/// Only data go through it. What the other side sends is read as an answer to what was asked, and as nothing else.
public nonisolated final class Line: @unchecked Sendable {
  /// A function that reads its arguments and writes its result.
  typealias Function = (inout MessageReader, inout MessageWriter) throws -> Void

  /// Brings a question to the other side and comes back with its reply.
  var deliver: (_ function: Int, _ question: [UInt8]) throws -> [UInt8] = { _, _ in
    throw AnswerError("There is nobody at the other end.")
  }

  /// The first thing that went wrong where no error could be thrown.
  private(set) var failure: (any Error)?
  private var functions: [Function] = []
  // One question at a time; answering one may ask others.
  private let lock = NSRecursiveLock()

  /// The first byte of a reply.
  private enum Kind: UInt8 {
    case value
    case notWritten
    case error
  }

  init() {}

  /// Two ends of a connection inside of this process.
  static func pair() -> (asking: Line, answering: Line) {
    let (asking, answering) = (Line(), Line())
    asking.deliver = { answering.serve($0, $1) }
    answering.deliver = { [unowned asking] in asking.serve($0, $1) }
    return (asking, answering)
  }

  /// Lets the other side call a function.
  ///
  /// - Returns: The function's number: 0 for the first one that is offered.
  @discardableResult func offer(_ function: @escaping Function) -> Int {
    lock.withLock {
      functions.append(function)
      return functions.count - 1
    }
  }

  /// Calls a function of the other side.
  ///
  /// - Parameters:
  ///   - function: Its number.
  ///   - write: Writes its arguments.
  /// - Returns: Its result.
  func ask(_ function: Int, _ write: (inout MessageWriter) -> Void) throws -> MessageReader {
    try lock.withLock {
      if let failure { throw failure }
      var question = MessageWriter(line: self)
      write(&question)
      var reply = MessageReader(try deliver(function, question.bytes), line: self)
      switch Kind(rawValue: try reply.number()) {
      case .value: return reply
      case .notWritten: throw NotWritten(try String(from: &reply))
      case .error, nil: throw AnswerError(try String(from: &reply))
      }
    }
  }

  /// Calls a function of this side for the other one.
  func serve(_ function: Int, _ question: [UInt8]) -> [UInt8] {
    lock.withLock {
      func reply(_ kind: Kind, _ write: (inout MessageWriter) throws -> Void) rethrows -> [UInt8] {
        var message = MessageWriter(line: self)
        message.append(kind.rawValue)
        try write(&message)
        return message.bytes
      }
      do {
        guard functions.indices.contains(function) else {
          throw AnswerError("There is no function \(function).")
        }
        var arguments = MessageReader(question, line: self)
        return try reply(.value) { message in
          // As in another process, also when it is this one that asks, in the midst of a backward pass.
          try withRecordedGradients { try functions[function](&arguments, &message) }
          if let failure { throw failure }
        }
      } catch let unwritten as NotWritten {
        return reply(.notWritten) { unwritten.hint.write(to: &$0) }
      } catch {
        return reply(.error) { text(of: error).write(to: &$0) }
      }
    }
  }

  /// Notes what went wrong where no error can be thrown; what was computed meanwhile does not count.
  func note(_ error: any Error) { lock.withLock { failure = failure ?? error } }

  private func text(of error: any Error) -> String {
    switch error {
    case let error as AnswerError: "\(error)"
    case let error as Mistake: "It threw an error: \(error.text)"
    default: "It threw an error: \(error)"
    }
  }
}
