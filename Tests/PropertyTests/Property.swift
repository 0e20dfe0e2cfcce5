import Foundation
import RetrogradTensors
import Testing

/// Tries a property on random cases; of the first that fails, the simplest that fails too is shown.
///
/// `RETROGRAD_PROPERTY_CASES` says how many cases each property is tried on (40 by default), and
/// `RETROGRAD_PROPERTY_SEED` which (0 by default). Each case is computed with one of the machine's
/// instruction sets and one of several numbers of threads.
///
/// - Parameters:
///   - name: The property's name, from which its cases are drawn: every property gets its own.
///   - location: The line at which a failure is reported.
///   - property: `nil` where it holds for the case that it makes of its choices, otherwise what is
///     wrong. It must depend on the choices alone.
func checkProperty(
  _ name: String = #function, location: SourceLocation = #_sourceLocation,
  _ property: (inout Choices) -> String?
) {
  let environment = ProcessInfo.processInfo.environment
  let count = environment["RETROGRAD_PROPERTY_CASES"].flatMap(Int.init) ?? 40
  let seed = environment["RETROGRAD_PROPERTY_SEED"].flatMap(UInt64.init) ?? 0
  for index in 0..<count {
    var choices = Choices(
      RandomSource(seed: seed, at: name.utf8.map(UInt64.init) + [UInt64(index)]))
    if run(property, &choices) == nil { continue }
    let simplest = simplified(choices.made) { candidate in
      var choices = Choices(replaying: candidate)
      return run(property, &choices) == nil ? nil : choices.made
    }
    var replay = Choices(replaying: simplest)
    let complaint = run(property, &replay) ?? "holds when tried again: it depends on something else"
    Issue.record(
      """
      case \(index) of seed \(seed), made simpler:
      \((replay.notes + [complaint]).joined(separator: "\n"))
      """, sourceLocation: location)
    return
  }
}

/// Runs a property where it says that it runs: with some instruction set and number of threads.
private func run(_ property: (inout Choices) -> String?, _ choices: inout Choices) -> String? {
  let set = choices.element(of: InstructionSet.available)
  let threads = choices.integer(in: 1...3)
  choices.note("with \(set.name) instructions, \(threads) threads at most")
  return set.use { Threads.withLimit(threads) { property(&choices) } }
}

/// The simplest list of choices found that still fails: shorter before longer, smaller numbers before
/// larger.
///
/// - Parameters:
///   - choices: A list that fails.
///   - attempt: The part of a list that was used when it fails, `nil` when it does not.
func simplified(_ choices: [Int], _ attempt: ([Int]) -> [Int]?) -> [Int] {
  var best = choices
  var attempts = 0
  /// Keeps a candidate that fails and is simpler.
  func improves(_ candidate: [Int]) -> Bool {
    attempts += 1
    guard attempts <= 5_000, let used = attempt(candidate) else { return false }
    let isSimpler =
      used.count < best.count || (used.count == best.count && used.lexicographicallyPrecedes(best))
    if isSimpler { best = used }
    return isSimpler
  }
  var isChanging = true
  while isChanging {
    let before = best
    // Without runs of choices, long ones first.
    var length = best.count / 2
    while length > 0 {
      var start = 0
      while start + length <= best.count {
        if !improves(Array(best[..<start] + best[(start + length)...])) { start += length }
      }
      length /= 2
    }
    // With smaller ones: 0, then what lies between the largest that holds and the smallest that fails.
    for index in choices.indices where index < best.count && best[index] > 0 {
      var low = -1
      while index < best.count && best[index] - low > 1 {
        var candidate = best
        candidate[index] = low < 0 ? 0 : (low + best[index]) / 2
        if !improves(candidate) { low = candidate[index] }
      }
    }
    isChanging = best != before
  }
  return best
}
