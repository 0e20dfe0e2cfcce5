import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors

/// Trains what is trainable of a network, one step at a time.
///
/// ```swift
/// model.freeze("features")
/// let trainer = Trainer(model, training: pictures, validation: others, settings: settings)
/// while try trainer.advance() {
///   if let epoch = trainer.finishedEpoch { print(epoch.validationAccuracy ?? 0) }
/// }
/// ```
///
/// All chance (the order of pictures, dropout, augmentation) follows from the seed and the number of the
/// step, so that a training which goes on from a checkpoint gives the same bits as one that was never
/// interrupted. While nothing changes the pictures, what the frozen prefix of the network makes of them is
/// computed once and kept; see ``FrozenPrefix``.
public final class Trainer {
  /// The network that is trained.
  public let network: any StagedLayer
  /// The training set.
  public let training: any LabeledPictures
  /// The validation set, on which it is evaluated after each epoch.
  public let validation: (any LabeledPictures)?
  /// The settings of the training.
  public let settings: TrainingSettings
  /// A teacher's answers for the training set.
  public let distillation: Distillation?

  /// The number of steps that have been made.
  public internal(set) var step = 0
  /// The epochs that are finished.
  public internal(set) var history: [EpochResult] = []
  /// The epoch that the last step finished.
  public private(set) var finishedEpoch: EpochResult?
  /// The mean loss over the last step's pictures.
  public private(set) var lastLoss = Double.nan
  /// The pictures of the training set that could not be read.
  public private(set) var unreadable: [UnreadablePicture] = []
  /// The evaluation on the validation set after the last epoch.
  public private(set) var lastEvaluation: Evaluation?
  /// The trained parameters after the epoch with the lowest validation loss, and its number, from 1.
  public internal(set) var best: (epoch: Int, state: [String: Tensor])?
  /// The evaluation on the validation set after that epoch; `nil` where it was not this process that
  /// asked it.
  public private(set) var bestEvaluation: Evaluation?
  /// The reason why the training cannot go on; `nil` while it can.
  public internal(set) var divergence: DivergenceError?
  /// Without a validation set, what is trained, as it was after the last epoch, and its number.
  var lastGood: (epoch: Int, state: [String: Tensor])?
  /// The number of the step that is being made, from 0.
  private(set) var stepUnderWay = 0

  let optimizer: any Optimizer
  /// The average that is judged and kept in place of the parameters.
  let average: MovingAverage?
  var record: ParameterRecord
  /// Sums over the pictures of the current epoch.
  var running = RunningMeans()
  private var features: FrozenFeatures?
  private var validationFeatures: FrozenFeatures?
  private var isPrepared = false
  /// The checkpoint that the training goes on from, and the steps that an epoch had before.
  var resumed: (file: URL, stepsPerEpoch: Int)?
  private var order: (epoch: Int, rows: [Int]) = (-1, [])
  /// The pictures that are needed next, read while a device computes.
  private var ahead: (rows: [Int], epoch: Int, batch: PictureBatch)?
  private var epochStart = ProcessInfo.processInfo.systemUptime

  /// Creates a training; its first step is made by ``advance()``.
  ///
  /// - Parameters:
  ///   - network: With the parameters frozen that are to stay as they are; at least one is not.
  ///   - training: The training set; at least one picture.
  ///   - validation: The validation set.
  ///   - settings: The settings of the training.
  ///   - distillation: A teacher's answers for the training set.
  public init(
    _ network: any StagedLayer, training: any LabeledPictures,
    validation: (any LabeledPictures)? = nil, settings: TrainingSettings,
    distillation: Distillation? = nil
  ) {
    require(
      training.count > 0 && settings.epochs > 0 && settings.batchSize > 0
        && settings.accumulation > 0,
      "Trainer: needs pictures, epochs, a batch size and an accumulation of at least 1, got "
        + "\(training.count), \(settings.epochs), \(settings.batchSize) and "
        + "\(settings.accumulation)")
    if let distillation {
      require(
        distillation.probabilities.shape == [training.count, training.classes.count],
        "Trainer: the teacher should have answered for \(training.count) pictures of "
          + "\(training.classes.count) classes, got \(distillation.probabilities.shape)")
    }
    self.network = network
    self.training = training
    self.validation = validation
    self.settings = settings
    self.distillation = distillation
    optimizer = settings.optimizer(for: network)
    average = settings.averaging.map { MovingAverage(of: network, decay: $0) }
    record = ParameterRecord(network)
    network.train()
    usesBatchStatistics = network.namedLayers.contains {
      !$0.layer.buffers.isEmpty && !$0.layer.isRepeatable
    }
    require(
      network.trainableParameters.contains { settings.learns($0.name, inEpoch: 1) },
      "Trainer: nothing learns in the first epoch; unfreeze something, or let a part begin earlier")
  }

