import Foundation

/// Real weights and photographs for local tests: the folder that RETROGRAD_TEST_DATA names. Tests that
/// use it are skipped, and say so, where it is not set.
public enum LocalData {
  /// The folder; `nil` where there is none.
  public static let folder: URL? = ProcessInfo.processInfo.environment["RETROGRAD_TEST_DATA"]
    .map { URL(filePath: $0) }

  /// The reason why a test was skipped.
  public static let absence = "RETROGRAD_TEST_DATA does not name a folder of local test data"
}
