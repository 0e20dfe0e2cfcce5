import Foundation
import RetrogradText

/// The progress of long work: a bar in a terminal, a line now and then in the log of an automatic
/// build, nothing in a pipe.
///
/// It goes to standard error, so that what a program prints stays clean.
///
/// ```swift
/// let progress = ProgressBar("reading", total: files.count)
/// for file in files { read(file); progress.advance() }
/// progress.finish()
/// ```
public final class ProgressBar {
  /// The way in which progress is shown.
  public enum Style: Sendable, Equatable {
    /// A bar that is drawn over itself.
    case bar(columns: Int)
    /// A line for every tenth of the work.
    case lines
    /// Nothing.
    case silent

    /// The style that suits standard error: a bar in a terminal, lines where the environment says `CI`,
    /// otherwise nothing.
    public static var automatic: Style {
      if isatty(STDERR_FILENO) == 1 { return .bar(columns: terminalColumns(STDERR_FILENO) ?? 80) }
      return ProcessInfo.processInfo.environment["CI"] == nil ? .silent : .lines
    }
  }

  /// The unit of progress.
  public enum Unit: Sendable {
    /// Steps.
    case count
    /// Bytes, shown in MB.
    case bytes
  }

  private let title: String
  private let total: Int
  private let unit: Unit
  /// The steps that were done before, which say nothing about the rate.
  private let earlier: Int
  private let style: Style
  private let write: (String) -> Void
  private let now: () -> Double
  private let start: Double
  private var done: Int
  private var note = ""
  private var lastDrawn = -Double.infinity
  private var lastTenth: Int

  /// Drawing more often than this would only cost time.
  private static let interval = 0.05

  /// Begins to show progress.
  ///
  /// - Parameters:
  ///   - title: The name of the work.
  ///   - total: The number of steps.
  ///   - done: The number of steps that were done before.
  ///   - unit: The unit of a step.
  ///   - style: The style of the bar.
  public convenience init(
    _ title: String, total: Int, done: Int = 0, unit: Unit = .count, style: Style = .automatic
  ) {
    self.init(
      title, total: total, done: done, unit: unit, style: style,
      write: writeRawError,
      now: { ProcessInfo.processInfo.systemUptime })
  }

  init(
    _ title: String, total: Int, done: Int = 0, unit: Unit = .count, style: Style,
    write: @escaping (String) -> Void, now: @escaping () -> Double
  ) {
    self.title = visible(title)
    self.total = total
    self.unit = unit
    self.style = style
    (self.done, earlier) = (done, done)
    lastTenth = total > 0 ? done * 10 / total : 0
    self.write = write
    self.now = now
    start = now()
    draw()
  }

  /// Reports that more steps are done.
  ///
  /// - Parameters:
  ///   - steps: The number of further steps.
  ///   - note: A text to show after the bar, such as the loss; it stays until there is another.
  public func advance(by steps: Int = 1, note: String? = nil) {
    // How many bytes there are may not be known.
    done = unit == .bytes && total == 0 ? done + steps : min(done + steps, max(total, 0))
    self.note = note.map { visible($0) } ?? self.note
    switch style {
    case .bar: if now() - lastDrawn >= Self.interval { draw() }
    case .lines:
      let tenth = total > 0 ? done * 10 / total : 10
      if tenth > lastTenth {
        lastTenth = tenth
        write(text(columns: 0) + "\n")
      }
    case .silent: break
    }
  }

  /// Reports how many steps are done in all.
  ///
  /// - Parameters:
  ///   - count: The number of steps, those included that were done before.
  ///   - note: A text to show after the bar, such as the loss; it stays until there is another.
  public func advance(to count: Int, note: String? = nil) { advance(by: count - done, note: note) }

  /// Ends the bar's line.
  public func finish() {
    guard case .bar = style else { return }
    draw()
    write("\n")
  }

  /// Takes the bar away, so that a message can be printed; the next step draws it again.
  public func clear() {
    guard case .bar = style else { return }
    write("\r\u{1B}[K")
    lastDrawn = -.infinity
  }

  private func draw() {
    guard case .bar(let columns) = style else { return }
    lastDrawn = now()
    write("\r" + text(columns: columns) + "\u{1B}[K")
  }

  /// One line: title, bar, count, rate, time left and note, in fewer than `columns` columns; without
  /// a bar where that is 0.
  private func text(columns: Int) -> String {
    let elapsed = now() - start
    let rate = elapsed > 0 ? Double(done - earlier) / elapsed : 0
    var end = unit == .count ? " \(done)/\(total)" : " \(Self.size(done, of: total))"
    if done > 0 && rate > 0 {
      end +=
        unit == .count
        ? String(format: rate < 10 ? "  %.2f/s" : "  %.0f/s", rate)
        : String(format: "  %.1f MB/s", rate / 1e6)
      end += "  " + Self.duration(done < total ? Double(total - done) / rate : elapsed)
      end += done < total ? " left" : ""
    }
    if !note.isEmpty { end += "  \(note)" }
    let room = columns - 1 - title.count - 1 - end.count
    guard room >= 5 else {
      return columns > 0 ? String((title + end).prefix(columns - 1)) : title + end
    }
    let width = min(room, 40)
    let filled = total > 0 ? width * done / total : width
    return title + " " + String(repeating: "█", count: filled)
      + String(repeating: "░", count: width - filled) + end
  }

  /// `12.3/233.1 MB`; without the second number where that is not known.
  private static func size(_ done: Int, of total: Int) -> String {
    String(format: "%.1f", Double(done) / 1e6)
      + (total > 0 ? String(format: "/%.1f", Double(total) / 1e6) : "") + " MB"
  }

  /// `7 s`, `3:20` or `1:02:03`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e6 else { return "—" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    if hours > 0 { return String(format: "%d:%02d:%02d", hours, minutes, rest) }
    return minutes > 0 ? String(format: "%d:%02d", minutes, rest) : "\(rest) s"
  }
}
