import LessonKit
import Retrograd

func parameterCount(inputs: Int, outputs: Int, kernel: Int) throws -> Int {
  outputs * (inputs * kernel * kernel + 1)
}

func multiplications(inputs: Int, outputs: Int, kernel: Int, side: Int) throws -> Int {
  outputs * side * side * inputs * kernel * kernel
}

func topClasses(_ logits: Tensor, count: Int) throws -> [Int] {
  let scores = logits.scalars
  return Array(scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(count))
}

func confidence(_ logits: Tensor) throws -> Tensor { logits.softmax(axis: 1).amax(axes: [1]) }

func featureSides(of side: Int) throws -> [Int] {
  let windows = [
    (11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0),
  ]
  var current = side
  return windows.map { kernel, stride, padding in
    current = (current + 2 * padding - kernel) / stride + 1
    return current
  }
}
