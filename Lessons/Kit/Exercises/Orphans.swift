import Foundation
import RetrogradCProcesses

/// Processes that a student's code has started and left behind, in groups and sessions of their own.
nonisolated enum Orphans {
  /// The time for which they are looked for, in seconds: one that starts others all the time may be faster.
  private static let patience = 1.0

  /// Makes them children of this process, where the system can do that (Linux).
  static func adopt() { _ = retrograd_adopt_orphans() }

  /// Ends all children of this process, and theirs, which become its own one after the other.
  static func end() {
    let start = DispatchTime.now().uptimeNanoseconds
    while Double(DispatchTime.now().uptimeNanoseconds - start) < patience * 1e9 {
      let found = children()
      if found.isEmpty { return }
      for child in found { kill(child, SIGKILL) }
      for child in found { waitpid(child, nil, 0) }
    }
  }

  private static func children() -> [pid_t] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { pid_t($0) }.filter { process in
      // Behind the name, which may contain anything and ends with the last bracket: the state and the parent.
      guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { return false }
      let fields = text[end...].split(separator: " ")
      return fields.count > 2 && pid_t(fields[2]) == getpid()
    }
  }
}
