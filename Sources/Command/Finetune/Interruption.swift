import Dispatch
import Foundation
import Synchronization

/// A request to stop the program, by Ctrl-C or a signal to terminate; long work looks at it
/// between steps and comes to an orderly end. A second Ctrl-C ends the program at once.
final class Interruption: Sendable {
  private let asked = Atomic(false)
  /// Set once, and only kept.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

  /// Begins to listen.
  init() {
    let queue = DispatchQueue(label: "retrograd.signals")
    sources = [SIGINT, SIGTERM].map {
      signal($0, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: $0, queue: queue)
    }
    for source in sources {
      source.setEventHandler { [self] in
        if asked.exchange(true, ordering: .relaxed) { exit(130) }
      }
      source.resume()
    }
  }

  /// Indicates whether to stop.
  var isRequested: Bool { asked.load(ordering: .relaxed) }
}
