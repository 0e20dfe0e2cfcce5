import ArgumentParser
import Foundation
import LessonKit
import Retrograd

let options = Options.parseProgram()
options.lesson.checkIfAsked(
  exercises, of: 10,
  device: .nowhere(reason: "lesson 10 measures the processor; lesson 11 measures a device"))
var random = RandomSource(seed: options.lesson.seed)

title("Lesson 10: Speed")
say(
  "The results are the same each time. Only the order of the computation changes, and what the processor does at once."
)

part("The work")
let work = Convolution(inputs: 64, outputs: 64, side: options.lesson.fast ? 16 : 48)
let picture = Tensor.normal([work.inputs, work.width, work.width], using: &random)
let weights = Tensor.normal(
  [work.outputs, work.inputs, 3, 3], standardDeviation: 0.05, using: &random)
let (x, w) = (picture.floats, weights.floats)
say(
  "\(work.inputs) channels of \(work.width) × \(work.width) numbers become \(work.outputs) of \(work.side) × \(work.side), with 3 × 3 kernels: "
    + "\(Int(work.operations / 1e6)) million multiplications and additions.")

part("The machine")
let machine = MachineProbe(
  attempts: options.lesson.fast ? 2 : 8, megabytes: options.lesson.fast ? 96 : 384,
  steps: options.lesson.fast ? 200_000 : 2_000_000)
let peak = machine.operationsPerSecond / 1e9
let bandwidth = machine.bytesReadPerSecond / 1e9
say("\(Threads.count) threads, instruction set \(InstructionSet.current.name).")
say(
  "At best \(decimal(peak, 0)) · 10⁹ operations per second in registers, and \(decimal(bandwidth, 1)) · 10⁹ bytes per second from memory."
)
say(
  "Below \(decimal(peak / bandwidth, 1)) operations per byte you wait for memory, above it for arithmetic. This convolution could reach \(decimal(work.operations / work.bytes, 0))."
)

part("Seven times the same")
let (input, kernels) = (Variable(stack([picture])), Variable(weights))
let ways: [(name: String, why: String, run: () -> [Float])] = [
  ("six loops", "the formula, written down", { work.naive(x, w) }),
  ("another order", "neighbors in memory", { work.reordered(x, w) }),
  ("patches, product", "one long inner loop", { work.asProduct(x, w) }),
  ("tiles in registers", "fewer loads a product", { work.tiled(x, w) }),
  ("threads", "all cores", { work.threaded(x, w, threads: Threads.count) }),
  ("the library, plain", "widest vectors", { withExactConvolutions { library() } }),
  ("Winograd, effective", "fewer multiplications", { library() }),
]
let reference = ways[0].run()
var rows: [[String]] = []
var programs: [(intensity: Double, speed: Double, label: String)] = []
var first = 0.0
for (name, why, run) in ways {
  let error = zip(run(), reference).reduce(0) { max($0, abs($1.0 - $1.1)) }
  if error > 1e-3 { fail("\(name) gives other numbers: they are up to \(error) apart") }
  let seconds = fastest(run)
  if first == 0 { first = seconds }
  let speed = work.operations / seconds / 1e9
  programs.append((work.operations / work.bytes, speed, name))
  rows.append([
    name, decimal(1000 * seconds, 2), decimal(speed, 1), percent(speed / peak),
    decimal(first / seconds, 1), why,
  ])
}
say(["how", "ms", "10⁹/s", "of peak", "times", "why"], rows)
say(
  "Winograd's rate is an effective one: the operations of the plain method, divided by its time. It needs fewer, so that "
    + "its share of the peak can exceed 100 %, and its point in the chart may lie above the roof."
)

if programs.dropLast().contains(where: { $0.speed > peak }) {
  say(
    "Nothing but Winograd can exceed 100 %: the machine was busy with something else while its peak was measured. Try again."
  )
}

part("And what memory allows")
let long = Tensor.ones([options.lesson.fast ? 4_000_000 : 16_000_000])
let other = long * 2
let adding = Double(long.count) / fastest { long + other } / 1e9
programs.append((1.0 / 12, adding, "adding tensors"))
let layer = Variable(Tensor.ones([4096, options.lesson.fast ? 1024 : 9216]))
let row = Variable(Tensor.ones([1, layer.shape[1]]))
let connected = 2 * Double(layer.count) / fastest { linear(row, layer, bias: nil).value } / 1e9
programs.append((2.0 / 4, connected, "fully connected, one picture"))
say(
  "Adding two long tensors: \(decimal(adding, 2)) · 10⁹ operations per second. One operation for 12 bytes: memory decides."
)
say(
  "A fully connected layer for one picture: \(decimal(connected, 1)). Each weight is read for one multiplication."
)
options.lesson.write(
  SVGChart.roofline(
    "The same convolution, seven times", peak: peak, bandwidth: bandwidth, programs
  ).svg,
  as: "lesson10-roofline", "what the machine allows, and what was reached")
say(
  "All seven agree to 0.001. The last is \(decimal(first / (work.operations / programs[6].speed / 1e9), 0)) times as fast as the first."
)
yourTurn(10, "10-Speed")

func library() -> [Float] { conv2d(input, kernels).value.floats }

/// The shortest of several runs: others who use the machine can only make it slower.
func fastest<T>(_ body: () -> T) -> Double {
  var best = Double.infinity
  let began = ProcessInfo.processInfo.systemUptime
  repeat {
    let start = ProcessInfo.processInfo.systemUptime
    _ = body()
    best = min(best, ProcessInfo.processInfo.systemUptime - start)
  } while ProcessInfo.processInfo.systemUptime - began < (options.lesson.fast ? 0.05 : 0.6)
  return best
}
