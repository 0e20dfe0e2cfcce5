import Foundation
import LessonKit
import Retrograd

let exercises = [
  receptiveFieldExercise(), saliencyExercise(), classActivationExercise(), ascentExercise(),
]

func receptiveFieldExercise(
  _ answer: @escaping ([Int], [Int]) throws -> Int = {
    try receptiveField(kernels: $0, strides: $1)
  }
) -> Exercise {
  Exercise(1, "What one number sees", answer) { variant, answer in
    let count = variant.size(3...5)
    let kernels = (0..<count).map { _ in variant.size(2...7) }
    let strides = (0..<count).map { variant.size(($0 == 0 ? 2 : 1)...3) }
    func field(
      start: Int = 1, _ add: (_ kernel: Int, _ stride: Int, _ step: Int) -> Int
    ) -> Int {
      var (field, step) = (start, 1)
      for (kernel, stride) in zip(kernels, strides) {
        field += add(kernel, stride, step)
        step *= stride
      }
      return field
    }
    try compare(
      try answer(kernels, strides), with: field { kernel, _, step in (kernel - 1) * step },
      "receptiveField(kernels: \(kernels), strides: \(strides))",
      suspects: [
        Suspect(
          "a layer's own stride does not widen its field; the strides of all layers before it do, multiplied.",
          field { kernel, stride, _ in (kernel - 1) * stride }),
        Suspect(
          "\"kernel - 1 * step\" takes the step from the kernel: brackets around kernel − 1 are missing.",
          field { kernel, _, step in kernel - step }),
        Suspect(
          "strides add up there; a step is as many pixels as the strides before it multiply to.",
          1
            + kernels.indices.reduce(0) {
              $0 + (kernels[$1] - 1) * max(1, strides[..<$1].reduce(0, +))
            }),
        Suspect(
          "it begins with 1, the pixel itself, once: that is one too many.",
          field(start: 2) { kernel, _, step in (kernel - 1) * step }),
        Suspect(
          "the strides are left out: behind a stride of 2 neighbors lie two pixels apart.",
          field { kernel, _, _ in kernel - 1 }),
        Suspect(
          "a layer's own stride does not widen its field; those of the layers before it do.",
          field { kernel, stride, step in (kernel - 1) * step * stride }),
        Suspect(
          "it begins with 1, the pixel itself.",
          field(start: 0) { kernel, _, step in (kernel - 1) * step }),
        Suspect(
          "a kernel of k adds k − 1 steps: one of its places is there already.",
          field { kernel, _, step in kernel * step }),
        Suspect(
          "it begins with 1, and a kernel of k adds k − 1 steps.",
          field(start: 0) { kernel, _, step in kernel * step }),
        Suspect(
          "only the stride just before counts; the steps of all layers before multiply.",
          1 + zip(kernels, [1] + strides.dropLast()).reduce(0) { $0 + ($1.0 - 1) * $1.1 }),
        Suspect("fields do not multiply: each layer adds to what there is.", kernels.reduce(1, *)),
        Suspect(
          "the order is reversed: begin with the layer at the picture.",
          zip(kernels, strides).reversed().reduce((1, 1)) {
            ($0.0 + ($1.0 - 1) * $0.1, $0.1 * $1.1)
          }.0),
      ])
  }
}

/// A small network with fresh weights in double precision.
private func network(_ variant: inout Variant) -> Sequential {
  Sequential(
    Conv2d(3, 4, kernel: 3, padding: 1, dtype: .float64, using: &variant.random), Tanh(), Flatten(),
    Linear(4 * 30, 3, dtype: .float64, using: &variant.random))
}

