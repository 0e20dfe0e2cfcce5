import RetrogradTensors

/// A shape: how much there is at each place, from 0 to 1.
public struct Mask: Sendable {
  let width: Int
  let height: Int
  var values: [Float]

  /// Blurs, close to a Gaussian.
  ///
  /// - Parameter deviation: Of the Gaussian, in pixels.
  public mutating func blur(_ deviation: Double) {
    blurred(&values, width: width, height: height, deviation: deviation)
  }
}

extension Canvas {
  /// Lays a color over a shape.
  ///
  /// - Parameters:
  ///   - mask: Of any size.
  ///   - color: The color.
  ///   - offset: The position of its upper left corner, in pixels.
  public mutating func fill(_ mask: Mask, _ color: Color, offset: (x: Int, y: Int) = (0, 0)) {
    let pixel = color.premultiplied
    let columns = max(0, offset.x)..<max(0, offset.x, min(width, mask.width + offset.x))
    for row in max(0, offset.y)..<max(0, offset.y, min(height, mask.height + offset.y)) {
      for column in columns {
        let share = mask.values[(row - offset.y) * mask.width + column - offset.x]
        if share > 0 {
          let place = row * width + column
          pixels[place] = over(pixel * share, pixels[place])
        }
      }
    }
  }
}

/// Numbers that can be averaged.
protocol Blurrable {
  static var zero: Self { get }
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Float) -> Self
}

extension Float: Blurrable {}
extension SIMD4<Float>: Blurrable {}

/// Three means over squares in a row, which is close to a Gaussian (W. M. Wells, "Efficient Synthesis of
/// Gaussian Filters by Cascaded Uniform Filters", 1986). At the border the last number goes on.
@inline(__always)
func blurred<Number: Blurrable>(
  _ numbers: inout [Number], width: Int, height: Int, deviation: Double
) {
  // Three boxes of width w have the variance 3 (w² − 1) / 12.
  let radius = Int((((4 * deviation * deviation + 1).squareRoot() - 1) / 2).rounded())
  if radius < 1 { return }
  let scale = 1 / Float(2 * radius + 1)
  var copy = numbers
  var sums = [Number](repeating: .zero, count: width)
  numbers.withUnsafeMutableBufferPointer { numbers in
    copy.withUnsafeMutableBufferPointer { copy in
      sums.withUnsafeMutableBufferPointer { sums in
        for _ in 0..<3 {
          // Along rows, to the copy.
          for row in 0..<height {
            let line = row * width
            let last = line + width - 1
            var sum = numbers[line] * Float(radius + 1)
            for step in 1...radius { sum = sum + numbers[min(line + step, last)] }
            for column in 0..<width {
              copy[line + column] = sum * scale
              let next = numbers[min(line + column + radius + 1, last)]
              sum = sum + next - numbers[max(line + column - radius, line)]
            }
          }
          // Down columns, all at once.
          for column in 0..<width { sums[column] = copy[column] * Float(radius + 1) }
          for step in 1...radius {
            let line = min(step, height - 1) * width
            for column in 0..<width { sums[column] = sums[column] + copy[line + column] }
          }
          for row in 0..<height {
            let next = min(row + radius + 1, height - 1) * width
            let gone = max(row - radius, 0) * width
            for column in 0..<width {
              numbers[row * width + column] = sums[column] * scale
              sums[column] = sums[column] + copy[next + column] - copy[gone + column]
            }
          }
        }
      }
    }
  }
}
