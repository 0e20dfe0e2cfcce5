import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson4 --check` tells whether it is right.

/// Softmax of each row, also where numbers are large: `exp(x − m) / Σ exp(x − m)` with the largest number `m` of the row.
///
/// (Only the numbers are checked: the library's `softmax` would pass, and teach nothing. The same holds for the next three.)
///
/// - Parameter logits: [rows, classes].
/// - Returns: [rows, classes]; each row has the sum 1.
func stableSoftmax(_ logits: Tensor) throws -> Tensor {
  throw NotWritten(
    "logits.amax(axes: [1], keepDims: true) is the largest number of each row, with shape [rows, 1]."
  )
}

/// The logarithm of a sum of exponentials for each row: `m + log Σ exp(x − m)` with the largest number `m` of the row.
///
/// - Parameter logits: [rows, classes].
/// - Returns: [rows].
func logSumExp(_ logits: Tensor) throws -> Tensor {
  throw NotWritten(
    "The same largest number as before. With keepDims the result is [rows, 1]; reshape it to [rows]."
  )
}

/// The cross-entropy: the mean over the rows of `log Σ exp(x) − x[label]`.
///
/// - Parameters:
///   - logits: [rows, classes].
///   - labels: The right class of each row.
/// - Returns: One number.
func crossEntropyByHand(_ logits: Tensor, _ labels: IntTensor) throws -> Double {
  throw NotWritten(
    "logits[row, labels[row]] is the score of the right class. The logits are not probabilities yet."
  )
}

/// The gradient of the cross-entropy with respect to the logits: `(p − y) / rows`, where `p` is the softmax of a row and `y`
/// is 1 for the right class and 0 for the others.
///
/// - Parameters:
///   - logits: [rows, classes].
///   - labels: The right class of each row.
/// - Returns: [rows, classes].
func crossEntropyGradient(_ logits: Tensor, _ labels: IntTensor) throws -> Tensor {
  throw NotWritten(
    "logits.softmax(axis: 1) is p; its scalars are an array that you can subtract from. What is the loss the mean of?"
  )
}

/// Predict, then run: what is the cross-entropy of a network that knows nothing and finds all classes equally likely?
///
/// - Parameter classes: The number of classes.
/// - Returns: The loss.
func lossOfGuessing(classes: Int) throws -> Double {
  throw NotWritten("The loss is −log p, and p is the same for all classes.")
}
