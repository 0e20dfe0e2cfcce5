import Foundation
import LessonKit
import Retrograd

func convolved(_ picture: Grid, _ kernel: Grid) throws -> Grid {
  let k = kernel.rows
  var result = Grid(rows: picture.rows - k + 1, columns: picture.columns - k + 1)
  for i in 0..<result.rows {
    for j in 0..<result.columns {
      for a in 0..<k {
        for b in 0..<k { result[i, j] += picture[i + a, j + b] * kernel[a, b] }
      }
    }
  }
  return result
}

func gaussianKernel(size: Int, deviation: Double) throws -> Tensor {
  let middle = Double(size - 1) / 2
  var numbers: [Double] = []
  for row in 0..<size {
    for column in 0..<size {
      let (y, x) = (Double(row) - middle, Double(column) - middle)
      numbers.append(exp(-(y * y + x * x) / (2 * deviation * deviation)))
    }
  }
  let kernel = Tensor(numbers, shape: [size, size], dtype: .float64)
  return kernel / kernel.sum().item()
}

func outputSide(of side: Int, kernel: Int, stride: Int, padding: Int) throws -> Int {
  (side + 2 * padding - kernel) / stride + 1
}

func halved(_ picture: Tensor) throws -> Tensor {
  picture.reshaped([picture.shape[0] / 2, 2, picture.shape[1] / 2, 2]).mean(axes: [1, 3])
}

func seenFrequency(afterHalving frequency: Double) throws -> Double {
  abs(2 * frequency - (2 * frequency).rounded())
}
