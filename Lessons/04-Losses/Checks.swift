import Foundation
import LessonKit
import Retrograd

let exercises = [
  softmaxExercise(), logSumExpExercise(), crossEntropyExercise(), crossEntropyGradientExercise(),
  lossOfGuessingExercise(),
]

/// Rows of numbers: small ones first, then such that their exponentials are infinite, then rows far from each other.
private func logits(_ variant: inout Variant) -> Tensor {
  let x = variant.tensor([variant.size(2...4), variant.size(5...6)], in: -2...2)
  let rows = x.shape[0]
  switch variant.round {
  case 0: return x
  case 1: return x + 1000
  default:
    let shifts = (0..<rows).map { $0 == 0 ? 0 : -900 - Double($0) }
    return x + Tensor(shifts, shape: [rows, 1], dtype: .float64)
  }
}

func softmaxExercise(
  _ answer: @escaping (Tensor) throws -> Tensor = { try stableSoftmax($0) }
) -> Exercise {
  Exercise(1, "Softmax that does not overflow", answer) { variant, answer in
    let x = logits(&variant)
    let largest = x.amax(axes: [1], keepDims: true)
    let e = x.exp()
    try compare(
      try answer(x), with: x.softmax(axis: 1), "stableSoftmax", axes: "[rows, classes]",
      suspects: [
        Suspect(
          "it is divided by the sums of the columns: each row is divided by a sum of its own, that over axis 1.",
          (x - largest).exp() / (x - largest).exp().sum(axes: [0], keepDims: true)),
        Suspect(
          "the largest number is subtracted afterwards, from the shares: it belongs inside of exp.",
          x.softmax(axis: 1) - largest),
        Suspect(
          "exp(1000) is infinite, and infinity divided by infinity is not a number; exp(−900) is 0, and 0 / 0 is none either. "
            + "Subtract the largest number of the row first.",
          e / e.sum(axes: [1], keepDims: true)),
        Suspect(
          "each column has the sum 1 now; a row belongs to one picture, and axis 1 are the classes.",
          x.softmax(axis: 0)),
        Suspect(
          "all numbers together have the sum 1; each row should.",
          (x - x.amax()).exp() / (x - x.amax()).exp().sum().item()),
        Suspect(
          "the largest number of all rows is subtracted: rows far below it become 0 / 0. Take each row's own.",
          (x - x.amax()).exp() / (x - x.amax()).exp().sum(axes: [1], keepDims: true)),
        Suspect(
          "the sum goes over all rows: axes: [1], keepDims: true gives each row its own.",
          (x - largest).exp() / (x - largest).exp().sum().item()),
        Suspect("the exponential is missing.", x / x.sum(axes: [1], keepDims: true)),
        Suspect("it is not divided by the sum of the row.", (x - largest).exp()),
        Suspect("that is its logarithm.", x.logSoftmax(axis: 1)),
        Suspect(
          "the largest number is subtracted after the exponential; it belongs before.",
          (e - e.amax(axes: [1], keepDims: true))
            / (e - e.amax(axes: [1], keepDims: true)).sum(axes: [1], keepDims: true)),
      ])
  }
}

