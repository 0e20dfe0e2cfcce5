import ArgumentParser
import Foundation
import RetrogradFiles
import RetrogradText

/// Something that a command cannot do with what it was given: a message on standard error, and the exit status
/// ``ExitStatus/failure``. A command that is itself wrong throws a `ValidationError`.
package struct Failure: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
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
    } catch let error as ValidationError {
      writeError("Error: \(error.message)\n\(usageString(for: type(of: command)))")
      Foundation.exit(ExitStatus.usage)
    } catch let error as ExitCode {
      Foundation.exit(error.rawValue)
    } catch let error as CleanExit {
      writeOutput(fullMessage(for: error))
    } catch {
      writeError("Error: \(words(for: error))")
      Foundation.exit(ExitStatus.failure)
    }
    Foundation.exit(ExitStatus.success)
  }

  /// Reads the command line of a program that is a script; ends the program where the line is wrong, or asks for
  /// help.
  package static func parseProgram() -> Self {
    prepareStandardStreams()
    guard let command = parsedCommand() as? Self else { fatalError("\(self) has subcommands") }
    return command
  }

  private static func parsedCommand() -> any ParsableCommand {
    do {
      let arguments = joiningNegativeNumbers(Array(CommandLine.arguments.dropFirst()))
      // Nearly always a variable of the shell that is not set. It would mean the current folder, or all layers.
      if arguments.contains(where: { $0.isEmpty || $0.hasPrefix("--") && $0.hasSuffix("=") }) {
        throw ValidationError("An argument is empty; a name or a value was to stand there.")
      }
      return try parseAsRoot(arguments)
    } catch {
      let message = fullMessage(for: error)
      if exitCode(for: error) == .success {
        writeOutput(message)
        Foundation.exit(ExitStatus.success)
      }
      writeError(message)
      Foundation.exit(ExitStatus.usage)
    }
  }
}

/// An error in words, also one of the system's, which say of themselves their domain and code.
package func words(for error: any Error) -> String {
  if error is any LocalizedError { return "\(error)" }
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
