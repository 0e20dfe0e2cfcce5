import Foundation
import LessonKit
import Retrograd

let exercises = [
  randomBatchExercise(), truncatedNormalsExercise(), adamStepExercise(), shareRightExercise(),
  standardErrorExercise(),
]

func randomBatchExercise(
  _ answer:
    @escaping (Tensor, IntTensor, Int, inout RandomSource) throws -> (x: Tensor, y: IntTensor) = {
      try randomBatch($0, $1, size: $2, using: &$3)
    }
) -> Exercise {
  func asked(
    _ x: Tensor, _ y: IntTensor, _ size: Int, _ random: RandomSource
  ) throws -> Group<Tensor, IntTensor, RandomSource> {
    var random = random
    let batch = try answer(x, y, size, &random)
    return Group(batch.x, batch.y, random)
  }
  return Exercise(1, "A batch", asked) { variant, answer in
    let (count, size) = (variant.size(20...30), variant.size(8...12))
    // Each row and its label tell which row it is.
    let x = Tensor((0..<(2 * count)).map { Double($0) }, shape: [count, 2], dtype: .float64)
    let y = IntTensor((0..<count).map { 1000 + $0 })
    var random = variant.random
    func draw(_ random: inout RandomSource) throws -> [Int] {
      let batch: (x: Tensor, y: IntTensor, random: RandomSource) = try answer(x, y, size, random)
        .values
      random = batch.random
      guard batch.x.shape == [size, 2], batch.y.shape == [size] else {
        throw Mistake(
          "randomBatch(…, size: \(size)) has rows \(batch.x.shape) and labels \(batch.y.shape), expected [\(size), 2] and "
            + "[\(size)]."
            + (batch.x.shape == [count, 2]
              ? "\nWhy: all rows are returned; take the first \(size) of the random order." : ""))
      }
      let rows = try (0..<size).map { place in
        guard let row = Int(exactly: batch.x[place, 0] / 2), (0..<count).contains(row) else {
          throw Mistake("randomBatch: row \(place) of the batch is none of the rows of x.")
        }
        return row
      }
      for (place, row) in rows.enumerated() where batch.y[place] != 1000 + row {
        throw Mistake(
          "randomBatch: row \(place) of the batch is row \(row) of x with the label \(1000 + row), but its label is \(batch.y[place]).\n"
            + "Why: rows and labels must be picked by the same indices, or the network learns nonsense."
        )
      }
      if Set(rows).count < size {
        throw Mistake(
          "randomBatch: row \(rows.first { row in rows.count { $0 == row } > 1 }!) comes twice.\nWhy: draw without repetition: take the "
            + "beginning of a random order of all rows, not one random row after another.")
      }
      return rows
    }
    let (first, second, third) = (try draw(&random), try draw(&random), try draw(&random))
    if first == Array(0..<size) {
      throw Mistake(
        "randomBatch: those are the first \(size) rows in their order.\nWhy: they are to be drawn at random."
      )
    }
    if first.sorted() == Array(0..<size) && second.sorted() == first.sorted() {
      throw Mistake(
        "randomBatch: those are always the first \(size) rows, in another order.\nWhy: put all rows in random order first, "
          + "and then take the first of them.")
    }
    if first == second && second == third {
      throw Mistake(
        "randomBatch: every batch is the same.\nWhy: take chance from `random`, which is passed with & and moves on; do not "
          + "make a RandomSource of your own.")
    }
    var again = variant.random
    let (repeated, sameAgain) = (try draw(&again), try draw(&again))
    if repeated != first || sameAgain != second {
      throw Mistake(
        "randomBatch: the same random source gives another batch.\nWhy: all chance must come from `random`, or nobody can "
          + "repeat the training.")
    }
  }
}

