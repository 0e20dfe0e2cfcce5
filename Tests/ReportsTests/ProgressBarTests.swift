import RetrogradTestSupport
import Testing

@testable import RetrogradReports

@Suite("A progress bar")
struct ProgressBarTests {
  /// What was written, and a clock that the test turns.
  final class Stage {
    var written: [String] = []
    var seconds = 0.0

    func bar(_ total: Int, _ style: ProgressBar.Style) -> ProgressBar {
      ProgressBar(
        "reading", total: total, style: style, write: { self.written.append($0) },
        now: { self.seconds })
    }
  }

  @Test("shows count, rate and time left, and fits the terminal")
  func bar() {
    let stage = Stage()
    let bar = stage.bar(40, .bar(columns: 60))
    stage.seconds = 2
    bar.advance(by: 10)
    let line = stage.written.last!
    #expect(line.hasPrefix("\rreading ██"))
    #expect(line.contains("░ 10/40  5.00/s  6 s left"))
    stage.seconds = 8
    bar.advance(by: 30, note: "loss 0.1")
    bar.finish()
    #expect(stage.written.dropLast().last!.contains("40/40  5.00/s  8 s  loss 0.1"))
    #expect(!stage.written.dropLast().last!.contains("░"))
    #expect(stage.written.last == "\n")
    for line in stage.written where line.hasPrefix("\r") {
      #expect(line.dropFirst().dropLast("\u{1B}[K".count).count < 60)
    }
  }

  @Test("counts bytes in MB, at the rate of those that were not there before")
  func bytes() {
    let stage = Stage()
    let bar = ProgressBar(
      "fetching", total: 200_000_000, done: 100_000_000, unit: .bytes, style: .bar(columns: 80),
      write: { stage.written.append($0) }, now: { stage.seconds })
    stage.seconds = 10
    bar.advance(by: 50_000_000)
    #expect(stage.written.last!.contains("░ 150.0/200.0 MB  5.0 MB/s  10 s left"))
    let unknown = ProgressBar(
      "fetching", total: 0, unit: .bytes, style: .bar(columns: 80),
      write: { stage.written.append($0) }, now: { stage.seconds })
    stage.seconds = 20
    unknown.advance(by: 1_000_000)
    #expect(!stage.written.last!.contains("/0"))
  }

  @Test("is drawn at most twenty times a second", arguments: [1000])
  func rate(steps: Int) {
    let stage = Stage()
    let bar = stage.bar(steps, .bar(columns: 80))
    for _ in 0..<steps {
      stage.seconds += 0.001
      bar.advance()
    }
    #expect(stage.written.count <= 22)
  }

  @Test("in a log is a line for every tenth, and silent in a pipe")
  func lines() {
    let stage = Stage()
    let bar = stage.bar(1000, .lines)
    for _ in 0..<1000 {
      stage.seconds += 1
      bar.advance()
    }
    bar.finish()
    #expect(stage.written.count == 10)
    #expect(stage.written[4] == "reading 500/1000  1.00/s  8:20 left\n")
    let silent = Stage()
    let none = silent.bar(10, .silent)
    none.advance(by: 10)
    none.clear()
    none.finish()
    #expect(silent.written.isEmpty)
  }

  @Test("survives nothing to do, more steps than promised, and a narrow terminal")
  func edges() {
    for (total, columns) in [(0, 80), (3, 10), (3, 1), (-1, 80)] {
      let stage = Stage()
      let bar = stage.bar(total, .bar(columns: columns))
      stage.seconds = 1
      bar.advance(by: 7)
      bar.finish()
      #expect(!stage.written.isEmpty)
    }
  }

  @Test("durations are short")
  func durations() {
    #expect(ProgressBar.duration(7.4) == "7 s")
    #expect(ProgressBar.duration(200) == "3:20")
    #expect(ProgressBar.duration(3723) == "1:02:03")
    #expect(ProgressBar.duration(.infinity) == "—")
  }
}
