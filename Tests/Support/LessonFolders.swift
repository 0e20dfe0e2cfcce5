import Foundation

/// The lessons that there are.
public enum LessonFolders {
  /// Their numbers, in order: of the folders `Lessons/01-Pictures`, …
  public static let numbers: [Int] = {
    let lessons = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Lessons")
    return try! FileManager.default.contentsOfDirectory(atPath: lessons.path)
      .compactMap { $0.wholeMatch(of: /(\d\d)-\w+/).flatMap { Int($0.1) } }.sorted()
  }()
}
