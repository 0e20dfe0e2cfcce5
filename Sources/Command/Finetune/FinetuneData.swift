import ArgumentParser
import Foundation
import Retrograd

/// The pictures of a fine-tuning: those to learn from, and those to be judged by.
struct FinetuneData {
  let training: PictureDataset
  let validation: PictureDataset?

  /// - Parameters:
  ///   - folder: One folder of pictures for each class.
  ///   - validation: A folder of the same form.
  ///   - share: Without it, how much of each class to set aside.
  ///   - seed: Where the choice begins.
  init(folder: String, validation: String?, share: Double, seed: UInt64) throws {
    let all = try Self.readable(PictureDataset(folder: URL(filePath: folder)))
    guard all.classes.count > 1 else {
      throw ValidationError(
        "\(folder) has one folder, \(all.classes[0]): there is nothing to tell apart. Expected one "
          + "folder of pictures for each class.")
    }
    if let validation {
      let other = try Self.readable(PictureDataset(folder: URL(filePath: validation)))
      guard other.classes == all.classes else {
        throw ValidationError(
          "the classes differ: \(all.classes.joined(separator: ", ")) in \(folder), "
            + "\(other.classes.joined(separator: ", ")) in \(validation).")
      }
      (training, self.validation) = (all, other)
    } else if share > 0 {
      let (kept, aside) = all.split(share: share, seed: seed)
      (training, self.validation) = (kept, aside.files.isEmpty ? nil : aside)
    } else {
      (training, self.validation) = (all, nil)
    }
    try describe()
  }

  /// The pictures that can be read; the others are named.
  private static func readable(_ dataset: PictureDataset) throws -> PictureDataset {
    let progress = ProgressBar("checking pictures", total: dataset.files.count)
    let checked = readPictures(dataset.files) { _ in Tensor(0) }
    progress.finish()
    var kept: [Int] = []
    for (index, result) in checked.enumerated() {
      switch result {
      case .success: kept.append(index)
      case .failure(let error): writeError("left out: \(error)")
      }
    }
    let result = PictureDataset(
      classes: dataset.classes, files: kept.map { dataset.files[$0] },
      labels: kept.map { dataset.labels[$0] })
    for (label, name) in dataset.classes.enumerated() where !result.labels.contains(label) {
      throw ValidationError("no picture of \(name) can be read.")
    }
    return result
  }

  private func describe() throws {
    let counts = training.classes.indices.map { label in
      training.labels.count { $0 == label }
    }
    let parts = zip(training.classes, counts).map { "\($0) \($1)" }.joined(separator: ", ")
    print(
      "pictures: \(training.files.count) to learn from (\(parts))"
        + (validation.map { ", \($0.files.count) to be judged by" } ?? ", none to be judged by"))
    let (fewest, most) = (counts.min()!, counts.max()!)
    if most >= 3 * fewest {
      writeError(
        "warning: the classes are unequal, \(fewest) to \(most) pictures: the network may favour the "
          + "larger ones. Accuracy over all pictures says little about the smaller ones")
    }
  }
}
