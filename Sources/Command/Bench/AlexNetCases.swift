import Retrograd

extension BenchCase {
  /// AlexNet, and the photographs that come into it.
  static let alexNet: [BenchCase] = [
    BenchCase(
      name: "forward-b1", summary: "AlexNet's logits of one picture",
      peers: [.torch, .onnxruntime, .openvino], runs: 20, repetitions: 5,
      cost: AlexNetWork.forwardCost(batch: 1)
    ) { _ in AlexNetWork.forward(batch: 1) },

    BenchCase(
      name: "forward-b8", summary: "AlexNet's logits of 8 pictures",
      peers: [.torch, .onnxruntime, .openvino], runs: 15,
      cost: AlexNetWork.forwardCost(batch: 8)
    ) { _ in AlexNetWork.forward(batch: 8) },

    BenchCase(
      name: "forward-b50", summary: "AlexNet's logits of 50 pictures",
      peers: [.torch, .onnxruntime, .openvino], runs: 9,
      cost: AlexNetWork.forwardCost(batch: 50)
    ) { _ in AlexNetWork.forward(batch: 50) },

    BenchCase(
      name: "forward-b128", summary: "AlexNet's logits of 128 pictures",
      peers: [.torch, .onnxruntime, .openvino], runs: 5,
      cost: AlexNetWork.forwardCost(batch: 128)
    ) { _ in AlexNetWork.forward(batch: 128) },

    BenchCase(
      name: "forward-b1-bfloat16",
      summary: "the logits of one picture with fully connected weights in bfloat16",
      peers: [], runs: 20, repetitions: 5, cost: AlexNetWork.forwardCost(batch: 1)
    ) { _ in AlexNetWork.forward(batch: 1, linearWeights: .bfloat16) },

    BenchCase(
      name: "train-b16", summary: "one training step of AlexNet with 16 pictures: dropout, Adam",
      peers: [.torch, .torchFused], runs: 9,
      cost: AlexNetWork.trainingCost(batch: 16)
    ) { _ in AlexNetWork.training(batch: 16) },

    BenchCase(
      name: "finetune-b16", summary: "the same with the convolutions frozen",
      peers: [.torch, .torchFused], runs: 9,
      cost: AlexNetWork.fineTuningCost(batch: 16)
    ) { _ in AlexNetWork.training(batch: 16, frozen: "features") },

    BenchCase(
      name: "finetune-244",
      summary: "5 epochs of fine-tuning AlexNet's classifier on 244 photographs, decoding included",
      peers: [.torch, .torchFused], runs: 3, needsPhotographs: true
    ) { try PhotographWork.fineTuning(required($0)) },

    BenchCase(
      name: "finetune-244-conv5", summary: "the same with the last convolution trainable too",
      peers: [.torch, .torchFused], runs: 3, needsPhotographs: true
    ) { try PhotographWork.fineTuning(required($0), lastConvolution: true) },

    BenchCase(
      name: "decode-244",
      summary: "244 photographs decoded, scaled, cut to 224 × 224 and normalized",
      peers: [.pillow], runs: 5, needsPhotographs: true
    ) { try PhotographWork.decoding(required($0)) },
  ]

  private static func required(_ photographs: PictureDataset?) throws -> PictureDataset {
    guard let photographs else { throw BenchError.failed("it needs photographs") }
    return photographs
  }
}