  /// The number of training pictures, as far as is known: those that can be read.
  public var pictureCount: Int { features?.count ?? training.count }
  /// The number of pictures that a step sees.
  var stepSize: Int { settings.batchSize * settings.accumulation }
  /// The number of steps in an epoch.
  public var stepsPerEpoch: Int { (pictureCount + stepSize - 1) / stepSize }
  /// The number of steps of the training, unless it stops early.
  public var stepCount: Int { stepsPerEpoch * settings.epochs }
  /// The epoch of the next step, from 0.
  public var epoch: Int { step / stepsPerEpoch }
  /// Indicates whether nothing is left to do.
  public var isFinished: Bool { step >= stepCount || hasStoppedEarly }
  /// Indicates whether the validation loss has not fallen for too long.
  public var hasStoppedEarly: Bool {
    guard let patience = settings.patience, let best else { return false }
    return history.count - best.epoch >= patience
  }
  /// Indicates whether the frozen prefix is computed once for each picture.
  public var keepsFeatures: Bool { features != nil }
  /// The changes since the beginning, by parameters and buffers.
  public var receipt: FreezeReceipt { record.receipt }

  /// Computes once what the frozen prefix makes of pictures, if that can be kept; the first step does it
  /// otherwise.
  ///
  /// - Parameter progress: Called with the number of further pictures that are done.
  /// - Throws: An error if a temporary file cannot be written.
  public func prepare(progress: (Int) -> Void = { _ in }) throws(FileError) {
    if isPrepared { return }
    isPrepared = true
    network.train()
    guard FrozenPrefix(of: network).count > 0 else { return }
    if training.isRepeatable && settings.mixing == nil {
      let kept = try network.frozenFeatures(of: training, progress: progress)
      features = kept
      unreadable = kept.unreadable
    }
    if let validation, validation.isRepeatable {
      validationFeatures = try network.frozenFeatures(of: validation, progress: progress)
    }
    epochStart = ProcessInfo.processInfo.systemUptime
  }

  /// Makes one step, and judges the network after the last one of an epoch.
  ///
  /// - Returns: Whether a step was made; `false` when the training is finished.
  /// - Throws: ``DivergenceError`` at the first loss, gradient or parameter that is not finite. The network then
  ///   has the parameters of the best epoch; without a validation set, those of the last epoch; before
  ///   the first epoch is done, those that it began with. ``FileError`` when a temporary file cannot be read or
  ///   written.
  public func advance() throws -> Bool {
    if let divergence { throw divergence }
    try prepare()
    try checkResumed()
    if isFinished { return false }
    finishedEpoch = nil
    stepUnderWay = step
    do {
      try makeStep()
      step += 1
      if step.isMultiple(of: stepsPerEpoch) { try finishEpoch() }
    } catch let error as DivergenceError {
      throw divergence(error)
    }
    return true
  }

  /// Gives the network the parameters of the best epoch, where there were pictures to judge by.
  ///
  /// - Returns: The changes since the beginning.
  public func restoreBest() throws(StateDictError) -> FreezeReceipt {
    if let state = best?.state ?? average?.state {
      try network.load(network.stateDict.merging(state) { $1 })
    }
    return receipt
  }

  /// Runs `body` with the averaged parameters in the network, where there is an average.
  private func averaged<R>(_ body: () throws(FileError) -> R) throws(FileError) -> R {
    guard let average else { return try body() }
    average.exchange()
    defer { average.exchange() }
    return try body()
  }

  /// The pictures of a step.
  private func rows(ofStep step: Int) -> ArraySlice<Int> {
    let (epoch, place) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    if order.epoch != epoch {
      var random = RandomSource(seed: settings.seed, at: [1, UInt64(epoch)])
      order = (epoch, random.permutation(pictureCount))
    }
    return order.rows[(place * stepSize)..<min((place + 1) * stepSize, pictureCount)]
  }

