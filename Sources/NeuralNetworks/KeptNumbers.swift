import RetrogradTensors

/// Numbers that a layer computes with, as they are at one moment: what was computed from them can be kept
/// until they change.
///
/// By default they are a layer's parameters and buffers. A layer whose ``Layer/buffers`` are made anew each
/// time they are asked for, out of something smaller, says here what it is that it keeps:
///
/// ```swift
/// var keptNumbers: [KeptNumbers] { [KeptNumbers("table", table, isSame: ==)] }
/// ```
public struct KeptNumbers {
  /// The name of the numbers in the layer.
  public let name: String
  private let numbers: Any
  private let isSameAs: (Any) -> Bool

  /// A tensor. Holding it is cheap: whoever changes the layer's makes a copy, so that one in the same
  /// memory is the same.
  ///
  /// - Parameters:
  ///   - name: Its name in the layer.
  ///   - tensor: The numbers.
  public init(_ name: String, _ tensor: Tensor) {
    self.init(name, tensor) { $0.sharesMemory(with: $1) || $0 == $1 }
  }

  /// Numbers of any form.
  ///
  /// - Parameters:
  ///   - name: Their name in the layer.
  ///   - numbers: A value that does not change when the layer's numbers do.
  ///   - isSame: Whether two such values hold the same numbers; quick, if it can be.
  public init<Form>(
    _ name: String, _ numbers: Form, isSame: @escaping (Form, Form) -> Bool
  ) {
    self.name = name
    self.numbers = numbers
    isSameAs = { other in (other as? Form).map { isSame(numbers, $0) } ?? false }
  }

  /// Returns whether the numbers are those of another moment, in the same form.
  func isSame(as other: KeptNumbers) -> Bool { isSameAs(other.numbers) }
}
