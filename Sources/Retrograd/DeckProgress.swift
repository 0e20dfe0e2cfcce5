import RetrogradDecks
import RetrogradFiles
import RetrogradReports

/// Runs something that may make slides, and shows how far that has come on standard error.
///
/// ```swift
/// let dataset = try showingDeckProgress { try PictureSource("talk.pdf").dataset(report: $0) }
/// ```
///
/// - Parameter body: Gets what is to be told of what happens.
public func showingDeckProgress<Result, Failure: Error>(
  _ body: (@escaping (Deck.Event) -> Void) throws(Failure) -> Result
) throws(Failure) -> Result {
  let progress = DeckProgress()
  defer { progress.finish() }
  return try body(progress.show)
}

extension Deck {
  /// Gets slides and shows how far it has come on standard error.
  ///
  /// - Parameters:
  ///   - sources: Addresses, files and folders.
  ///   - size: The longer side of the pictures that pages become, in pixels.
  ///   - limits: The limits on its size.
  public static func withProgress(
    _ sources: [String], size: Int = Deck.networkSize, limits: Limits = .init()
  ) throws(FileError) -> Deck {
    try showingDeckProgress { (report) throws(FileError) in
      try Deck(sources: sources, size: size, limits: limits, report: report)
    }
  }
}

/// Shows what happens while slides are made: one bar for each kind of work.
private final class DeckProgress {
  private var bar: ProgressBar?
  private var total = 0
  private var done = 0

  func show(_ event: Deck.Event) {
    switch event {
    case .received(let count, let total?): advance("downloading", .bytes, to: count, of: total)
    case .received(_, nil): break
    case .slides(let count, let total): advance("slides", .count, to: count, of: total)
    }
  }

  func finish() { bar?.finish() }

  private func advance(_ title: String, _ unit: ProgressBar.Unit, to count: Int, of total: Int) {
    if bar == nil || self.total != total || count < done {
      finish()
      bar = ProgressBar(title, total: total, unit: unit)
      (self.total, done) = (total, 0)
    }
    bar?.advance(by: count - done)
    done = count
  }
}