  private func makeStep() throws {
    let rows = rows(ofStep: step)
    optimizer.zeroGrad()
    var seen = RunningMeans()
    try freezingWhatWaits {
      network.train()
      seedRandomLayers()
      for start in stride(from: rows.startIndex, to: rows.endIndex, by: settings.batchSize) {
        let part = rows[start..<min(start + settings.batchSize, rows.endIndex)]
        try addGradients(of: part, share: Double(part.count) / Double(rows.count), to: &seen)
      }
    }
    if seen.isEmpty { return }
    try requireFiniteGradients()
    record.noteGradients()
    if let limit = settings.clipNorm {
      clipGradientNorm(network.trainableParameters, to: limit)
    }
    let factor = settings.schedule.factor(at: step, of: stepCount)
    for index in optimizer.groups.indices {
      optimizer.groups[index].learningRate = baseRates[index] * factor
    }
    optimizer.step()
    try requireFiniteParameters()
    average?.update()
    lastLoss = seen.loss
    running.add(seen)
  }

  /// Runs `body` with those parts frozen whose first epoch is still to come. The others do not know of it: what is
  /// kept of an epoch has all parts.
  private func freezingWhatWaits(_ body: () throws -> Void) rethrows {
    let waiting = network.trainableParameters.filter {
      !settings.learns($0.name, inEpoch: epoch + 1)
    }
    for (_, variable) in waiting { variable.requiresGrad = false }
    defer { for (_, variable) in waiting { variable.requiresGrad = true } }
    try body()
  }

  /// Adds the gradients of one batch to those of the step's batches before it.
  ///
  /// - Parameters:
  ///   - rows: The pictures.
  ///   - share: Their share of the step's pictures, by which their mean loss counts.
  ///   - seen: Takes in loss and accuracy.
  private func addGradients(
    of rows: ArraySlice<Int>, share: Double, to seen: inout RunningMeans
  ) throws {
    guard let batch = try batch(of: Array(rows), epoch: epoch) else { return }
    let labels = batch.labels
    let outputs = batch.outputs()
    let logits = classOutputs(outputs)
    var loss =
      if let targets = batch.targets {
        crossEntropy(
          logits, classOutputs(Variable(targets)), labelSmoothing: settings.labelSmoothing)
      } else {
        crossEntropy(logits, labels, labelSmoothing: settings.labelSmoothing)
      }
    if let features = distillation?.features, let targets = batch.targets {
      let classes = training.classes.count
      let seen = outputs.slice(classes..<(classes + features.count), axis: 1)
      let wanted = targets.slice(classes..<(classes + features.count), axis: 1)
      loss = loss + mseLoss(seen, Variable(wanted)) * features.weight
    }
    loss.backward(share == 1 ? nil : Tensor(share, dtype: loss.dtype))
    // A device has only been told what to do. Whoever reads a number waits for it, so the next pictures come first.
    if loss.value.deviceName != nil { readAhead(after: rows) }
    try requireFinite(loss, of: batch)
    seen.add(
      loss: loss.item(), accuracy: accuracy(logits.value, labels), count: labels.count)
  }

  /// Reads the pictures that come after some of this step's.
  private func readAhead(after rows: ArraySlice<Int>) {
    if features != nil { return }
    var (next, epoch) = (self.rows(ofStep: step)[rows.endIndex...], epoch)
    if next.isEmpty {
      if step + 1 == stepCount { return }
      (next, epoch) = (self.rows(ofStep: step + 1), (step + 1) / stepsPerEpoch)
    }
    let wanted = Array(next.prefix(settings.batchSize))
    ahead = (wanted, epoch, training.batch(wanted, epoch: epoch))
  }

  /// The outputs, or the targets, that belong to classes: without those that learn what a teacher sees.
  private func classOutputs(_ outputs: Variable) -> Variable {
    guard let features = distillation?.features else { return outputs }
    let classes = training.classes.count
    require(
      outputs.shape.last == classes + features.count,
      "Trainer: \(classes) classes and \(features.count) features of the teacher take a network with "
        + "\(classes + features.count) outputs, got \(outputs.shape)")
    return outputs.slice(0..<classes, axis: 1)
  }

  /// Indicates whether layers go by the statistics of the batch, which takes more than one picture.
  private let usesBatchStatistics: Bool

  /// The learning rates of the optimizer's groups at the beginning.
  lazy var baseRates: [Double] = optimizer.groups.map {
    $0.learningRate ?? settings.learningRate
  }

  /// Pictures, or what the frozen prefix made of them, with their labels.
  struct Batch {
    let inputs: Tensor
    let labels: IntTensor
    /// The targets, where they are more than labels.
    let targets: Tensor?
    /// The network to run on the inputs.
    let network: (Variable) -> Variable

