import Foundation
import LessonKit
import Retrograd

let exercises = [
  activationExercise(), groupsExercise(), tiledProductExercise(), readsExercise(), payingExercise(),
]

/// The number in every place that no kernel has written to.
private nonisolated let untouched: Float = -12345

/// A kernel that a student has written. It is run where the student's code runs: whatever it does to the memory of its
/// process, it does to no other.
private nonisolated struct StudentKernel {
  let text: String
  let function: String

  /// Runs it on a device of its own, so that nothing is left of another kernel of that name.
  ///
  /// - Parameters:
  ///   - inputs: The arguments that it reads.
  ///   - count: The numbers of the argument that it writes, which follows them.
  ///   - numbers: The arguments behind that one.
  ///   - size: The work items.
  /// - Returns: The numbers that it has written, and those behind them in memory.
  func run(
    _ inputs: [[Float]], count: Int, _ numbers: [KernelArgument], _ size: WorkSize
  ) throws -> [Float] {
    let card = try Card()
    // Whoever reads behind an input gets what is no number.
    let behind = [Float](repeating: .nan, count: 1024)
    let blocks = try inputs.map { try card.copy($0 + behind) }
    let target = try card.copy([Float](repeating: untouched, count: count + behind.count))
    try card.run(
      Kernel(function, text: text), blocks.map { .block($0) } + [.block(target)] + numbers, size)
    return try card.numbers(in: target, count: count + behind.count)
  }

  /// The text without comments.
  static func code(_ text: String) -> String {
    text.replacing(/\/\*(.|\n)*?\*\//, with: " ").replacing(/\/\/[^\n]*/, with: " ")
  }
}

func activationExercise(
  _ answer: @escaping () throws -> String = { try activationKernel() }
) -> Exercise {
  func asked(_ x: Tensor, _ slope: Double) throws -> Tensor {
    let kernel = StudentKernel(text: try answer(), function: "activation")
    let y = try kernel.run(
      [x.floats], count: x.count, [.int(x.count), .float(Float(slope))],
      WorkSize(groups: ((x.count + 63) / 64, 1, 1), items: (64, 1, 1)))
    return Tensor(y, shape: [y.count])
  }
  return Exercise(1, "A kernel for an activation", asked) { variant, answer in
    // No multiple of a group's size.
    let count = 64 * variant.size(2...4) + variant.size(5...60)
    let slope = variant.number(0.1...0.4)
    let x = variant.tensor([count]).converted(to: .float32)
    let result = try answer(x, slope)
    guard result.rank == 1, result.count > count else {
      throw Mistake("The kernel has given no numbers.")
    }
    let right = x.leakyReLU(slope: slope)
    let blank = Tensor(repeating: Double(untouched), shape: [count], dtype: .float32)
    /// The first numbers of one tensor, then those of another.
    func first(_ n: Int, of x: Tensor, then y: Tensor) -> Tensor {
      concatenate([x[0..<n], y[n..<count]])
    }
    let indices = "an item's number among all is get_global_id(0);"
    try compare(
      result[0..<count], with: right, "y", axes: "[count]",
      suspects: [
        Suspect("the kernel has written nothing: y[i] = …, where i is below count.", blank),
        Suspect("the slope is missing: below 0 it is slope · x[i].", x.relu()),
        Suspect("the two cases are exchanged.", select(x .> 0, x * slope, x)),
        Suspect("nothing happens to negative numbers: they are multiplied by slope.", x),
        Suspect("positive numbers stay as they are.", x * slope),
        Suspect(
          "a sign: below 0 it is slope · x[i], which is negative.", select(x .> 0, x, x * -slope)),
        Suspect("it is slope · x[i], not slope alone.", select(x .> 0, x, blank * 0 + slope)),
        Suspect(
          "\(indices) get_local_id(0) counts inside of its group, so that every group computes the same 64 numbers.",
          first(64, of: right, then: blank)),
        Suspect(
          "\(indices) get_group_id(0) is that of its group, so that all 64 items of a group compute the same number.",
          first((count + 63) / 64, of: right, then: blank)),
        Suspect(
          "the last number is left out: i < count, not i < count - 1.",
          first(count - 1, of: right, then: blank)),
        Suspect(
          "the numbers of the last group are left out: it has items with numbers, and others without.",
          first(count / 64 * 64, of: right, then: blank)),
      ])
    let behind = result[count..<result.count].scalars
    let written = behind.count { $0 != Double(untouched) }
    if written > 0 {
      throw Mistake(
        "The numbers are right, but \(written) behind the last one were written, too.\nWhy: there are more work items than "
          + "numbers, because groups have 64 items each. Those with i ≥ count must not write; what lies there belongs to "
          + "somebody else.")
    }
  }
}

func groupsExercise(
  _ answer: @escaping (Int, Int) throws -> Int = { try groups(for: $0, size: $1) }
) -> Exercise {
  Exercise(2, "As many groups as it takes", answer) { variant, answer in
    let size = [32, 64, 256][variant.size(0...2)]
    let whole = variant.size(3...9)
    for count in [whole * size + variant.size(1...(size - 1)), whole * size, 1] {
      try compare(
        try answer(count, size), with: (count + size - 1) / size,
        "groups(for: \(count), size: \(size))",
        suspects: [
          Suspect("the rest has no group: round up.", count / size),
          Suspect(
            "one too many where nothing is left over: (count + size − 1) / size.", count / size + 1),
          Suspect("one too many: add size − 1, not size.", (count + size) / size),
          Suspect(
            "rounded to the nearest number; each item needs a group.", (count + size / 2) / size),
          Suspect("those are the items, not the groups.", (count + size - 1) / size * size),
          Suspect("that is what is left over.", count % size),
        ])
    }
  }
}

func tiledProductExercise(
  _ answer: @escaping () throws -> String = { try productKernel() }
) -> Exercise {
  func asked(_ a: Tensor, _ b: Tensor) throws -> Group<Tensor, String> {
    let kernel = StudentKernel(text: try answer(), function: "product")
    let (rows, inner, columns) = (a.shape[0], a.shape[1], b.shape[1])
    let c = try kernel.run(
      [a.floats, b.floats], count: rows * columns, [.int(rows), .int(inner), .int(columns)],
      WorkSize(groups: ((columns + 7) / 8, (rows + 7) / 8, 1), items: (8, 8, 1)))
    return Group(Tensor(c, shape: [c.count]), kernel.text)
  }
  return Exercise(3, "A tiled product", asked) { variant, answer in
    // Multiples of 8 first, so that the borders come last.
    let isWhole = variant.round == 0
    let rows = 8 + (isWhole ? 0 : variant.size(1...7))
    let inner = 8 * variant.size(3...4) + (isWhole ? 0 : variant.size(1...7))
    let columns = 16 + (isWhole ? 0 : variant.size(1...7))
    let a = variant.tensor([rows, inner]).converted(to: .float32)
    let b = variant.tensor([inner, columns]).converted(to: .float32)
    let (result, text) = try answer(a, b).values
    guard result.rank == 1, result.count > rows * columns else {
      throw Mistake("The kernel has given no numbers.")
    }
    let code = StudentKernel.code(text)
    try checkOrder(code)
    let c = result[0..<(rows * columns)].reshaped([rows, columns])
    let right = matmul(a, b)
    let blank = Tensor(repeating: Double(untouched), shape: right.shape, dtype: .float32)
    let whole = inner / 8 * 8
    /// The result where item (x, y) of a tile takes p-th factors of its own choice.
    func tiled(
      _ left: (_ x: Int, _ y: Int, _ p: Int) -> (Int, Int),
      _ right: (_ x: Int, _ y: Int, _ p: Int) -> (Int, Int)
    ) -> Tensor {
      var sums: [Double] = []
      for row in 0..<rows {
        for column in 0..<columns {
          let (x, y) = (column % 8, row % 8)
          var sum = 0.0
          for first in stride(from: 0, to: inner, by: 8) {
            for p in 0..<8 {
              let (i, k) = left(x, y, p)
              let (l, j) = right(x, y, p)
              let (fromA, fromB) = ((row - y + i, first + k), (first + l, column - x + j))
              if fromA.0 < rows, fromA.1 < inner, fromB.0 < inner, fromB.1 < columns {
                sum += a[fromA.0, fromA.1] * b[fromB.0, fromB.1]
              }
            }
          }
          sums.append(sum)
        }
      }
      return Tensor(sums, shape: [rows, columns], dtype: .float32)
    }
    try compare(
      c, with: right, "product of [\(rows), \(inner)] and [\(inner), \(columns)]",
      axes: "[rows, columns]", tolerance: 1e-4,
      suspects: [
        Suspect("the kernel has written nothing: c[row * columns + column] = …", blank),
        Suspect(
          "only the first step of 8 is there: first goes on to inner.",
          matmul(a.slice(0..<8, axis: 1), b[0..<8])),
        Suspect(
          "only the last step is there: the sum begins at 0 once, before the loop.",
          matmul(a.slice(((inner - 1) / 8 * 8)..<inner, axis: 1), b[((inner - 1) / 8 * 8)..<inner])),
        Suspect(
          "the last step, which is shorter, is left out: first < inner.",
          matmul(a.slice(0..<whole, axis: 1), b[0..<whole])),
        Suspect(
          "the tile of b is read with rows and columns exchanged: bTile[p][x], with x along the columns.",
          tiled({ _, y, p in (y, p) }, { x, _, p in (x, p) })),
        Suspect(
          "the tile of a is read with rows and columns exchanged: aTile[y][p], with y down the rows.",
          tiled({ _, y, p in (p, y) }, { x, _, p in (p, x) })),
        Suspect(
          "rows and columns of a tile are exchanged: get_local_id(0) runs along the columns.",
          tiled({ x, _, p in (x, p) }, { _, y, p in (p, y) })),
      ])
    let written = result[(rows * columns)..<result.count].scalars.count { $0 != Double(untouched) }
    if written > 0 {
      throw Mistake(
        "The numbers are right, but \(written) behind the last one were written, too.\nWhy: tiles stick out where rows are no "
          + "multiple of 8. Write only where row < rows and column < columns.")
    }
  }
}

/// Checks for barriers: a device with many processors needs them, and one that runs work items one after the other
/// does not miss them.
private func checkOrder(_ code: String) throws {
  guard code.contains(/\blocal\b/) else {
    throw Mistake(
      "The kernel shares nothing.\nWhy: without local float aTile[8][8], bTile[8][8] each item fetches all of its numbers from "
        + "the device's memory, eight times as many as a group needs.")
  }
  let barriers = code.ranges(of: /\bbarrier\s*\(/)
  guard let last = barriers.last else {
    throw Mistake(
      "Nobody waits.\nWhy: an item may read from a tile before others have written to it. barrier(CLK_LOCAL_MEM_FENCE) between "
        + "them, and before the next step writes.")
  }
  guard barriers.count > 1 else {
    throw Mistake(
      "There is one barrier, and two are needed.\nWhy: one stands between writing to the tiles and reading from them, the other "
        + "between reading and the next step's writing, which a faster item would begin too early. Not every device shows "
        + "the mistake in every run.")
  }
  if let leaving = code.firstRange(of: /\breturn\b/), leaving.lowerBound < last.lowerBound {
    throw Mistake(
      "An item may leave before the last barrier.\nWhy: a barrier waits for every item of the group, so that on a card this may "
        + "wait for ever. Let items outside of C take part, and only not write.")
  }
}

func readsExercise(
  _ answer: @escaping (Int) throws -> Double = { try readsPerProduct(tile: $0) }
) -> Exercise {
  Exercise(4, "Reads for a multiplication", answer) { variant, answer in
    let tile = [4, 8, 16, 32, 64][variant.round + variant.size(0...2)]
    let t = Double(tile)
    try compare(
      try answer(tile), with: 2 / t, "readsPerProduct(tile: \(tile))", tolerance: 1e-9,
      suspects: [
        Suspect("whole numbers are divided without a rest: make Double of them first.", 0.0),
        Suspect(
          "that is without tiles: each number that a group fetches is used by several items.", 2.0),
        Suspect("both matrices are read.", 1 / t),
        Suspect("those are multiplications for a number that is read: the other way round.", t / 2),
        Suspect(
          "a step makes tile³ multiplications: each of tile² items has tile products.", 2 / (t * t)),
        Suspect("both matrices are read; and each of tile² items has tile products.", 1 / (t * t)),
        Suspect(
          "those are the numbers that a step fetches; divide by its multiplications.", 2 * t * t),
        Suspect("an item has tile products in a step, not one.", t),
      ])
  }
}

func payingExercise(
  _ answer: @escaping (Double, Double, Double) throws -> Double = {
    try operationsToPay(bandwidth: $0, card: $1, processor: $2)
  }
) -> Exercise {
  Exercise(5, "Predict: when it pays", answer) { variant, answer in
    for isFaster in [true, false] {
      let bandwidth = variant.number(10...30)
      let processor = variant.number(100...300)
      let card = isFaster ? variant.number(2000...9000) : variant.number(20...90)
      let right = 1 / (bandwidth * (1 / processor - 1 / card))
      try compare(
        try answer(bandwidth, card, processor), with: isFaster ? right : .infinity,
        "operationsToPay(bandwidth: \(decimal(bandwidth, 3)), card: \(decimal(card, 3)), processor: \(decimal(processor, 3)))",
        suspects: [
          Suspect(
            isFaster
              ? "a sign: moving takes time, and computing on the card saves some."
              : "a card that computes no faster never makes up for the way: infinity.",
            isFaster ? -right : right),
          Suspect("the card takes time as well: 1 / processor − 1 / card.", processor / bandwidth),
          Suspect("it is the processor's time that is saved, less the card's.", card / bandwidth),
          Suspect(
            "a difference of times, 1 / processor − 1 / card, not of speeds.",
            (card - processor) / bandwidth),
          Suspect(
            "the times are subtracted, not added.", 1 / (bandwidth * (1 / processor + 1 / card))),
          Suspect(
            "those are bytes for an operation: the other way round.",
            bandwidth * (1 / processor - 1 / card)),
          Suspect("the time for a byte is 1 / bandwidth.", bandwidth / (1 / processor - 1 / card)),
          Suspect(
            "the way is missing: 1 / bandwidth seconds for each byte.",
            1 / (1 / processor - 1 / card)),
        ])
    }
  }
}
