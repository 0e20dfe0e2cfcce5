import Foundation
import LessonKit
import Retrograd
import Testing

@testable import lesson5
@testable import lesson6

@Suite("Wrong answers to lessons 5 and 6")
@MainActor struct NetworkAnswers {
  @Test("parameters")
  func parameters() {
    expectWrong("biases are missing", parameterCountExercise { i, o, k in i * o * k * k })
    expectWrong("not for each input", parameterCountExercise { i, o, k in i * o * k * k + i })
    expectWrong("not for each kernel", parameterCountExercise { i, o, k in i * o * (k * k + 1) })
    expectWrong("not one in all", parameterCountExercise { i, o, k in i * o * k * k + 1 })
    expectWrong("k · k numbers", parameterCountExercise { i, o, k in i * o * k + o })
    expectWrong("for each input channel", parameterCountExercise { _, o, k in o * k * k + o })
  }

  @Test("multiplications")
  func work() {
    expectWrong("work for one place", multiplicationsExercise { i, o, k, _ in i * o * k * k })
    expectWrong(
      "rows and columns: side", multiplicationsExercise { i, o, k, s in i * o * k * k * s })
    expectWrong("all input channels", multiplicationsExercise { _, o, k, s in o * k * k * s * s })
    expectWrong(
      "output channels is computed", multiplicationsExercise { i, _, k, s in i * k * k * s * s })
    expectWrong(
      "additions are counted", multiplicationsExercise { i, o, k, s in 2 * i * o * k * k * s * s })
    expectWrong(
      "added, not multiplied", multiplicationsExercise { i, o, k, s in o * s * s * (i * k * k + 1) }
    )
    expectWrong("k · k products", multiplicationsExercise { i, o, k, s in i * o * k * s * s })
  }

  @Test("the best classes")
  func best() {
    func order(_ x: Tensor) -> [Int] {
      let scores = x.scalars
      return scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    }
    expectWrong("smallest scores", topClassesExercise { Array(order(0 - $0).prefix($1)) })
    expectWrong("the best come last", topClassesExercise { order($0).prefix($1).reversed() })
    expectWrong("order of their numbers", topClassesExercise { order($0).prefix($1).sorted() })
    expectWrong("numbered from 0", topClassesExercise { order($0).prefix($1).map { $0 + 1 } })
    expectWrong(
      "those are scores", topClassesExercise { $0.scalars.sorted(by: >).prefix($1).map { Int($0) } }
    )
    expectWrong(
      "smallest scores, and", topClassesExercise { order(0 - $0).prefix($1).map { $0 + 1 } })
    expectWrong("one class too few", topClassesExercise { Array(order($0).prefix($1 - 1)) })
    expectWrong("best class is left out", topClassesExercise { Array(order($0)[1...$1]) })
    expectWrong("all classes", topClassesExercise { x, _ in order(x) })
    expectWrong(
      "smaller number comes first",
      topClassesExercise { x, count in
        let scores = x.scalars
        return Array(scores.indices.sorted { (scores[$0], $0) > (scores[$1], $1) }.prefix(count))
      })
  }

  @Test("confidence")
  func confidences() {
    expectWrong("it comes first", confidenceExercise { $0.amax(axes: [1]).softmax(axis: 0) })
    expectWrong("largest logit", confidenceExercise { $0.amax(axes: [1]) })
    expectWrong(
      "divided by their sum",
      confidenceExercise { ($0 / $0.sum(axes: [1], keepDims: true)).amax(axes: [1]) })
    expectWrong(
      "divided by their sum", confidenceExercise { $0.amax(axes: [1]) / $0.sum(axes: [1]) })
    expectWrong("of the exponentials", confidenceExercise { $0.amax(axes: [1]).exp() })
    expectWrong("logistic function", confidenceExercise { $0.sigmoid().amax(axes: [1]) })
    expectWrong(
      "class 0",
      confidenceExercise { x in
        let p = x.softmax(axis: 1)
        return Tensor((0..<x.shape[0]).map { p[$0, 0] }, dtype: .float64)
      })
    expectWrong(
      "axis 0 are the pictures", confidenceExercise { $0.softmax(axis: 1).amax(axes: [0]) })
    expectWrong("along the classes", confidenceExercise { $0.softmax(axis: 0).amax(axes: [1]) })
    expectWrong("always 1 / classes", confidenceExercise { $0.softmax(axis: 1).mean(axes: [1]) })
  }