    /// The network's outputs for the pictures.
    func outputs() -> Variable { network(Variable(inputs)) }
  }

  /// Some pictures, ready for the network; `nil` when none of them can be read.
  private func batch(of rows: [Int], epoch: Int) throws(FileError) -> Batch? {
    if let features {
      if rows.count == 1 && usesBatchStatistics { return nil }
      let labels = features.labels(of: rows)
      return Batch(
        inputs: try features.batch(of: rows), labels: labels,
        targets: targets(labels, rows.map { features.indices[$0] }),
        network: features.prefix.outputs)
    }
    let isReady = ahead.map { $0.rows == rows && $0.epoch == epoch } ?? false
    let batch = isReady ? ahead!.batch : training.batch(rows, epoch: epoch)
    ahead = nil
    let known = Set(unreadable.map(\.index))
    unreadable += batch.unreadable.filter { !known.contains($0.index) }
    // What is left over at the end of an epoch may be a single picture, which has no variance.
    if batch.pictures.isEmpty || batch.pictures.count == 1 && usesBatchStatistics { return nil }
    let labels = IntTensor(batch.indices.map { training.label($0, epoch: epoch) })
    var pictures = batch.stacked()
    var targets = targets(labels, batch.indices)
    if let mixing = settings.mixing, targets != nil {
      var random = RandomSource(seed: settings.seed, at: [4, UInt64(step), UInt64(rows[0])])
      mixing(&pictures, targets: &targets!, using: &random)
    }
    return Batch(
      inputs: pictures, labels: labels, targets: targets, network: network.callAsFunction)
  }

  /// The probabilities that are to be learned, [N, classes]; `nil` where the labels say it all.
  private func targets(_ labels: IntTensor, _ indices: [Int]) -> Tensor? {
    if distillation == nil && settings.mixing == nil { return nil }
    let targets = Tensor.mixedTargets(
      labels, classes: training.classes.count, share: 1, dtype: .float32)
    return distillation.map { $0.blended(targets, of: indices) } ?? targets
  }

  /// Dropout, and every other layer that draws, draws from a sequence that belongs to the step.
  func seedRandomLayers() {
    for (index, (_, layer)) in network.namedLayers.enumerated() {
      if let layer = layer as? any RandomLayer {
        layer.random = RandomSource(seed: settings.seed, at: [2, UInt64(step), UInt64(index)])
      }
    }
  }

  private func finishEpoch() throws {
    var result = EpochResult(
      epoch: history.count + 1, trainingLoss: running.loss, trainingAccuracy: running.accuracy)
    result.learningRate = optimizer.groups[0].learningRate ?? settings.learningRate
    running = RunningMeans()
    if let evaluation = try averaged({ () throws(FileError) in try evaluateValidation() }) {
      try requireFinite(evaluation)
      lastEvaluation = evaluation
      result.validationLoss = evaluation.loss
      result.validationAccuracy = evaluation.accuracy
      let lowest = best.flatMap { history[$0.epoch - 1].validationLoss }
      if lowest.map({ evaluation.loss < $0 }) ?? true {
        best = (result.epoch, average?.state ?? changingState)
        bestEvaluation = evaluation
      }
    } else {
      if isFinished { try checkLastStep() }
      lastGood = (result.epoch, average?.state ?? changingState)
    }
    let now = ProcessInfo.processInfo.systemUptime
    result.seconds = now - epochStart
    epochStart = now
    history.append(result)
    finishedEpoch = result
  }

  /// Without a validation set, nothing has gone through the network after the last step yet.
  private func checkLastStep() throws {
    network.eval()
    defer { network.train() }
    let rows = Array(rows(ofStep: stepUnderWay))
    guard let batch = try batch(of: rows, epoch: settings.epochs - 1) else { return }
    try requireFinite(withoutGradients { batch.outputs() }, of: batch)
  }

  /// The evaluation of the network, as it is now, on the validation set.
  ///
  /// - Returns: `nil` where there are none.
  /// - Throws: An error if a temporary file cannot be read or written.
  public func evaluateValidation() throws(FileError) -> Evaluation? {
    guard let validation else { return nil }
    try prepare()
    network.eval()
    defer { network.train() }
    if let kept = validationFeatures {
      return try evaluate(
        kept, classes: training.classes, batchSize: settings.batchSize, outputs: classOutputs)
    }
    return evaluate(validation, batchSize: settings.batchSize) { classOutputs(network($0)) }
  }
}
