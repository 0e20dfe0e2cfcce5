import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 2)

title("Lesson 2: Filters")
say(
  """
  A small window of numbers, the kernel, slides over a picture. At every position its numbers are multiplied by the \
  pixels under them, and the products are added: that is a convolution. What it finds depends on a few numbers.
  """)

part("A picture in gray")
let picture = loadPicture()
let gray = (picture * Tensor([0.299, 0.587, 0.114], shape: [3, 1, 1])).sum(axes: [0])
let (height, width) = (gray.shape[0], gray.shape[1])
say(
  "\(height) rows, \(width) columns, from \(decimal(gray.min().item(), 2)) to \(decimal(gray.max().item(), 2))."
)

part("Kernels")
let kernels: [(name: String, finds: String, kernel: Tensor)] = [
  ("box", "the mean of its surroundings: blur", .ones([5, 5]) / 25),
  ("Gaussian", "the same, but near pixels count more", gaussian(size: 7, deviation: 1.5)),
  ("sharpen", "what differs from around it, doubled", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
  ("Sobel x", "edges between left and right", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
  ("Sobel y", "edges between above and below", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
  ("emboss", "light from the upper left", [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]]),
  ("Gabor", "stripes of one direction and width", gabor(size: 15, wavelength: 7, angle: .pi / 4)),
]
var sheet = ContactSheet(size: 150, columns: 4)
sheet.add(Picture(gray), ["as it is"])
var rows: [[String]] = []
for (name, finds, kernel) in kernels {
  let result = convolve(gray, kernel)
  rows.append([
    name, "\(kernel.shape[0]) × \(kernel.shape[1])",
    decimal(abs(kernel.sum().item()) < 1e-3 ? 0 : kernel.sum().item(), 2),
    decimal(result.min().item(), 2), decimal(result.max().item(), 2), finds,
  ])
  // A kernel with sum 1 keeps the brightness; one with sum 0 gives numbers around 0.
  let keepsBrightness = abs(kernel.sum().item() - 1) < 1e-3
  sheet.add(keepsBrightness ? Picture(result) : NetworkPictures.signed(result), [name])
}
say(["kernel", "size", "sum", "least", "most", "finds"], rows)
options.lesson.show(
  sheet.picture, as: "lesson2-filters", "where the sum is 0: blue below 0, orange above")

part("Padding and stride")
let sobel = kernels[3].kernel
for (padding, stride) in [(0, 1), (1, 1), (1, 2), (1, 4)] {
  let result = convolve(gray, sobel, padding: padding, stride: stride)
  say(
    "padding \(padding), stride \(stride): \(height) × \(width) becomes \(result.shape[0]) × \(result.shape[1])"
  )
}
say(
  "Without padding the kernel must fit; zeros around the picture keep its size. A stride of 2 leaves out every second position."
)

part("Smaller pictures, and patterns that are not there")
let side = options.lesson.fast ? 128 : 256
let plate = zonePlate(side: side)
say(
  "A zone plate has rings that become finer towards its edge, up to one period in two pixels. A quarter of the "
    + "side can show periods down to eight pixels: the finer rings should become an even gray.")
let smaller: [(name: String, picture: Tensor)] = [
  ("every fourth pixel", plate.slice(0..<side, step: 4, axis: 0).slice(0..<side, step: 4, axis: 1)),
  ("mean of 4 by 4", plane(avgPool2d(image(plate), kernel: 4, stride: 4))),
  ("largest of 4 by 4", plane(maxPool2d(image(plate), kernel: 4, stride: 4))),
  (
    "Gaussian first",
    convolve(plate, gaussian(size: 17, deviation: 2.4), padding: 8, stride: 4)
  ),
]
var plates = ContactSheet(size: 192, columns: 5)
plates.add(Picture(plate), ["the zone plate"])
var aliasing: [[String]] = []
for (name, small) in smaller {
  plates.add(Picture(small), [name])
  let rest = contrast(ofFineRings: small)
  aliasing.append([name, decimal(rest, 3)])
}
say(["made smaller by", "false rings"], aliasing)
say(
  "False rings (aliasing): the standard deviation of the numbers where all rings are too fine to be shown; 0 would be right."
)
options.lesson.show(plates.picture, as: "lesson2-smaller", "rings near the edge are false")

part("The same by a network's layer")
let layer = conv2d(image(gray), Variable(sobel.reshaped([1, 1, 3, 3])), padding: 1)
say(
  "conv2d takes [pictures, channels, rows, columns] and gives \(layer.shape): what this lesson has used all along."
)
let weight = Variable(sobel.reshaped([1, 1, 3, 3]), requiresGrad: true)
let energy = conv2d(image(gray), weight, padding: 1).square().mean()
energy.backward()
say("And the kernel can learn: the gradient of the mean square with respect to its nine numbers is")
say("\(weight.grad!.reshaped([3, 3]))")
yourTurn(2, "02-Filters")

/// A convolution of one plane: [H, W] with [k, k].
func convolve(_ x: Tensor, _ kernel: Tensor, padding: Int? = nil, stride: Int = 1) -> Tensor {
  let weight = Variable(kernel.reshaped([1, 1, kernel.shape[0], kernel.shape[1]]))
  return plane(
    conv2d(
      image(x), weight, stride: Size2D(stride), padding: Size2D(padding ?? kernel.shape[0] / 2)))
}

/// A plane as a batch of one picture with one channel, and back.
func image(_ x: Tensor) -> Variable { Variable(x.reshaped([1, 1, x.shape[0], x.shape[1]])) }
func plane(_ x: Variable) -> Tensor { x.value.reshaped([x.shape[2], x.shape[3]]) }

func kernel(size: Int, _ value: (_ y: Double, _ x: Double) -> Double) -> Tensor {
  let middle = Double(size - 1) / 2
  return Tensor(
    (0..<(size * size)).map { value(Double($0 / size) - middle, Double($0 % size) - middle) },
    shape: [size, size])
}

func gaussian(size: Int, deviation: Double) -> Tensor {
  let bell = kernel(size: size) { exp(-($0 * $0 + $1 * $1) / (2 * deviation * deviation)) }
  return bell / bell.sum().item()
}

/// Waves under a bell (D. Gabor, "Theory of communication", 1946), with sum 0.
func gabor(size: Int, wavelength: Double, angle: Double) -> Tensor {
  let deviation = Double(size) / 5
  let waves = kernel(size: size) { y, x in
    let along = x * cos(angle) + y * sin(angle)
    return exp(-(x * x + y * y) / (2 * deviation * deviation)) * cos(2 * .pi * along / wavelength)
  }
  return (waves - waves.mean()) / waves.abs().sum().item()
}

/// Rings whose frequency grows with the distance from the middle, to half a period a pixel at the edge.
func zonePlate(side: Int) -> Tensor {
  kernel(size: side) { 0.5 + 0.5 * cos(.pi / Double(side) * ($0 * $0 + $1 * $1)) }
}

/// The false rings: the standard deviation in a strip at the edge, where the rings are too fine for a picture of a
/// quarter of the side.
func contrast(ofFineRings small: Tensor) -> Double {
  let n = small.shape[0]
  return small.slice((n / 8)..<(7 * n / 8), axis: 0).slice((n / 32)..<(n / 6), axis: 1)
    .variance(correction: 0).item().squareRoot()
}

/// The picture that the options name, or a drawn one: [3, H, W].
func loadPicture() -> Tensor {
  do {
    if let data = options.data {
      let all = try showingDeckProgress { try PictureSource(data).pictures(report: $0) }
      guard let file = all.files.first else { fail("\(data): there are no pictures in it") }
      if all.files.count > 1 {
        say("The first of \(all.files.count) pictures: \(all.name(0)).")
      }
      // A deck's slides are there as long as it is.
      return try withExtendedLifetime(all) { ToTensor()(Resize(256)(try Picture.read(file))) }
    }
    return ToTensor()(
      Sketchbook(seed: options.lesson.seed &+ 20, size: 256).picture(of: "bicycle", number: 0))
  } catch {
    fail(words(for: error))
  }
}
