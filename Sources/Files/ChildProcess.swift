import Foundation

#if canImport(Darwin)
  private typealias FileActions = posix_spawn_file_actions_t?
  private typealias SpawnAttributes = posix_spawnattr_t?
#else
  private typealias FileActions = posix_spawn_file_actions_t
  private typealias SpawnAttributes = posix_spawnattr_t
#endif

/// A program that has been started, with descriptors of one's choice, and whose group of processes can be ended
/// as a whole.
package final class ChildProcess {
  /// Its number.
  package let identifier: pid_t
  private let leadsGroup: Bool

  /// The pause between two checks of whether it has ended, in microseconds.
  private static let pause: useconds_t = 2000

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: The program.
  ///   - arguments: Its arguments, without its name.
  ///   - descriptors: The descriptors 0, 1, 2 and so on of the program. Everything else that is open here must
  ///     have been opened with `O_CLOEXEC`.
  ///   - leadsGroup: Whether it becomes the first of a group of processes, to which all that it starts belongs.
  package init(
    _ path: String, _ arguments: [String], descriptors: [Int32], leadsGroup: Bool
  ) throws(FileError) {
    #if canImport(Darwin)
      var actions: FileActions = nil
      var attributes: SpawnAttributes = nil
    #else
      var actions = FileActions()
      var attributes = SpawnAttributes()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // Twice, so that no descriptor is overwritten before it has been copied.
    let first = Int32(descriptors.count) + (descriptors.max() ?? 0) + 1
    for (index, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, first + Int32(index))
    }
    for index in descriptors.indices {
      posix_spawn_file_actions_adddup2(&actions, first + Int32(index), Int32(index))
      posix_spawn_file_actions_addclose(&actions, first + Int32(index))
    }
    // What is ignored or blocked here is not so there.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    var flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
    if leadsGroup { flags |= Int32(POSIX_SPAWN_SETPGROUP) }
    posix_spawnattr_setflags(&attributes, Int16(flags))
    posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var identifier: pid_t = 0
    let status = posix_spawn(&identifier, path, &actions, &attributes, words, environ)
    guard status == 0 else {
      throw FileError(
        .unreadable, file: path, "cannot be run: \(String(cString: strerror(status)))")
    }
    (self.identifier, self.leadsGroup) = (identifier, leadsGroup)
  }

  /// Waits for its end, at most for some seconds.
  ///
  /// It stays known to the system until ``end()``, so that its number belongs to nobody else.
  package func hasEnded(within seconds: Double) -> Bool {
    let start = DispatchTime.now().uptimeNanoseconds
    while true {
      var information = siginfo_t()
      if waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT) < 0 {
        if errno != EINTR { return true }
      } else if information.si_signo != 0 {
        return true
      }
      if Double(DispatchTime.now().uptimeNanoseconds - start) >= seconds * 1e9 { return false }
      usleep(Self.pause)
    }
  }

  /// Ends it, if it still runs, and all that is in its group.
  ///
  /// - Returns: The exit status; a signal's number, negative, where one ended it.
  @discardableResult package func end() -> Int32 {
    kill(leadsGroup ? -identifier : identifier, SIGKILL)
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0 { if errno != EINTR { return -SIGKILL } }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : -signal
  }
}

/// Two ends of a channel, neither of which is handed to other programs by chance.
///
/// - Parameter make: `pipe`, or what else fills in two descriptors and returns 0.
package func closedOnExec(
  _ make: (UnsafeMutablePointer<Int32>) -> Int32
) throws(FileError) -> (Int32, Int32) {
  var ends: [Int32] = [-1, -1]
  guard make(&ends) == 0 else {
    throw FileError(.unreadable, file: "pipe", "cannot be made: \(lastError)")
  }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}
