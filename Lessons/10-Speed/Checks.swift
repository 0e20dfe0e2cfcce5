import Foundation
import LessonKit
import Retrograd

let exercises = [
  productExercise(), patchesExercise(), winogradExercise(), intensityExercise(),
  attainableExercise(),
]

func productExercise(
  _ answer: @escaping ([Float], [Float], Int, Int, Int) throws -> [Float] = {
    try product($0, $1, rows: $2, inner: $3, columns: $4)
  }
) -> Exercise {
  Exercise(1, "Loops in the right order", answer) { variant, answer in
    let (n, k, m) = (variant.size(2...4), variant.size(5...7), variant.size(8...9))
    let (a, b) = (
      variant.tensor([n, k]).converted(to: .float32),
      variant.tensor([k, m]).converted(to: .float32)
    )
    let result = try answer(a.floats, b.floats, n, k, m)
    let right = matmul(a, b)
    guard result.count == n * m else {
      throw Mistake(
        "product of [\(n), \(k)] and [\(k), \(m)] has \(result.count) numbers, expected \(n * m): \(n) rows of \(m)."
      )
    }
    func misread(_ x: Tensor) -> Tensor {
      // As if it lay column by column.
      x.reshaped([x.shape[1], x.shape[0]]).transposed()
    }
    try compare(
      Tensor(result, shape: [n, m]), with: right, "product", axes: "[rows, columns]",
      suspects: [
        Suspect(
          "the result lies column by column; row i begins at i · columns.",
          right.transposed().reshaped([n, m])),
        Suspect(
          "a is read column by column; its row i begins at i · inner.", matmul(misread(a), b)),
        Suspect(
          "b is read column by column; its row k begins at k · columns.", matmul(a, misread(b))),
        Suspect(
          "products overwrite each other: they are added, += and not =.",
          matmul(a.slice((k - 1)..<k, axis: 1), b[(k - 1)..<k])),
        Suspect(
          "the last of the inner numbers is left out.",
          matmul(a.slice(0..<(k - 1), axis: 1), b[0..<(k - 1)])),
        Suspect(
          "the first of the inner numbers is left out.",
          matmul(a.slice(1..<k, axis: 1), b[1..<k])),
        Suspect(
          "numbers are added where products belong.",
          a.sum(axes: [1], keepDims: true) + b.sum(axes: [0], keepDims: true)),
      ])
  }
}

func patchesExercise(
  _ answer: @escaping (Tensor, Int) throws -> Tensor = { try patches($0, kernel: $1) }
) -> Exercise {
  Exercise(2, "Patches as columns", answer) { variant, answer in
    let (c, k) = (variant.size(2...3), [2, 3, 2][variant.round])
    let (h, w) = (k + variant.size(1...2), k + variant.size(3...4))
    let x = variant.tensor([c, h, w])
    let (rows, columns) = (h - k + 1, w - k + 1)
    /// Numbers in the order of five loops.
    func numbers(
      _ order: [Int], shape: [Int], rows: Int = rows, columns: Int = columns
    ) -> Tensor {
      // All indices as [c, a, b, i, j], then in another order of axes.
      let all = (0..<c).flatMap { c in
        (0..<k).flatMap { a in
          (0..<k).flatMap { b in
            (0..<rows).flatMap { i in (0..<columns).map { j in x[c, i + a, j + b] } }
          }
        }
      }
      return Tensor(all, shape: [c, k, k, rows, columns], dtype: .float64).permuted(order).reshaped(
        shape)
    }
    let shape = [c * k * k, rows * columns]
    try compare(
      try answer(x, k), with: numbers([0, 1, 2, 3, 4], shape: shape), "patches",
      axes: "[channels · k · k, places]", tolerance: 1e-9,
      suspects: [
        Suspect(
          "the last row and the last column of places are missing: with k rows there are height − k + 1 places.",
          numbers(
            [0, 1, 2, 3, 4], shape: [c * k * k, (rows - 1) * (columns - 1)], rows: rows - 1,
            columns: columns - 1)),
        Suspect(
          "the last column of places is missing: with k columns there are width − k + 1 places.",
          numbers(
            [0, 1, 2, 3, 4], shape: [c * k * k, rows * (columns - 1)], columns: columns - 1)),
        Suspect(
          "the last row of places is missing: with k rows there are height − k + 1 places.",
          numbers([0, 1, 2, 3, 4], shape: [c * k * k, (rows - 1) * columns], rows: rows - 1)),
        Suspect(
          "each number is a place there; a row of the matrix belongs to one place in the kernel: "
            + "[channels · k · k, places].",
          numbers([0, 1, 2, 3, 4], shape: [c, k, k, rows, columns])),
        Suspect(
          "rows and columns are exchanged: each place has a column.",
          numbers([3, 4, 0, 1, 2], shape: shape.reversed())),
        Suspect(
          "the numbers lie place by place; reshaped does not transpose.",
          numbers([3, 4, 0, 1, 2], shape: shape)),
        Suspect(
          "the channels come last in a row's number; they come first.",
          numbers([1, 2, 0, 3, 4], shape: shape)),
        Suspect(
          "rows and columns of the kernel are exchanged.", numbers([0, 2, 1, 3, 4], shape: shape)),
        Suspect(
          "places go down first; they go from left to right, then down.",
          numbers([0, 1, 2, 4, 3], shape: shape)),
        Suspect(
          "patches are laid side by side without overlap; each place of the result has one.",
          sideBySide(x, k)),
      ])
  }
}

