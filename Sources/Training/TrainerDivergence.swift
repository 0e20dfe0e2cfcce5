import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors

// A training stops at the first number that is infinite or none: what comes after it is lost.

extension Trainer {
  /// Stops where a loss is not finite.
  ///
  /// - Parameters:
  ///   - loss: The loss, or what the network gave.
  ///   - batch: The batch that went through the network; it goes through again to find the layer.
  func requireFinite(_ loss: Variable, of batch: Batch) throws(DivergenceError) {
    if loss.value.isFinite { return }
    if let name = network.firstNumbersNotFinite {
      throw failure(step == 0 ? .start : .parameters, in: name)
    }
    if !batch.inputs.isFinite { throw failure(.pictures) }
    seedRandomLayers()
    throw failure(.loss, in: network.firstLayerNotFinite { batch.outputs() })
  }

  /// Stops where a gradient is not finite: of several, the one next to the loss is named, where they come from.
  func requireFiniteGradients() throws(DivergenceError) {
    let gradients = network.trainableParameters.compactMap { name, variable in
      variable.grad.map { (name, $0) }
    }
    let areFinite = Tensor.areFinite(gradients.map(\.1))
    if let index = areFinite.lastIndex(of: false) {
      throw failure(.gradient, in: gradients[index].0)
    }
  }

  /// Stops where a step has made a parameter infinite.
  func requireFiniteParameters() throws(DivergenceError) {
    let parameters = network.trainableParameters
    let areFinite = Tensor.areFinite(parameters.map(\.variable.value))
    if let index = areFinite.firstIndex(of: false) {
      throw failure(.parameters, in: parameters[index].name)
    }
  }

  /// Stops where the network no longer gives numbers for the validation set.
  func requireFinite(_ evaluation: Evaluation) throws(DivergenceError) {
    if evaluation.predictions.isEmpty || evaluation.loss.isFinite { return }
    throw failure(.validation, in: network.firstNumbersNotFinite)
  }

  private func failure(
    _ quantity: DivergenceError.Quantity, in place: String? = nil
  ) -> DivergenceError {
    let rates = optimizer.groups.map { $0.learningRate ?? settings.learningRate }
    return DivergenceError(
      quantity: quantity, place: place, step: stepUnderWay + 1, stepCount: stepCount,
      epoch: stepUnderWay / stepsPerEpoch + 1,
      learningRate: rates.max() ?? settings.learningRate)
  }

  /// Gives the network its last good parameters.
  ///
  /// - Returns: The failure, with what has become of the network.
  func divergence(_ failure: DivergenceError) -> DivergenceError {
    var failure = failure
    let good = best ?? lastGood
    failure.keptEpoch = good?.epoch
    failure.outcome =
      good.map { "The network is that of epoch \($0.epoch) again." }
      ?? "The network is what it was before the training."
    do throws(StateDictError) {
      try network.load(network.stateDict.merging(good?.state ?? record.before) { $1 })
    } catch {
      stop("Trainer: the network has been replaced by a different one: \(error)")
    }
    divergence = failure
    return failure
  }
}
