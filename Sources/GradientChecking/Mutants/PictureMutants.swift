import RetrogradAutograd
import RetrogradTensors

extension Mutant {
  /// The same numbers elsewhere.
  static let layouts: [Mutant] = {
    let square = Samples.normal([3, 3])
    let row = Samples.normal([6])
    let indices: IntTensor = [2, 0, 2, 1, 2]
    return [
      unary(
        "transpose: not on the way back", "the gradient is transposed", square,
        value: { $0.transposed() }
      ) {
        _, _, dy in dy
      },
      unary(
        "reshape: transposed on the way back", "the gradient is transposed",
        Samples.normal([2, 3]),
        value: { $0.reshaped([3, 2]) }
      ) { _, _, dy in dy.transposed() },
      unary(
        "flip: not on the way back", "the gradient is reversed along axis 0", row,
        value: { x in concatenate((0..<6).reversed().map { x[$0..<($0 + 1)] }) }
      ) { _, _, dy in dy },
      unary(
        "roll: the same way back", "the Jacobian is applied to dy instead of its transpose", row,
        value: { concatenate([$0[5..<6], $0[0..<5]]) }
      ) { _, _, dy in concatenate([dy[5..<6], dy[0..<5]]) },
      unary(
        "slice: one place off", "the gradient is shifted by -1 along axis 0", row,
        value: { $0[2..<5] }
      ) { _, _, dy in
        dy.padded([(1, 2)])
      },
      unary(
        "pad: cut at the wrong end",
        "it fits an incoming gradient that is shifted by -1 along axis", row,
        value: { $0.padded([(1, 1)]) }
      ) {
        _, _, dy in dy[0..<6]
      },
      unary(
        "gather: written over instead of added",
        "right everywhere but where a later output uses the same", Samples.normal([4]),
        value: { gather($0, indices, axis: 0) }
      ) { _, _, dy in
        // Of the three uses of element 2 only the last.
        concatenate([dy[1..<2], dy[3..<4], dy[4..<5], dy[0..<1] * 0])
      },
      unary(
        "gather: the next index", "the gradient is shifted by 1 along axis 0", Samples.normal([5]),
        value: { gather($0, [3, 1, 2], axis: 0) }
      ) { _, _, dy in scatterAdd(dy, [4, 2, 3], into: [5], axis: 0) },
      operation(
        "concatenate: gradients exchanged", "this is the gradient of input 1",
        [Samples.normal([3]), Samples.normal([3], seed: 2)], value: { concatenate($0) }
      ) { _, _, dy in [dy[3..<6], dy[0..<3]] },
      operation(
        "concatenate: the first for both",
        "it fits an incoming gradient that is shifted by 3 along axis 0",
        [Samples.normal([3]), Samples.normal([3], seed: 2)], value: { concatenate($0) }
      ) { _, _, dy in [dy[0..<3], dy[0..<3]] },
      unary(
        "repeat: only the first copy", "of dy only the first index along axis 0 counts: the others",
        Samples.normal([3]),
        value: { stack([$0, $0, $0]) }
      ) { _, _, dy in dy[0..<1].reshaped([3]) },
      unary(
        "repeat: the mean of the copies", "too small by a factor of 3", Samples.normal([3]),
        value: { stack([$0, $0, $0]) }
      ) { _, _, dy in dy.mean(axes: [0]) },
      unary(
        "every second: spread over all", "and its gradient also goes to [3]", row,
        value: { $0.slice(0..<6, step: 2, axis: 0) }
      ) { _, _, dy in stack([dy, dy], axis: 1).reshaped([6]) },
    ]
  }()

