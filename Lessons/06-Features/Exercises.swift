import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson6 --check` tells whether it is right.

/// The receptive field: the number of pixels that one number of a layer sees, along one axis.
///
/// It begins with 1. Each layer adds `(kernel − 1)` steps, and a step is as many pixels as the strides of all layers *before*
/// it multiply to.
///
/// - Parameters:
///   - kernels: Of the layers, in their order.
///   - strides: Of the layers, in their order.
/// - Returns: Pixels.
func receptiveField(kernels: [Int], strides: [Int]) throws -> Int {
  throw NotWritten(
    "Keep two numbers in a loop: the field so far, and how many pixels apart neighbors lie.")
}

/// The saliency map: the largest absolute value of the derivative of a class's score with respect to a pixel, over the
/// channels.
///
/// - Parameters:
///   - network: Gives scores [1, classes] for pictures [1, 3, height, width].
///   - picture: [1, 3, height, width].
///   - target: The class.
/// - Returns: [height, width].
func saliencyMap(
  _ network: (Variable) -> Variable, of picture: Tensor, target: Int
) throws -> Tensor {
  throw NotWritten(
    """
    Make a Variable of the picture that requires a gradient. One number of the scores is
    scores.slice(target..<(target + 1), axis: 1).sum(); gradients(of:withRespectTo:) does the rest.
    """)
}

/// Grad-CAM, where a layer's maps speak for a class: `relu(Σ w_c · maps_c)`; the weight `w_c` is the mean of the
/// score's gradient over the positions of map `c`.
///
/// - Parameters:
///   - maps: [1, channels, height, width].
///   - gradient: Of the score with respect to the maps, in the same shape.
/// - Returns: [height, width].
func classActivation(maps: Tensor, gradient: Tensor) throws -> Tensor {
  throw NotWritten(
    "gradient.mean(axes: [2, 3], keepDims: true) are the weights, with shape [1, channels, 1, 1].")
}

/// A picture that raises a score: in each step it moves by `rate` along the gradient, divided by the gradient's length.
///
/// - Parameters:
///   - picture: The picture to start from, of any shape.
///   - steps: The number of steps.
///   - rate: The size of each step.
///   - score: One number for a picture.
/// - Returns: In the picture's shape.
func ascended(
  _ picture: Tensor, steps: Int, rate: Double, score: (Variable) -> Variable
) throws -> Tensor {
  throw NotWritten(
    "In each step: a new Variable of the picture, the gradient of its score, and picture + gradient · (rate / length); "
      + "the length is gradient.norm().item().")
}
