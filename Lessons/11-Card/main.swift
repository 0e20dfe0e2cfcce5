import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(exercises, of: 11, device: .whereWanted)
var random = RandomSource(seed: options.lesson.seed)

let card = onCard { try Card(options.place.name) }
let isFast = options.lesson.fast

title("Lesson 11: On the card")
say(
  "A graphics card computes with thousands of small processors at once. What they wait for is memory, and so it decides how a "
    + "kernel is written.")

part("The device")
let about = card.device.description
say("\(about.name), \(about.computeUnits) compute units, by \(about.platform).")
if !card.isCard {
  say(
    "This is a processor, not a card. The kernels run and are right, and each step can be seen; their times are no guide to "
      + "those of a card.")
}
let (peak, bandwidth) = limits()
say(
  "At best \(decimal(peak, 1)) · 10⁹ operations per second in registers, and \(decimal(bandwidth, 1)) · 10⁹ bytes per second "
    + "from its memory.")

part("One convolution, three kernels")
let work = Work(inputs: 64, outputs: 64, side: isFast ? 16 : 48)
let picture = Tensor.normal([work.inputs, work.width, work.width], using: &random)
let weights = Tensor.normal(
  [work.outputs, work.inputs, 3, 3], standardDeviation: 0.05, using: &random)
say(
  "\(work.inputs) channels of \(work.width) × \(work.width) numbers become \(work.outputs) of \(work.side) × \(work.side): "
    + "\(Int(work.operations / 1e6)) million multiplications and additions.")
let reference = conv2d(stack([picture]), weights).floats
let (pictureNumbers, weightNumbers) = (picture.floats, weights.floats)
let x = onCard { try card.copy(pictureNumbers) }
let w = onCard { try card.copy(weightNumbers) }
let y = onCard { try card.room(for: reference.count) }
var rows: [[String]] = []
var points: [(intensity: Double, speed: Double, label: String)] = []
var worst = 0.0
func note(_ name: String, _ why: String, _ seconds: Double, reads: Double? = nil) {
  let speed = work.operations / seconds / 1e9
  rows.append([
    name, decimal(1000 * seconds, 2), decimal(speed, 1), reads.map { decimal($0, 3) } ?? "", why,
  ])
  // Two operations for as many numbers of four bytes.
  if let reads { points.append((2 / (4 * reads), speed, name)) }
}
func compareWithHost(_ result: [Float]) {
  worst = zip(result, reference).reduce(worst) { max($0, Double(abs($1.0 - $1.1))) }
}
for way in Way.all(for: work) {
  func run() {
    onCard {
      try card.run(
        way.kernel, [.block(x), .block(w), .block(y), .int(work.inputs), .int(work.side)], way.size)
    }
  }
  run()
  compareWithHost(onCard { try card.numbers(in: y, count: reference.count) })
  note(way.name, way.why, fastest(run), reads: way.reads)
}
let (input, kernels) = (stack([picture]).to(options.place), weights.to(options.place))
compareWithHost(conv2d(input, kernels).floats)
let convolving = fastest { computed { conv2d(input, kernels) } }
note("the library's", "8 × 8 sums an item", convolving)
let onHost = fastest { withDevice(.cpu) { _ = conv2d(stack([picture]), weights) } }
note("the processor's", "no device at all", onHost)
say(["how", "ms", "10⁹/s", "reads", "why"], rows)
say(
  "\"reads\" are numbers that are fetched from the device's memory for one multiplication. The first kernel asks for two; a tile "
    + "asks for each number once and shares it; sums in registers use it eight times more.")
if worst > 1e-3 { fail("the kernels' numbers are up to \(worst) apart from the processor's") }
say("All kernels agree with the processor to \(decimal(worst, 6)).")
if !card.isCard {
  say(
    "A processor has caches, which answer most of those reads by themselves, and no memory that a group shares: it pays for "
      + "the copies, and saves little.")
}
options.lesson.write(
  SVGChart.roofline(
    "Three kernels on \(about.name)", peak: peak, bandwidth: bandwidth, points
  ).svg,
  as: "lesson11-roofline", "what the device allows, and what the kernels reached")