  @Test("the sides of maps")
  func sides() {
    let windows = [
      (11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0),
    ]
    func walk(_ side: Int, _ next: (Int, Int, Int, Int) -> Int) -> [Int] {
      var side = side
      return windows.map {
        side = next(side, $0.0, $0.1, $0.2)
        return side
      }
    }
    expectWrong("picture of 224", featureSidesExercise { _ in [55, 27, 27, 13, 13, 13, 13, 6] })
    expectWrong(
      "padding of conv2",
      featureSidesExercise { walk($0) { n, k, s, p in (n + 2 * (k == 5 ? 0 : p) - k) / s + 1 } })
    expectWrong(
      "padding is left out", featureSidesExercise { walk($0) { n, k, s, _ in (n - k) / s + 1 } })
    expectWrong(
      "twice the padding", featureSidesExercise { walk($0) { n, k, s, p in (n + p - k) / s + 1 } })
    expectWrong("one more", featureSidesExercise { walk($0) { n, k, s, p in (n + 2 * p - k) / s } })
    expectWrong(
      "strides are left out", featureSidesExercise { walk($0) { n, k, _, p in n + 2 * p - k + 1 } })
    expectWrong(
      "only the kernel is divided",
      featureSidesExercise { walk($0) { n, k, s, p in n + 2 * p - k / s + 1 } })
    expectWrong(
      "+ 1 once", featureSidesExercise { walk($0) { n, k, s, p in (n + 2 * p - k) / s + 2 } })
    expectWrong("only roughly", featureSidesExercise { walk($0) { n, _, s, _ in n / s } })
    expectWrong(
      "round down",
      featureSidesExercise {
        walk($0) { n, k, s, p in Int((Double(n + 2 * p - k) / Double(s)).rounded(.up)) + 1 }
      })
  }

  @Test("receptive fields")
  func fields() {
    func walk(
      _ k: [Int], _ s: [Int], start: Int = 1, _ add: (Int, Int, Int) -> Int
    ) -> Int {
      var (field, step) = (start, 1)
      for index in k.indices {
        field += add(k[index], s[index], step)
        step *= s[index]
      }
      return field
    }
    expectWrong(
      "strides are left out", receptiveFieldExercise { k, _ in 1 + k.reduce(0) { $0 + $1 - 1 } })
    expectWrong(
      "own stride", receptiveFieldExercise { walk($0, $1) { k, s, step in (k - 1) * step * s } })
    expectWrong(
      "the pixel itself",
      receptiveFieldExercise { walk($0, $1, start: 0) { k, _, step in (k - 1) * step } })
    expectWrong(
      "own stride", receptiveFieldExercise { walk($0, $1) { k, s, _ in (k - 1) * s } })
    expectWrong(
      "around kernel − 1", receptiveFieldExercise { walk($0, $1) { k, _, step in k - 1 * step } })
    expectWrong("k − 1 steps", receptiveFieldExercise { walk($0, $1) { k, _, step in k * step } })
    expectWrong("do not multiply", receptiveFieldExercise { k, _ in k.reduce(1, *) })
  }

