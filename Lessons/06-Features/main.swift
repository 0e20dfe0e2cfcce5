import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 6)
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 6: Features")
say("Nobody told the network what to look for. What has it found?")
let (model, network) = options.loadNetwork(using: &random)
if let warning = network.warning(about: options.kind) { say(warning) }
model.eval()
/// Indicates whether there is anything that it could name; filters and maps need no classifier.
let hasClassifier = network.classes != nil

part("The first filters")
let filters = model.namedParameters.first { $0.name == "features.0.weight" }!.variable.value
say(
  "features.0 lays \(filters.shape[0]) kernels of \(filters.shape[2]) × \(filters.shape[3]) pixels on the picture. They "
    + "were random numbers. What has training made of them?")
var fresh = RandomSource(seed: options.lesson.seed)
let shape = filters.shape
let untrained = Conv2d(shape[1], shape[0], kernel: Size2D(shape[2], shape[3]), using: &fresh)
var traits = [
  FilterTraits.row("before training", untrained.weight.value),
  FilterTraits.row("this network", filters),
]
let isOfficial = network.choice == .alexnet
let official = isOfficial ? nil : officialFilters()
if let official { traits.append(FilterTraits.row("torchvision's AlexNet", official)) }
say(["filters of", "number", "smooth", "gray", "edges or stripes"], traits)
say(
  "Smooth: neighboring weights are alike, so that noise does not matter. Gray: red, green and blue count the same. "
    + "Edges or stripes: the filter has a direction; the others are spots, of color for the most part."
)
if official == nil && !isOfficial {
  say("\"retrograd weights fetch\" gets torchvision's AlexNet; this table then has it, too.")
}
options.lesson.show(
  NetworkPictures.filters(filters), as: "lesson6-filters", "each filter as a small picture")

part("The feature maps of one picture")
let (picture, name) = options.picture()
let x = stack([network.preprocessing.transform(picture)])
let logits = withoutGradients { model(Variable(x)).value }
let target = logits.argmax()
say(
  "The picture: \(name). "
    + (hasClassifier
      ? "The network says: \(network.labels[target]) (confidence \(percent(network.probabilities(logits).max().item())))."
      : "These weights have no classifier, so the network names nothing."))
let convolutions = ["features.0", "features.3", "features.6", "features.8", "features.10"]
let rectifiers = ["features.1", "features.4", "features.7", "features.9", "features.11"]
let maps = withoutGradients { model.activations(of: Variable(x), at: rectifiers) }
var (field, step) = (1, 1)
var rows: [[String]] = []
// Kernel and stride of each convolution, and of the pooling behind it.
let windows = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1)]
let isConvolution = [true, false, true, false, true, true, true]
for (window, counts) in zip(windows, isConvolution) {
  field += (window.0 - 1) * step
  step *= window.1
  guard counts else { continue }
  let path = rectifiers[rows.count]
  let map = maps[path]!.value
  let silent = (map .== 0).mean().item()
  rows.append([
    convolutions[rows.count], "\(map.shape[1])", "\(map.shape[2]) × \(map.shape[3])",
    "\(field) × \(field)", percent(silent),
  ])
}
say(["layer", "maps", "size", "receptive field", "share of zeros"], rows)
say(
  "The deeper the layer, the fewer positions it has, the more of the picture each of them sees (its receptive field), and the more often it is silent."
)
for (number, path) in rectifiers.enumerated() {
  let map = maps[path]!.value
  options.lesson.show(
    NetworkPictures.featureMaps(map.reshaped(Array(map.shape[1...])), size: 64, most: 36),
    as: "lesson6-maps\(number + 1)", "maps of convolution \(number + 1)")
}

part("Where in the picture it looks")
if hasClassifier {
  showWhere()
} else {
  say(
    "What the score of a class depends on can only be asked of a network that has scores: weights with a classifier."
  )
}

part("Pictures that excite a map")
let steps = options.lesson.fast ? 8 : 60
say(
  "The network is fixed; now the picture learns. \(steps) steps uphill from noise, for the mean of one map, smoothed a "
    + "little after each step. Of each convolution the maps that the \(name) excites most:")
