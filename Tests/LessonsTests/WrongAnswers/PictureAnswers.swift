import Foundation
import LessonKit
import Retrograd
import Testing

@testable import lesson1
@testable import lesson2

@Suite("Wrong answers to lessons 1 and 2")
@MainActor struct PictureAnswers {
  @Test("gray")
  func grays() {
    func weighed(_ x: Tensor, _ w: [Double]) -> Tensor {
      (w[0] * x[0..<1] + w[1] * x[1..<2] + w[2] * x[2..<3]).reshaped(Array(x.shape[1...]))
    }
    expectWrong("all three colors count the same", grayExercise { $0.mean(axes: [0]) })
    expectWrong("without weights", grayExercise { $0.sum(axes: [0]) })
    expectWrong("blue, green, red", grayExercise { weighed($0, [0.114, 0.587, 0.299]) })
    expectWrong("add up to 1", grayExercise { weighed($0, [0.299 / 3, 0.587 / 3, 0.114 / 3]) })
    expectWrong("the brightest color", grayExercise { $0.amax(axes: [0]) })
    expectWrong(
      "with length 1",
      grayExercise { weighed($0, [0.299, 0.587, 0.114]).reshaped([1] + $0.shape[1...]) })
    expectWrong("expected", grayExercise { weighed($0, [0.3, 0.6, 0.2]) })
  }

  @Test("normalizing")
  func normalizing() {
    func plane(_ numbers: [Double]) -> Tensor {
      Tensor(numbers, shape: [3, 1, 1], dtype: .float64)
    }
    expectWrong("only the mean is divided", normalizedExercise { $0 - plane($1) / plane($2) })
    expectWrong(
      "square of the standard deviation",
      normalizedExercise { ($0 - plane($1)) / plane($2.map { $0 * $0 }) }
    )
    expectWrong("brackets", normalizedExercise { $0 / plane($2) - plane($1) })
    expectWrong("nothing is divided", normalizedExercise { x, mean, _ in x - plane(mean) })
    expectWrong(
      "multiplies by the standard deviation", normalizedExercise { ($0 - plane($1)) * plane($2) })
    expectWrong(
      "reverse order", normalizedExercise { ($0 - plane($1.reversed())) / plane($2.reversed()) })
    expectWrong("added instead", normalizedExercise { ($0 + plane($1)) / plane($2) })
  }

  @Test("the middle")
  func middles() {
    func cut(_ x: Tensor, _ size: Int, _ top: Int, _ left: Int) -> Tensor {
      x.slice(top..<(top + size), axis: 1).slice(left..<(left + size), axis: 2)
    }
    expectWrong(
      "columns are cut where rows should be",
      middleExercise { x, size in
        let top = (x.shape[1] - size) / 2
        return cut(x, size, top, top)
      })
    expectWrong(
      "rows and columns are exchanged",
      middleExercise { x, size in
        cut(x, size, (x.shape[2] - size) / 2, (x.shape[1] - size) / 2)
      })
    expectWrong("upper left corner", middleExercise { cut($0, $1, 0, 0) })
    expectWrong(
      "lower right corner", middleExercise { cut($0, $1, $0.shape[1] - $1, $0.shape[2] - $1) })
    expectWrong(
      "rounded up",
      middleExercise { cut($0, $1, ($0.shape[1] - $1 + 1) / 2, ($0.shape[2] - $1 + 1) / 2) })
    expectWrong(
      "only the rows are cut",
      middleExercise { x, size in
        x.slice(((x.shape[1] - size) / 2)..<((x.shape[1] - size) / 2 + size), axis: 1)
      })
    expectWrong(
      "only the columns are cut",
      middleExercise { x, size in
        x.slice(((x.shape[2] - size) / 2)..<((x.shape[2] - size) / 2 + size), axis: 2)
      })
  }

  @Test("mirrored")
  func mirrors() {
    expectWrong("upside down", mirroredExercise { $0.flipped(axes: [1]) })
    expectWrong("red and blue", mirroredExercise { $0.flipped(axes: [0]) })
    expectWrong("half a turn", mirroredExercise { $0.flipped(axes: [1, 2]) })
    expectWrong("nothing has changed", mirroredExercise { $0 })
    expectWrong("reflection in a diagonal", mirroredExercise { $0.transposed() })
  }

