import LessonKit
import Retrograd

func gray(_ picture: Tensor) throws -> Tensor {
  let sum = 0.299 * picture[0..<1] + 0.587 * picture[1..<2] + 0.114 * picture[2..<3]
  return sum.reshaped(Array(picture.shape[1...]))
}

func normalized(_ picture: Tensor, mean: [Double], deviation: [Double]) throws -> Tensor {
  (picture - Tensor(mean, shape: [3, 1, 1], dtype: picture.dtype))
    / Tensor(deviation, shape: [3, 1, 1], dtype: picture.dtype)
}

func middle(of picture: Tensor, size: Int) throws -> Tensor {
  let (top, left) = ((picture.shape[1] - size) / 2, (picture.shape[2] - size) / 2)
  return picture.slice(top..<(top + size), axis: 1).slice(left..<(left + size), axis: 2)
}

func mirrored(_ picture: Tensor) throws -> Tensor { picture.flipped(axes: [2]) }

func batchShape(count: Int, width: Int, height: Int) throws -> [Int] { [count, 3, height, width] }
