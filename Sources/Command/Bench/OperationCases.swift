import Retrograd

extension BenchCase {
  /// Single operations. What the peers do for one follows from its name and shapes.
  static let operations: [BenchCase] =
    convolution("conv-7x7-stride2", [8, 3, 224, 224], [64, 3, 7, 7], stride: 2, padding: 3)
    + convolution("conv-3x3-56", [8, 64, 56, 56], [64, 64, 3, 3], padding: 1)
    + convolution("conv-3x3-28", [8, 128, 28, 28], [128, 128, 3, 3], padding: 1)
    + convolution("conv-3x3-14", [8, 256, 14, 14], [256, 256, 3, 3], padding: 1)
    + convolution("conv-3x3-7", [8, 512, 7, 7], [512, 512, 3, 3], padding: 1)
    + convolution("conv-3x3-stride2", [8, 128, 56, 56], [128, 128, 3, 3], stride: 2, padding: 1)
    + convolution("conv-1x1", [8, 256, 56, 56], [64, 256, 1, 1])
    + convolution("conv-3x3-112", [2, 64, 112, 112], [128, 64, 3, 3], padding: 1)
    + convolution("conv-depthwise", [8, 192, 28, 28], [192, 1, 3, 3], padding: 1, groups: 192)
    + convolution("conv-grouped", [8, 256, 28, 28], [256, 32, 3, 3], padding: 1, groups: 8)
    + convolution("conv-dilated", [8, 64, 56, 56], [64, 64, 3, 3], padding: 2, dilation: 2)
    + convolution("conv-lenet-5x5", [64, 1, 28, 28], [20, 1, 5, 5])
    + convolution("conv-cifar-3x3", [64, 32, 32, 32], [64, 32, 3, 3], padding: 1)
    + [
      operation(
        "conv-transposed", "transposed convolution by 4 × 4 kernels with stride 2",
        .transposedConvolution, [8, 64, 28, 28], [64, 32, 4, 4], repetitions: 10),
      operation("max-pool", "maxima of windows of 3 × 3 with stride 2", .maxPool, maps),
      operation("average-pool", "means of windows of 2 × 2", .averagePool, maps),
      operation("relu", "ReLU", .relu, maps),
      operation("gelu", "GELU", .gelu, maps),
      operation("sigmoid", "sigmoid", .sigmoid, maps),
      operation("tanh", "hyperbolic tangent", .tanh, maps),
      operation("exp", "exponential function", .exp, maps),
      operation("add", "sum of two tensors", .add, maps),
      operation("products", "(x · x + x) · x − x", .products, maps),
      operation("channel-sums", "sum over all axes but the second", .sumOfChannels, maps),
      operation("mean-axis1", "mean over the second axis", .meanOverChannels, maps),
      operation("max-axis1", "maximum over the second axis", .maxOverChannels, maps),
      operation("channels-last", "channels moved to the last axis", .channelsLast, maps),
      operation("bilinear", "pictures of twice the size", .enlarged, maps),
      operation("batch-norm", "batch normalization", .batchNorm, maps, [64], [64]),
      operation(
        "broadcast", "product with one number for each channel", .broadcastProduct, maps,
        [1, 64, 1, 1]),
      operation("layer-norm", "layer normalization", .layerNorm, rows, [512], [512]),
      operation("softmax", "softmax over the last axis", .softmax, rows),
      operation("log-softmax", "logarithms of softmax over the second axis", .logSoftmax, rows),
      operation("cumsum", "running sums along the second axis", .cumulativeSum, rows),
      operation(
        "linear", "fully connected layer", .linear, [64, 128, 512], [512, 512], [512],
        repetitions: 5),
      operation(
        "batched-matmul", "product of 64 pairs of matrices", .matrixProduct, [64, 96, 96],
        [64, 96, 96], repetitions: 20),
      operation(
        "embedding", "4096 rows picked of 10,000", .pickedRows, [10_000, 64],
        options: ["rows": 10_000, "picked": 4096], repetitions: 50),
      product(64, repetitions: 2000), product(256, repetitions: 200),
      product(512, repetitions: 50), product(1024, repetitions: 10),
    ] + [
      BenchCase(
        name: "sgemm-2048", summary: "product of two float32 matrices of 2048 × 2048",
        peers: [.openblas, .torch], runs: 15, cost: SmallWork.productCost(size: 2048)
      ) { _ in SmallWork.product(size: 2048) }
    ]

  /// Pictures with 64 channels in the middle of a network.
  private static let maps = [16, 64, 56, 56]
  /// Words of 512 numbers in 64 sentences.
  private static let rows = [64, 128, 512]

  private static func operation(
    _ name: String, _ summary: String, _ operation: BenchOperation, _ shapes: [Int]...,
    options: [String: Int] = [:], withGradients: Bool = true, repetitions: Int = 10
  ) -> BenchCase {
    let work = OperationWork(
      operation: operation, shapes: shapes, options: options, withGradients: withGradients)
    return BenchCase(
      name: name,
      summary: "\(summary): \(shapes.map { "\($0)" }.joined(separator: ", "))",
      peers: [.torch], runs: 7, repetitions: repetitions, cost: work.cost, operation: work
    ) { _ in work.prepare() }
  }

  /// Forward alone, and with the gradients of pictures and kernels.
  private static func convolution(
    _ name: String, _ input: [Int], _ weight: [Int], stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1
  ) -> [BenchCase] {
    let options = [
      "stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
    ]
    let different = options.sorted { $0.key < $1.key }.filter {
      $0.value > 1 && $0.key != "padding"
    }
    let words = ["convolution"] + different.map { "\($0.key) \($0.value)" }
    return [false, true].map {
      operation(
        $0 ? name : "\(name)-forward", words.joined(separator: ", "), .convolution, input, weight,
        options: options, withGradients: $0, repetitions: $0 ? 5 : 10)
    }
  }

  private static func product(_ size: Int, repetitions: Int) -> BenchCase {
    operation(
      "matmul-\(size)", "product of two matrices", .matrixProduct, [size, size], [size, size],
      withGradients: false, repetitions: repetitions)
  }
}
