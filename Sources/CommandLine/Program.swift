import ArgumentParser
import Foundation
import RetrogradFiles
import RetrogradText

/// Something that a command cannot do with what it was given: a message on standard error, and the exit status
/// ``ExitStatus/failure``. A command that is itself wrong throws a `ValidationError`.
package struct Failure: Error, Equatable, CustomStringConvertible {
  /// The problem.
  package let description: String

  /// A message for people.
  package init(_ description: String) { self.description = description }
}

extension ParsableCommand {
  /// Reads the command line, does what it says, and ends the program with one of the statuses of ``ExitStatus``.
  package static func runProgram() -> Never {
    prepareStandardStreams()
    var command = parsedCommand()
    do {
      try command.run()
    } catch {
      end(with: error, in: type(of: command))
    }
    Foundation.exit(ExitStatus.success)
  }

  /// Reads the command line of a program that is a script; ends the program where the line is wrong, or asks for
  /// help.
  package static func parseProgram() -> Self {
    prepareStandardStreams()
    var command = parsedCommand()
    if let script = command as? Self { return script }
    // What was asked for is help.
    do {
      try command.run()
    } catch {
      end(with: error, in: Self.self)
    }
    Foundation.exit(ExitStatus.success)
  }

  private static func parsedCommand() -> any ParsableCommand {
    do {
      let arguments = joiningNegativeNumbers(Array(CommandLine.arguments.dropFirst()))
      // Nearly always a variable of the shell that is not set. It would mean the current folder, or all layers.
      if arguments.contains(where: { $0.isEmpty || $0.hasPrefix("--") && $0.hasSuffix("=") }) {
        throw ValidationError("An argument is empty where a name or a value is expected.")
      }
      return try parseAsRoot(arguments)
    } catch {
      end(with: error, in: Self.self)
    }
  }

  /// Ends the program: help and the like on standard output, all else on standard error.
  private static func end(with error: any Error, in command: any ParsableCommand.Type) -> Never {
    let code = exitCode(for: error)
    if let silent = error as? ExitCode { Foundation.exit(silent.rawValue) }
    if code == .success {
      writeOutput(fullMessage(for: error))
      Foundation.exit(ExitStatus.success)
    }
    if let error = error as? ValidationError {
      writeError("error: \(error.message)\nUsage: \(usageString(for: command))")
      Foundation.exit(ExitStatus.usage)
    }
    if code == .validationFailure {
      // ArgumentParser begins with "Error:"; all other messages begin as those of compilers do.
      let message = fullMessage(for: error)
      writeError(message.hasPrefix("Error:") ? "e" + message.dropFirst() : message)
      Foundation.exit(ExitStatus.usage)
    }
    writeError("error: \(words(for: error))")
    Foundation.exit(ExitStatus.failure)
  }
}

/// An error in words, also one of the system's, which say of themselves their domain and code.
package func words(for error: any Error) -> String {
  if error is any ExplainedError { return "\(error)" }
  let system = error as NSError
  guard [NSCocoaErrorDomain, NSPOSIXErrorDomain, NSURLErrorDomain].contains(system.domain) else {
    return "\(error)"
  }
  let file = system.userInfo[NSFilePathErrorKey] as? String
  return (file.map { "\($0): " } ?? "") + systemReason(for: error)
}

/// The same arguments with negative numbers joined to the options before them, `--epochs=-3`: by itself `-3` would
/// be taken for an option, and the message would say that the value is missing.
package func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
  var result: [String] = []
  for (place, argument) in arguments.enumerated() {
    if argument == "--" { return result + arguments[place...] }
    if let last = result.last, last.hasPrefix("--"), !last.contains("="),
      argument.hasPrefix("-"), Double(argument) != nil
    {
      result[result.count - 1] = last + "=" + argument
    } else {
      result.append(argument)
    }
  }
  return result
}
