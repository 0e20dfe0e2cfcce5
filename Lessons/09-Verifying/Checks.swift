import Foundation
import LessonKit
import Retrograd

let exercises = [
  relativeErrorExercise(), numericalGradientExercise(), repairedSwishExercise(),
  gradientCheckExercise(), slopesAtKinkExercise(),
]

func relativeErrorExercise(
  _ answer: @escaping (Tensor, Tensor) throws -> Double = { try relativeError($0, $1) }
) -> Exercise {
  Exercise(1, "How far apart two gradients are", answer) { variant, answer in
    // Large numbers, small ones, and such where the first tensor is too small everywhere.
    let size = [50.0, 0.1, 20][variant.round]
    var b = variant.tensor([2, variant.size(3...5)], in: (0.2 * size)...size)
    // Once the largest size is that of a negative number, so that the largest number is another one.
    if variant.round == 0 {
      b = Tensor([-2 * size] + b.scalars.dropFirst(), shape: b.shape, dtype: .float64)
    }
    let a = b - variant.tensor(b.shape, in: (0.01 * size)...(0.1 * size))
    let difference = (a - b).abs()
    let scale = max(1, b.abs().max().item())
    try compare(
      try answer(a, b), with: difference.max().item() / scale, "relativeError", tolerance: 1e-9,
      suspects: [
        Suspect(
          "the difference of the sizes, |a| − |b|, is not the size of the difference, |a − b|: brackets.",
          (a.abs() - b.abs()).max().item() / scale),
        Suspect(
          "the difference is taken of the largest numbers, not of the numbers one by one.",
          abs(a.abs().max().item() - b.abs().max().item()) / scale),
        Suspect(
          "the larger of 1 and the size is asked for, not the smaller.",
          difference.max().item() / min(1, b.abs().max().item())),
        Suspect(
          "the smallest difference is taken; the largest is asked for.",
          difference.min().item() / scale),
        Suspect(
          "it is not divided by anything: large gradients may be further apart.",
          difference.max().item()),
        Suspect(
          "max(1, …) is missing: near 0 every error would be huge.",
          difference.max().item() / b.abs().max().item()),
        Suspect(
          "each number is divided by its own size: one near 0 decides all. Divide by the largest.",
          (difference / b.abs()).max().item()),
        Suspect(
          "the absolute value is missing: what is too small counts too.",
          (a - b).max().item() / scale),
        Suspect(
          "that is the mean of the differences; one wrong number must not hide among right ones.",
          difference.mean().item() / scale),
        Suspect("that is the sum of the differences.", difference.sum().item() / scale),
        Suspect(
          "it is divided by the size of a, which may be wrong; b is what it should be.",
          difference.max().item() / max(1, a.abs().max().item())),
        Suspect(
          "the largest number of b is taken, not the largest size: abs() before max().",
          difference.max().item() / max(1, b.max().item())),
        Suspect(
          "1 is added to the size; the larger of the two is asked for.",
          difference.max().item() / (1 + b.abs().max().item())),
      ])
  }
}

func numericalGradientExercise(
  _ answer: @escaping ((Tensor) -> Double, Tensor) throws -> Tensor = {
    try numericalGradient(of: $0, at: $1)
  }
) -> Exercise {
  func asked(_ f: NumberFunction<Tensor>, _ x: Tensor) throws -> Tensor {
    try answer({ f($0) }, x)
  }
  return Exercise(2, "A gradient without rules", asked) { variant, answer in
    let x = variant.tensor([variant.size(1...2), variant.size(2...4)])
    let w = variant.tensor(x.shape, in: 1000...2000)
    // A parabola in each number: central differences are exact, one-sided ones are off by w · h.
    var asked: [Tensor] = []
    let result = try answer(
      NumberFunction {
        asked.append($0)
        let x = $0.converted(to: .float64)
        return (w * x * x).sum().item()
      }, x)
    let expected = 2 * w * x
    let first = Tensor(
      expected.scalars.enumerated().map { $0 == 0 ? $1 : 0 }, shape: x.shape, dtype: .float64)
    let moved = asked.map { ($0.converted(to: .float64) - x).scalars }
    let h = moved.joined().map { abs($0) }.max() ?? 0
    func mistake(_ why: String) -> Mistake {
      Mistake(
        "numericalGradient is wrong: element \([Int](repeating: 0, count: 2)) is \(result.scalars.first ?? .nan), expected \(expected.scalars[0]).\nWhy: \(why)"
      )
    }
    if asked.contains(where: { $0.dtype == .float32 }) {
      throw mistake(
        "f is called in single precision, where x + h and x hardly differ: use dtype: .float64.")
    }
    if asked.isEmpty { throw mistake("f was never called.") }
    if h > 1e-3 {
      throw mistake(
        "the steps are as large as \(h). Are numbers put back before the next one is moved? h is 1e-5."
      )
    }
    if h < 1e-8 {
      throw mistake("h is \(h): so small that rounding is all that is left. Take 1e-5.")
    }
    if moved.contains(where: { $0.count { abs($0) > 1e-9 } > 1 }) {
      throw mistake(
        "several numbers are moved at once. Move one alone, and put it back before the next one: begin with x each time."
      )
    }
    if moved.contains(where: { $0.allSatisfy { abs($0) < 1e-12 } }) {
      throw mistake(
        "f is asked at x itself and on one side of it: that error falls with h only. Ask on both sides."
      )
    }
    try compare(
      result, with: expected, "numericalGradient", axes: "that of x", tolerance: 1e-6,
      suspects: [
        Suspect("the two points are 2h apart, not h.", 2 * expected),
        Suspect("up and down are exchanged.", -expected),
        Suspect("only the first number is moved.", first),
        Suspect("the differences are not divided by 2h.", expected * (2 * h)),
        Suspect(
          "the result has the shape of x; make a tensor of it with shape: x.shape.",
          expected.reshaped([x.count])),
      ])
  }
}

