import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

struct Explain: ParsableCommand {
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case saliency, guided, integrated, gradcam, occlusion
  }

  static let configuration = CommandConfiguration(
    abstract: "Show which parts of a picture speak for a class.",
    discussion: """
      saliency: the pixels that change the logit most (the gradient). guided: guided backpropagation, the \
      evidence for the class in sharp lines. integrated: integrated gradients, the contribution of each pixel \
      compared with an even gray; that they add up to the difference of the logits is checked. gradcam: Grad-CAM, \
      where the last feature maps speak for the class. occlusion: the drop of the class's logit when a square is \
      covered. Writes one picture for each method, and a page with all of them.

      Whether a map tells the truth is measured: the picture is covered tile by tile, the most important first, \
      and the mean probability of the class meanwhile is printed beside that of a random order. The lower it is, \
      the truer the map.

      Example: retrograd explain holiday.jpg --method gradcam,occlusion
      """)

  @OptionGroup var source: PictureArgument
  @OptionGroup var weights: WeightOptions
  @OptionGroup var device: DeviceOptions

  @Option(
    help: "Methods, separated by commas: saliency, guided, integrated, gradcam, occlusion, or all.",
    transform: Explain.methods)
  var method = Method.allCases

  @Option(
    name: .customLong("class"),
    help: "Class to explain, by label or number; the most likely one by default.")
  var target: String?

  @Option(help: "Layer whose feature maps Grad-CAM weighs.")
  var layer = "features.11"

  @Option(name: [.short, .long], help: "Output folder for the pictures and the page.")
  var output = "explanation"

  private static func methods(_ text: String) throws -> [Method] {
    if text == "all" { return Method.allCases }
    return try splitNames("--method", text).map {
      guard let method = Method(rawValue: $0) else {
        throw ValidationError(
          "--method: expected \(Method.allCases.map(\.rawValue).joined(separator: ", ")) or all; got \"\($0)\"."
        )
      }
      return method
    }
  }

  func run() throws { try device { try explain() } }

  private func explain() throws {
    let network = try weights.load()
    let model = try network.alexNet()
    if method.contains(.gradcam) {
      let maps = model.namedLayers.map(\.path).filter { $0.hasPrefix("features.") }
      guard maps.contains(layer) else {
        throw ValidationError(
          "--layer: \"\(layer)\" has no feature maps; available: \(maps.joined(separator: ", ")).")
      }
    }
    let (shown, name) = try source.read()
    let x = stack([network.preprocessing.transform(shown)])
    let probabilities = withoutGradients { network.probabilities(model(Variable(x)).value) }
    let target = try choose(network.labels, probabilities)
    let label = network.labels[target]
    let share = percent(probabilities[0, target])
    writeOutput("\(visible(label)): \(share)")
    if !network.calibration.isSure(probabilities.max().item()) { writeOutput(network.unsureWords) }
    let folder = URL(filePath: output)
    try makeFolder(folder)
    let seen = NetworkPictures.stretched(x.reshaped(Array(x.shape[1...])))
    var page = HTMLPage(
      "Where the network sees: \(label)",
      subtitle: "\(name): \(label), \(share); \(network.description)")
    var pictures = [
      try HTMLPage.Illustration(seen, description: "The picture", caption: ["the picture"])
    ]
    var maps: [(name: String, map: Tensor)] = []
    for one in method {
      let result = explain(model, x, target, seen, by: one)
      let file = folder.appending(path: "\(one.rawValue).png")
      try result.picture.writePNG(to: file)
      writeOutput("written: \(file.relativePath)")
      if let line = result.line { writeOutput(line) }
      pictures.append(
        try HTMLPage.Illustration(
          result.picture, description: "\(one.rawValue) for \(label): \(result.words)",
          caption: [one.rawValue, result.words]))
      maps.append((one.rawValue, result.map))
    }
    page.add("Explanations", HTMLPage.gallery(pictures, isLarge: true))
    let test = DeletionTest(model, x, target: target, calibration: network.calibration, maps)
    writeOutput(test.text(label: visible(label)))
    page.add(
      "Do they tell the truth?", HTMLPage.charts([test.chart(label: label).svg]),
      HTMLPage.paragraph(DeletionTest.meaning))
    let file = folder.appending(path: "index.html")
    try writeAtomically(Array(page.html.utf8), to: file)
    writeOutput("all on one page: \(file.relativePath)")
  }

  private func choose(_ labels: [String], _ probabilities: Tensor) throws -> Int {
    guard let target else { return probabilities.argmax(axis: 1)[0] }
    if let place = labels.firstIndex(of: target) { return place }
    if let number = Int(target), labels.indices.contains(number) { return number }
    let near = labels.filter { $0.localizedCaseInsensitiveContains(target) }.prefix(5)
    throw ValidationError(
      "--class: the network has no class \"\(target)\"."
        + (near.isEmpty
          ? " Its classes: \(LabelOptions.list(labels))."
          : " Did you mean \(near.joined(separator: ", "))?"))
  }

  /// The explanation of a picture by one method.
  private struct Explanation {
    /// The importance of each place, [h, w].
    let map: Tensor
    let picture: Picture
    let words: String
    /// A remark to print beside it.
    var line: String?
  }

  private func explain(
    _ model: AlexNet, _ x: Tensor, _ target: Int, _ seen: Picture, by method: Method
  ) -> Explanation {
    switch method {
    case .saliency:
      let map = model.saliency(of: x, target: target)
      return Explanation(
        map: map, picture: NetworkPictures.heat(map),
        words: "the pixels that change the logit most")
    case .guided:
      let slope = model.guidedGradient(of: x, target: target)
      return Explanation(
        map: slope.relu().sum(axes: [0]), picture: NetworkPictures.stretched(slope),
        words: "the evidence for the class")
    case .integrated:
      let steps = 64
      let progress = ProgressBar("integrating", total: steps)
      let result = model.integratedGradients(of: x, target: target, steps: steps) {
        progress.advance(by: $0)
      }
      progress.finish()
      return Explanation(
        map: result.map, picture: NetworkPictures.signed(result.map),
        words: "what speaks for it, orange, and against it, blue",
        line: String(
          format: "  contributions add up to %.4f, the logits differ by %.4f: ", result.total,
          result.difference) + percent(result.completenessError, decimals: 2) + " apart")
    case .gradcam:
      let map = model.gradCAM(of: x, target: target, at: layer)
      return Explanation(
        map: map, picture: NetworkPictures.overlay(map, on: seen),
        words: "where the maps of \(layer) speak for it")
    case .occlusion:
      let progress = ProgressBar("covering", total: model.occlusionCount(of: x))
      let map = model.occlusion(of: x, target: target) { progress.advance(by: $0) }
      progress.finish()
      return Explanation(
        map: map, picture: NetworkPictures.overlay(map.relu(), on: seen),
        words: "where covering it costs the class most")
    }
  }
}