func logSumExpExercise(
  _ answer: @escaping (Tensor) throws -> Tensor = { try logSumExp($0) }
) -> Exercise {
  Exercise(2, "The logarithm of a sum of exponentials", answer) { variant, answer in
    let x = logits(&variant)
    let m = x.amax(axes: [1])
    let right = x.logSumExp(axes: [1])
    try compare(
      try answer(x), with: right, "logSumExp", axes: "[rows]",
      suspects: [
        Suspect(
          "the logarithm is taken before the sum, where it only undoes exp: sum first.",
          m + (x - m.reshaped([m.count, 1])).sum(axes: [1])),
        Suspect(
          "the logarithm is taken before the sum, where it only undoes exp: sum first.",
          x.sum(axes: [1])),
        Suspect("the largest number is subtracted again: add it.", right - m - m),
        Suspect(
          "the largest number is added to the sum, before the logarithm; it belongs outside.",
          ((right - m).exp() + m).log()),
        Suspect(
          "exp(1000) is infinite, and the logarithm of exp(−900) is that of 0. Subtract the largest number first and "
            + "add it again afterwards.",
          x.exp().sum(axes: [1]).log()),
        Suspect("the largest number is subtracted but not added again.", right - m),
        Suspect("that is the largest number alone; the others count too.", m),
        Suspect("that goes down the columns; axis 1 are the classes.", x.logSumExp(axes: [0])),
        Suspect(
          "that is the logarithm of the mean: it is less by log(classes).",
          right - log(Double(x.shape[1]))),
        Suspect(
          "the axis of the classes is still there, with length 1.", right.reshaped([x.shape[0], 1])),
        Suspect("everything is added together; each row has its own.", x.logSumExp()),
        Suspect("the logarithm is missing.", x.exp().sum(axes: [1])),
      ])
  }
}

func crossEntropyExercise(
  _ answer: @escaping (Tensor, IntTensor) throws -> Double = { try crossEntropyByHand($0, $1) }
) -> Exercise {
  Exercise(3, "Cross-entropy", answer) { variant, answer in
    let x = logits(&variant)
    let (rows, classes) = (x.shape[0], x.shape[1])
    let labels = variant.indices(rows, below: classes)
    func mean(_ logProbabilities: Tensor) -> Double {
      -(0..<rows).reduce(0) { $0 + logProbabilities[$1, labels[$1]] } / Double(rows)
    }
    let right = mean(x.logSoftmax(axis: 1))
    let p = x.softmax(axis: 1)
    try compare(
      try answer(x, labels), with: right, "crossEntropyByHand",
      suspects: [
        Suspect(
          "the logarithm is missing: that is −p where −log p belongs.", mean(p)),
        Suspect(
          "softmax goes along the classes, axis 1.", mean(x.logSoftmax(axis: 0))),
        Suspect(
          "that is the logarithm to the base 2; the loss uses the natural one.", right / log(2)),
        Suspect(
          "that is the logarithm to the base 10; the loss uses the natural one.", right / log(10)),
        Suspect(
          "the probabilities are averaged before the logarithm is taken: each row has a loss of its own.",
          -log(-mean(p))),
        Suspect("that is the sum over the rows; the mean is asked for.", right * Double(rows)),
        Suspect("the sign is wrong: a loss is never negative here.", -right),
        Suspect(
          "it is divided by the number of all logits; only the rows count.", right / Double(classes)
        ),
        Suspect(
          "softmax is applied twice: to probabilities as if they were logits. That is what happens when a network "
            + "ends in softmax and the loss applies it again.",
          mean(p.logSoftmax(axis: 1))),
        Suspect(
          "that is the logarithm of the scores; they are not probabilities, and may be negative.",
          mean(x.log())),
        Suspect("the logarithm is missing: that is a mean of probabilities.", -mean(p)),
        Suspect("that is a mean of 1 − p; cross-entropy is −log p.", 1 + mean(p)),
        Suspect(
          "the sum of the exponentials is missing: that is the mean score of the right classes.",
          mean(x)),
        Suspect(
          "exp(1000) is infinite: use the numbers of the exercise before.",
          mean(x.exp().log() - x.exp().sum(axes: [1], keepDims: true).log())),
      ])
  }
}

