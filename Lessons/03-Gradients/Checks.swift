import Foundation
import LessonKit
import Retrograd

let exercises = [
  slopeExercise(), derivativeExercise(), backwardOrderExercise(), summedExercise(),
  softsignExercise(),
]

func slopeExercise(
  _ answer: @escaping ((Double) -> Double, Double) throws -> Double = { try slope(of: $0, at: $1) }
) -> Exercise {
  func asked(_ f: NumberFunction<Double>, _ x: Double) throws -> Double {
    try answer({ f($0) }, x)
  }
  return Exercise(1, "A slope without rules", asked) { variant, answer in
    // A central difference is exact for parabolas, however large h is; a one-sided one is not.
    let (a, b) = (variant.number(2000...3000), variant.number(1...2))
    let x = variant.number(0.5...1)
    var asked: [Double] = []
    let result = try answer(
      NumberFunction {
        asked.append($0 - x)
        return a * $0 * $0 + b * $0
      }, x)
    let expected = 2 * a * x + b
    let name = "The slope of \(decimal(a, 3)) x² + \(decimal(b, 3)) x at \(decimal(x, 3))"
    let steps = Set(asked.map { abs($0) })
    let h = steps.max() ?? 0
    let (left, right) = (a * (x - h) * (x - h) + b * (x - h), a * (x + h) * (x + h) + b * (x + h))
    let suspects = [
      Suspect(
        "the values are added: their difference, f(x + h) − f(x − h), says how much f rises.",
        (right + left) / (2 * h)),
      Suspect(
        "only the second value is divided by 2h: brackets around the difference are missing.",
        right - left / (2 * h)),
      Suspect("the distance of the two points is 2h, not h.", 2 * expected),
      Suspect(
        "left and right are exchanged: f(x + h) − f(x − h), not the other way round.", -expected),
      Suspect("it is not divided by the distance of the two points.", expected * 2 * h),
    ]
    func mistake(_ why: String) -> Mistake {
      Mistake("\(name) is \(decimal(result, 6)), expected \(decimal(expected, 6)).\nWhy: \(why)")
    }
    if asked.isEmpty { throw mistake("f was never called.") }
    let isOneSided = asked.contains { abs($0) < 1e-14 } || Set(asked.map { $0.sign }).count == 1
    if h < 1e-9 {
      throw mistake(
        "h is \(h), so small that x + h and x hardly differ in double precision: rounding is all that is left."
      )
    }
    if isOneSided {
      throw mistake(
        "f was asked at x and on one side of it. That error falls with h only; ask on both sides of x, then it "
          + "falls with h².")
    }
    // These are all so small that a comparison could not tell them from 0.
    func isShare(_ share: Double) -> Bool { abs(result / expected / share - 1) < 1e-3 }
    if isShare(h * h) {
      throw mistake(
        "\"/ 2 * h\" divides by 2 and then multiplies by h: brackets around 2 * h are missing.")
    }
    if isShare(4 * h * h) {
      throw mistake("it is multiplied by the distance of the two points instead of divided.")
    }
    if isShare(h) { throw mistake("it is divided by 2 only; the two points are 2h apart.") }
    if h > 1e-3 {
      throw mistake("h is \(h): so far from x a curve has another slope. Take 1e-5.")
    }
    try compare(result, with: expected, name, tolerance: 1e-6, suspects: suspects)
    try compare(
      try answer(NumberFunction(sin), x), with: cos(x), "The slope of the sine at \(x)",
      tolerance: 1e-6)
  }
}

