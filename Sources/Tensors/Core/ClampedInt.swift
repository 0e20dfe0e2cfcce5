extension Int {
  /// A number without its fraction, kept within bounds; what is not a number becomes the lower one.
  ///
  /// `Int(_:)` of a `Double` stops the program where the number has no place in an `Int`. Numbers that come from
  /// outside, or were computed from such, go through here.
  package init(_ number: Double, within bounds: ClosedRange<Int>) {
    guard number > Double(bounds.lowerBound) else {
      self = bounds.lowerBound
      return
    }
    self = number < Double(bounds.upperBound) ? Int(number) : bounds.upperBound
  }
}