func crossEntropyGradientExercise(
  _ answer: @escaping (Tensor, IntTensor) throws -> Tensor = { try crossEntropyGradient($0, $1) }
) -> Exercise {
  Exercise(4, "p − y", answer) { variant, answer in
    let x = logits(&variant)
    let (rows, classes) = (x.shape[0], x.shape[1])
    let labels = variant.indices(rows, below: classes)
    let y = Tensor(
      (0..<(rows * classes)).map { labels[$0 / classes] == $0 % classes ? 1 : 0 },
      shape: [rows, classes], dtype: .float64)
    let p = x.softmax(axis: 1)
    let right = (p - y) / Double(rows)
    try compare(
      try answer(x, labels), with: right, "crossEntropyGradient", axes: "[rows, classes]",
      tolerance: 1e-7,
      suspects: [
        Suspect(
          "it is divided by the number of classes; the loss is a mean over the rows.",
          (p - y) / Double(classes)),
        Suspect(
          "softmax is missing: that is logits − y. p are probabilities.", (x - y) / Double(rows)),
        Suspect("softmax is missing: that is logits − y. p are probabilities.", x - y),
        Suspect(
          "at the right class it is p − 1, not 1 − p: its score is to rise.",
          (p * (1 - y) + (1 - p) * y) / Double(rows)),
        Suspect(
          "only y is divided by the number of rows: brackets around p − y are missing.",
          p - y / Double(rows)),
        Suspect(
          "that is log p − y: the gradient has the probabilities themselves.",
          (x.logSoftmax(axis: 1) - y) / Double(rows)),
        Suspect(
          "the loss is a mean over the rows, so its gradient is divided by their number.", p - y),
        Suspect(
          "the sign is wrong: that is y − p, and the loss would rise.", (y - p) / Double(rows)),
        Suspect("the right class is not subtracted: that is p alone.", p / Double(rows)),
        Suspect(
          "it is divided by the number of all logits; only the rows count.",
          (p - y) / Double(rows * classes)),
        Suspect(
          "only the right class has a gradient there; the wrong ones have p, because all share the sum.",
          (p - y) * y / Double(rows)),
        Suspect("softmax goes along the classes, axis 1.", (x.softmax(axis: 0) - y) / Double(rows)),
        Suspect(
          "1 is taken from the first row only: the numbers of row r begin at r · classes.",
          firstRowOnly(p, labels) / Double(rows)),
        Suspect("that is the gradient for all other classes only.", p * (1 - y) / Double(rows)),
      ])
    let variable = Variable(x, requiresGrad: true)
    crossEntropy(variable, labels).backward()
    try compare(
      try answer(x, labels), with: variable.grad!, "crossEntropyGradient, beside backward()",
      tolerance: 1e-7)
  }
}

/// Returns p with the labels of all rows looked up in the first row.
private func firstRowOnly(_ p: Tensor, _ labels: IntTensor) -> Tensor {
  var numbers = p.scalars
  for label in labels.scalars { numbers[label] -= 1 }
  return Tensor(numbers, shape: p.shape, dtype: .float64)
}

func lossOfGuessingExercise(
  _ answer: @escaping (Int) throws -> Double = { try lossOfGuessing(classes: $0) }
) -> Exercise {
  Exercise(5, "Predict: the loss of a network that knows nothing", answer) { variant, answer in
    let classes = [3, 1000, variant.size(5...60)][variant.round]
    let n = Double(classes)
    try compare(
      try answer(classes), with: log(n), "lossOfGuessing(classes: \(classes))",
      suspects: [
        Suspect("that is the probability of each class; the loss is −log of it.", 1 / n),
        Suspect("the sign: −log(1 / n) = log n.", -log(n)),
        Suspect("that is the logarithm to the base 2; the loss uses the natural one.", log2(n)),
        Suspect("that is the logarithm to the base 10; the loss uses the natural one.", log10(n)),
        Suspect("that is the share of wrong guesses; the loss is −log p.", 1 - 1 / n),
        Suspect("only a network that is sure and right has a loss of 0.", 0.0),
        Suspect("that is the number of classes; the loss is its logarithm.", n),
        Suspect(
          "the mean over rows is taken already: nothing is divided by the classes.", log(n) / n),
      ])
  }
}