  /// Convolution and pooling.
  static let pictures: [Mutant] = {
    let x = Samples.normal([2, 2, 5, 5])
    let weight = Samples.normal([3, 2, 3, 3], seed: 2)
    let inputs = [x, weight]
    let convolved: @Sendable ([Tensor]) -> Tensor = { conv2d($0[0], $0[1], padding: 1) }
    @Sendable func dx(_ dy: Variable, _ weight: Variable) -> Variable {
      convTranspose2d(dy, weight, padding: 1)
    }
    @Sendable func dw(_ dy: Variable, _ x: Variable, padding: Size2D = 1) -> Variable {
      // The weight's gradient is a convolution with pictures and channels exchanged.
      conv2d(
        x.permuted([1, 0, 2, 3]), dy.permuted([1, 0, 2, 3]), padding: padding
      ).permuted([1, 0, 2, 3])
    }
    @Sendable func flipped(_ w: Variable) -> Variable {
      let rows = concatenate(
        (0..<w.shape[2]).reversed().map { w.slice($0..<($0 + 1), axis: 2) }, axis: 2)
      return concatenate(
        (0..<w.shape[3]).reversed().map { rows.slice($0..<($0 + 1), axis: 3) }, axis: 3)
    }
    let picture = Samples.spaced([1, 1, 4, 4])
    return [
      operation(
        "conv: the weight's gradient flipped", "the gradient is reversed along axis 2 and 3",
        inputs,
        value: convolved
      ) { x, _, dy in [dx(dy, x[1]), flipped(dw(dy, x[0]))] },
      operation(
        "conv: the kernel flipped on the way back",
        "it fits with the kernel input 1 reversed along axis 2 and 3", inputs,
        value: convolved
      ) { x, _, dy in [dx(dy, flipped(x[1])), dw(dy, x[0])] },
      operation(
        "conv: the input's gradient one pixel off",
        "the gradient is shifted by 1 along axis 2 and 1 along axis 3", inputs,
        value: convolved
      ) { x, _, dy in
        let shifted = dx(dy, x[1]).padded([(0, 0), (0, 0), (1, 0), (1, 0)])
        return [
          shifted.slice(0..<5, axis: 2).slice(0..<5, axis: 3), dw(dy, x[0]),
        ]
      },
      operation(
        "conv: the weight's gradient with other padding", "shifted", inputs,
        value: convolved
      ) { x, _, dy in
        let wide = dw(dy, x[0], padding: 2)
        return [dx(dy, x[1]), wide.slice(0..<3, axis: 2).slice(0..<3, axis: 3)]
      },
      operation(
        "conv: the weight's gradient divided by the batch", "too small by a factor of 2", inputs,
        value: convolved
      ) { x, _, dy in [dx(dy, x[1]), dw(dy, x[0]) / 2] },
      operation(
        "conv: only the first picture of the batch",
        "of dy only the first index along axis 0 counts: the others", inputs,
        value: convolved
      ) { x, _, dy in [dx(dy, x[1]), dw(dy[0..<1], x[0][0..<1])] },
      operation(
        "conv: kernel height and width exchanged",
        "the gradient is with its axes 2 and 3 exchanged", inputs,
        value: convolved
      ) { x, _, dy in [dx(dy, x[1]), dw(dy, x[0]).transposed()] },
      operation(
        "conv: the input's gradient forgotten",
        "nothing flows back to this input: its gradient is forgotten,", inputs, value: convolved
      ) {
        x, _, dy in [dx(dy, x[1]) * 0, dw(dy, x[0])]
      },
      operation(
        "channel bias: the mean over pictures and pixels", "too small by a factor of 8",
        [Samples.normal([2, 3, 2, 2]), Samples.normal([3, 1, 1], seed: 2)],
        value: { $0[0] + $0[1] }
      ) { _, _, dy in [dy, dy.mean(axes: [0, 2, 3]).reshaped([3, 1, 1])] },
      operation(
        "channel bias: only the first picture",
        "of dy only the first index along axis 0 counts: the others",
        [Samples.normal([2, 3, 2, 2]), Samples.normal([3, 1, 1], seed: 2)],
        value: { $0[0] + $0[1] }
      ) { _, _, dy in [dy, dy[0..<1].sum(axes: [0, 2, 3]).reshaped([3, 1, 1])] },
      unary(
        "average pool: not divided", "too large by a factor of 4", picture,
        value: { avgPool2d($0, kernel: 2) }
      ) { x, _, dy in upsampled(dy) },
      unary(
        "average pool: divided by the width alone", "too large by a factor of 2", picture,
        value: { avgPool2d($0, kernel: 2) }
      ) { x, _, dy in upsampled(dy) / 2 },
      unary(
        "max pool: to the whole window", "and its gradient also goes to", picture,
        value: { maxPool2d($0, kernel: 2).values }
      ) { _, _, dy in upsampled(dy) },
      unary(
        "max pool: to the window's first pixel", "and its gradient goes to [0, 0, 2, 0]", picture,
        value: { maxPool2d($0, kernel: 2).values }
      ) { _, _, dy in
        var corners = Tensor.zeros([1, 1, 4, 4], dtype: .float64)
        for (row, column) in [(0, 0), (0, 2), (2, 0), (2, 2)] { corners[0, 0, row, column] = 1 }
        return upsampled(dy) * Variable(corners)
      },
      unary(
        "upsample: only the first copy",
        "right everywhere but where an earlier output uses the same",
        Samples.normal([1, 1, 2, 2]), value: { upsampled(Variable($0)).value }
      ) { _, _, dy in dy.slice(0..<4, step: 2, axis: 2).slice(0..<4, step: 2, axis: 3) },
      unary(
        "batch norm: mean and variance as constants",
        "the term through the mean is missing, the term through the",
        Samples.normal([5, 3]), value: normalized
      ) { x, _, dy in
        dy / (x.variance(axes: [0], correction: 0, keepDims: true) + 1e-5).sqrt()
      },
    ]
  }()

