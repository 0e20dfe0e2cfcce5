import Foundation
import LessonKit
import Retrograd

let exercises = [
  parameterCountExercise(), multiplicationsExercise(), topClassesExercise(), confidenceExercise(),
  featureSidesExercise(),
]

func parameterCountExercise(
  _ answer: @escaping (Int, Int, Int) throws -> Int = {
    try parameterCount(inputs: $0, outputs: $1, kernel: $2)
  }
) -> Exercise {
  Exercise(1, "How much a convolution learns", answer) { variant, answer in
    let (i, o, k) = (variant.size(3...40), variant.size(50...90), [11, 3, 5][variant.round])
    try compare(
      try answer(i, o, k), with: o * (i * k * k + 1),
      "parameterCount(inputs: \(i), outputs: \(o), kernel: \(k))",
      suspects: [
        Suspect(
          "the kernel has k rows and k columns, k · k numbers, not 2 · k.", o * (i * 2 * k + 1)),
        Suspect("the biases are missing: one for each output.", o * i * k * k),
        Suspect("there is one bias for each output, not for each input.", o * i * k * k + i),
        Suspect("there is one bias for each output, not for each kernel.", o * i * (k * k + 1)),
        Suspect("there is one bias for each output, not one in all.", o * i * k * k + 1),
        Suspect("a kernel has rows and columns: k · k numbers.", o * (i * k + 1)),
        Suspect("each output has a kernel for each input channel.", o * (k * k + 1)),
        Suspect("each input has kernels for each output channel.", i * k * k + o),
      ])
  }
}

func multiplicationsExercise(
  _ answer: @escaping (Int, Int, Int, Int) throws -> Int = {
    try multiplications(inputs: $0, outputs: $1, kernel: $2, side: $3)
  }
) -> Exercise {
  Exercise(2, "How much a convolution computes", answer) { variant, answer in
    let (i, o) = (variant.size(3...40), variant.size(50...90))
    let (k, side) = ([11, 3, 5][variant.round], variant.size(12...30))
    let right = o * side * side * i * k * k
    try compare(
      try answer(i, o, k, side), with: right,
      "multiplications(inputs: \(i), outputs: \(o), kernel: \(k), side: \(side))",
      suspects: [
        Suspect("that is the work for one place; there are side · side of them.", o * i * k * k),
        Suspect("the result has rows and columns: side · side places.", o * side * i * k * k),
        Suspect("each place sums over all input channels.", o * side * side * k * k),
        Suspect("each of the output channels is computed.", side * side * i * k * k),
        Suspect("a kernel has rows and columns: k · k products.", o * side * side * i * k),
        Suspect("additions are counted too; only multiplications are asked for.", 2 * right),
        Suspect("a bias is added, not multiplied.", right + o * side * side),
      ])
  }
}

func topClassesExercise(
  _ answer: @escaping (Tensor, Int) throws -> [Int] = { try topClasses($0, count: $1) }
) -> Exercise {
  Exercise(3, "The five best", answer) { variant, answer in
    let classes = variant.size(7...9)
    var scores = variant.tensor([classes], in: -3...3).scalars
    // Two that are equal, and among the best.
    let twin = 5 + variant.size(0...(classes - 6))
    scores[twin] = 4
    scores[1] = 4
    let count = variant.size(3...5)
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    let right = Array(order.prefix(count))
    try compare(
      try answer(Tensor(scores, shape: [classes], dtype: .float64), count), with: right,
      "topClasses(\(scores.map { (100 * $0).rounded() / 100 }), count: \(count))",
      suspects: [
        Suspect(
          "those are scores; classes are asked for, the indices at which the scores stand.",
          Array(scores.sorted(by: >).prefix(count).map { Int($0) })),
        Suspect(
          "those are scores; classes are asked for, the indices at which the scores stand.",
          Array(scores.sorted(by: >).prefix(count).map { Int($0.rounded()) })),
        Suspect(
          "those are the smallest scores, and classes are numbered from 0.",
          Array(
            scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(count)
              .map { $0 + 1 })),
        Suspect(
          "the best class is left out: the largest score is the first.",
          Array(order.dropFirst().prefix(count))),
        Suspect("that is one class too few.", Array(order.prefix(count - 1))),
        Suspect("that is one class too many.", Array(order.prefix(count + 1))),
        Suspect(
          "those are the smallest scores.",
          Array(scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(count))),
        Suspect("the best come last; the largest score belongs first.", right.reversed()),
        Suspect(
          "of equal scores the class with the smaller number comes first.",
          Array(scores.indices.sorted { (-scores[$0], -$0) < (-scores[$1], -$1) }.prefix(count))),
        Suspect(
          "those are the right classes in the order of their numbers, not of their scores.",
          right.sorted()),
        Suspect("classes are numbered from 0.", right.map { $0 + 1 }),
        Suspect("all classes are returned; only the first \(count) are asked for.", order),
        Suspect("those are the first classes, not the best ones.", Array(0..<count)),
        Suspect(
          "those are the ranks of the classes; the classes are asked for.",
          Array(scores.indices.map { order.firstIndex(of: $0)! }.prefix(count))),
      ])
  }
}