func saliencyExercise(
  _ answer: @escaping ((Variable) -> Variable, Tensor, Int) throws -> Tensor = {
    try saliencyMap($0, of: $1, target: $2)
  }
) -> Exercise {
  func asked(
    _ network: DifferentiableFunction, _ picture: Tensor, _ target: Int
  ) throws -> Tensor {
    try answer({ network($0) }, picture, target)
  }
  return Exercise(2, "Which pixels matter", asked) { variant, answer in
    let model = network(&variant)
    let x = variant.tensor([1, 3, 5, 6])
    let target = variant.size(0...2)
    func gradient(_ score: (Variable) -> Variable) -> Tensor {
      let input = Variable(x, requiresGrad: true)
      return gradients(of: score(model(input)), withRespectTo: [input])[0].value
    }
    func one(_ scores: Variable) -> Variable { scores.slice(target..<(target + 1), axis: 1).sum() }
    let g = gradient(one)
    let other = (target + 1) % 3
    func plane(_ x: Tensor) -> Tensor { x.reshaped([5, 6]) }
    try compare(
      try answer(DifferentiableFunction { model($0) }, x, target),
      with: plane(g.abs().amax(axes: [1])), "saliencyMap",
      axes: "[height, width]",
      suspects: [
        Suspect(
          "that is the score's derivative for another class: classes are numbered from 0.",
          plane(gradient { $0.slice(other..<(other + 1), axis: 1).sum() }.abs().amax(axes: [1]))),
        Suspect(
          "the absolute value is missing: a pixel may also speak against the class.",
          plane(g.amax(axes: [1]))),
        Suspect(
          "the channels are added; the largest of them is asked for.", plane(g.abs().sum(axes: [1]))
        ),
        Suspect(
          "that is the mean over the channels; the largest of them is asked for.",
          plane(g.abs().mean(axes: [1]))),
        Suspect(
          "the channels are added before the absolute value: they cancel.",
          plane(g.sum(axes: [1]).abs())),
        Suspect(
          "that is the gradient of all scores together; take the one of the target.",
          plane(gradient { $0.sum() }.abs().amax(axes: [1]))),
        Suspect(
          "that is the gradient of the probability; where the network is sure it vanishes. Take the score.",
          plane(gradient { one(softmax($0, axis: 1)) }.abs().amax(axes: [1]))),
        Suspect("the gradient is multiplied by the picture.", plane((g * x).abs().amax(axes: [1]))),
        Suspect("the axis of the pictures, of length 1, is still there.", g.abs().amax(axes: [1])),
        Suspect("the channels are still there.", g.abs()),
      ])
  }
}

func classActivationExercise(
  _ answer: @escaping (Tensor, Tensor) throws -> Tensor = {
    try classActivation(maps: $0, gradient: $1)
  }
) -> Exercise {
  Exercise(3, "Grad-CAM", answer) { variant, answer in
    let (c, h, w) = (variant.size(3...5), variant.size(2...3), variant.size(4...5))
    let maps = variant.tensor([1, c, h, w], in: 0...1)
    let gradient = variant.tensor([1, c, h, w])
    func plane(_ x: Tensor) -> Tensor { x.reshaped([h, w]) }
    let weights = gradient.mean(axes: [2, 3], keepDims: true)
    let sum = (weights * maps).sum(axes: [1])
    try compare(
      try answer(maps, gradient), with: plane(sum.relu()), "classActivation",
      axes: "[height, width]",
      suspects: [
        Suspect(
          "each row has a weight of its own there: the mean goes over both axes, 2 and 3.",
          plane((gradient.mean(axes: [3], keepDims: true) * maps).sum(axes: [1]).relu())),
        Suspect(
          "each column has a weight of its own there: the mean goes over both axes, 2 and 3.",
          plane((gradient.mean(axes: [2], keepDims: true) * maps).sum(axes: [1]).relu())),
        Suspect(
          "the mean goes over the positions of a map, axes 2 and 3; not over the maps, axis 1.",
          plane((gradient.mean(axes: [1], keepDims: true) * maps).sum(axes: [1]).relu())),
        Suspect(
          "all maps have the same weight there, the mean of everything.",
          plane((maps * gradient.mean().item()).sum(axes: [1]).relu())),
        Suspect("relu is missing: what speaks against the class is left out.", plane(sum)),
        Suspect(
          "each gradient weighs its own place; a map has one weight, the mean of its gradient.",
          plane((gradient * maps).sum(axes: [1]).relu())),
        Suspect(
          "relu comes after the sum, so that maps can speak against each other.",
          plane((weights * maps).relu().sum(axes: [1]))),
        Suspect(
          "that is the mean over the channels; the sum is asked for.",
          plane((weights * maps).mean(axes: [1]).relu())),
        Suspect(
          "the weight of a map is the mean of its gradient, not the largest.",
          plane((gradient.amax(axes: [2, 3], keepDims: true) * maps).sum(axes: [1]).relu())),
        Suspect(
          "the weight of a map is the mean of its gradient, not the sum.",
          plane((gradient.sum(axes: [2, 3], keepDims: true) * maps).sum(axes: [1]).relu())),
        Suspect(
          "maps and gradient are exchanged: the gradient is averaged.",
          plane((maps.mean(axes: [2, 3], keepDims: true) * gradient).sum(axes: [1]).relu())),
        Suspect(
          "the absolute value is taken; what speaks against the class is to be left out.",
          plane(sum.abs())),
      ])
  }
}

