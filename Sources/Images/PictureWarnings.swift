import RetrogradText
import Synchronization

/// Warnings of damaged pictures that could be read.
public enum PictureWarnings {
  private static let printed = Mutex<Set<String>>([])
  /// The most warnings of one program; what comes after is not printed.
  private static let limit = 1000

  /// Prints a warning as one line on standard error, whatever is in the name of its file, unless it was
  /// printed before: training reads each picture many times.
  @Sendable public static func printOnce(_ warning: String) {
    let isNew = printed.withLock { $0.count < limit && $0.insert(warning).inserted }
    if isNew { writeError("retrograd: \(visible(warning))") }
  }
}
