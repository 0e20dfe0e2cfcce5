import Foundation
import LessonKit
import Retrograd

let exercises = [
  convolvedExercise(), gaussianExercise(), outputSideExercise(), halvedExercise(),
  seenFrequencyExercise(),
]

/// A convolution of planes by the library, with whole numbers of padding.
private func convolution(_ picture: Tensor, _ kernel: Tensor, padding: Int = 0) -> Tensor {
  let (p, k) = (picture.shape, kernel.shape)
  let y = conv2d(
    Variable(picture.reshaped([1, 1, p[0], p[1]])), Variable(kernel.reshaped([1, 1, k[0], k[1]])),
    padding: Size2D(padding)
  ).value
  return y.reshaped([y.shape[2], y.shape[3]])
}

extension Grid {
  /// The numbers of a tensor with two axes.
  init(_ x: Tensor) {
    self.init(rows: x.shape[0], columns: x.shape[1])
    for i in 0..<rows { for j in 0..<columns { self[i, j] = x[i, j] } }
  }

  /// The same numbers as a tensor.
  var tensor: Tensor { Tensor(numbers, shape: [rows, columns], dtype: .float64) }
}

func convolvedExercise(
  _ answer: @escaping (Grid, Grid) throws -> Grid = { try convolved($0, $1) }
) -> Exercise {
  Exercise(1, "A convolution by hand", answer) { variant, answer in
    let k = [3, 1, 5][variant.round]
    let picture = variant.tensor([k + variant.size(1...3), k + variant.size(4...6)])
    let kernel = variant.tensor([k, k])
    let expected = convolution(picture, kernel)
    try compare(
      try answer(Grid(picture), Grid(kernel)).tensor, with: expected, "convolved",
      axes: "[height − k + 1, width − k + 1]", tolerance: 1e-6,
      suspects: [
        Suspect(
          "the kernel is turned by half a turn, as mathematicians do; networks leave it as it is.",
          convolution(picture, kernel.flipped(axes: [0, 1]))),
        Suspect(
          "rows and columns of the kernel are exchanged: kernel[a, b] belongs to picture[i + a, j + b].",
          convolution(picture, kernel.transposed())),
        Suspect(
          "the kernel is also laid where it hangs over the edge; only places where it fits are asked for.",
          convolution(picture, kernel, padding: k / 2)),
        Suspect(
          "the last row and the last column are missing: with k rows there are height − k + 1 places.",
          expected.slice(0..<(expected.shape[0] - 1), axis: 0).slice(
            0..<(expected.shape[1] - 1), axis: 1)),
        Suspect(
          "the sums are divided by the number of the kernel's elements.", expected / Double(k * k)),
        Suspect(
          "the sums are divided by the sum of the kernel.", expected / kernel.sum().item()),
        Suspect(
          "rows and columns of the result are exchanged.", expected.transposed()),
      ])
  }
}

func gaussianExercise(
  _ answer: @escaping (Int, Double) throws -> Tensor = {
    try gaussianKernel(size: $0, deviation: $1)
  }
) -> Exercise {
  Exercise(2, "A Gaussian kernel", answer) { variant, answer in
    let size = [5, 4, 7][variant.round]
    let deviation = variant.number(0.8...1.6)
    /// Weights of distances from a middle.
    func kernel(middle: Double, isScaled: Bool = true, _ weight: (Double) -> Double) -> Tensor {
      let numbers = (0..<(size * size)).map { index in
        let (y, x) = (Double(index / size) - middle, Double(index % size) - middle)
        return weight((y * y + x * x).squareRoot())
      }
      let all = Tensor(numbers, shape: [size, size], dtype: .float64)
      return isScaled ? all / all.sum().item() : all
    }
    let middle = Double(size - 1) / 2
    func bell(_ d: Double) -> Double { exp(-d * d / (2 * deviation * deviation)) }
    try compare(
      try answer(size, deviation), with: kernel(middle: middle, bell),
      "gaussianKernel(size: \(size), deviation: \(decimal(deviation, 3)))", axes: "[size, size]",
      suspects: [
        Suspect(
          "the numbers are not divided by their sum, so that pictures become brighter.",
          kernel(middle: middle, isScaled: false, bell)),
        Suspect(
          "the middle lies at (size − 1) / 2, not at size / 2: with 5 rows that is row 2, with 4 it is 1.5.",
          kernel(middle: Double(size) / 2, bell)),
        Suspect(
          "the middle is a whole number; with an even size it lies between two rows. Divide as Double.",
          kernel(middle: Double((size - 1) / 2), bell)),
        Suspect(
          "the middle is a whole number; with an even size it lies between two rows. Divide as Double.",
          kernel(middle: Double(size / 2), bell)),
        Suspect(
          "it divides by 2σ; the formula has 2σ².",
          kernel(middle: middle) { exp(-$0 * $0 / (2 * deviation)) }),
        Suspect(
          "it divides by σ²; the formula has 2σ².",
          kernel(middle: middle) { exp(-$0 * $0 / (deviation * deviation)) }),
        Suspect(
          "x / 2 * σ * σ multiplies by σ: brackets around 2σ² are missing.",
          kernel(middle: middle) { exp(-$0 * $0 / 2 * deviation * deviation) }),
        Suspect(
          "the distance is not squared in the exponent.",
          kernel(middle: middle) { exp(-$0 / (2 * deviation * deviation)) }),
        Suspect(
          "it is divided by 2πσ², which makes the sum 1 only for infinitely many numbers; divide by the sum.",
          kernel(middle: middle, isScaled: false) {
            bell($0) / (2 * Double.pi * deviation * deviation)
          }),
      ])
  }
}

