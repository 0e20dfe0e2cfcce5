import Foundation
import RetrogradTensors
import Testing

@Suite struct TrainingProperties {
  @Test("statistics of channels, and passes that use them")
  func channels() {
    checkProperty { choices in
      let shape = choices.shape(rank: 2...4, largest: 20, canBeEmpty: false)
      let dtype = choices.dtype()
      let (x, y) = (choices.tensor(shape, dtype), choices.tensor(shape, dtype))
      let perChannel = (0..<4).map { _ in choices.tensor([shape[1]], dtype) }
      choices.note("x \(x), y \(y), per channel \(perChannel)")
      let (slowX, slowY, a) = (Slow(x), Slow(y), perChannel.map(Slow.init))
      let count = Double(x.count / shape[1])
      func sum(_ channel: Int, _ element: ([Int]) -> Double) -> Double {
        allIndices(shape).filter { $0[1] == channel }.map(element).reduce(0, +)
      }
      func mean(_ channel: Int) -> Double { sum(channel) { slowX[$0] } / count }
      let tolerance = dtype == .float32 ? 2e-6 : 1e-13
      let moments = x.channelMoments()
      let means = (0..<shape[1]).map(mean)
      let sums = y.channelSums(with: x, mean: perChannel[0])
      return difference(
        moments.mean, Tensor(means, dtype: dtype), tolerance: tolerance, "the mean")
        ?? difference(
          moments.variance,
          Tensor([shape[1]], dtype) { channel in
            sum(channel[0]) { (slowX[$0] - means[channel[0]]) * (slowX[$0] - means[channel[0]]) }
              / count
          }, tolerance: tolerance, "the variance")
        ?? difference(
          x.normalizedChannels(mean: perChannel[0], scale: perChannel[1], shift: perChannel[2]),
          Tensor(shape, dtype) {
            let c = [$0[1]]
            return (slowX[$0] - a[0][c]) * a[1][c] + a[2][c]
          }, tolerance: tolerance, "normalized, it")
        ?? difference(
          sums.sum, Tensor([shape[1]], dtype) { c in sum(c[0]) { slowY[$0] } },
          tolerance: tolerance, "the sum")
        ?? difference(
          sums.product,
          Tensor([shape[1]], dtype) { c in sum(c[0]) { slowY[$0] * (slowX[$0] - a[0][c]) } },
          tolerance: tolerance, "the sum of products")
        ?? difference(
          y.backThroughChannels(
            x: x, mean: perChannel[0], offset: perChannel[1], slope: perChannel[2],
            scale: perChannel[3]),
          Tensor(shape, dtype) {
            let c = [$0[1]]
            return (slowY[$0] - a[1][c] - (slowX[$0] - a[0][c]) * a[2][c]) * a[3][c]
          }, tolerance: tolerance, "back through it, it")
    }
  }

  /// Scores with classes on any axis, and what is the same for labels and probabilities.
  private struct Rows {
    let scores: Tensor
    let axis: Int
    let weight: Tensor?
    let smoothing: Double
    var classes: Int { scores.shape[axis] }
    var shape: [Int] {
      var shape = scores.shape
      shape.remove(at: axis)
      return shape
    }

    init(_ choices: inout Choices) {
      let shape = choices.shape(rank: 1...4, largest: 20, canBeEmpty: false)
      axis = choices.integer(in: 0...(shape.count - 1))
      scores = choices.tensor(shape, choices.dtype())
      weight =
        choices.isChosen() ? choices.tensor([shape[axis]], scores.dtype).abs() + 0.125 : nil
      smoothing = choices.element(of: [0, 0.125, 0.5])
      choices.note(
        "scores \(scores), classes on axis \(axis), weight \(weight as Any), smoothing \(smoothing)"
      )
    }

    /// Where a class of a row lies.
    func place(_ row: [Int], _ index: Int) -> [Int] {
      var place = row
      place.insert(index, at: axis)
      return place
    }

    /// The logarithms of the softmax of a row.
    func logarithms(_ row: [Int]) -> [Double] {
      let slow = Slow(scores)
      let line = (0..<classes).map { slow[place(row, $0)] }
      let largest = line.max()!
      let sum = log(line.map { exp($0 - largest) }.reduce(0, +))
      return line.map { $0 - largest - sum }
    }

    /// What is wrong with losses and gradients of rows that have some targets.
    func difference(
      losses: Tensor, gradient: Tensor, slopes: Tensor, targets: ([Int]) -> [Double]
    ) -> String? {
      let slow = Slow(slopes)
      let tolerance = scores.dtype == .float32 ? 2e-5 : 1e-13
      return PropertyTests.difference(
        losses,
        Tensor(shape, scores.dtype) { row in
          -zip(targets(row), logarithms(row)).map { $0 * $1 }.reduce(0, +)
        }, tolerance: tolerance, "the loss")
        ?? PropertyTests.difference(
          gradient,
          Tensor(scores.shape, scores.dtype) { place in
            var row = place
            let index = row.remove(at: axis)
            let target = targets(row)
            let p = exp(logarithms(row)[index])
            return (p * target.reduce(0, +) - target[index]) * slow[row]
          }, tolerance: tolerance, "the gradient")
    }

    /// A probability of a class as a target.
    func target(_ probability: Double, _ index: Int) -> Double {
      ((1 - smoothing) * probability + smoothing / Double(classes))
        * (weight.map { Slow($0)[[index]] } ?? 1)
    }
  }