part("What a transfer costs")
var transfers: [[String]] = []
for bytes in [4 << 10, 1 << 20, isFast ? 8 << 20 : 16 << 20] {
  let numbers = [Float](repeating: 1, count: bytes / 4)
  let there = fastest {
    onCard {
      _ = try card.copy(numbers)
      try card.device.finish()
    }
  }
  let block = onCard { try card.copy(numbers) }
  let back = fastest { onCard { _ = try card.numbers(in: block, count: numbers.count) } }
  transfers.append([
    bytes < 1 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB", decimal(1e6 * there, 0),
    decimal(1e6 * back, 0), decimal(Double(bytes) / there / 1e9, 1),
  ])
}
say(["size", "µs there", "µs back", "10⁹ bytes/s there"], transfers)
let call = fastest { onCard { try card.run(nothing, [.int(0)], WorkSize(count: 1)) } }
say(
  "A kernel that does nothing takes \(decimal(1e6 * call, 0)) µs: what is small is not worth a call, and what is moved for one "
    + "operation is not worth the way.")

part("When it pays")
let long = Tensor.ones([isFast ? 1_000_000 : 8_000_000])
let other = long * 2
let (longNumbers, otherNumbers) = (long.floats, other.floats)
let onHostAdding = withDevice(.cpu) { fastest { _ = long + other } }
let (near, nearOther) = (long.to(options.place), other.to(options.place))
let adding = fastest { computed { near + nearOther } }
let addingMoved = fastest {
  onCard {
    for operand in [longNumbers, otherNumbers] { _ = try card.copy(operand) }
    _ = (near + nearOther).floats
  }
}
let convolvingMoved = fastest {
  onCard {
    for operand in [pictureNumbers, weightNumbers] { _ = try card.copy(operand) }
    _ = conv2d(input, kernels).floats
  }
}
func milliseconds(_ seconds: Double) -> String { decimal(1000 * seconds, 2) }
say(
  ["work", "processor, ms", "device, ms", "with transfers, ms"],
  [
    ["adding", milliseconds(onHostAdding), milliseconds(adding), milliseconds(addingMoved)],
    [
      "convolution", milliseconds(onHost), milliseconds(convolving), milliseconds(convolvingMoved),
    ],
  ])
let start = Tensor.ones([1_000_000])
let (_, trace) = DeviceTrace.counting {
  withDevice(options.place) {
    var y = start
    for _ in 1...10 { y = (y * 0.5 + 1).relu() }
    _ = y.sum().item()
  }
}
say(
  "Thirty-one operations in a row move numbers only at their ends: \(trace.uploads.count) copy there, \(trace.downloads.count) "
    + "back, of one number. That is why a whole network goes to the card, and not one layer of it.")
say("")
say("Your turn: Lessons/11-Card/Exercises.swift, then swift run -c release lesson11 --check")

extension Options {
  /// The device, for tensors.
  var place: Device { lesson.place.device.map(Device.init) ?? .gpu }
}

/// Returns the result of work on the device; ends the lesson where the device fails.
func onCard<R>(_ body: () throws -> R) -> R {
  do { return try body() } catch { fail("\(error)") }
}

/// Computes on the device, and leaves the result there.
func computed(_ compute: () -> Tensor) {
  onCard {
    withExtendedLifetime(compute()) {}
    try options.place.synchronize()
  }
}

/// 10⁹ operations and 10⁹ bytes a second, at best.
func limits() -> (peak: Double, bandwidth: Double) {
  let (items, steps) = (1 << (isFast ? 14 : 16), 256)
  let target = onCard { try card.room(for: items) }
  let computing = fastest {
    onCard {
      try card.run(
        multiplying, [.block(target), .int(steps), .float(0.5)], WorkSize(count: items))
    }
  }
  let count = isFast ? 1 << 20 : 1 << 24
  let (source, copy) = (onCard { try card.room(for: count) }, onCard { try card.room(for: count) })
  let moving = fastest {
    onCard { try card.run(copying, [.block(source), .block(copy)], WorkSize(count: count)) }
  }
  return (Double(items * steps * 32) / computing / 1e9, Double(8 * count) / moving / 1e9)
}

/// The shortest of several runs: others who use the machine can only make it slower.
func fastest(_ body: () -> Void) -> Double {
  body()
  var best = Double.infinity
  let began = ProcessInfo.processInfo.systemUptime
  repeat {
    let start = ProcessInfo.processInfo.systemUptime
    body()
    best = min(best, ProcessInfo.processInfo.systemUptime - start)
  } while ProcessInfo.processInfo.systemUptime - began < (isFast ? 0.05 : 0.6)
  return best
}
