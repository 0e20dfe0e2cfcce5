import LessonKit
import Retrograd

@testable import lesson10

func product(_ a: [Float], _ b: [Float], rows: Int, inner: Int, columns: Int) throws -> [Float] {
  var result = [Float](repeating: 0, count: rows * columns)
  for i in 0..<rows {
    for k in 0..<inner {
      for j in 0..<columns { result[i * columns + j] += a[i * inner + k] * b[k * columns + j] }
    }
  }
  return result
}

func patches(_ picture: Tensor, kernel: Int) throws -> Tensor {
  let (channels, height, width) = (picture.shape[0], picture.shape[1], picture.shape[2])
  let (rows, columns) = (height - kernel + 1, width - kernel + 1)
  var numbers: [Double] = []
  for c in 0..<channels {
    for a in 0..<kernel {
      for b in 0..<kernel {
        for i in 0..<rows {
          for j in 0..<columns { numbers.append(picture[c, i + a, j + b]) }
        }
      }
    }
  }
  return Tensor(
    numbers, shape: [channels * kernel * kernel, rows * columns], dtype: picture.dtype)
}

func winograd(_ d: [Counted], _ g: [Double]) throws -> [Counted] {
  let first = (d[0] - d[2]) * g[0]
  let second = (d[1] + d[2]) * ((g[0] + g[1] + g[2]) / 2)
  let third = (d[2] - d[1]) * ((g[0] - g[1] + g[2]) / 2)
  let fourth = (d[1] - d[3]) * g[2]
  return [first + second + third, second - third - fourth]
}

func intensity(rows: Int, inner: Int, columns: Int) throws -> Double {
  let numbers = rows * inner + inner * columns + rows * columns
  return Double(2 * rows * inner * columns) / Double(4 * numbers)
}

func attainable(intensity: Double, peak: Double, bandwidth: Double) throws -> Double {
  Swift.min(peak, intensity * bandwidth)
}