  @Test("saliency")
  func saliencies() {
    func slope(
      _ network: (Variable) -> Variable, _ x: Tensor, _ score: (Variable) -> Variable
    ) -> Tensor {
      let input = Variable(x, requiresGrad: true)
      return gradients(of: score(network(input)), withRespectTo: [input])[0].value
    }
    func one(_ t: Int) -> (Variable) -> Variable { { $0.slice(t..<(t + 1), axis: 1).sum() } }
    func flat(_ x: Tensor) -> Tensor { x.reshaped(Array(x.shape.suffix(2))) }
    expectWrong(
      "may also speak against",
      saliencyExercise { n, x, t in flat(slope(n, x, one(t)).amax(axes: [1])) })
    expectWrong(
      "channels are added;",
      saliencyExercise { n, x, t in flat(slope(n, x, one(t)).abs().sum(axes: [1])) })
    expectWrong(
      "they cancel", saliencyExercise { n, x, t in flat(slope(n, x, one(t)).sum(axes: [1]).abs()) })
    expectWrong(
      "all scores together",
      saliencyExercise { n, x, _ in flat(slope(n, x) { $0.sum() }.abs().amax(axes: [1])) })
    expectWrong(
      "gradient of the probability",
      saliencyExercise { n, x, t in
        flat(slope(n, x) { one(t)(softmax($0, axis: 1)) }.abs().amax(axes: [1]))
      })
    expectWrong(
      "multiplied by the picture",
      saliencyExercise { n, x, t in flat((slope(n, x, one(t)) * x).abs().amax(axes: [1])) })
    expectWrong(
      "still there", saliencyExercise { n, x, t in slope(n, x, one(t)).abs().amax(axes: [1]) })
  }

  @Test("Grad-CAM")
  func activations() {
    func flat(_ x: Tensor) -> Tensor { x.reshaped(Array(x.shape.suffix(2))) }
    func mean(_ g: Tensor) -> Tensor { g.mean(axes: [2, 3], keepDims: true) }
    expectWrong("relu is missing", classActivationExercise { flat((mean($1) * $0).sum(axes: [1])) })
    expectWrong(
      "each row has a weight",
      classActivationExercise {
        flat(($1.mean(axes: [3], keepDims: true) * $0).sum(axes: [1]).relu())
      })
    expectWrong(
      "not over the maps",
      classActivationExercise {
        flat(($1.mean(axes: [1], keepDims: true) * $0).sum(axes: [1]).relu())
      })
    expectWrong("its own place", classActivationExercise { flat(($1 * $0).sum(axes: [1]).relu()) })
    expectWrong(
      "after the sum", classActivationExercise { flat((mean($1) * $0).relu().sum(axes: [1])) })
    expectWrong(
      "mean over the channels",
      classActivationExercise { flat((mean($1) * $0).mean(axes: [1]).relu()) })
    expectWrong(
      "exchanged", classActivationExercise { flat((mean($0) * $1).sum(axes: [1]).relu()) })
    expectWrong(
      "absolute value", classActivationExercise { flat((mean($1) * $0).sum(axes: [1]).abs()) })
  }

  @Test("gradient ascent")
  func ascent() {
    func walk(
      _ x: Tensor, _ steps: Int, _ score: (Variable) -> Variable, _ move: (Tensor) -> Tensor
    ) -> Tensor {
      var x = x
      for _ in 0..<steps {
        let input = Variable(x, requiresGrad: true)
        x += move(gradients(of: score(input), withRespectTo: [input])[0].value)
      }
      return x
    }
    expectWrong(
      "it goes down",
      ascentExercise { x, n, r, f in walk(x, n, f) { $0 * (-r / $0.norm().item()) } })
    expectWrong(
      "not divided by its length", ascentExercise { x, n, r, f in walk(x, n, f) { $0 * r } })
    expectWrong(
      "taken once only",
      ascentExercise { x, n, r, f in
        let input = Variable(x, requiresGrad: true)
        let g = gradients(of: f(input), withRespectTo: [input])[0].value
        return (0..<n).reduce(x) { moved, _ in moved + g * (r / g.norm().item()) }
      })
    expectWrong("only the signs", ascentExercise { x, n, r, f in walk(x, n, f) { $0.sign() * r } })
    expectWrong(
      "only one step",
      ascentExercise { x, _, r, f in walk(x, 1, f) { $0 * (r / $0.norm().item()) } })
    expectWrong(
      "one step too many",
      ascentExercise { x, n, r, f in walk(x, n + 1, f) { $0 * (r / $0.norm().item()) } })
    expectWrong(
      "added up",
      ascentExercise { x, n, r, f in
        let input = Variable(x, requiresGrad: true)
        for _ in 0..<n {
          // The gradient is never forgotten.
          f(input).backward()
          input.value += input.grad! * (r / input.grad!.norm().item())
        }
        return input.value
      })
  }
}
