import LessonKit
import Retrograd

func receptiveField(kernels: [Int], strides: [Int]) throws -> Int {
  var (field, step) = (1, 1)
  for (kernel, stride) in zip(kernels, strides) {
    field += (kernel - 1) * step
    step *= stride
  }
  return field
}

func saliencyMap(
  _ network: (Variable) -> Variable, of picture: Tensor, target: Int
) throws -> Tensor {
  let x = Variable(picture, requiresGrad: true)
  let score = network(x).slice(target..<(target + 1), axis: 1).sum()
  let gradient = gradients(of: score, withRespectTo: [x])[0].value
  return gradient.abs().amax(axes: [1]).reshaped(Array(picture.shape[2...]))
}

func classActivation(maps: Tensor, gradient: Tensor) throws -> Tensor {
  let weights = gradient.mean(axes: [2, 3], keepDims: true)
  return (weights * maps).sum(axes: [1]).relu().reshaped(Array(maps.shape[2...]))
}

func ascended(
  _ picture: Tensor, steps: Int, rate: Double, score: (Variable) -> Variable
) throws -> Tensor {
  var picture = picture
  for _ in 0..<steps {
    let x = Variable(picture, requiresGrad: true)
    let gradient = gradients(of: score(x), withRespectTo: [x])[0].value
    picture += gradient * (rate / gradient.norm().item())
  }
  return picture
}