private func sideBySide(_ x: Tensor, _ k: Int) -> Tensor {
  let (c, rows, columns) = (x.shape[0], x.shape[1] / k, x.shape[2] / k)
  let numbers = (0..<c).flatMap { c in
    (0..<k).flatMap { a in
      (0..<k).flatMap { b in
        (0..<rows).flatMap { i in (0..<columns).map { j in x[c, i * k + a, j * k + b] } }
      }
    }
  }
  return Tensor(numbers, shape: [c * k * k, rows * columns], dtype: .float64)
}

func winogradExercise(
  _ answer: @escaping ([Counted], [Double]) throws -> [Counted] = { try winograd($0, $1) }
) -> Exercise {
  func asked(_ d: [Double], _ g: [Double]) throws -> Computation {
    Computation(try answer(d.enumerated().map { Counted(input: $0, $1) }, g))
  }
  return Exercise(3, "Four multiplications instead of six", asked) { variant, answer in
    let d = variant.tensor([4]).scalars
    let g = variant.tensor([3]).scalars
    let computation = try answer(d, g)
    func products(_ d: [Double]) -> [Double] {
      [
        (d[0] - d[2]) * g[0], (d[1] + d[2]) * (g[0] + g[1] + g[2]) / 2,
        (d[2] - d[1]) * (g[0] - g[1] + g[2]) / 2, (d[1] - d[3]) * g[2],
      ]
    }
    func results(_ m: [Double]) -> [Double] { [m[0] + m[1] + m[2], m[1] - m[2] - m[3]] }
    let m = products(d)
    let right = results(m)
    try compare(
      computation.results(for: d), with: right, "winograd", tolerance: 1e-9,
      suspects: [
        Suspect(
          "only the last number of the filter is halved: brackets around g₀ + g₁ + g₂ and g₀ − g₁ + g₂ are missing.",
          [
            m[0] + (d[1] + d[2]) * (g[0] + g[1] + g[2] / 2)
              + (d[2] - d[1]) * (g[0] - g[1] + g[2] / 2),
            (d[1] + d[2]) * (g[0] + g[1] + g[2] / 2) - (d[2] - d[1]) * (g[0] - g[1] + g[2] / 2)
              - m[3],
          ]),
        Suspect("a sign in m₄: it is d₁ − d₃.", [right[0], m[1] - m[2] - (d[1] + d[3]) * g[2]]),
        Suspect(
          "a sign in m₂: it is d₁ + d₂.",
          [
            m[0] + (d[1] - d[2]) * (g[0] + g[1] + g[2]) / 2 + m[2],
            (d[1] - d[2]) * (g[0] + g[1] + g[2]) / 2 - m[2] - m[3],
          ]),
        Suspect(
          "the halves are missing: (g₀ + g₁ + g₂) / 2 and (g₀ − g₁ + g₂) / 2.",
          [m[0] + 2 * m[1] + 2 * m[2], 2 * m[1] - 2 * m[2] - m[3]]),
        Suspect("a sign in y₁: m₄ is subtracted.", [right[0], m[1] - m[2] + m[3]]),
        Suspect("a sign in y₁: m₃ is subtracted.", [right[0], m[1] + m[2] - m[3]]),
        Suspect("a sign in m₃: it is d₂ − d₁.", [m[0] + m[1] - m[2], m[1] + m[2] - m[3]]),
        Suspect("a sign in m₁: it is d₀ − d₂.", [(d[0] + d[2]) * g[0] + m[1] + m[2], right[1]]),
        Suspect(
          "the filter is reversed: y₀ = d₀ g₀ + d₁ g₁ + d₂ g₂.",
          [d[0] * g[2] + d[1] * g[1] + d[2] * g[0], d[1] * g[2] + d[2] * g[1] + d[3] * g[0]]),
        Suspect("y₀ and y₁ are exchanged.", right.reversed()),
      ])
    let others = variant.tensor([4]).scalars
    try compare(
      computation.results(for: others), with: results(products(others)),
      "winograd, the same steps with other numbers of the picture", tolerance: 1e-9)
    let used = computation.multiplications
    if used > 4 {
      throw Mistake(
        "The result is right, with \(used) multiplications; 4 are enough.\nWhy: the filter as it stands needs 6. Compute each "
          + "of m₁ to m₄ once, use it for both results, and halve the filter's numbers, which are not counted, not the "
          + "products.")
    }
  }
}

