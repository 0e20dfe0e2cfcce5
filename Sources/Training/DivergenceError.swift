import Foundation
import RetrogradText

/// The reason why a training cannot go on: it has come to numbers that are infinite or not a number.
///
/// Steps that are too large are the usual reason. The network has the last good parameters then; see
/// ``Trainer/advance()``.
public struct DivergenceError: ExplainedError {
  /// The quantity that is not finite.
  public enum Quantity: Sendable {
    /// The parameters that the network started from.
    case start
    /// The pictures of a step.
    case pictures
    /// The loss of a step.
    case loss
    /// A gradient of a step.
    case gradient
    /// A parameter or a buffer after a step.
    case parameters
    /// The network's output for the validation pictures after an epoch.
    case validation
  }

  /// The quantity that is not finite.
  public let quantity: Quantity
  /// The layer or parameter, by its path; `nil` if it is in no layer.
  public let place: String?
  /// The step, from 1.
  public let step: Int
  /// The number of steps that the training was to have.
  public let stepCount: Int
  /// The epoch, from 1.
  public let epoch: Int
  /// The largest learning rate of that step.
  public let learningRate: Double
  /// The epoch after which the network was as it is again, from 1; `nil` where it is what the training began with.
  public internal(set) var keptEpoch: Int?
  /// The state of the network, for people.
  public package(set) var outcome = ""

  /// A learning rate that may do.
  public var smallerRate: Double { learningRate / 10 }

  /// The finding, with its place and time.
  public var finding: String {
    let found =
      switch quantity {
      case .start: "the parameters that the training started from are not finite"
      case .pictures: "the pictures are not finite"
      case .loss: "the loss is not finite"
      case .gradient: "a gradient is not finite"
      case .parameters: "a parameter or a running statistic is not finite"
      case .validation: "the network's output for the validation pictures is not finite"
      }
    let rate = String(format: "%.3g", learningRate)
    return "step \(step) of \(stepCount), epoch \(epoch), learning rate \(rate): \(found)"
      + (place.map { ", first in \($0)" } ?? "")
  }

  /// The remedy, for people.
  public var remedy: String {
    switch quantity {
    case .start: "Start from other weights."
    case .pictures: "Look for a division by 0 in the preprocessing of the pictures."
    case .loss, .gradient, .parameters, .validation:
      String(format: "Try a learning rate of %.2g or less, ", smallerRate)
        + "warm-up steps, or gradient clipping."
    }
  }

  /// The finding, the state of the network, and the remedy.
  public var description: String { "\(finding). \(outcome) \(remedy)" }
}
