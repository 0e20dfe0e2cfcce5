import Foundation
import LessonKit
import Retrograd

func relativeError(_ a: Tensor, _ b: Tensor) throws -> Double {
  (a - b).abs().max().item() / Swift.max(1, b.abs().max().item())
}

func numericalGradient(of f: (Tensor) -> Double, at x: Tensor) throws -> Tensor {
  let h = 1e-5
  let numbers = x.scalars
  func value(_ index: Int, _ step: Double) -> Double {
    var moved = numbers
    moved[index] += step
    return f(Tensor(moved, shape: x.shape, dtype: .float64))
  }
  let slopes = numbers.indices.map { (value($0, h) - value($0, -h)) / (2 * h) }
  return Tensor(slopes, shape: x.shape, dtype: .float64)
}

func repairedSwish(_ x: Variable) throws -> Variable {
  record("swish", x, value: x.value * x.value.sigmoid(), keep: .inputs) { saved, dy in
    let x = saved.inputs[0]
    let sigma = x.sigmoid()
    return dy * (sigma + x * sigma * (1 - sigma))
  }
}

func isGradientRight(of f: (Variable) -> Variable, at x: Tensor) throws -> Bool {
  var random = RandomSource(seed: 7)
  let input = Variable(x, requiresGrad: true)
  let output = f(input)
  let weights = Tensor.uniform(
    output.shape, low: 0.5, high: 1.5, dtype: .float64, using: &random)
  let gradient = gradients(of: output, withRespectTo: [input], seed: Variable(weights))[0].value
  let expected = try numericalGradient(
    of: { (f(Variable($0)).value * weights).sum().item() }, at: x)
  return try relativeError(gradient, expected) < 1e-6
}

func slopesAtKink(a: Double, b: Double) throws -> [Double] { [a, b, (a + b) / 2] }