var excited = ContactSheet(size: 150, columns: 5)
var climbs: [[String]] = []
var silent: [String] = []
for (number, path) in rectifiers.enumerated() {
  let activity = maps[path]!.value.mean(axes: [0, 2, 3]).scalars
  let strongest = activity.indices.sorted { activity[$0] > activity[$1] }
  for unit in strongest.prefix(options.lesson.fast ? 1 : 2) {
    let (start, end, result) = excite(path, unit: unit, steps: steps)
    climbs.append(["conv\(number + 1)", "\(unit)", decimal(start), decimal(end)])
    if end == 0 { silent.append("conv\(number + 1), map \(unit)") }
    excited.add(NetworkPictures.stretched(result), ["conv\(number + 1), map \(unit)"])
  }
}
say(["layer", "map", "before", "after"], climbs)
if !silent.isEmpty {
  say(
    "Silent for all noise that was tried: \(silent.joined(separator: "; ")). Where a map is silent it has no slope to climb."
  )
}
options.lesson.show(excited.picture, as: "lesson6-excited", "what each map would like to see")
yourTurn(6, "06-Features")

/// Four ways to ask what the score of the most likely class depends on.
func showWhere() {
  let shown = NetworkPictures.stretched(x.reshaped(Array(x.shape[1...])))
  let saliency = model.saliency(of: x, target: target)
  let guided = model.guidedGradient(of: x, target: target)
  let attention = model.gradCAM(of: x, target: target, at: "features.11")
  let square = network.preprocessing.crop / (options.lesson.fast ? 4 : 7)
  let covered = model.occlusion(of: x, target: target, size: square, stride: square / 2)
  say("Four answers to the question of what the score of \"\(network.labels[target])\" depends on:")
  say("saliency: its derivative with respect to each pixel; the largest of three colors.")
  say("guided backpropagation: the same, where ReLU lets only positive gradients through.")
  say("Grad-CAM: the last maps, each weighed by the mean of its gradient.")
  say(
    "occlusion: how far the score falls when a square of \(square) pixels is covered: from \(decimal(logits[0, target], 2)) down to \(decimal(logits[0, target] - covered.max().item(), 2))."
  )
  // Colors show best on gray.
  let backdrop = Picture(ToTensor()(shown).mean(axes: [0]) * 0.6)
  var sheet = ContactSheet(size: 200, columns: 5)
  sheet.add(shown, ["the picture"])
  sheet.add(NetworkPictures.heat(saliency), ["saliency"])
  sheet.add(NetworkPictures.stretched(guided), ["guided backpropagation"])
  sheet.add(NetworkPictures.overlay(attention, on: backdrop), ["Grad-CAM"])
  sheet.add(NetworkPictures.overlay(covered.relu(), on: backdrop), ["occlusion"])
  options.lesson.show(sheet.picture, as: "lesson6-where", "four ways to ask where")
  let (rowsInMiddle, columnsInMiddle) = (middle(attention.shape[0]), middle(attention.shape[1]))
  let inMiddle = attention.slice(rowsInMiddle, axis: 0).slice(columnsInMiddle, axis: 1)
  say(
    "Of Grad-CAM \(percent(inMiddle.sum().item() / max(attention.sum().item(), 1e-9))) lies in the middle of the picture, "
      + "\(percent(Double(inMiddle.count) / Double(attention.count))) of its positions."
  )
}

/// The middle half of an axis, as near as there are places.
func middle(_ places: Int) -> Range<Int> {
  let margin = Int((Double(places) / 4).rounded())
  return margin..<(places - margin)
}

/// Gradient ascent on the mean of one feature map.
func excite(_ path: String, unit: Int, steps: Int) -> (before: Double, after: Double, Tensor) {
  var picture = Tensor.normal([1, 3, 112, 112], using: &random)
  // A map that is silent everywhere has no slope to climb: other noise, then.
  for _ in 0..<20
  where model.activations(of: Variable(picture), at: [path])[path]!.value
    .slice(unit..<(unit + 1), axis: 1).max().item() == 0
  {
    picture = Tensor.normal([1, 3, 112, 112], using: &random) * 2
  }
  var (before, after) = (0.0, 0.0)
  for step in 0..<steps {
    let input = Variable(picture, requiresGrad: true)
    let map = model.activations(of: input, at: [path])[path]!.slice(unit..<(unit + 1), axis: 1)
    let score = map.mean()
    let gradient = gradients(of: score, withRespectTo: [input])[0].value
    if step == 0 { before = score.item() }
    after = score.item()
    let length = gradient.norm().item()
    if length > 0 { picture += gradient * (12 / length) }
    picture = smoothed(picture)
  }
  return (before, after, picture.reshaped([3, 112, 112]))
}

/// Mixes each pixel with its neighbors, so that noise does not pile up.
func smoothed(_ x: Tensor) -> Tensor {
  let kernel = Tensor([[1, 2, 1], [2, 12, 2], [1, 2, 1]]) / 24
  let weight = Variable(kernel.reshaped([1, 1, 3, 3]).broadcast(to: [3, 1, 3, 3]))
  return conv2d(Variable(x), weight, padding: 1, groups: 3).value
}