func ascentExercise(
  _ answer: @escaping (Tensor, Int, Double, (Variable) -> Variable) throws -> Tensor = {
    try ascended($0, steps: $1, rate: $2, score: $3)
  }
) -> Exercise {
  func asked(
    _ picture: Tensor, _ steps: Int, _ rate: Double, _ score: DifferentiableFunction
  ) throws -> Tensor {
    try answer(picture, steps, rate) { score($0) }
  }
  return Exercise(4, "A picture that excites a unit", asked) { variant, answer in
    let model = network(&variant)
    let x = variant.tensor([1, 3, 5, 6])
    let (steps, rate) = (variant.size(3...5), variant.number(0.1...0.3))
    func score(_ x: Variable) -> Variable { model(x).slice(1..<2, axis: 1).sum() }
    func walk(steps: Int = steps, _ step: (_ gradient: Tensor, _ sum: Tensor) -> Tensor) -> Tensor {
      var (picture, sum) = (x, Tensor.zeros(like: x))
      for _ in 0..<steps {
        let input = Variable(picture, requiresGrad: true)
        let gradient = gradients(of: score(input), withRespectTo: [input])[0].value
        sum += gradient
        picture += step(gradient, sum)
      }
      return picture
    }
    let input = Variable(x, requiresGrad: true)
    let first = gradients(of: score(input), withRespectTo: [input])[0].value
    try compare(
      try answer(x, steps, rate, DifferentiableFunction(score)),
      with: walk { g, _ in g * (rate / g.norm().item()) },
      "ascended(…, steps: \(steps), rate: \(decimal(rate, 2)))", axes: "that of the picture",
      suspects: [
        Suspect(
          "the gradient is taken once only, at the picture that it began with: each step needs a new one.",
          walk { _, _ in first * (rate / first.norm().item()) }),
        Suspect(
          "the length is that of the first gradient: each step is divided by its own.",
          walk { g, _ in g * (rate / first.norm().item()) }),
        Suspect(
          "the steps are multiplied by the length of the gradient instead of divided.",
          walk { g, _ in g * (rate * g.norm().item()) }),
        Suspect(
          "\"rate / steps\": each step has the whole rate.",
          walk { g, _ in g * (rate / g.norm().item() / Double(steps)) }),
        Suspect(
          "it goes down: that lowers the score.", walk { g, _ in g * (-rate / g.norm().item()) }),
        Suspect(
          "the gradient is not divided by its length: steps become small where it is flat.",
          walk { g, _ in g * rate }),
        Suspect(
          "the gradients of all steps so far are added up: zero them, or take a new Variable each time.",
          walk { _, sum in sum * (rate / sum.norm().item()) }),
        Suspect("only the signs of the gradient are used.", walk { g, _ in g.sign() * rate }),
        Suspect("only one step is made.", walk(steps: 1) { g, _ in g * (rate / g.norm().item()) }),
        Suspect(
          "one step too many is made.",
          walk(steps: steps + 1) { g, _ in g * (rate / g.norm().item()) }),
        Suspect(
          "one step is missing.", walk(steps: steps - 1) { g, _ in g * (rate / g.norm().item()) }),
        Suspect(
          "it is divided by the square of the length.",
          walk { g, _ in g * (rate / (g * g).sum().item()) }),
        Suspect(
          "it is divided by the largest number of the gradient, not by its length.",
          walk { g, _ in g * (rate / g.abs().max().item()) }),
      ])
  }
}
