import Retrograd

extension BenchCase {
  /// Other networks, small ones above all.
  static let networks: [BenchCase] = [
    BenchCase(
      name: "tiny-step", summary: "one training step of a 16→32→2 network with tanh, batch 8, Adam",
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
      name: "lstm", summary: "50 steps of an LSTM cell with 128 numbers, batch 32, with gradients",
      peers: [.torch], runs: 7, repetitions: 5
    ) { _ in NetworkWork.recurrent() },

    BenchCase(
      name: "attention", summary: "attention: 8 × 8 heads, 256 words of 64 numbers, with gradients",
      peers: [.torch], runs: 7, repetitions: 5
    ) { _ in NetworkWork.attention() },

    BenchCase(
      name: "resnet14-train", summary: "one training step of a small ResNet, batch 64, SGD",
      peers: [.torch], runs: 7, repetitions: 3
    ) { _ in NetworkWork.residual(training: true) },

    BenchCase(
      name: "resnet14-eval", summary: "the small ResNet's logits of 64 pictures of 32 × 32",
      peers: [.torch], runs: 7, repetitions: 5
    ) { _ in NetworkWork.residual(training: false) },
  ]
}