  @Test("the shape of a batch")
  func shapes() {
    expectWrong("height comes before width", batchShapeExercise { [$0, 3, $1, $2] })
    expectWrong("the colors come before", batchShapeExercise { [$0, $2, $1, 3] })
    expectWrong("the colors come first", batchShapeExercise { [$0, $1, $2, 3] })
    expectWrong("an axis for its three planes", batchShapeExercise { [$0, $2, $1] })
    expectWrong("not in one row", batchShapeExercise { [3 * $0, $2, $1] })
    expectWrong("an axis for the pictures is missing", batchShapeExercise { [3, $2, $1] })
  }

  @Test("a convolution by hand")
  func convolutions() {
    func slide(
      _ x: Tensor, _ k: Tensor, rows: Int? = nil, _ term: (Int, Int, Int, Int) -> Double
    ) -> Tensor {
      let n = k.shape[0]
      let (h, w) = (x.shape[0] - n + 1 - (rows ?? 0), x.shape[1] - n + 1 - (rows ?? 0))
      var sums: [Double] = []
      for i in 0..<h {
        for j in 0..<w {
          var sum = 0.0
          for a in 0..<n { for b in 0..<n { sum += term(i, j, a, b) } }
          sums.append(sum)
        }
      }
      return Tensor(sums, shape: [h, w], dtype: .float64)
    }
    func convolvedExercise(_ answer: @escaping (Tensor, Tensor) -> Tensor) -> Exercise {
      lesson2.convolvedExercise { Grid(answer($0.tensor, $1.tensor)) }
    }
    expectWrong(
      "turned by half a turn",
      convolvedExercise { x, k in
        slide(x, k) { i, j, a, b in x[i + a, j + b] * k[k.shape[0] - 1 - a, k.shape[0] - 1 - b] }
      })
    expectWrong(
      "columns of the kernel are exchanged",
      convolvedExercise { x, k in slide(x, k) { i, j, a, b in x[i + a, j + b] * k[b, a] } })
    expectWrong(
      "the last row and the last column",
      convolvedExercise { x, k in slide(x, k, rows: 1) { i, j, a, b in x[i + a, j + b] * k[a, b] } }
    )
    expectWrong(
      "divided by the number",
      convolvedExercise { x, k in
        slide(x, k) { i, j, a, b in x[i + a, j + b] * k[a, b] / Double(k.count) }
      })
    expectWrong(
      "hangs over the edge",
      convolvedExercise { x, k in
        let edge = (before: k.shape[0] / 2, after: k.shape[0] / 2)
        let padded = x.padded([edge, edge])
        return slide(padded, k) { i, j, a, b in padded[i + a, j + b] * k[a, b] }
      })
  }

  @Test("a Gaussian kernel")
  func gaussians() {
    func kernel(_ n: Int, middle: Double, sum: Bool = true, _ f: (Double) -> Double) -> Tensor {
      let numbers = (0..<n).flatMap { i in
        (0..<n).map { j in
          f(
            ((Double(i) - middle) * (Double(i) - middle) + (Double(j) - middle)
              * (Double(j) - middle))
          )
        }
      }
      let total = numbers.reduce(0, +)
      return Tensor(numbers.map { sum ? $0 / total : $0 }, shape: [n, n], dtype: .float64)
    }
    func half(_ n: Int) -> Double { Double(n - 1) / 2 }
    expectWrong(
      "multiplies by σ",
      gaussianExercise { n, s in kernel(n, middle: half(n)) { exp(-$0 / 2 * s * s) } })
    expectWrong(
      "not divided by their sum",
      gaussianExercise { n, s in kernel(n, middle: half(n), sum: false) { exp(-$0 / (2 * s * s)) } }
    )
    expectWrong(
      "not at size / 2",
      gaussianExercise { n, s in kernel(n, middle: Double(n) / 2) { exp(-$0 / (2 * s * s)) } })
    expectWrong(
      "lies between two rows",
      gaussianExercise { n, s in kernel(n, middle: Double(n / 2)) { exp(-$0 / (2 * s * s)) } })
    expectWrong(
      "divides by 2σ;",
      gaussianExercise { n, s in kernel(n, middle: half(n)) { exp(-$0 / (2 * s)) } })
    expectWrong(
      "divides by σ²;",
      gaussianExercise { n, s in kernel(n, middle: half(n)) { exp(-$0 / (s * s)) } })
    expectWrong(
      "not squared",
      gaussianExercise { n, s in kernel(n, middle: half(n)) { exp(-$0.squareRoot() / (2 * s * s)) }
      })
    expectWrong(
      "2πσ²",
      gaussianExercise { n, s in
        kernel(n, middle: half(n), sum: false) { exp(-$0 / (2 * s * s)) / (2 * .pi * s * s) }
      })
  }