func intensityExercise(
  _ answer: @escaping (Int, Int, Int) throws -> Double = {
    try intensity(rows: $0, inner: $1, columns: $2)
  }
) -> Exercise {
  Exercise(4, "Operations per byte", answer) { variant, answer in
    let sizes = [variant.size(10...40), variant.size(50...90), variant.size(100...200)]
    let (n, k, m) = (sizes[0], sizes[1], sizes[2])
    let products = Double(n * k * m)
    let numbers = Double(n * k + k * m + n * m)
    try compare(
      try answer(n, k, m), with: 2 * products / (4 * numbers),
      "intensity(rows: \(n), inner: \(k), columns: \(m))",
      suspects: [
        Suspect(
          "a number has 4 bytes; and whole numbers are divided without a rest: make Double of them first.",
          (2 * products / numbers).rounded(.down)),
        Suspect(
          "whole numbers are divided without a rest: make Double of them first.",
          (2 * products / (4 * numbers)).rounded(.down)),
        Suspect(
          "an addition belongs to each multiplication; and whole numbers are divided without a rest.",
          (products / (4 * numbers)).rounded(.down)),
        Suspect(
          "\"/ 4 * numbers\" divides by 4 and then multiplies: brackets around the bytes are missing.",
          2 * products / 4 * numbers),
        Suspect(
          "an addition belongs to each multiplication: two operations.", products / (4 * numbers)),
        Suspect("a number has 4 bytes.", 2 * products / numbers),
        Suspect(
          "the result is written too: a third matrix.", 2 * products / Double(4 * (n * k + k * m))),
        Suspect(
          "the operands are read once each, not for every product; that is what the caches are for.",
          2 * products / (8 * products)),
        Suspect(
          "those are bytes per operation: the other way round.", 4 * numbers / (2 * products)),
        Suspect("a number has 4 bytes here, not 8.", 2 * products / (8 * numbers)),
        Suspect(
          "each of the result's numbers is a sum of `inner` products.",
          Double(2 * n * m) / (4 * numbers)),
      ])
  }
}

func attainableExercise(
  _ answer: @escaping (Double, Double, Double) throws -> Double = {
    try attainable(intensity: $0, peak: $1, bandwidth: $2)
  }
) -> Exercise {
  Exercise(5, "Predict: under the roof", answer) { variant, answer in
    for low in [true, false] {
      let peak = variant.number(100...200)
      let bandwidth = variant.number(20...30)
      let i = low ? variant.number(0.2...2) : variant.number(20...60)
      let fed = i * bandwidth
      try compare(
        try answer(i, peak, bandwidth), with: min(peak, fed),
        "attainable(intensity: \(decimal(i, 3)), peak: \(decimal(peak, 3)), bandwidth: \(decimal(bandwidth, 3)))",
        suspects: [
          Suspect("the less of the two decides, not the more.", max(peak, fed)),
          Suspect("memory cannot feed so much: bandwidth times intensity is less.", peak),
          Suspect("the processor cannot compute so much, however well it is fed.", fed),
          Suspect(
            "bytes a second times operations per byte are operations a second: multiply.",
            min(peak, bandwidth / i)),
          Suspect(
            "bytes are not operations: multiply the bandwidth by the intensity.",
            min(peak, bandwidth)),
          Suspect("one of the two decides; they do not add up.", peak + fed),
          Suspect(
            "the intensity belongs to the memory, not to the arithmetic.", min(peak * i, bandwidth)),
          Suspect("the one that is less decides, it is not their product.", peak * fed),
        ])
    }
  }
}