func repairedSwishExercise(
  _ answer: @escaping (Variable) throws -> Variable = { try repairedSwish($0) }
) -> Exercise {
  func asked(_ x: Tensor) throws -> OwnOperation { try ownOperation(answer, at: x) }
  return Exercise(3, "A planted mistake", asked) { variant, answer in
    let x =
      variant.tensor([2, variant.size(3...5)], in: 0.5...2)
      * Tensor([1, -1], shape: [2, 1], dtype: .float64)
    let s = x.sigmoid()
    let (swish, names): (DifferentiableFunction, [String]) = try answer(x).values
    try compare(
      swish(Variable(x)).value, with: x * s, "repairedSwish", axes: "that of x",
      suspects: [
        Suspect("the value was right; only the derivative is to be mended.", s),
        Suspect("the value was right; only the derivative is to be mended.", s + x * s * (1 - s)),
      ])
    try compareGradient(
      of: "swish", swish, at: x,
      suspects: [
        Suspect(
          "the second term lacks a factor x: the product rule gives x · σ′, and σ′ is σ · (1 − σ).",
          s + s * (1 - s)),
        Suspect("the first term is missing: the product rule has two.", x * s * (1 - s)),
        Suspect("the second term is missing: the product rule has two.", s),
        Suspect("the derivative of σ is σ · (1 − σ), with a minus.", s + x * s * (1 + s)),
        Suspect("the derivative of σ is σ · (1 − σ): a factor is missing.", s + x * (1 - s)),
        Suspect("the derivative of σ is σ · (1 − σ): the factor 1 − σ is missing.", s + x * s),
        Suspect(
          "both terms have a factor x now; only the second has one.", x * s + x * s * (1 - s)),
        Suspect("the terms are subtracted; they are added.", s - x * s * (1 - s)),
        Suspect(
          "the derivative of σ is σ · (1 − σ), not σ²: the factor 1 − σ is missing.", s + x * s * s),
        Suspect(
          "\"x * sigma * 1 - sigma\" subtracts σ from the product: brackets around 1 − σ are missing.",
          x * s),
        Suspect("the derivative of σ is σ · (1 − σ), not 1 − σ².", s + x * (1 - s * s)),
      ])
    try requireOneOperation(
      names, "repairedSwish", ready: "silu", derivative: "the repaired derivative")
  }
}

/// A function whose derivative is right or has a known mistake.
private struct Case {
  let name: String
  let isRight: Bool
  /// The mistake of a check that accepts this.
  var why = ""
  let f: (Variable) -> Variable
}

