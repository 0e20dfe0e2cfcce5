import ArgumentParser
import Foundation
import Retrograd

/// The pictures of a fine-tuning: those to learn from, and those to be judged by.
struct FinetuneData {
  let training: PictureFiles
  let validation: PictureFiles?

  /// - Parameters:
  ///   - folder: One folder of pictures for each class, or slides.
  ///   - classes: Which slides belong together.
  ///   - validation: One folder of pictures for each class, called as the first one's classes.
  ///   - share: Without it, how much of each class to set aside.
  ///   - preprocessing: What becomes of the pictures.
  ///   - augmentation: Random changes of those to learn from.
  ///   - seed: Where the choice, and the changes, begin.
  init(
    folder: String, classes: ClassOptions, validation: String?, share: Double,
    preprocessing: Preprocessing,
    augmentation: Augmentation, seed: UInt64
  ) throws {
    var prepared: [URL: Tensor] = [:]
    func readable(_ dataset: PictureDataset) throws -> PictureDataset {
      try Self.readable(dataset, preprocessing, keepingIn: &prepared)
    }
    let all = try readable(classes.dataset(folder))
    guard all.classes.count > 1 else {
      throw ValidationError(
        "\(folder) has one class, \(all.classes[0]): there is nothing to tell apart. Expected one "
          + "folder of pictures for each class.")
    }
    let parts: (training: PictureDataset, validation: PictureDataset?)
    if let validation {
      // The counts of --classes are those of the first source.
      let other = try readable(PictureDataset(folder: URL(filePath: validation)))
      guard other.classes == all.classes else {
        throw ValidationError(
          "the classes differ: \(all.classes.joined(separator: ", ")) in \(folder), "
            + "\(other.classes.joined(separator: ", ")) in \(validation).")
      }
      parts = (all, other)
    } else {
      let (kept, aside) = all.split(share: share, seed: seed)
      parts = (kept, aside.files.isEmpty ? nil : aside)
    }
    training = PictureFiles(
      parts.training, preprocessing: preprocessing, augmentation: augmentation, seed: seed,
      prepared: prepared)
    self.validation = parts.validation.map {
      PictureFiles($0, preprocessing: preprocessing, prepared: prepared)
    }
    describe()
  }

  /// How many bytes of pictures may stay in memory, so that they need not be read again.
  private static let memoryLimit = 512 << 20

  /// The pictures that can be read; the others are named.
  private static func readable(
    _ dataset: PictureDataset, _ preprocessing: Preprocessing,
    keepingIn prepared: inout [URL: Tensor]
  ) throws -> PictureDataset {
    let progress = ProgressBar("reading pictures", total: dataset.files.count)
    let transform = preprocessing.transform
    var kept: [Int] = []
    for start in stride(from: 0, to: dataset.files.count, by: 64) {
      let files = dataset.files[start..<min(start + 64, dataset.files.count)]
      for (index, result) in zip(
        files.indices, readPictures(Array(files)) { transform($0) })
      {
        switch result {
        case .success(let picture):
          kept.append(index)
          if (prepared.count + 1) * picture.count * picture.dtype.byteCount <= memoryLimit {
            prepared[files[index]] = picture
          }
        case .failure(let error): writeError("left out: \(error)")
        }
      }
      progress.advance(by: files.count)
    }
    progress.finish()
    let result = dataset.part(kept)
    for (label, name) in dataset.classes.enumerated() where !result.labels.contains(label) {
      throw ValidationError("no picture of \(name) can be read.")
    }
    return result
  }

  private func describe() {
    let counts = training.classes.indices.map { label in
      training.labels.count { $0 == label }
    }
    let parts = zip(training.classes, counts).map { "\($0) \($1)" }.joined(separator: ", ")
    print(
      "pictures: \(training.count) to learn from (\(parts))"
        + (validation.map { ", \($0.count) to be judged by" } ?? ", none to be judged by"))
    let (fewest, most) = (counts.min()!, counts.max()!)
    if most >= 3 * fewest {
      writeError(
        "warning: the classes are unequal, \(fewest) to \(most) pictures: the network may favour the "
          + "larger ones. Accuracy over all pictures says little about the smaller ones")
    }
  }
}
