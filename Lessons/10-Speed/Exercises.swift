import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson10 --check` tells whether it is right.

/// A product of matrices that lie row by row in arrays, with the loops in the order i, k, j: the innermost one walks along
/// rows of `b` and of the result, so that neighbors in memory follow each other. (Only the numbers are checked; the order is
/// for the speed.)
///
/// - Parameters:
///   - a: [rows, inner].
///   - b: [inner, columns].
/// - Returns: [rows, columns].
func product(_ a: [Float], _ b: [Float], rows: Int, inner: Int, columns: Int) throws -> [Float] {
  throw NotWritten(
    "result[i * columns + j] += a[i * inner + k] * b[k * columns + j], with j in the innermost loop."
  )
}

/// The patches of a picture as columns of a matrix, so that a convolution becomes a product of matrices (no padding, stride 1).
///
/// Row `(c · k + a) · k + b` holds, for each place (i, j) of the result from left to right and then down, the number
/// `picture[c, i + a, j + b]`.
///
/// (Only the numbers are checked, here too.)
///
/// - Parameters:
///   - picture: [channels, height, width].
///   - kernel: k.
/// - Returns: [channels · k · k, (height − k + 1) · (width − k + 1)].
func patches(_ picture: Tensor, kernel: Int) throws -> Tensor {
  throw NotWritten(
    "Five loops in the order c, a, b, i, j, each appending one number to an array; then Tensor(numbers, shape: […], dtype: picture.dtype)."
  )
}

/// Two neighboring results of a filter with three numbers, from four numbers, with only four multiplications of a number of
/// the picture with one of the filter (S. Winograd, "Arithmetic Complexity of Computations", 1980):
///
/// m₁ = (d₀ − d₂) g₀,  m₂ = (d₁ + d₂) · ((g₀ + g₁ + g₂) / 2),  m₃ = (d₂ − d₁) · ((g₀ − g₁ + g₂) / 2),  m₄ = (d₁ − d₃) g₂;
/// y₀ = m₁ + m₂ + m₃,  y₁ = m₂ − m₃ − m₄.
///
/// - Parameters:
///   - d: Four numbers of the picture; `+`, `−` and `*` are counted.
///   - g: Three numbers of the filter; sums of them and halves are free, because a filter is used for very many pictures.
/// - Returns: `[d₀ g₀ + d₁ g₁ + d₂ g₂, d₁ g₀ + d₂ g₁ + d₃ g₂]`.
func winograd(_ d: [Counted], _ g: [Double]) throws -> [Counted] {
  throw NotWritten(
    "First the sums of the filter, such as let half = (g[0] + g[1] + g[2]) / 2. Then four lines for m₁ to m₄, each with one * between a Counted, which counts it, and a Double; then the two results."
  )
}

/// The arithmetic intensity of a product of matrices, in operations per byte that must be moved: each multiplication and
/// each addition is an operation; each number of the two matrices is read once, each of the result is written once, and
/// has 4 bytes.
///
/// - Returns: Operations per byte.
func intensity(rows: Int, inner: Int, columns: Int) throws -> Double {
  throw NotWritten(
    "Count the multiplications, twice; count the numbers of three matrices, times 4; divide.")
}

/// The limit of the roofline: no more than the arithmetic, and no more than memory can feed.
///
/// - Parameters:
///   - intensity: Operations per byte.
///   - peak: Operations a second.
///   - bandwidth: Bytes a second.
/// - Returns: Operations a second.
func attainable(intensity: Double, peak: Double, bandwidth: Double) throws -> Double {
  throw NotWritten("How many operations a second can memory feed? Whichever is less decides.")
}
