import Foundation
import LessonKit
import Retrograd

/// Keeps the drawn slides as long as the program runs.
private var drawn: ScratchFolder?

/// The slides in two classes; ends the program with a message where they cannot be had.
func getSlides(_ options: Options) -> PictureDataset {
  do {
    guard let deck = options.deck else { return try drawSlides(seed: options.seed) }
    let all = try showingDeckProgress { report in
      try PictureSource(deck).dataset(classes: options.classes, note: { say($0) }, report: report)
    }
    let slides = readable(all)
    guard slides.classes.count == 2 else {
      fail("\(deck): expected two classes, got \(slides.classes.count)")
    }
    guard (0...1).allSatisfy({ label in slides.labels.count { $0 == label } > 1 }) else {
      fail("\(deck): each class needs two slides or more, one of them for the test")
    }
    return slides
  } catch {
    fail(words(for: error))
  }
}

/// The slides that can be read; the others are named and left out.
private func readable(_ slides: PictureDataset) -> PictureDataset {
  let progress = ProgressBar("reading", total: slides.files.count)
  let places = slides.files.indices.filter { place in
    defer { progress.advance() }
    do {
      _ = try Picture.read(slides.files[place])
      return true
    } catch {
      progress.clear()
      say("left out: \(error)")
      return false
    }
  }
  progress.finish()
  return slides.part(places)
}

/// Owls and cats: drawings, which no network here was trained on.
private func drawSlides(seed: UInt64) throws -> PictureDataset {
  say("No deck: the program draws fifty slides. With talk.pdf as its argument it reads yours.")
  let book = Sketchbook(seed: seed, size: 224)
  let folder = try ScratchFolder()
  drawn = folder
  let (classes, count) = (["owl", "cat"], 25)
  let progress = ProgressBar("drawing", total: classes.count * count)
  var files: [URL] = []
  for name in classes {
    for number in 0..<count {
      let file = folder.url.appending(path: "\(name)-\(number).png")
      try book.picture(of: name, number: number).writePNG(to: file)
      files.append(file)
      progress.advance()
    }
  }
  progress.finish()
  return PictureDataset(
    classes: classes, files: files, labels: files.indices.map { $0 / count }, source: "drawings")
}

/// Removes files that were made for the occasion: drawings, and pages of a deck.
func removeSlides() {
  drawn = nil
  slides = PictureDataset(classes: [], files: [], labels: [])
}

/// The picture in a file; ends the program with a message where it cannot be read.
func read(_ file: URL) -> Picture {
  do {
    return try Picture.read(file)
  } catch {
    fail("\(error)")
  }
}

/// A slide as AlexNet takes it: scaled, cut to its middle, and normalized.
func load(_ file: URL) -> Tensor { network.preprocessing.transform(read(file)) }

/// AlexNet's outputs, a row for each slide, a few slides at a time. Nothing is recorded: they are data.
func outputs(of files: [URL]) -> Tensor {
  let progress = ProgressBar("AlexNet", total: files.count)
  var rows: [Tensor] = []
  for start in stride(from: 0, to: files.count, by: 16) {
    let slides = stack(files[start..<min(start + 16, files.count)].map(load))
    rows.append(withoutGradients { alexNet(Variable(slides)).value })
    progress.advance(by: slides.shape[0])
  }
  progress.finish()
  return concatenate(rows)
}

/// The places of the slides to train on, and of those to test on: of each class the last fifth, at least one.
func split(_ slides: PictureDataset) -> (training: [Int], test: [Int]) {
  var places: (training: [Int], test: [Int]) = ([], [])
  for label in slides.classes.indices {
    let own = slides.labels.indices.filter { slides.labels[$0] == label }
    let count = min(own.count - 1, (own.count * 4 + 4) / 5)
    places.training += own.prefix(count)
    places.test += own.dropFirst(count)
  }
  return places
}
