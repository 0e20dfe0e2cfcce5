import RetrogradDevices

// Cross-entropy with labels: one group of 256 items for each row of scores.

/// The numbers of a cross-entropy that its kernels take.
struct DeviceCrossEntropy {
  let labels: [Int]
  let weight: Tensor?
  let ignoreIndex: Int
  let smoothing: Double
  let classes: Int
  /// Elements from one class of a row to the next.
  let stride: Int
  /// The sum of the weights of all classes.
  let sumOfWeights: Double

  /// Returns the first arguments of both kernels: labels, the weights or something in their place, and the numbers.
  /// Rows that are ignored have the label −1.
  fileprivate func arguments(
    _ device: OpenDevice, inPlaceOfWeight other: Tensor
  ) throws(DeviceError) -> [KernelArgument] {
    let labels = labels.map { $0 == ignoreIndex ? -1 : Int32($0) }
    return try device.list(labels) + device.input(weight ?? other) + [
      .int(weight == nil ? 0 : 1), .int(classes), .int(stride), .float(Float(1 - smoothing)),
      .float(Float(smoothing / Double(classes))),
    ]
  }
}

extension OpenDevice {
  /// The loss of each row, in a shape, and the softmax of the scores.
  func losses(
    _ scores: Tensor, _ loss: DeviceCrossEntropy, shape: [Int]
  ) -> (losses: Tensor, probabilities: Tensor)? {
    attempt("crossEntropy") { () throws(DeviceError) in
      let losses = try output(shape)
      let probabilities = try output(scores.shape)
      try call(
        crossEntropyKernel,
        loss.arguments(self, inPlaceOfWeight: scores) + input(scores) + target(losses)
          + target(probabilities),
        WorkSize(groups: (losses.count, 1, 1), items: (256, 1, 1)))
      return (losses, probabilities)
    }
  }

  /// The gradient of the scores.
  func gradient(_ probabilities: Tensor, _ dy: Tensor, _ loss: DeviceCrossEntropy) -> Tensor? {
    attempt("crossEntropy's gradient") { () throws(DeviceError) in
      let dx = try output(probabilities.shape)
      try call(
        crossEntropyBackKernel,
        loss.arguments(self, inPlaceOfWeight: probabilities) + input(probabilities) + input(dy)
          + [.int(dy.count == 1 ? 0 : 1), .float(Float(loss.sumOfWeights))] + target(dx),
        WorkSize(groups: (loss.labels.count, 1, 1), items: (256, 1, 1)))
      return dx
    }
  }
}

/// `p = e^(x − m) / Σ e^(x − m)`, and the loss `−Σ t · ln p` with the target
/// `t = (kept where the class is the label + spread) · w`.
private let crossEntropyKernel = Kernel(
  "crossEntropyRows",
  text: kernelPrelude + groupReductions + """
    KERNEL crossEntropyRows(READ_INTS labels, READ weight, int weightStart, int hasWeight, int count,
                            int inner, float kept, float spread, READ x, int xStart, WRITE losses, WRITE p) {
      SHARED float totals[256];
      const int start = rowStart(GROUP(0), count, inner), label = labels[GROUP(0)];
      x += xStart + start;
      p += start;
      weight += weightStart;
      float largest = -INFINITY;
      for (int i = PLACE(0); i < count; i += 256) largest = larger(largest, x[i * inner]);
      largest = groupLargest(largest, totals);
      float sum = 0;
      for (int i = PLACE(0); i < count; i += 256) sum += exp(x[i * inner] - largest);
      sum = groupSum(sum, totals);
      const float logarithm = log(sum);
      float loss = 0;
      for (int i = PLACE(0); i < count; i += 256) {
        float shifted = x[i * inner] - largest;
        p[i * inner] = exp(shifted) / sum;
        // A target of 0 must not meet a logarithm of −∞.
        float target = ((i == label ? kept : 0) + spread) * (hasWeight ? weight[i] : 1);
        if (target != 0) loss += (logarithm - shifted) * target;
      }
      loss = groupSum(loss, totals);
      if (PLACE(0) == 0) losses[GROUP(0)] = label < 0 ? 0 : loss;
    }
    """)

/// `dx = (p · Σ t − t) · dy`; rows that are ignored do not get to see `dy`.
private let crossEntropyBackKernel = Kernel(
  "crossEntropyBackRows",
  text: kernelPrelude + groupReductions + """
    KERNEL crossEntropyBackRows(READ_INTS labels, READ weight, int weightStart, int hasWeight, int count,
                                int inner, float kept, float spread, READ p, int pStart, READ dy,
                                int dyStart, int dyStride, float sumOfWeights, WRITE dx) {
      const int start = rowStart(GROUP(0), count, inner), label = labels[GROUP(0)];
      p += pStart + start;
      dx += start;
      weight += weightStart;
      const float slope = label < 0 ? 0 : dy[dyStart + GROUP(0) * dyStride];
      const float own = label < 0 ? 0 : kept * (hasWeight ? weight[label] : 1);
      const float sum = own + spread * sumOfWeights;
      for (int i = PLACE(0); i < count; i += 256) {
        float target = (i == label ? own : 0) + spread * (hasWeight ? weight[i] : 1);
        dx[i * inner] = (p[i * inner] * sum - target) * slope;
      }
    }
    """)
