import Foundation
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradTensors

/// The losses of a training whose learning rate grows with each step: too small at first, too large in the end.
///
/// The loss stays where it is, falls, and rises when steps become too large. A good learning rate lies well before
/// that: a tenth of the rate where the loss was lowest.
///
/// Source: L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, section 3.3; the choice of a
/// tenth is that of J. Howard and S. Gugger, "Fastai: A Layered API for Deep Learning", 2020.
public struct LearningRateSearch: Equatable, Sendable {
  /// A step.
  public struct Point: Equatable, Sendable {
    /// The learning rate.
    public let rate: Double
    /// The mean loss over the step's pictures, before it.
    public let loss: Double
    /// The moving average of the losses, in which each step counts 0.9 times as much as the next.
    public let smoothedLoss: Double
  }

  /// The steps in their order; none after the one at which the training diverged.
  public let points: [Point]

  /// The weight of what was in the moving average.
  private static let decay = 0.9
  /// The moving average ends the search when it exceeds so many times its lowest value.
  private static let limit = 4.0
  /// The share of its first value that the moving average has to come down to.
  private static let fall = 0.9

  /// A search with given losses.
  ///
  /// - Parameter losses: Learning rates, ascending, with their losses. Those from the first one on that is not finite,
  ///   or that brings the moving average above four times its lowest value, are left out.
  public init(_ losses: [(rate: Double, loss: Double)]) {
    var points: [Point] = []
    var (sum, weight, lowest) = (0.0, 0.0, Double.infinity)
    for (rate, loss) in losses {
      guard loss.isFinite else { break }
      sum = sum * Self.decay + loss * (1 - Self.decay)
      weight = weight * Self.decay + 1 - Self.decay
      let mean = sum / weight
      points.append(Point(rate: rate, loss: loss, smoothedLoss: mean))
      lowest = min(lowest, mean)
      if mean > Self.limit * lowest { break }
    }
    self.points = points
  }

  /// A tenth of the learning rate at which the moving average was lowest, with one digit; `nil` where the loss has not
  /// fallen by a tenth at any rate.
  public var suggestion: Double? {
    guard let first = points.first,
      let best = points.min(by: { $0.smoothedLoss < $1.smoothedLoss }),
      best.smoothedLoss < Self.fall * first.smoothedLoss
    else { return nil }
    let rate = best.rate / 10
    let unit = pow(10, floor(log10(rate)))
    return (rate / unit).rounded() * unit
  }
}

/// Trains for some steps with a learning rate that grows from step to step, and gives the network the parameters back
/// that it had.
///
/// - Parameters:
///   - network: The network; what is frozen stays so.
///   - pictures: The training set.
///   - settings: The settings of the training. Rates of parts keep their ratio to the learning rate; schedule, patience
///     and moving average play no part.
///   - rates: The first and the last learning rate.
///   - steps: The number of steps, which is rounded up to whole epochs.
///   - progress: Called after each step with their number and how many there are at most.
public func searchLearningRate(
  of network: any StagedLayer, on pictures: any LabeledPictures, settings: TrainingSettings,
  rates: ClosedRange<Double> = 1e-6...1, steps: Int = 100,
  progress: (Int, Int) -> Void = { _, _ in }
) throws -> LearningRateSearch {
  require(
    rates.lowerBound > 0 && steps > 0,
    "searchLearningRate: needs rates above 0 and at least one step, got \(rates) and \(steps)")
  var tried = settings
  let size = settings.batchSize * settings.accumulation
  let stepsPerEpoch = (pictures.count + size - 1) / max(size, 1)
  tried.epochs = (steps + stepsPerEpoch - 1) / max(stepsPerEpoch, 1)
  tried.learningRate = rates.lowerBound
  tried.layerRates = settings.layerRates.map {
    .init(path: $0.path, rate: $0.rate * rates.lowerBound / settings.learningRate)
  }
  tried.schedule = LearningRateSchedule(.exponential(to: rates.upperBound / rates.lowerBound))
  (tried.patience, tried.averaging) = (nil, nil)
  return try network.keepingState {
    let trainer = Trainer(network, training: pictures, settings: tried)
    var losses: [(rate: Double, loss: Double)] = []
    do {
      while try trainer.advance() {
        let factor = tried.schedule.factor(at: trainer.step - 1, of: trainer.stepCount)
        losses.append((rates.lowerBound * factor, trainer.lastLoss))
        progress(trainer.step, trainer.stepCount)
        if LearningRateSearch(losses).points.count < losses.count { break }
      }
    } catch is DivergenceError {
      // What it looks for: no larger rate has a loss.
    }
    return LearningRateSearch(losses)
  }
}

extension Layer {
  /// Runs `body`; afterwards all parameters and buffers are what they were.
  func keepingState<R>(_ body: () throws -> R) rethrows -> R {
    let state = stateDict
    defer {
      do throws(StateDictError) {
        try load(state)
      } catch {
        stop("keepingState: the network has been replaced by a different one: \(error)")
      }
    }
    return try body()
  }
}