  /// Each pixel four times.
  @Sendable private static func upsampled(_ x: Variable) -> Variable {
    let (height, width) = (x.shape[2], x.shape[3])
    return x.reshaped([1, 1, height, 1, width, 1]).broadcast(to: [1, 1, height, 2, width, 2])
      .reshaped([1, 1, 2 * height, 2 * width])
  }

  @Sendable private static func normalized(_ x: Tensor) -> Tensor {
    (x - x.mean(axes: [0], keepDims: true))
      / (x.variance(axes: [0], correction: 0, keepDims: true) + 1e-5).sqrt()
  }

  /// Losses.
  static let losses: [Mutant] = {
    let logits = Samples.normal([4, 3])
    let labels: IntTensor = [2, 0, 1, 1]
    @Sendable func oneHot() -> Tensor {
      var target = Tensor.zeros([4, 3], dtype: .float64)
      for (row, label) in [2, 0, 1, 1].enumerated() { target[row, label] = 1 }
      return target
    }
    let entropy: @Sendable (Tensor) -> Tensor = {
      crossEntropy(Variable($0), labels).value
    }
    let (prediction, target) = (Samples.normal([4, 3]), Samples.normal([4, 3], seed: 2))
    let squared: @Sendable ([Tensor]) -> Tensor = {
      (($0[0] - $0[1]) * ($0[0] - $0[1])).mean()
    }
    return [
      unary(
        "cross-entropy: not divided by the batch", "too large by a factor of 4", logits,
        value: entropy
      ) {
        x, _, dy in dy * (softmax(x, axis: 1) - Variable(oneHot()))
      },
      unary(
        "cross-entropy: divided by all elements", "too small by a factor of 3", logits,
        value: entropy
      ) {
        x, _, dy in dy * (softmax(x, axis: 1) - Variable(oneHot())) / 12
      },
      unary("cross-entropy: y − p", "the sign is wrong", logits, value: entropy) { x, _, dy in
        dy * (Variable(oneHot()) - softmax(x, axis: 1)) / 4
      },
      unary(
        "cross-entropy: p without − y", "there a term is too many, 0.25 · dy", logits,
        value: entropy
      ) { x, _, dy in dy * softmax(x, axis: 1) / 4 },
      unary(
        "cross-entropy: softmax over the batch", "softmax",
        Samples.normal([4, 4]),
        value: { crossEntropy(Variable($0), [2, 0, 1, 3]).value }
      ) { x, _, dy in
        var target = Tensor.zeros([4, 4], dtype: .float64)
        for (row, label) in [2, 0, 1, 3].enumerated() { target[row, label] = 1 }
        return dy * (softmax(x, axis: 0) - Variable(target)) / 4
      },
      unary(
        "cross-entropy: dy is left out",
        "the incoming gradient dy is left out: it is taken to be 1", logits, value: entropy
      ) {
        x, _, dy in (softmax(x, axis: 1) - Variable(oneHot())) / 4 + dy * 0
      },
      operation(
        "mean squared error: the 2 is missing", "too small by a factor of 2", [prediction, target],
        value: squared
      ) { x, _, dy in
        [dy * (x[0] - x[1]) / 12, dy * (x[1] - x[0]) / 6]
      },
      operation(
        "mean squared error: not divided", "too large by a factor of 12", [prediction, target],
        value: squared
      ) { x, _, dy in
        [dy * (x[0] - x[1]) * 2, dy * (x[1] - x[0]) / 6]
      },
      operation(
        "mean squared error: the target's sign", "the sign is wrong", [prediction, target],
        value: squared
      ) { x, _, dy in
        [dy * (x[0] - x[1]) / 6, dy * (x[0] - x[1]) / 6]
      },
      unary(
        "nll: the next class", "the gradient is shifted by 1 along axis 1", logits,
        value: { nllLoss(Variable($0), labels).value }
      ) { x, _, dy in
        var next = Tensor.zeros([4, 3], dtype: .float64)
        for (row, label) in [2, 0, 1, 1].enumerated() { next[row, (label + 1) % 3] = -0.25 }
        return dy * Variable(next) + x * 0
      },
      unary(
        "huber: not cut off", "where |x| is above 1: there it is x · dy", Samples.spaced([3, 4]),
        value: { x in
          let isSmall = x.abs() .<= 1
          return select(isSmall, x * x * 0.5, x.abs() - 0.5)
        }
      ) { x, _, dy in dy * x },
      unary(
        "l1: without the sign", "each element gets 0.0833333 · dy from every output",
        Samples.spaced([3, 4]),
        value: { $0.abs().mean() }
      ) { _, _, dy in (dy / 12).broadcast(to: [3, 4]) },
    ]
  }()
}