  @Test("the size of a result")
  func sizes() {
    expectWrong("one more", outputSideExercise { n, k, s, p in (n + 2 * p - k) / s })
    expectWrong("twice the padding", outputSideExercise { n, k, s, p in (n + p - k) / s + 1 })
    expectWrong("padding is left out", outputSideExercise { n, k, s, _ in (n - k) / s + 1 })
    expectWrong(
      "only the kernel is divided", outputSideExercise { n, k, s, p in n + 2 * p - k / s + 1 })
    expectWrong(
      "only the kernel is divided", outputSideExercise { n, k, s, p in n + 2 * p - k / s })
    expectWrong(
      "around stride + 1", outputSideExercise { n, k, s, p in (n + 2 * p - k) / (s + 1) })
    expectWrong(
      "one place too many",
      outputSideExercise { n, k, s, p in (n + 2 * p - k + s - 1) / s + 1 })
    expectWrong(
      "not the padding alone", outputSideExercise { n, k, s, p in 2 * (n + p - k) / s + 1 })
    expectWrong("stride is left out", outputSideExercise { n, k, _, p in n + 2 * p - k + 1 })
    expectWrong("kernel is left out", outputSideExercise { n, _, s, p in (n + 2 * p) / s })
    expectWrong(
      "expected",
      outputSideExercise { n, k, s, p in Int((Double(n + 2 * p - k) / Double(s)).rounded(.up)) + 1 }
    )
  }

  @Test("half the size")
  func halves() {
    func blocks(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0] / 2, 2, x.shape[1] / 2, 2]) }
    expectWrong(
      "do not lie in one piece",
      halvedExercise { $0.reshaped([$0.shape[0] / 2, $0.shape[1] / 2, 2, 2]).mean(axes: [2, 3]) })
    expectWrong(
      "throws the others away",
      halvedExercise { x in
        Tensor(
          stride(from: 0, to: x.shape[0], by: 2).flatMap { i in
            stride(from: 0, to: x.shape[1], by: 2).map { x[i, $0] }
          }, shape: [x.shape[0] / 2, x.shape[1] / 2], dtype: .float64)
      })
    expectWrong("within a block", halvedExercise { blocks($0).mean(axes: [0, 2]) })
    expectWrong("within a block", halvedExercise { blocks($0).mean(axes: [2, 3]) })
    expectWrong("within a block", halvedExercise { blocks($0).mean(axes: [0, 1]) })
    expectWrong("largest of each block", halvedExercise { blocks($0).amax(axes: [1, 3]) })
    expectWrong("four times too bright", halvedExercise { blocks($0).sum(axes: [1, 3]) })
    expectWrong(
      "only the columns",
      halvedExercise { $0.reshaped([$0.shape[0], $0.shape[1] / 2, 2]).mean(axes: [2]) })
    expectWrong(
      "only the rows",
      halvedExercise { $0.reshaped([$0.shape[0] / 2, 2, $0.shape[1]]).mean(axes: [1]) })
    expectWrong(
      "blocks are neighbors",
      halvedExercise { $0.reshaped([2, $0.shape[0] / 2, 2, $0.shape[1] / 2]).mean(axes: [0, 2]) })
  }

  @Test("aliasing")
  func frequencies() {
    expectWrong("seem coarser again", seenFrequencyExercise { 2 * $0 })
    expectWrong("come back as coarse ones", seenFrequencyExercise { min(0.5, 2 * $0) })
    expectWrong("more periods fit", seenFrequencyExercise { $0 / 2 })
    expectWrong("twice as many periods", seenFrequencyExercise { $0 })
    expectWrong("only above 0.25", seenFrequencyExercise { 1 - 2 * $0 })
    expectWrong("took such stripes away", seenFrequencyExercise { $0 > 0.25 ? 0 : 2 * $0 })
  }
}
