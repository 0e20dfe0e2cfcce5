import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson8 --check` tells whether it is right.

/// Returns the parameters that learn: those that a layer's path names, and those inside of it. "features.1" means
/// features.1.weight, but not features.10.weight.
///
/// - Parameters:
///   - names: Of all parameters, such as "features.0.weight".
///   - layers: Paths of layers or parameters, such as "classifier" or "features.10".
/// - Returns: The names that learn, in their order.
func trainable(_ names: [String], layers: [String]) throws -> [String] {
  throw NotWritten("A name belongs to a path if it is the path, or begins with the path and a dot.")
}

/// Learning rates that fall from the last layer to the first: each layer has `factor` times the rate of the layer after it.
///
/// - Parameters:
///   - count: The number of layers.
///   - last: The rate of the last layer.
///   - factor: From 0 to 1.
/// - Returns: One rate for each layer, the first layer first.
func layerRates(count: Int, last: Double, factor: Double) throws -> [Double] {
  throw NotWritten("The last layer has factor⁰, the one before it factor¹, ….")
}

/// One step of gradient descent with weight decay that leaves frozen parameters as they are:
/// `x = x − rate · (gradient + decay · x)`.
///
/// - Parameters:
///   - parameters: Any tensors.
///   - gradients: One for each parameter.
///   - isFrozen: Whether each of them is frozen: it must stay as it is, bit for bit.
///   - rate: The learning rate.
///   - decay: The weight decay: the strength with which each step pulls towards 0.
/// - Returns: The new parameters.
func stepped(
  _ parameters: [Tensor], gradients: [Tensor], isFrozen: [Bool], rate: Double, decay: Double
) throws -> [Tensor] {
  throw NotWritten(
    "For each index: the parameter itself if it is frozen, otherwise the formula. Weight decay moves a parameter too."
  )
}

/// The receipt of a training: how far the number that changed most has moved, for each parameter.
///
/// - Parameters:
///   - before: Parameters before the training.
///   - after: The same parameters after it.
/// - Returns: The largest absolute change of each.
func largestChanges(before: [Tensor], after: [Tensor]) throws -> [Double] {
  throw NotWritten("abs() of a difference of tensors, max() of that, item() of that.")
}

/// Returns the epoch to keep: the first of those with the lowest validation loss.
///
/// - Parameters:
///   - trainingLosses: By epoch.
///   - validationLosses: By epoch.
/// - Returns: Its number, from 0.
func epochToKeep(trainingLosses: [Double], validationLosses: [Double]) throws -> Int {
  throw NotWritten(
    "Which of the two losses is about pictures that the network has not learned by heart?")
}