func derivativeExercise(
  _ answer: @escaping (Double) throws -> Double = { try derivative(at: $0) }
) -> Exercise {
  Exercise(2, "Product rule and chain rule", answer) { variant, answer in
    let x = variant.number(0.6...1.2)
    let (s, c, e) = (sin(x * x), cos(x * x), exp(-x))
    try compare(
      try answer(x), with: (2 * x * c - s) * e, "derivative(at: \(decimal(x, 3)))",
      suspects: [
        Suspect(
          "the derivative of exp(−x) is −exp(−x); exponentials do not become powers: −x · exp(−x) is wrong.",
          (2 * x * c - s * x) * e),
        Suspect(
          "the derivative of exp(−x) is −exp(−x); the rule for powers, −x · exp(−x − 1), does not hold for it.",
          2 * x * c * e - s * x * exp(-x - 1)),
        Suspect(
          "the inner derivative is that of x², which is 2x: it stands outside of the cosine.",
          (cos(2 * x) - s) * e),
        Suspect("the derivative of x² is 2x, not x²: the inner derivative.", (x * x * c - s) * e),
        Suspect("the derivative of x² is 2x, not x: the inner derivative.", (x * c - s) * e),
        Suspect(
          "exp(−x) belongs to both terms: brackets, or write it twice.", 2 * x * c - s * e),
        Suspect("exp(−x) belongs to both terms: brackets, or write it twice.", 2 * x * c * e - s),
        Suspect(
          "the inner derivative is missing: the derivative of sin(x²) is cos(x²) · 2x.", (c - s) * e
        ),
        Suspect(
          "only the first factor is differentiated; the product rule has two terms.", 2 * x * c * e),
        Suspect(
          "only the second factor is differentiated; the product rule has two terms.", -s * e),
        Suspect(
          "the derivative of exp(−x) is −exp(−x): the sign of the second term.", (2 * x * c + s) * e
        ),
        Suspect(
          "the derivative of a product is not the product of the derivatives.", -2 * x * c * e),
        Suspect("the derivative of the sine is the cosine, with a plus.", (-2 * x * c - s) * e),
        Suspect(
          "cos² x is not cos(x²): the square belongs inside.", (2 * x * cos(x) * cos(x) - s) * e),
      ])
  }
}

func backwardOrderExercise(
  _ answer: @escaping ([[Int]]) throws -> [Int] = { try backwardOrder(of: $0) }
) -> Exercise {
  Exercise(3, "The order of the way back", answer) { variant, answer in
    // Node 1 is used at once by the output and late by others; node 2 by nobody.
    var inputs: [[Int]] = [[], [], [0], [1], [3, 0], [4, 1]]
    for node in 6..<(8 + variant.size(0...3)) {
      inputs.append([node - 1, variant.size(3...(node - 1))])
    }
    inputs.append([inputs.count - 1, 1])
    try checkOrder(try answer(inputs), of: inputs)
    // Deeper than any stack of calls.
    let chain = [[]] + (1...200_000).map { [$0 - 1] }
    try checkOrder(try answer(chain), of: chain)
    try compare(try answer([[]]), with: [0], "The order of a graph with one node")
  }
}

private func checkOrder(_ order: [Int], of inputs: [[Int]]) throws {
  let output = inputs.count - 1
  var isNeeded = [Bool](repeating: false, count: inputs.count)
  isNeeded[output] = true
  for node in stride(from: output, through: 0, by: -1) where isNeeded[node] {
    for input in inputs[node] { isNeeded[input] = true }
  }
  let graph =
    inputs.count > 30
    ? "a chain of \(inputs.count) nodes"
    : inputs.enumerated().map { "\($0): \($1)" }.joined(separator: ", ")
  func mistake(_ text: String) -> Mistake { Mistake("\(text)\nNodes and their inputs: \(graph).") }
  if order.first != output {
    throw mistake(
      "The output, node \(output), comes first; the order begins with \(order.first.map(String.init) ?? "nothing")."
    )
  }
  var place: [Int: Int] = [:]
  for (index, node) in order.enumerated() {
    guard inputs.indices.contains(node) else { throw mistake("There is no node \(node).") }
    if place[node] != nil {
      throw mistake(
        "Node \(node) comes twice. A node that is used twice is visited once, when both gradients have been added."
      )
    }
    if !isNeeded[node] {
      throw mistake("Node \(node) is not needed: the output does not depend on it.")
    }
    place[node] = index
  }
  for node in inputs.indices where isNeeded[node] {
    guard let own = place[node] else {
      throw mistake("Node \(node) is missing: the output depends on it.")
    }
    for input in inputs[node] {
      if let other = place[input], other < own {
        throw mistake(
          "Node \(input) comes before node \(node), which uses it: its gradient is not complete yet. Wait for "
            + "everything that uses a node.")
      }
    }
  }
}