func confidenceExercise(
  _ answer: @escaping (Tensor) throws -> Tensor = { try confidence($0) }
)
  -> Exercise
{
  Exercise(4, "How sure it is", answer) { variant, answer in
    let x = variant.tensor([variant.size(2...4), variant.size(5...7)], in: -3...3)
    let p = x.softmax(axis: 1)
    let sorted = (0..<x.shape[0]).map { row in
      (0..<x.shape[1]).map { p[row, $0] }.sorted(by: >)
    }
    let linear = x / x.sum(axes: [1], keepDims: true)
    try compare(
      try answer(x), with: p.amax(axes: [1]), "confidence", axes: "[pictures]",
      suspects: [
        Suspect(
          "the scores themselves are divided by their sum; softmax takes exp of them first.",
          linear.amax(axes: [1])),
        Suspect(
          "the scores themselves are divided by their sum; softmax takes exp of them first.",
          x.amax(axes: [1]) / x.sum(axes: [1])),
        Suspect(
          "it is not divided by the sum of the exponentials of all scores.", x.amax(axes: [1]).exp()
        ),
        Suspect(
          "it is divided by the sum over all pictures; each has a sum of its own.",
          x.amax(axes: [1]).exp() / x.exp().sum().item()),
        Suspect(
          "that is the confidence in the least likely class.", p.amin(axes: [1])),
        Suspect("that is the largest logit; softmax makes a probability of it.", x.amax(axes: [1])),
        Suspect(
          "that is the logistic function of the largest logit: it knows nothing of the other classes.",
          x.amax(axes: [1]).sigmoid()),
        Suspect(
          "that is the probability of class 0, not of the chosen one.",
          p.slice(0..<1, axis: 1).reshaped([x.shape[0]])),
        Suspect("axis 0 are the pictures; take the largest over the classes.", p.amax(axes: [0])),
        Suspect("softmax goes along the classes, axis 1.", x.softmax(axis: 0).amax(axes: [1])),
        Suspect(
          "that is how far the best is ahead of the second.",
          Tensor(sorted.map { $0[0] - $0[1] }, shape: [x.shape[0]], dtype: .float64)),
        Suspect(
          "softmax needs all scores of a row, not only the largest ones: it comes first.",
          x.amax(axes: [1]).softmax(axis: 0)),
        Suspect(
          "that is the mean over the classes, which is always 1 / classes.", p.mean(axes: [1])),
        Suspect(
          "the axis of the classes is still there, with length 1.",
          p.amax(axes: [1], keepDims: true)),
      ])
  }
}

func featureSidesExercise(
  _ answer: @escaping (Int) throws -> [Int] = { try featureSides(of: $0) }
) -> Exercise {
  Exercise(5, "Predict: the maps for another picture", answer) { variant, answer in
    let side = [192, 160, 130][variant.round] + variant.size(0...9)
    /// (kernel, stride, padding) of each step.
    let steps = [
      (11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0),
    ]
    func sides(_ next: (_ side: Int, _ k: Int, _ s: Int, _ p: Int) -> Int) -> [Int] {
      var current = side
      return steps.map { k, s, p in
        current = next(current, k, s, p)
        return current
      }
    }
    let right = sides { ($0 + 2 * $3 - $1) / $2 + 1 }
    try compare(
      try answer(side), with: right, "featureSides(of: \(side))",
      suspects: [
        Suspect(
          "only the kernel is divided by the stride: brackets around side + 2p − k are missing.",
          sides { side, k, s, p in side + 2 * p - k / s + 1 }),
        Suspect(
          "one more is counted in each step: it is + 1 once.",
          sides { ($0 + 2 * $3 - $1) / $2 + 2 }),
        Suspect(
          "the side of the picture comes first there; only the eight sides after it are asked for.",
          Array(([side] + right).prefix(8))),
        Suspect(
          "the side of the picture comes first there; only the eight sides after it are asked for.",
          [side] + right),
        Suspect("the padding is left out.", sides { side, k, s, _ in (side - k) / s + 1 }),
        Suspect(
          "zeros are added at both ends: twice the padding.", sides { ($0 + $3 - $1) / $2 + 1 }),
        Suspect("divisions round down.", sides { ($0 + 2 * $3 - $1 + $2 - 1) / $2 + 1 }),
        Suspect("the first place, at 0, is missing: one more.", sides { ($0 + 2 * $3 - $1) / $2 }),
        Suspect("the strides are left out.", sides { side, k, _, p in side + 2 * p - k + 1 }),
        Suspect(
          "a stride of 2 only roughly halves the side: the kernel counts too.",
          sides { side, _, s, _ in side / s }),
        Suspect(
          "those are the sides for a picture of 224 pixels; this one has \(side).",
          [55, 27, 27, 13, 13, 13, 13, 6]),
        Suspect(
          "the padding of conv2 is left out.",
          sides { side, k, s, p in (side + (k == 5 ? 0 : 2 * p) - k) / s + 1 }),
        Suspect(
          "pooling moves by 2 each time, not by 3.",
          sides { side, k, s, p in k == 3 && s == 2 ? side / 3 : (side + 2 * p - k) / s + 1 }),
      ])
  }
}
