import ArgumentParser
import Retrograd
import RetrogradCommandLine

/// The options of a training step, for fine-tuning and pre-training alike.
struct StepOptions: ParsableArguments {
  @Option(help: "Gradient accumulation: number of batches per step.")
  var accumulate = 1

  @Option(
    help:
      "Mixup, which blends pictures of a batch: α of the beta distribution, such as 0.2."
  )
  var mixup: Double?

  @Option(
    help:
      "CutMix, which pastes parts of pictures of a batch into others: α of the beta distribution, such as 1."
  )
  var cutmix: Double?

  @Option(
    help:
      "Decay of the exponential moving average of the parameters, which is then evaluated and saved."
  )
  var average: Double?

  @Option(help: "Gradient clipping: maximum norm of all gradients together.")
  var clip: Double?

  func validate() throws {
    try checkOption("--accumulate", accumulate, .from(1, to: 65_536))
    try checkOption("--clip", clip, .from(1e-6, to: 1e6))
    try checkOption("--mixup", mixup, .from(1e-6, to: 1e6))
    try checkOption("--cutmix", cutmix, .from(1e-6, to: 1e6))
    try checkOption("--average", average, .from(0, below: 1))
  }

  /// Takes the options over into the settings of a training.
  func apply(to settings: inout TrainingSettings) {
    settings.accumulation = accumulate
    settings.averaging = average
    settings.clipNorm = clip
    if mixup != nil || cutmix != nil {
      settings.mixing = BatchMixing(
        mixUp: mixup.map { MixUp(alpha: $0) }, cutMix: cutmix.map { CutMix(alpha: $0) })
    }
  }
}
