import Foundation
import RetrogradTensors

/// A part of a picture, in pixels.
struct Rectangle: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int
}

/// Rectangles of random size, form and place, as torchvision draws them for crops and for erasing.
struct RandomRectangle {
  /// The smallest share of the picture's area.
  let smallestArea: Double
  /// The largest share of the picture's area.
  let largestArea: Double
  /// The most that the width is of the height, and the other way round.
  let stretch: Double

  /// Draws an area evenly and a form evenly in its logarithm, up to ten times, until both sides are
  /// allowed; then the column and the row.
  ///
  /// - Parameters:
  ///   - picture: The picture.
  ///   - widths: The widths that are allowed.
  ///   - heights: The heights that are allowed.
  ///   - random: The source of chance.
  /// - Returns: A rectangle inside the picture; `nil` when none of ten was allowed.
  func draw(
    in picture: Picture, widths: Range<Int>, heights: Range<Int>,
    using random: inout RandomSource
  ) -> Rectangle? {
    let area = Double(picture.width * picture.height)
    let form = log(stretch)
    for _ in 0..<10 {
      let target = area * random.uniform(smallestArea, largestArea)
      let aspect = exp(random.uniform(-form, form))
      // A very long form has sides that are no `Int`.
      if let width = Int(exactly: (target * aspect).squareRoot().rounded()),
        let height = Int(exactly: (target / aspect).squareRoot().rounded()),
        widths.contains(width), heights.contains(height)
      {
        let x = random.integer(in: 0..<(picture.width - width + 1))
        let y = random.integer(in: 0..<(picture.height - height + 1))
        return Rectangle(x: x, y: y, width: width, height: height)
      }
    }
    return nil
  }
}
