import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson7 --check` tells whether it is right.

/// A batch, as the script's `getBatch("train")`: some rows with their labels, drawn at random, none of them twice.
///
/// - Parameters:
///   - x: The rows, [count, numbers].
///   - y: The label of each row.
///   - size: The batch size, at most `count`.
///   - random: The source: `random.permutation(count)` gives the numbers below `count` in random order.
/// - Returns: [size, numbers] and as many labels.
func randomBatch(
  _ x: Tensor, _ y: IntTensor, size: Int, using random: inout RandomSource
) throws -> (x: Tensor, y: IntTensor) {
  throw NotWritten(
    "x.indexSelect(IntTensor(chosen), axis: 0) picks the rows whose numbers are in the array chosen; y[row] is the label of a row."
  )
}

/// Numbers of a normal distribution, none of them further than two standard deviations from 0: what lies outside is drawn again.
///
/// (Only the numbers are checked, not that they are made of `random.normal()`.)
///
/// - Parameters:
///   - count: The number of draws.
///   - deviation: The standard deviation of the normal distribution.
///   - random: `random.normal()` draws from the normal distribution with standard deviation 1.
func truncatedNormals(
  _ count: Int, deviation: Double, using random: inout RandomSource
) throws -> [Double] {
  throw NotWritten(
    "A loop that draws until it has enough, and keeps only draws between −2 and 2. Then scale them."
  )
}

/// One step of Adam for one number.
///
/// `m = β₁ m + (1 − β₁) g`, `v = β₂ v + (1 − β₂) g²`, and with `m̂ = m / (1 − β₁ᵗ)`, `v̂ = v / (1 − β₂ᵗ)`:
/// `x = x − rate · m̂ / (√v̂ + ε)`, where β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
///
/// Source: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
///
/// - Parameters:
///   - x: The number.
///   - gradient: Of the loss with respect to it.
///   - m: The mean of the gradients so far.
///   - v: The mean of their squares so far.
///   - t: The number of the step, from 1.
///   - rate: The learning rate.
/// - Returns: The new `x`, `m` and `v`.
func adamStep(
  _ x: Double, gradient: Double, m: Double, v: Double, t: Int, rate: Double
) throws -> (x: Double, m: Double, v: Double) {
  throw NotWritten("Five lines, as in the formula; pow(0.9, Double(t)) is β₁ᵗ.")
}

/// The share of rows whose largest score is that of the right class.
///
/// - Parameters:
///   - scores: [rows, classes].
///   - labels: The right class of each row.
/// - Returns: From 0 to 1.
func shareRight(_ scores: Tensor, _ labels: IntTensor) throws -> Double {
  throw NotWritten("scores.argmax(axis: 1) gives the class with the largest score for each row.")
}

/// The uncertainty of an accuracy: the standard error `√(p (1 − p) / n)` of the share `p` of `n` pictures.
///
/// - Parameters:
///   - right: The number of pictures that are classified correctly.
///   - count: The number of all pictures.
/// - Returns: The standard error of the share.
func standardError(right: Int, of count: Int) throws -> Double {
  throw NotWritten(
    "The share is Double(right) / Double(count): whole numbers would be divided without a rest.")
}