func truncatedNormalsExercise(
  _ answer: @escaping (Int, Double, inout RandomSource) throws -> [Double] = {
    try truncatedNormals($0, deviation: $1, using: &$2)
  }
) -> Exercise {
  func asked(_ count: Int, _ deviation: Double, _ random: RandomSource) throws -> [Double] {
    var random = random
    return try answer(count, deviation, &random)
  }
  return Exercise(2, "A truncated normal distribution", asked) { variant, answer in
    let deviation = [0.01, 3, 0.5][variant.round]
    let count = 4000
    let numbers = try answer(count, deviation, variant.random)
    func wrong(_ what: String, _ why: String) -> Mistake {
      Mistake("truncatedNormals(\(count), deviation: \(deviation)): \(what).\nWhy: \(why)")
    }
    guard numbers.count == count else {
      throw wrong(
        "\(numbers.count) numbers, expected \(count)",
        "what lies outside is drawn again, not left out.")
    }
    let scaled = numbers.map { $0 / deviation }
    let largest = scaled.map { abs($0) }.max()!
    let mean = scaled.reduce(0, +) / Double(count)
    let spread = (scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    let atBounds = scaled.count { abs(abs($0) - 2) < 1e-9 }
    let what =
      "the largest is \(decimal(largest, 3)) standard deviations from 0, the spread is \(decimal(spread, 3)) of them"
    if atBounds > 3 {
      throw wrong(
        "\(atBounds) numbers lie exactly at the bounds",
        "numbers outside are drawn again, not moved to the bound.")
    }
    if abs(largest - 2 * deviation) < 0.1 * deviation && abs(spread - deviation) < 0.4 * deviation
      && deviation != 1
    {
      throw wrong(what, "the numbers are scaled by the square of the standard deviation.")
    }
    if abs(largest * deviation - 2) < 0.1 {
      throw wrong(what, "they are not scaled by the standard deviation.")
    }
    if abs(mean) > 0.3 * spread {
      throw wrong(
        "their mean is \(decimal(mean * deviation, 3))",
        "half of them are negative: the sign is kept.")
    }
    if largest > 2 {
      throw wrong(
        what,
        largest > 2.6
          ? "numbers beyond two standard deviations are still there."
          : "the bound is two standard deviations, not more.")
    }
    if largest < 1.8 {
      throw wrong(what, "the bound is two standard deviations, not \(decimal(largest, 1)).")
    }
    // A normal distribution cut off at 2 has the deviation 0.880; an even one would have 1.155.
    if abs(spread - 2 / 3.0.squareRoot()) < 0.05 {
      throw wrong(what, "they are spread evenly; in a normal distribution most lie near 0.")
    }
    if abs(spread - 0.880) > 0.05 { throw wrong(what, "expected a spread of about 0.880.") }
  }
}

func adamStepExercise(
  _ answer:
    @escaping (Double, Double, Double, Double, Int, Double) throws -> (
      x: Double, m: Double, v: Double
    ) = { try adamStep($0, gradient: $1, m: $2, v: $3, t: $4, rate: $5) }
) -> Exercise {
  func asked(
    _ x: Double, _ g: Double, _ m: Double, _ v: Double, _ t: Int, _ rate: Double
  ) throws -> [Double] {
    let step = try answer(x, g, m, v, t, rate)
    return [step.x, step.m, step.v]
  }
  return Exercise(3, "One step of Adam", asked) { variant, answer in
    let x = variant.number(-1...1)
    let g = variant.number(0.5...2)
    let t = [1, 3, 7][variant.round]
    let (m, v) = t == 1 ? (0, 0) : (variant.number(-1...1), variant.number(0.1...1))
    let rate = variant.number(0.01...0.1)
    typealias Moments = (m: Double, v: Double)
    func step(
      _ b1: Double = 0.9, _ b2: Double = 0.999, sign: Double = -1,
      moments: ((Double, Double) -> Moments)? = nil,
      correction: (Int) -> Moments = {
        (1 - pow(0.9, Double($0)), 1 - pow(0.999, Double($0)))
      }, length: (Double) -> Double = { $0.squareRoot() + 1e-8 }
    ) -> [Double] {
      let new: Moments = moments?(m, v) ?? (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g)
      let c = correction(t)
      return [x + sign * rate * (new.m / c.m) / length(new.v / c.v), new.m, new.v]
    }
    try compare(
      try answer(x, g, m, v, t, rate), with: step(),
      "adamStep(t: \(t)): [x, m, v]", tolerance: 1e-7,
      suspects: [
        Suspect(
          "m and v are not corrected: in the first steps they are still near 0.",
          step(correction: { _ in (1, 1) })),
        Suspect("it goes uphill: the step is subtracted.", step(sign: 1)),
        Suspect("the square root of v̂ is missing.", step(length: { $0 + 1e-8 })),
        Suspect(
          "β₁ and β₂ are exchanged.",
          step(0.999, 0.9, correction: { (1 - pow(0.999, Double($0)), 1 - pow(0.9, Double($0))) })),
        Suspect(
          "the factors (1 − β) are missing.", step(moments: { (0.9 * $0 + g, 0.999 * $1 + g * g) })),
        Suspect(
          "v collects the gradients, not their squares.",
          step(moments: { (0.9 * $0 + 0.1 * g, 0.999 * $1 + 0.001 * g) })),
        Suspect(
          "the correction uses t − 1: t counts from 1.",
          step(correction: { (1 - pow(0.9, Double($0 - 1)), 1 - pow(0.999, Double($0 - 1))) })),
        Suspect(
          "the correction is that of the first step; it has the power t.",
          step(correction: { _ in (0.1, 0.001) })),
        Suspect(
          "m and v are corrected before they are kept; keep them as they are.",
          {
            let all = step()
            return [
              all[0], all[1] / (1 - pow(0.9, Double(t))), all[2] / (1 - pow(0.999, Double(t))),
            ]
          }()),
        Suspect(
          "m and v are returned as they were; the next step needs the new ones.", [step()[0], m, v]),
        Suspect(
          "\"0.9 * m + 1 - 0.9 * g\" adds 1: brackets around 1 − β are missing.",
          step(moments: { (0.9 * $0 + 1 - 0.9 * g, 0.999 * $1 + 1 - 0.999 * g * g) })),
        Suspect(
          "m is not squared for v: v collects the squares of the gradients.",
          step(moments: { (0.9 * $0 + 0.1 * g, 0.999 * $1 + 0.001 * $0 * $0) })),
      ])
    // So small that ε counts: it shows where it stands.
    let small = 1e-6
    func moved(_ ratio: Double) -> Double { x - rate * ratio }
    try compare(
      try answer(x, small, 0, 0, 1, rate).first ?? .nan, with: moved(small / (small + 1e-8)),
      "The new x of adamStep(gradient: \(small), m: 0, v: 0, t: 1)", tolerance: 1e-7,
      suspects: [
        Suspect(
          "ε stands under the root there: √(v̂ + ε). It is added to the root, √v̂ + ε; where gradients are small that is a "
            + "hundred times as far.", moved(small / (small * small + 1e-8).squareRoot())),
        Suspect("ε is missing: the step is divided by √v̂ + ε.", moved(1)),
        Suspect(
          "ε is added to the quotient: brackets around √v̂ + ε are missing.", moved(1) + 1e-8),
        Suspect(
          "ε is 10⁻⁸, not 10⁻⁷.", moved(small / (small + 1e-7))),
      ])
  }
}

func shareRightExercise(
  _ answer: @escaping (Tensor, IntTensor) throws -> Double = { try shareRight($0, $1) }
) -> Exercise {
  Exercise(4, "The share that is right", answer) { variant, answer in
    let (rows, classes) = (variant.size(9...12), 4)
    let right = (rows + 2) / 3
    var (x, labels, alongRows) = (Tensor.zeros([1]), IntTensor([0]), 0)
    // Such that the mistake of taking the largest of each column gives another number.
    repeat {
      x = variant.tensor([rows, classes], in: -2...2)
      let choices = x.argmax(axis: 1)
      // Some right, more wrong.
      labels = IntTensor(
        (0..<rows).map { $0 % 3 == 0 ? choices[$0] : (choices[$0] + 1 + $0 % 2) % classes })
      let best = x.argmax(axis: 0)
      alongRows = (0..<classes).count { best[$0] == labels[$0] }
    } while alongRows == 0 || alongRows == right
    let share = Double(right) / Double(rows)
    let least = x.argmin(axis: 1)
    try compare(
      try answer(x, labels), with: share, "shareRight", tolerance: 1e-9,
      suspects: [
        Suspect("that is how many are right; divide by the number of rows.", right),
        Suspect("that is the share of the wrong ones.", 1 - share),
        Suspect("that is in percent; a share lies between 0 and 1.", 100 * share),
        Suspect(
          "argmax(axis: 0) is the row with the largest score of each class; the class with the largest score of each row "
            + "is argmax(axis: 1).", Double(alongRows) / Double(rows)),
        Suspect(
          "argmax(axis: 0) is the row with the largest score of each class; the class with the largest score of each row "
            + "is argmax(axis: 1).", Double(alongRows) / Double(classes)),
        Suspect(
          "that is 0 as long as not all rows are right. Are whole numbers divided (make Double of them first), or is it asked "
            + "whether all of them are right?", 0.0),
        Suspect(
          "it is divided by the number of classes; only the rows count.",
          Double(right) / Double(classes)),
        Suspect("one row is missing in the denominator.", Double(right) / Double(rows - 1)),
        Suspect(
          "it is divided by the number of all scores; only the rows count.",
          Double(right) / Double(rows * classes)),
        Suspect(
          "that takes the smallest score of each row.",
          Double((0..<rows).count { least[$0] == labels[$0] }) / Double(rows)),
        Suspect(
          "a class is chosen wherever its score is above 0.5; the largest of the row is the choice.",
          Double((0..<rows).count { x[$0, labels[$0]] > 0.5 }) / Double(rows)),
      ])
  }
}

func standardErrorExercise(
  _ answer: @escaping (Int, Int) throws -> Double = { try standardError(right: $0, of: $1) }
) -> Exercise {
  Exercise(5, "What fifty pictures can show", answer) { variant, answer in
    let n = variant.size(30...60)
    let right = variant.size((n / 2)...(n - 3))
    let p = Double(right) / Double(n)
    try compare(
      try answer(right, n), with: (p * (1 - p) / Double(n)).squareRoot(),
      "standardError(right: \(right), of: \(n))", tolerance: 1e-9,
      suspects: [
        Suspect(
          "it is divided by n − 1, as the variance of measured numbers is; the formula for a share has n.",
          (p * (1 - p) / Double(n - 1)).squareRoot()),
        Suspect(
          "\"p * 1 - p / n\" subtracts p / n from p: brackets around 1 − p are missing.",
          (p - p / Double(n)).squareRoot()),
        Suspect(
          "only 1 − p is under the root; p belongs there, too.",
          p * ((1 - p) / Double(n)).squareRoot()),
        Suspect(
          "the share is that of the wrong ones on both sides: it is p times 1 − p.",
          ((1 - p) * (1 - p) / Double(n)).squareRoot()),
        Suspect("it is p times 1 − p, not p².", p / Double(n).squareRoot()),
        Suspect("the square root is missing: that is the variance.", p * (1 - p) / Double(n)),
        Suspect(
          "it is not divided by the number of pictures: that is the standard deviation of a single one.",
          (p * (1 - p)).squareRoot()),
        Suspect(
          "n is divided after the square root; it belongs under it.",
          (p * (1 - p)).squareRoot() / Double(n)),
        Suspect(
          "that is the half width of a 95 % interval: 1.96 standard errors.",
          1.96 * (p * (1 - p) / Double(n)).squareRoot()),
        Suspect(
          "whole numbers are divided, so that the share is 0: make Double of them first.", 0.0),
        Suspect("that is the share itself.", p),
        Suspect(
          "p (1 − p) is missing: an accuracy near 1 is more certain than one near a half.",
          1 / Double(n).squareRoot()),
        Suspect("it is p times 1 − p, not p alone.", (p / Double(n)).squareRoot()),
        Suspect(
          "that is the error of the number of right pictures, not of their share.",
          (Double(n) * p * (1 - p)).squareRoot()),
      ])
  }
}
