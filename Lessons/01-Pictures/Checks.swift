import LessonKit
import Retrograd

let exercises = [
  grayExercise(), normalizedExercise(), middleExercise(), mirroredExercise(), batchShapeExercise(),
]

func grayExercise(_ answer: @escaping (Tensor) throws -> Tensor = { try gray($0) }) -> Exercise {
  Exercise(1, "How bright a pixel is", answer) { variant, answer in
    let picture = variant.tensor([3, variant.size(2...5), variant.size(2...6)], in: 0...1)
    func weighed(_ red: Double, _ green: Double, _ blue: Double) -> Tensor {
      (picture * Tensor([red, green, blue], shape: [3, 1, 1], dtype: .float64)).sum(axes: [0])
    }
    let expected = weighed(0.299, 0.587, 0.114)
    try compare(
      try answer(picture), with: expected, "gray", axes: "[height, width]",
      suspects: [
        Suspect(
          "each weight is divided by 3: the three add up to 1 already.", expected / 3),
        Suspect(
          "all three colors count the same here. The eye sees green best: weigh them.",
          picture.mean(axes: [0])),
        Suspect(
          "the planes are added without weights, so that white becomes 3.", picture.sum(axes: [0])),
        Suspect(
          "the weights are in the order of blue, green, red; plane 0 is red.",
          weighed(0.114, 0.587, 0.299)),
        Suspect(
          "the brightest color is taken; all three belong to the brightness.",
          picture.amax(axes: [0])),
        Suspect(
          "the axis of the colors is still there, with length 1: reshaped leaves it out.",
          expected.reshaped([1] + expected.shape)),
      ])
  }
}

func normalizedExercise(
  _ answer: @escaping (Tensor, [Double], [Double]) throws -> Tensor = {
    try normalized($0, mean: $1, deviation: $2)
  }
) -> Exercise {
  Exercise(2, "Normalizing", answer) { variant, answer in
    let picture = variant.tensor([3, variant.size(1...4), variant.size(2...5)], in: 0...1)
    let numbers = variant.tensor([6], in: 0.2...0.6).scalars
    let (mean, deviation) = (Array(numbers[..<3]), Array(numbers[3...]))
    func plane(_ numbers: [Double]) -> Tensor {
      Tensor(numbers, shape: [3, 1, 1], dtype: .float64)
    }
    let (m, s) = (plane(mean), plane(deviation))
    try compare(
      try answer(picture, mean, deviation), with: (picture - m) / s, "normalized",
      axes: "[3, height, width]",
      suspects: [
        Suspect("it divides by the square of the standard deviation.", (picture - m) / (s * s)),
        Suspect(
          "it divides first and subtracts the mean afterwards; the brackets matter.",
          picture / s - m),
        Suspect(
          "the mean is subtracted, but nothing is divided by the standard deviation.", picture - m),
        Suspect("it multiplies by the standard deviation instead of dividing.", (picture - m) * s),
        Suspect(
          "the numbers are used in reverse order: mean[0] belongs to plane 0, red.",
          (picture - plane(mean.reversed())) / plane(deviation.reversed())),
        Suspect(
          "only the mean is divided by the standard deviation: the parentheses matter.",
          picture - m / s),
        Suspect("the mean is added instead of subtracted.", (picture + m) / s),
      ])
  }
}

func middleExercise(
  _ answer: @escaping (Tensor, Int) throws -> Tensor = { try middle(of: $0, size: $1) }
) -> Exercise {
  Exercise(3, "The middle of a picture", answer) { variant, answer in
    let size = variant.size(1...3)
    // Odd differences, and not the same ones, so that rounding and exchanged axes show.
    let (height, width) = (size + 3, size + 7 + 2 * variant.round)
    let picture = variant.tensor([3, height, width])
    func part(_ top: Int, _ left: Int) -> Tensor {
      picture.slice(top..<(top + size), axis: 1).slice(left..<(left + size), axis: 2)
    }
    let (top, left) = ((height - size) / 2, (width - size) / 2)
    // Only where the rows suffice for it.
    let exchanged =
      left + size > height
      ? []
      : [
        Suspect(
          "rows and columns are exchanged: axis 1 are the rows, which are counted by the height.",
          part(left, top)),
        Suspect(
          "rows are cut where columns should be: each axis has a beginning of its own.",
          part(left, left)),
      ]
    try compare(
      try answer(picture, size), with: part(top, left), "middle", axes: "[3, size, size]",
      suspects: [
        Suspect(
          "that is the upper left corner: half of what is too much is left out there.", part(0, 0)),
        Suspect(
          "that is the lower right corner: only half of what is too much is left out before it.",
          part(height - size, width - size)),
        Suspect(
          "half a row is rounded up; Swift's / for whole numbers rounds down.",
          part(top + 1, left + 1)),
        Suspect(
          "columns are cut where rows should be: each axis has a beginning of its own.",
          part(top, top)),
        Suspect(
          "only the rows are cut; the columns are axis 2.",
          picture.slice(top..<(top + size), axis: 1)),
        Suspect(
          "only the columns are cut; the rows are axis 1.",
          picture.slice(left..<(left + size), axis: 2)),
      ] + exchanged)
  }
}

func mirroredExercise(
  _ answer: @escaping (Tensor) throws -> Tensor = { try mirrored($0) }
) -> Exercise {
  Exercise(4, "Left and right exchanged", answer) { variant, answer in
    let picture = variant.tensor([3, variant.size(2...4), variant.size(5...7)])
    try compare(
      try answer(picture), with: picture.flipped(axes: [2]), "mirrored", axes: "[3, height, width]",
      suspects: [
        Suspect("that is upside down: axis 1 runs from top to bottom.", picture.flipped(axes: [1])),
        Suspect("that exchanges red and blue: axis 0 are the colors.", picture.flipped(axes: [0])),
        Suspect(
          "that is turned by half a turn: two axes are reversed.", picture.flipped(axes: [1, 2])),
        Suspect("nothing has changed.", picture),
        Suspect(
          "rows and columns are exchanged, which is a reflection in a diagonal.",
          picture.transposed()),
        Suspect("everything is reversed, the colors too.", picture.flipped(axes: [0, 1, 2])),
      ])
  }
}

func batchShapeExercise(
  _ answer: @escaping (Int, Int, Int) throws -> [Int] = {
    try batchShape(count: $0, width: $1, height: $2)
  }
) -> Exercise {
  Exercise(5, "Predict: the shape of a batch", answer) { variant, answer in
    let (n, width, height) = (variant.size(4...9), variant.size(10...20), variant.size(30...40))
    try compare(
      try answer(n, width, height), with: [n, 3, height, width],
      "batchShape(count: \(n), width: \(width), height: \(height))",
      suspects: [
        Suspect(
          "height comes before width: a tensor's rows are counted first.", [n, 3, width, height]),
        Suspect(
          "the colors come before height and width: planes, not pixels.", [n, height, width, 3]),
        Suspect("the colors come first, and height before width.", [n, width, height, 3]),
        Suspect("a picture in color has an axis for its three planes.", [n, height, width]),
        Suspect(
          "the pictures have an axis of their own; their planes are not in one row.",
          [3 * n, height, width]),
        Suspect("an axis for the pictures is missing: it comes first.", [3, height, width]),
        Suspect("the number of pictures comes first.", [3, n, height, width]),
      ])
  }
}