/// Returns the functions that a student's check is tried on: right derivatives, and mistakes that weak checks overlook.
private func cases(size: Int) -> [Case] {
  [
    Case(name: "tanh", isRight: true) { $0.tanh() },
    Case(name: "x · exp x", isRight: true) { $0 * $0.exp() },
    Case(name: "1000 · x³", isRight: true) { $0 * $0 * $0 * 1000 },
    Case(name: "a sum of squares", isRight: true) { ($0 * $0).sum() },
    Case(
      name: "x², with a derivative that lacks the factor 2", isRight: false,
      why: "Are the gradients really compared?"
    ) { x in
      record("square", x, value: x.value * x.value, keep: .inputs) { s, dy in s.inputs[0] * dy }
    },
    Case(
      name: "x reversed, with a gradient that is not reversed", isRight: false,
      why:
        "With ones as incoming gradient it would not show: the sum is right. Multiply the output by random numbers first."
    ) { x in record("reverse", x, value: x.value.flipped(axes: [1]), keep: .nothing) { _, dy in dy }
    },
    Case(
      name: "sin x, whose derivative ignores the incoming gradient", isRight: false,
      why:
        "With ones as incoming gradient it would not show. Multiply the output by random numbers first."
    ) { x in record("sine", x, value: x.value.sin(), keep: .inputs) { s, dy in s.inputs[0].cos() }
    },
    Case(
      name: "exp x, wrong in its last number only", isRight: false,
      why: "All numbers are to be compared, not only the first."
    ) { x in
      let mask = Tensor((0..<size).map { $0 == size - 1 ? 0 : 1 }, shape: x.shape, dtype: .float64)
      return record("exp", x, value: x.value.exp(), keep: .output) { s, dy in
        dy * s.output * Variable(mask)
      }
    },
    Case(
      name: "tanh, with a derivative that is 1 % too large", isRight: false,
      why:
        "The tolerance is too large: in double precision central differences agree to about 1e-8."
    ) { x in
      record("tanh", x, value: x.value.tanh(), keep: .output) { s, dy in
        dy * (1 - s.output * s.output) * 1.01
      }
    },
  ]
}

func gradientCheckExercise(
  _ answer: @escaping ((Variable) -> Variable, Tensor) throws -> Bool = {
    try isGradientRight(of: $0, at: $1)
  }
) -> Exercise {
  func asked(_ f: DifferentiableFunction, _ x: Tensor) throws -> Bool {
    try answer({ f($0) }, x)
  }
  return Exercise(4, "A check of your own, checked", asked) { variant, answer in
    let x = variant.tensor([1, variant.size(3...5)], in: 0.5...1.5)
    var accepted: [Case] = []
    var refused: [Case] = []
    for test in cases(size: x.count) {
      if try answer(DifferentiableFunction(test.f), x) {
        accepted.append(test)
      } else {
        refused.append(test)
      }
    }
    if refused.isEmpty {
      throw Mistake(
        "Your check says yes to everything, also to: \(accepted.first { !$0.isRight }!.name).\nWhy: it never finds a mistake."
      )
    }
    if accepted.isEmpty {
      throw Mistake(
        "Your check says no to everything, also to tanh.\nWhy: try it on a function whose gradient you know, and print both. Is the tolerance below what differences can reach, about "
          + "1e-8, or is h too small?"
      )
    }
    if let alarm = refused.first(where: \.isRight) {
      throw Mistake(
        "Your check says no to \(alarm.name), whose gradient is right.\nWhy: "
          + (alarm.name.contains("1000")
            ? "its gradients are large, and so is their rounding: use the relative error, not the absolute one."
            : "is the tolerance below what differences can reach, about 1e-8, or is h too small?"))
    }
    if let missed = accepted.first(where: { !$0.isRight }) {
      throw Mistake("Your check says yes to \(missed.name).\nWhy: \(missed.why)")
    }
  }
}

func slopesAtKinkExercise(
  _ answer: @escaping (Double, Double) throws -> [Double] = { try slopesAtKink(a: $0, b: $1) }
) -> Exercise {
  Exercise(5, "Predict: at a kink", answer) { variant, answer in
    let a = variant.round == 0 ? 0.25 : variant.number(0.1...0.4)
    let b = variant.round == 0 ? 1 : variant.number(0.6...0.9)
    try compare(
      try answer(a, b), with: [a, b, (a + b) / 2],
      "slopesAtKink(a: \(a), b: \(b))",
      suspects: [
        Suspect(
          "left and right are exchanged: for x < 0 the smaller slope gives the larger product.",
          [b, a, (a + b) / 2]),
        Suspect(
          "a central difference takes one point from each side: it gives the mean of both slopes.",
          [a, b, b]),
        Suspect(
          "a central difference takes one point from each side: it gives the mean of both slopes.",
          [a, b, a]),
        Suspect(
          "a central difference gives a number there too, the mean of both slopes; that is why it cannot tell right from wrong.",
          [a, b, 0]),
        Suspect(
          "a central difference is divided by 2h: the mean of both slopes, not their sum.",
          [a, b, a + b]),
        Suspect(
          "left and right are exchanged, and a central difference gives the mean of both slopes.",
          [b, a, 0]),
        Suspect("the function is not flat on the left: there it is a · x.", [0, b, b / 2]),
        Suspect("the slopes differ: that is what a kink is.", [b, b, b]),
        Suspect("the slopes differ: that is what a kink is.", [a, a, a]),
        Suspect("half of the difference is not the mean: the sum is halved.", [a, b, (b - a) / 2]),
      ])
  }
}
