import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson2 --check` tells whether it is right.

/// The convolution of a picture with a kernel, as networks do it: the kernel is laid on every place where it fits, and
/// what lies on each other is multiplied and added. It is not turned round.
///
/// `y[i, j] = Σ_a Σ_b picture[i + a, j + b] · kernel[a, b]`
///
/// A `Grid` has rows, columns and numbers, and no operations: the loops are yours.
///
/// - Parameters:
///   - picture: height × width numbers.
///   - kernel: k × k numbers.
/// - Returns: (height − k + 1) × (width − k + 1) numbers.
func convolved(_ picture: Grid, _ kernel: Grid) throws -> Grid {
  throw NotWritten(
    "Four loops: over the rows and columns of the result, and over those of the kernel. picture[i, j] is one number, "
      + "picture.rows their count downwards; begin with var result = Grid(rows: …, columns: …), which is 0 everywhere."
  )
}

/// A Gaussian kernel: `exp(−d² / (2σ²))` at distance `d` from the middle, divided by the sum of all.
///
/// - Parameters:
///   - size: Rows and columns, odd or even; the middle lies at `(size − 1) / 2`.
///   - deviation: `σ`.
/// - Returns: [size, size], with sum 1.
func gaussianKernel(size: Int, deviation: Double) throws -> Tensor {
  throw NotWritten(
    "d² is the sum of the squared distances in rows and columns. Fill an array, make a tensor of it with dtype "
      + "float64, and divide it by its sum().item().")
}

/// The number of positions of a kernel along one axis.
///
/// - Parameters:
///   - side: The picture's extent.
///   - kernel: The kernel's extent.
///   - stride: The distance by which it moves each time.
///   - padding: The number of zeros that are added at each of the two ends.
/// - Returns: The extent of the result.
func outputSide(of side: Int, kernel: Int, stride: Int, padding: Int) throws -> Int {
  throw NotWritten(
    "Where can the kernel's first row lie? Count the multiples of the stride from 0 to the last place."
  )
}

/// Half as many rows and columns: each number is the mean of a block of 2 × 2.
///
/// - Parameter picture: [height, width], both even.
/// - Returns: [height / 2, width / 2].
func halved(_ picture: Tensor) throws -> Tensor {
  throw NotWritten(
    "reshaped([height / 2, 2, width / 2, 2]) puts the blocks into axes 1 and 3; then take a mean.")
}

/// Predict, then run: stripes with `frequency` periods a pixel are drawn, and only every second pixel is kept. How
/// many periods do they seem to have in a pixel of the small picture?
///
/// Nobody can tell frequencies from each other that differ by a whole number; of all of them the one between 0 and 0.5 is
/// seen.
///
/// - Parameter frequency: From 0 to 0.5.
/// - Returns: From 0 to 0.5.
func seenFrequency(afterHalving frequency: Double) throws -> Double {
  throw NotWritten(
    "Twice as many periods lie in each pixel. How far is that from the next whole number?")
}
