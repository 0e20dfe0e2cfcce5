import Foundation
import Retrograd

/// Work on photographs in folders, one folder for each class.
enum PhotographWork {
  /// The JPEG files in a folder of classes.
  static func photographs(in folder: URL) throws -> PictureDataset {
    let all = try PictureDataset(folder: folder)
    let kept = all.files.indices.filter {
      ["jpg", "jpeg"].contains(all.files[$0].pathExtension.lowercased())
    }
    guard !kept.isEmpty else {
      throw BenchError.failed("\(folder.path): its folders hold no JPEG files")
    }
    return PictureDataset(
      classes: all.classes, files: kept.map { all.files[$0] }, labels: kept.map { all.labels[$0] })
  }

  /// From files to the tensors that a network takes.
  static func decoding(_ photographs: PictureDataset) -> () throws -> Void {
    {
      for result in readPictures(photographs.files, transform: { ImageNetTransform()($0) }) {
        _ = try result.get()
      }
    }
  }

  /// 5 epochs of training AlexNet's classifier, and its last convolution too if that is asked for; the rest is
  /// frozen, and what it makes of a photograph is computed once.
  static func fineTuning(
    _ photographs: PictureDataset, lastConvolution: Bool = false
  ) -> () throws -> Void {
    var random = RandomSource(seed: 1)
    let model = AlexNet(classes: photographs.classes.count, using: &random)
    model.freeze("features")
    if lastConvolution { model.unfreeze("features.10") }
    return {
      model.train()
      let features = try model.frozenFeatures(of: photographs)
      if let picture = features.unreadable.first { throw picture.error }
      let optimizer = Adam(model.trainableParameters, learningRate: 1e-4)
      for _ in 0..<5 {
        for batch in batches(of: features.count, size: 16, using: &random) {
          optimizer.zeroGrad()
          crossEntropy(try features.logits(for: batch), features.labels(of: batch)).backward()
          optimizer.step()
        }
      }
    }
  }
}