func summedExercise(
  _ answer: @escaping (Tensor, [Int]) throws -> Tensor = { try summed($0, to: $1) }
) -> Exercise {
  Exercise(4, "Broadcasting backwards", answer) { variant, answer in
    let (a, b, c) = (variant.size(2...3), variant.size(4...5), variant.size(6...7))
    let gradient = variant.tensor([a, b, c])
    for shape in [[b, 1], [c], [a, 1, c], [1, 1], [a, b, c], []] {
      let front = 3 - shape.count
      let repeated = (0..<3).filter { $0 < front || shape[$0 - front] == 1 }
      func total(_ axes: [Int]) -> Tensor {
        axes.isEmpty ? gradient : gradient.sum(axes: axes, keepDims: true)
      }
      let expected = total(repeated).reshaped(shape)
      let first = repeated.reduce(gradient) { $0.slice(0..<1, axis: $1) }.reshaped(shape)
      let mean =
        repeated.isEmpty ? gradient : gradient.mean(axes: repeated, keepDims: true).reshaped(shape)
      let frontOnly = front == 0 ? gradient : gradient.sum(axes: Array(0..<front))
      var suspects = [
        Suspect(
          "the mean is taken; each of the repeated numbers has had its effect, so add.", mean),
        Suspect("one of the repeated gradients is taken; all of them count, so add.", first),
        Suspect(
          "axes that were added at the front are summed, but not those of length 1.", frontOnly),
        Suspect(
          "axes of length 1 are still there that x does not have: reshape to its shape.",
          total(repeated)),
        Suspect("everything is added; only the axes that were repeated are.", gradient.sum()),
        Suspect("nothing is added.", gradient),
        Suspect(
          "axes of length 1 are dropped; the result has the shape of x.",
          repeated.isEmpty ? gradient : gradient.sum(axes: repeated)),
      ]
      // As if the axes of x were the first ones of the gradient.
      let unmoved = shape.indices.filter { shape[$0] == 1 }
      if front > 0 && !unmoved.isEmpty {
        let why =
          "axes of x are counted from the end: where \(front) were added at the front, axis i of x is axis i + \(front) of "
          + "the gradient."
        for axes in [Array(Set(unmoved + Array(0..<front))).sorted(), unmoved] {
          suspects.insert(Suspect(why, total(axes)), at: 0)
          suspects.insert(Suspect(why, gradient.sum(axes: axes)), at: 0)
        }
      }
      if shape == [b, 1] {
        suspects.append(
          Suspect(
            "only axes of length 1 are summed; those that x does not have at all are at the front.",
            gradient.sum(axes: [2], keepDims: true)))
      }
      try compare(
        try answer(gradient, shape), with: expected, "summed(\(gradient.shape), to: \(shape))",
        tolerance: 1e-9, suspects: suspects)
    }
  }
}

func softsignExercise(
  _ answer: @escaping (Variable) throws -> Variable = { try softsign($0) }
) -> Exercise {
  func asked(_ x: Tensor) throws -> OwnOperation { try ownOperation(answer, at: x) }
  return Exercise(5, "An operation of your own", asked) { variant, answer in
    let x =
      variant.tensor([variant.size(1...3), 4], in: 0.3...2)
      * Tensor([1, -1, 1, -1], shape: [4], dtype: .float64)
    let size = x.abs() + 1
    let (softsign, names): (DifferentiableFunction, [String]) = try answer(x).values
    try compare(
      softsign(Variable(x)).value, with: x / size, "softsign", axes: "that of x",
      suspects: [
        Suspect("the absolute value is missing in the denominator.", x / (x + 1)),
        Suspect("the denominator is 1 + |x|, not |x|.", x / x.abs()),
        Suspect(
          "\"x / 1 + |x|\" divides by 1 only: brackets around 1 + |x| are missing.", x + x.abs()),
        Suspect("the denominator is 1 + |x|, not 1 − |x|.", x / (1 - x.abs())),
        Suspect("the absolute value belongs into the denominator only.", x.abs() / size),
        Suspect("that is the derivative; the value is x / (1 + |x|).", 1 / (size * size)),
      ])
    guard softsign(Variable(x, requiresGrad: true)).operation != nil else {
      throw Mistake(
        "The result has no history: its value is right, but record was not called, so no gradient flows."
      )
    }
    try compareGradient(
      of: "softsign", softsign, at: x,
      suspects: [
        Suspect("the fraction is not squared: dy / (1 + |x|)².", 1 / size),
        Suspect(
          "that is the derivative for positive x only: |x|, not x, belongs into the denominator.",
          1 / ((x + 1) * (x + 1))),
        Suspect("the sign is wrong: the function rises everywhere.", -1 / (size * size)),
        Suspect(
          "the derivative of |x| brings no sign here: it is positive on both sides.",
          x.sign() / (size * size)),
        Suspect(
          "\"dy / 1 + |x|\" divides by 1 only: brackets around 1 + |x| are missing.", 1 + x.abs()),
        Suspect("dy is multiplied by (1 + |x|)² instead of divided.", size * size),
        Suspect("that is the value, not its derivative.", x / size),
        Suspect(
          "dy is passed on as it is, as if the slope were 1. (\"dy / size * size\" divides and multiplies again: brackets.)",
          .ones(like: x)),
      ])
    try requireOneOperation(names, "softsign", derivative: "dy / (1 + |x|)²")
  }
}
