import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 1)

title("Lesson 1: Pictures are tensors")
say(
  "A network only knows numbers. This lesson turns pictures into numbers, step by step.")

part("A deck of slides")
let deck = openDeck()
let pictures = readPictures(deck.files)
for (number, picture) in pictures.prefix(5).enumerated() {
  say("slide \(number): \(picture.width) × \(picture.height) pixels")
}
let original = pictures[0]
options.lesson.show(original, as: "lesson1-slide", "slide 0 as it is")

part("A picture as numbers")
let tensor = ToTensor()(original)
say("ToTensor gives a tensor of shape \(tensor.shape): 3 colors, rows, columns.")
let (y, x) = (tensor.shape[1] / 2, tensor.shape[2] / 2)
say(
  "Its numbers lie between \(decimal(tensor.min().item(), 3)) and \(decimal(tensor.max().item(), 3))."
)
say(
  "The pixel in row \(y), column \(x): red \(decimal(tensor[0, y, x], 3)), green "
    + "\(decimal(tensor[1, y, x], 3)), blue \(decimal(tensor[2, y, x], 3))")
say(
  "In the file that pixel is \(original[x, y].red), \(original[x, y].green), \(original[x, y].blue): "
    + "from 0 to 255, here divided by 255.")

part("Three planes")
for (channel, name) in ["red", "green", "blue"].enumerated() {
  let plane = tensor[channel..<(channel + 1)]
  say(
    "\(name): mean \(decimal(plane.mean().item(), 3)), standard deviation \(decimal(deviation(plane), 3))"
  )
}
var planes = ContactSheet(size: 200, columns: 4)
planes.add(original, ["all three"])
for (channel, name) in ["red", "green", "blue"].enumerated() {
  planes.add(Picture(tensor[channel..<(channel + 1)]), [name])
}
options.lesson.show(planes.picture, as: "lesson1-planes", "each plane as brightness")

part("The size that a network takes")
let resized = Resize(224)(original)
say("Resize(224) brings the shorter side to 224 pixels: \(resized.width) × \(resized.height).")
let cropped = CenterCrop(224)(resized)
say("CenterCrop(224) keeps the middle: \(cropped.width) × \(cropped.height).")
options.lesson.show(cropped, as: "lesson1-cropped", "what a network gets to see")

part("Normalizing")
let normal = Normalize()(ToTensor()(cropped))
say(
  "From each plane the mean over very many photographs is subtracted, and the result is divided by their "
    + "standard deviation: "
    + "\(Normalize.imageNetMean) and \(Normalize.imageNetDeviation).")
say(
  "The numbers now lie between \(decimal(normal.min().item(), 2)) and \(decimal(normal.max().item(), 2))."
)
let short = ImageNetTransform()(original)
say(
  "ImageNetTransform() does all of it at once; the difference is \((short - normal).abs().max().item())."
)

part("Many pictures, one tensor")
let batch = stack(pictures.map { ImageNetTransform()($0) })
say("stack gives \(batch.shape): pictures, colors, rows, columns. A network takes that.")
let means = batch.mean(axes: [1, 2, 3])
let brightest = means.argmax()
say("The brightest picture is number \(brightest), with a mean of \(decimal(means[brightest], 3)).")

part("Which numbers learn")
let data = Variable(batch)
let weights = Variable(.zeros([3, 224, 224]), requiresGrad: true)
say(
  "A Tensor is numbers. A Variable is numbers that know where they come from. Data needs no gradient "
    + "(requiresGrad is \(data.requiresGrad)), parameters, the numbers that learn, do (\(weights.requiresGrad))."
)
let loss = (data * weights).mean()
loss.backward()
say(
  "After backward() the weights have a gradient of shape \(weights.grad?.shape ?? []), the data has \(data.grad == nil ? "none" : "one")."
)
yourTurn(1, "01-Pictures")

/// The slides that the options name, or a folder of drawn ones.
func openDeck() -> Deck {
  do {
    if let source = options.data {
      let deck = try Deck.withProgress([source])
      for note in deck.notes { say(note) }
      return deck
    }
    say("No --data: the lesson draws five slides. With --data talk.pdf it reads yours.")
    let book = Sketchbook(seed: options.lesson.seed &+ 10, size: 320)
    let folder = try ScratchFolder()
    for (number, name) in ["teapot", "bicycle", "fish", "umbrella", "clock"].enumerated() {
      let picture = CenterCrop(Size2D(240, 320))(book.picture(of: name, number: 0))
      try picture.writePNG(to: folder.url.appending(path: "\(number).png"))
    }
    drawn = folder
    return try Deck(folder.url.path)
  } catch {
    fail(words(for: error))
  }
}

/// The pictures in files; those that cannot be read are named.
func readPictures(_ files: [URL]) -> [Picture] {
  var missing: [any Error] = []
  let pictures = files.prefix(options.most).compactMap { file -> Picture? in
    do {
      return try Picture.read(file)
    } catch {
      missing.append(error)
      return nil
    }
  }
  for error in missing.prefix(2) { say("left out: \(error)") }
  if missing.count > 2 { say("left out: \(missing.count - 2) more") }
  if pictures.isEmpty { fail("none of the pictures could be read") }
  return pictures
}

func deviation(_ x: Tensor) -> Double { x.variance(correction: 0).item().squareRoot() }
