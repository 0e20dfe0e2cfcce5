import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson5 --check` tells whether it is right.

/// The number of parameters of a convolution: one kernel for each pair of channels, and one bias for each output.
///
/// - Parameters:
///   - inputs: Channels that come in.
///   - outputs: Channels that go out.
///   - kernel: Rows and columns of each kernel.
/// - Returns: Weights and biases together.
func parameterCount(inputs: Int, outputs: Int, kernel: Int) throws -> Int {
  throw NotWritten(
    "The lesson prints a table of all layers: try your formula on one of them. The kernels are 11, 5, 3, 3 and 3, and the layer before says how many channels come in."
  )
}

/// The number of multiplications of a convolution for one picture.
///
/// - Parameters:
///   - inputs: Channels that come in.
///   - outputs: Channels that go out.
///   - kernel: Rows and columns of each kernel.
///   - side: Rows and columns of the result.
/// - Returns: Multiplications; biases are added, not multiplied.
func multiplications(inputs: Int, outputs: Int, kernel: Int, side: Int) throws -> Int {
  throw NotWritten(
    "Each number of the result is a sum of products. How many numbers, and how many products each?")
}

/// The classes with the largest scores, the largest first; of equal scores the class with the smaller number first.
///
/// - Parameters:
///   - logits: [classes].
///   - count: The number of classes to return, at most all of them.
/// - Returns: Numbers of classes, from 0.
func topClasses(_ logits: Tensor, count: Int) throws -> [Int] {
  throw NotWritten(
    "logits.scalars is an array. Sort its indices, not its numbers: compare (−score, index).")
}

/// The network's confidence in its choice: the softmax of the largest logit of each row.
///
/// - Parameter logits: [pictures, classes].
/// - Returns: [pictures].
func confidence(_ logits: Tensor) throws -> Tensor {
  throw NotWritten(
    "softmax(axis: 1) of a tensor makes probabilities of the scores; amax(axes: [1]) takes the largest."
  )
}

/// Predict, then run: how large are the maps of AlexNet's features for square pictures?
///
/// A convolution or pooling with kernel k, stride s and padding p makes `(side + 2p − k) / s + 1` of a side, rounded down.
/// conv1: k 11, s 4, p 2. pool1: k 3, s 2. conv2: k 5, p 2. pool2: k 3, s 2. conv3, conv4, conv5: k 3, p 1. pool5: k 3, s 2.
///
/// - Parameter side: Rows and columns of the picture.
/// - Returns: The sides after conv1, pool1, conv2, pool2, conv3, conv4, conv5, pool5.
func featureSides(of side: Int) throws -> [Int] {
  throw NotWritten(
    "Eight numbers, each from the one before. The lesson's table has them for one size; this time the picture has another."
  )
}