func outputSideExercise(
  _ answer: @escaping (Int, Int, Int, Int) throws -> Int = {
    try outputSide(of: $0, kernel: $1, stride: $2, padding: $3)
  }
) -> Exercise {
  Exercise(3, "How large the result is", answer) { variant, answer in
    for _ in 0..<8 {
      var (kernel, stride, padding, side, room) = (0, 0, 0, 0, 0)
      var wrong: [Int] = []
      // Numbers for which the typical mistakes give different results.
      repeat {
        (kernel, stride) = (variant.size(5...11), variant.size(2...3))
        (padding, side) = (variant.size(3...6), variant.size(20...60))
        room = side + 2 * padding - kernel
        wrong = [
          room / stride + 1, room / stride, (side + padding - kernel) / stride + 1,
          (side - kernel) / stride + 1, room + 1, (side + 2 * padding) / stride,
          (side + 2 * padding) / stride + 1, (room + stride - 1) / stride + 1,
          side + 2 * padding - kernel / stride + 1, side + 2 * padding - kernel / stride,
          room / (stride + 1), 2 * (side + padding - kernel) / stride + 1,
        ]
      } while Set(wrong).count < wrong.count
      try compare(
        try answer(side, kernel, stride, padding), with: room / stride + 1,
        "outputSide(of: \(side), kernel: \(kernel), stride: \(stride), padding: \(padding))",
        suspects: [
          Suspect(
            "only the kernel is divided by the stride: brackets around side + 2 · padding − kernel are missing.",
            side + 2 * padding - kernel / stride + 1),
          Suspect(
            "only the kernel is divided by the stride: brackets around side + 2 · padding − kernel are missing; and the "
              + "first place, at 0, is not counted.", side + 2 * padding - kernel / stride),
          Suspect(
            "1 is added after the division: no brackets around stride + 1.", room / (stride + 1)),
          Suspect(
            "all of it is doubled, not the padding alone.",
            2 * (side + padding - kernel) / stride + 1),
          Suspect("the first place, at 0, is not counted: one more.", room / stride),
          Suspect(
            "zeros are added at both ends: twice the padding.",
            (side + padding - kernel) / stride + 1),
          Suspect("the padding is left out.", (side - kernel) / stride + 1),
          Suspect(
            "that is one place too many: a last step that does not fit is counted too; the division rounds down.",
            (room + stride - 1) / stride + 1),
          Suspect("the stride is left out.", room + 1),
          Suspect("the kernel is left out.", (side + 2 * padding) / stride),
          Suspect("the kernel is left out.", (side + 2 * padding) / stride + 1),
        ])
    }
  }
}

func halvedExercise(_ answer: @escaping (Tensor) throws -> Tensor = { try halved($0) }) -> Exercise
{
  Exercise(4, "Half the size", answer) { variant, answer in
    let (h, w) = (variant.size(1...3), variant.size(4...6))
    let picture = variant.tensor([2 * h, 2 * w])
    let blocks = picture.reshaped([h, 2, w, 2])
    try compare(
      try answer(picture), with: blocks.mean(axes: [1, 3]), "halved",
      axes: "[height / 2, width / 2]",
      suspects: blocks.meansOverWrongAxes(
        than: [1, 3], "the places within a block of 2 × 2 are axes 1 and 3 of [h, 2, w, 2]") + [
          Suspect(
            "that keeps every second pixel and throws the others away: fine patterns turn into false coarse ones.",
            picture.slice(0..<(2 * h), step: 2, axis: 0).slice(0..<(2 * w), step: 2, axis: 1)),
          Suspect(
            "that is the largest of each block; the mean is asked for.", blocks.amax(axes: [1, 3])),
          Suspect(
            "that is the sum of each block: four times too bright.", blocks.sum(axes: [1, 3])),
          Suspect(
            "blocks of 2 × 2 do not lie in one piece: the axes are [h, 2, w, 2], not [h, w, 2, 2].",
            picture.reshaped([h, w, 2, 2]).mean(axes: [2, 3])),
          Suspect("only the columns are halved.", picture.reshaped([2 * h, w, 2]).mean(axes: [2])),
          Suspect("only the rows are halved.", picture.reshaped([h, 2, 2 * w]).mean(axes: [1])),
          Suspect(
            "that joins the upper with the lower half and the left with the right one: blocks are neighbors. Axes "
              + "[h, 2, w, 2], not [2, h, 2, w].",
            picture.reshaped([2, h, 2, w]).mean(axes: [0, 2])),
        ])
  }
}

func seenFrequencyExercise(
  _ answer: @escaping (Double) throws -> Double = { try seenFrequency(afterHalving: $0) }
) -> Exercise {
  Exercise(5, "Predict: what becomes of fine stripes", answer) { variant, answer in
    for range in [0.3...0.45, 0.05...0.2, 0.46...0.5] {
      let f = variant.number(range)
      try compare(
        try answer(f), with: abs(2 * f - (2 * f).rounded()),
        "seenFrequency(afterHalving: \(decimal(f, 3)))",
        suspects: [
          Suspect("above 0.5 nobody sees that frequency: stripes seem coarser again.", 2 * f),
          Suspect(
            "the stripes do not become finer than 0.5: they come back as coarse ones.",
            min(2 * f, 0.5)),
          Suspect(
            "a pixel of the small picture is two pixels wide: more periods fit, not fewer.", f / 2),
          Suspect("in a pixel that is twice as wide there are twice as many periods.", f),
          Suspect(
            "that is right only above 0.25; coarser stripes just become twice as fine.", 1 - 2 * f),
          Suspect(
            "frequencies between 0 and 0.5 are seen: the sign does not matter.",
            2 * f - (2 * f).rounded()),
          Suspect("nothing would be seen only if a filter took such stripes away before.", 0.0),
        ])
    }
  }
}
