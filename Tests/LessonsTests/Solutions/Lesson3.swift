import Foundation
import LessonKit
import Retrograd

func slope(of f: (Double) -> Double, at x: Double) throws -> Double {
  let h = 1e-5
  return (f(x + h) - f(x - h)) / (2 * h)
}

func derivative(at x: Double) throws -> Double {
  2 * x * cos(x * x) * exp(-x) - sin(x * x) * exp(-x)
}

func backwardOrder(of inputs: [[Int]]) throws -> [Int] {
  var isNeeded = [Bool](repeating: false, count: inputs.count)
  isNeeded[inputs.count - 1] = true
  var order: [Int] = []
  for node in stride(from: inputs.count - 1, through: 0, by: -1) where isNeeded[node] {
    order.append(node)
    for input in inputs[node] { isNeeded[input] = true }
  }
  return order
}

func summed(_ gradient: Tensor, to shape: [Int]) throws -> Tensor {
  let front = gradient.rank - shape.count
  let axes = (0..<gradient.rank).filter { $0 < front || shape[$0 - front] == 1 }
  if axes.isEmpty { return gradient }
  return gradient.sum(axes: axes, keepDims: true).reshaped(shape)
}

func softsign(_ x: Variable) throws -> Variable {
  record("softsign", x, value: x.value / (x.value.abs() + 1), keep: .inputs) { saved, dy in
    let size = saved.inputs[0].abs() + 1
    return dy / (size * size)
  }
}
