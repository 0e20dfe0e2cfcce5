import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classify pictures with AlexNet.",
    discussion: """
      For each picture, prints its number, class index, label and probability, followed by the next most \
      likely classes. If the probability is so low that the answer may well be wrong, a line says so \
      ("sure" in JSON). A picture that cannot be read is reported and skipped; the exit status is then 1.

      Example: retrograd classify --weights alexnet holiday.jpg photos/
      """)

  @OptionGroup var weights: WeightOptions
  @OptionGroup var device: DeviceOptions

  @Option(help: "Number of classes to print for each picture.")
  var top = 5

  @Option(help: "Batch size.")
  var batch = 16

  @Flag(help: "Print one JSON object per line.")
  var json = false

  @Argument(
    help:
      "Picture files (PNG, JPEG, Netpbm), folders of pictures, or slides: PDF, PowerPoint, a web address."
  )
  var pictures: [String]

  func validate() throws {
    try checkOption("--top", top, .from(1, to: 1_000_000))
    try checkOption("--batch", batch, .from(1, to: 65_536))
  }

  func run() throws { try device { try classify() } }

  private func classify() throws {
    let network = try weights.load()
    let model = try network.alexNet()
    let (lists, unlisted) = listPictures()
    defer { withExtendedLifetime(lists) {} }
    let files = lists.flatMap(\.files)
    for error in unlisted { writeError("unreadable: \(error)") }
    let printer = PredictionPrinter(network: network, top: top, json: json)
    let progress = ProgressBar("classifying", total: files.count)
    var failures = unlisted.count
    var unsure = 0
    let transform = network.preprocessing.transform
    forEachBatch(
      of: files, batchSize: batch, transform: { transform($0) }, network: { model($0) }
    ) { indices, logits, unreadable in
      progress.clear()
      for picture in unreadable { report(picture.error) }
      failures += unreadable.count
      if let logits {
        for (row, index) in indices.enumerated() {
          let isSure = printer.print(
            index: index, file: files[index].relativePath, logits: logits[row..<(row + 1)])
          unsure += isSure ? 0 : 1
        }
        flushOutput()
      }
      progress.advance(by: indices.count + unreadable.count)
    }
    progress.finish()
    // Once is enough: a warning has named the remedy already.
    if unsure > 0, network.warning() == nil, let remedy = network.remedy {
      writeProse("not sure of \(unsure) of \(files.count) pictures: \(remedy)")
    }
    if failures > 0 { throw ExitCode(1) }
  }

  /// The pictures that the arguments name.
  private func listPictures() -> (lists: [PictureList], errors: [any Error]) {
    var lists: [PictureList] = []
    var errors: [any Error] = []
    for argument in pictures {
      do {
        let list = try showingDeckProgress { try PictureSource(argument).pictures(report: $0) }
        for note in list.notes { writeError("note: \(note)") }
        if list.files.isEmpty { throw Failure("\(argument): contains no pictures") }
        lists.append(list)
      } catch {
        errors.append(error)
      }
    }
    return (lists, errors)
  }

  private func report(_ error: FileError) { writeError("unreadable: \(error)") }
}
