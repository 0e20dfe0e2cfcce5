import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the feature maps of a network for a picture.",
    discussion: """
      Writes the feature maps of each layer side by side as a picture, the filters of the first convolution, \
      and a page with all of them.

      Example: retrograd features holiday.jpg --layers features.0,features.12 -o features
      """)

  @OptionGroup var source: PictureArgument
  @OptionGroup var weights: WeightOptions
  @OptionGroup var device: DeviceOptions

  @Option(
    name: [.customLong("layers"), .customLong("layer")],
    help: "Paths of layers, separated by commas; by default all that have feature maps.")
  var layers: String?

  @Option(help: "Maximum number of feature maps per layer.")
  var most = 64

  @Option(name: [.short, .long], help: "Output folder for the pictures and the page.")
  var output = "features"

  func validate() throws {
    try checkOption("--most", most, .from(1, to: 65_536))
  }

  func run() throws { try device { try writeFeatures() } }

  private func writeFeatures() throws {
    let network = try weights.load()
    let model = try network.alexNet()
    let known = model.namedLayers.filter { !$0.path.isEmpty && $0.layer.children.isEmpty }
    let paths =
      try layers.map { try splitNames("--layers", $0) }
      ?? known.map(\.path).filter { $0.hasPrefix("features.") }
    for path in paths where !known.contains(where: { $0.path == path }) {
      throw ValidationError(
        "--layers: no layer is called \"\(path)\". Available: "
          + known.map(\.path).joined(separator: ", ") + ".")
    }
    let (shown, name) = try source.read()
    let x = network.preprocessing.transform(shown)
    let outputs = withoutGradients {
      model.activations(of: Variable(stack([x])), at: paths)
    }
    let folder = URL(filePath: output)
    try makeFolder(folder)
    var page = HTMLPage(
      "What the network makes of \(name)",
      subtitle: network.description)
    let seen = NetworkPictures.stretched(x)
    try page.add(
      "The picture",
      HTMLPage.gallery([
        .init(seen, description: "The picture", caption: ["as the network sees it"])
      ]))
    if let filters = model.namedParameters.first(where: { $0.name == "features.0.weight" }) {
      try show(
        NetworkPictures.filters(filters.variable.value, most: most), "filters of features.0",
        "What the first layer looks for: \(filters.variable.shape[0]) filters in color.",
        in: folder, on: &page)
    }
    for path in paths {
      let output = outputs[path]!.value
      let title = "\(path) (\(type(of: known.first { $0.path == path }!.layer)))"
      if output.rank == 4 {
        let maps = output.reshaped(Array(output.shape[1...]))
        try show(
          NetworkPictures.featureMaps(maps, most: most), title,
          "\(maps.shape[0]) maps of \(maps.shape[1]) × \(maps.shape[2]); each from dark, its smallest number, "
            + "to light.", in: folder, on: &page)
      } else {
        page.add(
          title,
          HTMLPage.charts([
            SVGChart.histogram("Outputs of \(path)", label: "output", output.scalars).svg
          ]))
      }
    }
    let target = folder.appending(path: "index.html")
    try writeAtomically(Array(page.html.utf8), to: target)
    writeOutput("all on one page: \(target.relativePath)")
  }

  private func show(
    _ picture: Picture, _ title: String, _ words: String, in folder: URL, on page: inout HTMLPage
  ) throws {
    let file = folder.appending(path: "\(title.split(separator: " (")[0]).png")
    try picture.writePNG(to: file)
    writeOutput("written: \(file.relativePath)")
    try page.add(
      title, HTMLPage.paragraph(words), HTMLPage.picture(picture, description: "\(title). \(words)")
    )
  }
}