  @Test("cross-entropy with labels, some of them ignored")
  func labels() {
    checkProperty { choices in
      let rows = Rows(&choices)
      let ignored = -100
      let drawn = choices.indices(rows.shape, below: rows.classes)
      let labels = IntTensor(
        drawn.scalars.map { choices.isChosen(onceIn: 6) ? ignored : $0 }, shape: rows.shape)
      let slopes = choices.tensor(rows.shape, rows.scores.dtype)
      choices.note("labels \(labels.scalars), dy \(slopes)")
      let loss = CrossEntropy(
        labels, shape: rows.scores.shape, axis: rows.axis, weight: rows.weight,
        ignoreIndex: ignored, smoothing: rows.smoothing, dtype: rows.scores.dtype)
      let (losses, probabilities) = loss.losses(rows.scores)
      let slow = Slow(labels.converted(to: .float64))
      return rows.difference(
        losses: losses, gradient: loss.gradient(probabilities, slopes), slopes: slopes
      ) { row in
        let label = Int(slow[row])
        if label == ignored { return [Double](repeating: 0, count: rows.classes) }
        return (0..<rows.classes).map { rows.target($0 == label ? 1 : 0, $0) }
      }
    }
  }

  @Test("cross-entropy with probabilities")
  func probabilities() {
    checkProperty { choices in
      let rows = Rows(&choices)
      let probabilities = choices.tensor(rows.scores.shape, rows.scores.dtype).abs() * 0.125
      let slopes = choices.tensor(rows.shape, rows.scores.dtype)
      choices.note("probabilities \(probabilities), dy \(slopes)")
      let loss = SoftCrossEntropy(
        shape: rows.scores.shape, axis: rows.axis, weight: rows.weight, smoothing: rows.smoothing,
        dtype: rows.scores.dtype)
      let (losses, softmax) = loss.losses(rows.scores, probabilities)
      let slow = Slow(probabilities)
      return rows.difference(
        losses: losses, gradient: loss.gradient(softmax, probabilities, slopes), slopes: slopes
      ) { row in (0..<rows.classes).map { rows.target(slow[rows.place(row, $0)], $0) } }
    }
  }

  @Test("steps of stochastic gradient descent")
  func descent() {
    checkProperty { choices in
      let (dtype, count) = (choices.dtype(), choices.extent(upTo: 50_000))
      let step = DescentStep(
        learningRate: 0.125, momentum: choices.element(of: [0, 0.5, 0.9]),
        isNesterov: choices.isChosen(), weightDecay: choices.element(of: [0, 0.25]))
      var parameter = choices.tensor([count], dtype)
      choices.note("\(step), parameter \(parameter)")
      var (slow, slowVelocity) = (parameter.scalars, [Double](repeating: 0, count: count))
      var velocity: Tensor?
      for round in 0..<3 {
        let gradient = choices.tensor([count], dtype)
        choices.note("gradient \(gradient)")
        step.apply(to: &parameter, gradient: gradient, velocity: &velocity)
        for (i, g) in gradient.scalars.enumerated() {
          let slope = g + step.weightDecay * slow[i]
          slowVelocity[i] = (round == 0 ? 0 : step.momentum) * slowVelocity[i] + slope
          let ahead = step.isNesterov ? slope + step.momentum * slowVelocity[i] : slowVelocity[i]
          slow[i] -= step.learningRate * ahead
        }
      }
      return difference(
        parameter, Tensor(slow, dtype: dtype), tolerance: dtype == .float32 ? 1e-6 : 1e-14)
    }
  }

  @Test("steps of Adam and AdamW")
  func adam() {
    checkProperty { choices in
      let (dtype, count) = (choices.dtype(), choices.extent(upTo: 50_000))
      // Adam's decay or AdamW's: no optimizer has both.
      let (decay, decoupled) = choices.element(of: [(0, 0), (0.25, 0), (0, 0.5)])
      var parameter = choices.tensor([count], dtype)
      choices.note("decay \(decay), decoupled \(decoupled), parameter \(parameter)")
      var slow = parameter.scalars
      var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
      var (mean, meanSquare) = (Tensor.zeros(like: parameter), Tensor.zeros(like: parameter))
      for round in 1...3 {
        let gradient = choices.tensor([count], dtype)
        choices.note("gradient \(gradient)")
        AdamStep(
          learningRate: 0.125, beta1: 0.9, beta2: 0.99, epsilon: 0.125, weightDecay: decay,
          decoupledWeightDecay: decoupled, step: round
        ).apply(to: &parameter, gradient: gradient, mean: &mean, meanSquare: &meanSquare)
        for (i, g) in gradient.scalars.enumerated() {
          let slope = g + decay * slow[i]
          m[i] = 0.9 * m[i] + 0.1 * slope
          v[i] = 0.99 * v[i] + 0.01 * slope * slope
          let root = (v[i] / (1 - pow(0.99, Double(round)))).squareRoot() + 0.125
          slow[i] -=
            0.125 * decoupled * slow[i] + 0.125 * m[i] / (1 - pow(0.9, Double(round))) / root
        }
      }
      return difference(
        parameter, Tensor(slow, dtype: dtype), tolerance: dtype == .float32 ? 1e-5 : 1e-12)
    }
  }

  @Test("a moving average goes its share of the way")
  func movingAverage() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...3))
      let (own, target) = (choices.tensor(shape, dtype), choices.tensor(shape, dtype))
      let share = Double(choices.integer(in: 0...8)) / 8
      choices.note("\(own) towards \(target) by \(share)")
      var moved = own
      moved.move(towards: target, by: share)
      let (slowOwn, slowTarget) = (Slow(own), Slow(target))
      return difference(
        moved, Tensor(shape, dtype) { slowOwn[$0] + share * (slowTarget[$0] - slowOwn[$0]) })
    }
  }
}
