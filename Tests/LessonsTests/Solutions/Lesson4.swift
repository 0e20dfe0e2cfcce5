import Foundation
import LessonKit
import Retrograd

func stableSoftmax(_ logits: Tensor) throws -> Tensor {
  let exponentials = (logits - logits.amax(axes: [1], keepDims: true)).exp()
  return exponentials / exponentials.sum(axes: [1], keepDims: true)
}

func logSumExp(_ logits: Tensor) throws -> Tensor {
  let largest = logits.amax(axes: [1], keepDims: true)
  let sums = (logits - largest).exp().sum(axes: [1], keepDims: true)
  return (sums.log() + largest).reshaped([logits.shape[0]])
}

func crossEntropyByHand(_ logits: Tensor, _ labels: IntTensor) throws -> Double {
  let sums = try logSumExp(logits)
  let rows = logits.shape[0]
  return (0..<rows).reduce(0) { $0 + sums[$1] - logits[$1, labels[$1]] } / Double(rows)
}

func crossEntropyGradient(_ logits: Tensor, _ labels: IntTensor) throws -> Tensor {
  let (rows, classes) = (logits.shape[0], logits.shape[1])
  var numbers = logits.softmax(axis: 1).scalars
  for row in 0..<rows { numbers[row * classes + labels[row]] -= 1 }
  return Tensor(numbers, shape: logits.shape, dtype: logits.dtype) / Double(rows)
}

func lossOfGuessing(classes: Int) throws -> Double { log(Double(classes)) }
