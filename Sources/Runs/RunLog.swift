import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradReports
import RetrogradTensors
import RetrogradTraining

/// A run for TensorBoard: curves by epoch, and at the end the parameters and the worst mistakes.
public final class RunLog {
  private let log: TensorBoardLog

  /// A new log in the folder of a run.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - epoch: The first epoch that it will tell of, from 1: what earlier logs tell of it and of later ones, before
  ///     an interruption, no longer counts.
  public init(in folder: RunFolder, from epoch: Int = 1) throws(FileError) {
    log = try TensorBoardLog(in: folder.url, firstStep: epoch)
  }

  /// Adds an epoch.
  public func add(_ epoch: EpochResult) throws(FileError) {
    let step = epoch.epoch
    try log.add("loss/training", epoch.trainingLoss, step: step)
    try log.add("accuracy/training", epoch.trainingAccuracy, step: step)
    if let loss = epoch.validationLoss { try log.add("loss/validation", loss, step: step) }
    if let right = epoch.validationAccuracy {
      try log.add("accuracy/validation", right, step: step)
    }
    try log.add("learning_rate", epoch.learningRate, step: step)
  }

  /// Numbers of a histogram that are worth their time; of more, every second one is taken, or third, ….
  private static let enough = 1 << 18

  /// Adds the trained parameters, and the picture of what went wrong if there is one.
  public func finish(_ trainer: Trainer, in folder: RunFolder) throws(FileError) {
    let step = trainer.history.count
    for (name, variable) in trainer.network.trainableParameters where variable.count > 0 {
      let flat = variable.value.reshaped([variable.count])
      let every = max(1, variable.count / Self.enough)
      let places = IntTensor(Array(stride(from: 0, to: variable.count, by: every)))
      try log.addHistogram(
        "parameters/\(name)", flat.indexSelect(places, axis: 0), step: step)
    }
    let mistakes = folder.url.appending(path: "mistakes.png")
    if let picture = try? Picture.read(mistakes) {
      try log.add("most wrong", picture, step: step)
    }
  }
}
