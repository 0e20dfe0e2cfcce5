import Retrograd

extension BenchCase {
  /// Other networks, small ones above all.
  static let networks: [BenchCase] =
    [
      BenchCase(
        name: "tiny-step",
        summary: "one training step of a 16→32→2 network with tanh, batch 8, Adam",
        peers: [.torch], runs: 15, repetitions: 500
      ) { _ in SmallWork.tinyStep() },

      BenchCase(
        name: "chain-1m", summary: "a graph of 1,000,000 scalar operations built, swept and freed",
        peers: [.torch], runs: 3
      ) { _ in SmallWork.chain(length: 1_000_000) },

      BenchCase(
        name: "perceptron", summary: "one training step of a 784→256→10 network, batch 64, Adam",
        peers: [.torch], runs: 7, repetitions: 50
      ) { _ in NetworkWork.perceptron() },

      BenchCase(
        name: "lstm",
        summary: "50 steps of an LSTM cell with 128 numbers, batch 32, with gradients",
        peers: [.torch], runs: 7, repetitions: 5
      ) { _ in NetworkWork.recurrent() },

      BenchCase(
        name: "attention",
        summary: "attention: 8 × 8 heads, 256 words of 64 numbers, with gradients",
        peers: [.torch], runs: 7, repetitions: 5
      ) { _ in NetworkWork.attention() },
    ] + pictures("resnet14", "a small ResNet", [64, 3, 32, 32]) { makeResNet(using: &$0) }
    + pictures("lenet", "LeNet-5", [64, 1, 28, 28]) { makeLeNet(using: &$0) }
    + pictures("vgg", "VGG's first three blocks", [4, 3, 112, 112]) { makeVGG(using: &$0) }
    + pictures("mobilenet", "four blocks of MobileNetV2", [16, 3, 112, 112]) {
      makeMobileNet(using: &$0)
    }
    + pictures("unet", "a small U-Net", [4, 3, 96, 96]) { UNet(using: &$0) }

  /// A network's training step and its evaluation.
  private static func pictures(
    _ name: String, _ network: String, _ shape: [Int],
    _ make: @escaping @Sendable (inout RandomSource) -> any Layer
  ) -> [BenchCase] {
    [
      BenchCase(
        name: "\(name)-train", summary: "one training step of \(network) on \(shape), SGD",
        peers: [.torch], runs: 7, repetitions: 3
      ) { _ in NetworkWork.pictures(shape, training: true, make) },
      BenchCase(
        name: "\(name)-eval", summary: "the outputs of \(network) for \(shape)",
        peers: [.torch], runs: 7, repetitions: 5
      ) { _ in NetworkWork.pictures(shape, training: false, make) },
    ]
  }
}
