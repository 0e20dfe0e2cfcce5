// Printing as NumPy 2.4 prints: one column width for all numbers, three from each end of an axis when
// there are more than a thousand, lines of at most 75 characters. (Before 2.4, numbers of float32 went
// over to exponents at 1e8 rather than 1e6, and those without axes at 1e16.)

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The numbers between brackets, as NumPy's `print` shows them.
  ///
  /// ```swift
  /// print(Tensor([[1, 2.5], [-3, 4]]))
  /// // [[ 1.   2.5]
  /// //  [-3.   4. ]]
  /// ```
  public var description: String { TensorPrinter(self).text }

  /// The numbers with shape and dtype.
  public var debugDescription: String { "Tensor(\(self), shape: \(shape), \(dtype))" }
}

extension IntTensor: CustomStringConvertible {
  /// The numbers between brackets, as NumPy's `print` shows them.
  public var description: String {
    let words = scalars.map(String.init)
    let width = words.map(\.count).max() ?? 0
    return BracketLayout(shape: shape) { words[$0].leftPadded(to: width) }.text
  }
}
