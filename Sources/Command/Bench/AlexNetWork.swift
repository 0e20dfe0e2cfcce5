import Retrograd

/// AlexNet at width 1 with random parameters, on random pictures of 224 × 224.
enum AlexNetWork {
  /// Logits, without recording anything.
  ///
  /// - Parameters:
  ///   - batch: The batch size.
  ///   - linearWeights: The format that the weights of fully connected layers are compressed to, if any.
  static func forward(batch: Int, linearWeights: HalfPrecision? = nil) -> () -> Void {
    var random = RandomSource(seed: 1)
    let model = AlexNet(using: &random)
    model.eval()
    if let linearWeights { model.compressLinearWeights(to: linearWeights) }
    let pictures = Variable(.normal([batch, 3, 224, 224], using: &random))
    return { _ = withoutGradients { model(pictures) } }
  }

  /// A training step with dropout, cross-entropy and Adam.
  ///
  /// - Parameters:
  ///   - batch: The batch size.
  ///   - frozen: The part of the network that stays as it is.
  static func training(batch: Int, frozen: String? = nil) -> () -> Void {
    var random = RandomSource(seed: 1)
    let model = AlexNet(using: &random)
    if let frozen { model.freeze(frozen) }
    let optimizer = Adam(model.trainableParameters)
    let pictures = Variable(.normal([batch, 3, 224, 224], using: &random))
    let labels = IntTensor((0..<batch).map { $0 * 37 % 1000 })
    return {
      optimizer.zeroGrad()
      crossEntropy(model(pictures), labels).backward()
      optimizer.step()
    }
  }

  // MARK: - What it costs

  /// For each convolution its outputs, the side of its square maps and the window that makes a number.
  private static let convolutions: [(outputs: Double, side: Double, window: Double)] = [
    (64, 55, 3 * 11 * 11), (192, 27, 64 * 5 * 5), (384, 13, 192 * 3 * 3), (256, 13, 384 * 3 * 3),
    (256, 13, 256 * 3 * 3),
  ]
  /// The inputs and outputs of each fully connected layer.
  private static let connected: [(inputs: Double, outputs: Double)] = [
    (9216, 4096), (4096, 4096), (4096, 1000),
  ]

  /// Multiply-adds of one picture in each convolution.
  private static let convolutionSteps = convolutions.map {
    $0.outputs * $0.side * $0.side * $0.window
  }
  /// Multiply-adds of one picture in each fully connected layer.
  private static let connectedSteps = connected.map { $0.inputs * $0.outputs }
  /// Bytes of the convolutions' parameters.
  private static let convolutionBytes = 4 * sum(convolutions.map { $0.outputs * ($0.window + 1) })
  /// Bytes of the fully connected layers' parameters.
  private static let connectedBytes = 4 * sum(connected.map { ($0.inputs + 1) * $0.outputs })

  /// Every parameter read once.
  static func forwardCost(batch: Int) -> BenchCost {
    BenchCost(
      operations: 2 * Double(batch) * (sum(convolutionSteps) + sum(connectedSteps)),
      bytes: convolutionBytes + connectedBytes)
  }

  /// Forward, and as much again for the gradients of the weights and for those of the inputs, but not
  /// of the pictures.
  static func trainingCost(batch: Int) -> BenchCost {
    let steps = sum(convolutionSteps) + sum(connectedSteps)
    return BenchCost(
      operations: 2 * Double(batch) * (3 * steps - convolutionSteps[0]),
      bytes: passesOfTraining * (convolutionBytes + connectedBytes))
  }

  /// Forward, and the gradients of the classifier, but not of what comes into it.
  static func fineTuningCost(batch: Int) -> BenchCost {
    let steps = sum(convolutionSteps) + 3 * sum(connectedSteps) - connectedSteps[0]
    return BenchCost(
      operations: 2 * Double(batch) * steps,
      bytes: convolutionBytes + passesOfTraining * connectedBytes)
  }

  /// Number of passes of a step over memory of the size of the parameters: it reads them forward and
  /// back and writes their gradients; Adam reads parameter, gradient and two moments and writes three.
  private static let passesOfTraining = 10.0

  private static func sum(_ numbers: [Double]) -> Double { numbers.reduce(0, +) }
}
