import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson1 --check` tells whether it is right.

/// The brightness of each pixel: `0.299 · red + 0.587 · green + 0.114 · blue`.
///
/// - Parameter picture: [3, height, width]: red, green and blue planes.
/// - Returns: [height, width].
func gray(_ picture: Tensor) throws -> Tensor {
  throw NotWritten(
    "picture[0..<1] is the red plane with shape [1, height, width]. Weigh the three planes, add them, and use "
      + "reshaped to leave out the axis of length 1.")
}

/// A picture whose planes have been shifted and scaled: `(x − mean) / deviation`, with the mean and the standard
/// deviation of each plane.
///
/// - Parameters:
///   - picture: [3, height, width].
///   - mean: The mean of each plane.
///   - deviation: The standard deviation of each plane.
/// - Returns: [3, height, width].
func normalized(_ picture: Tensor, mean: [Double], deviation: [Double]) throws -> Tensor {
  throw NotWritten(
    "Tensor(mean, shape: [3, 1, 1], dtype: picture.dtype) can be subtracted from a picture: axes of length 1 are "
      + "repeated.")
}

/// The middle of a picture. `(height − size) / 2` rows are left out above, rounded down, and likewise on the left.
///
/// - Parameters:
///   - picture: [3, height, width].
///   - size: Height and width of the result, at most those of the picture.
/// - Returns: [3, size, size].
func middle(of picture: Tensor, size: Int) throws -> Tensor {
  throw NotWritten(
    "picture.slice(top..<(top + size), axis: 1) keeps some rows; axis 2 are the columns.")
}

/// A picture as a mirror shows it: left and right are exchanged.
///
/// - Parameter picture: [3, height, width].
/// - Returns: [3, height, width].
func mirrored(_ picture: Tensor) throws -> Tensor {
  throw NotWritten(
    "picture.flipped(axes:) reverses axes. Which of 0, 1 and 2 runs from left to right?")
}

/// Predict, then run: what shape does the tensor have that a network takes, if it holds this many pictures in color?
///
/// - Parameters:
///   - count: The number of pictures.
///   - width: Pixels from left to right.
///   - height: Pixels from top to bottom.
/// - Returns: The shape.
func batchShape(count: Int, width: Int, height: Int) throws -> [Int] {
  throw NotWritten(
    "Return four numbers. The lesson prints the shape of a batch of square pictures; these are not."
  )
}
