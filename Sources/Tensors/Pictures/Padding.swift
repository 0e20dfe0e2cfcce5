/// The content of the border of a padded tensor.
public enum PaddingMode: Sendable, Equatable {
  /// One number.
  case constant(Double)
  /// The elements beside the edge, mirrored at it: `c b | a b c | b a`.
  case reflect
  /// The element at the edge: `a a | a b c | c c`.
  case replicate
  /// The elements from the other side: `b c | a b c | a b`.
  case circular
}

extension Tensor {
  /// The tensor with a border along its last axes (PyTorch's `pad`):
  /// `x.padded([(1, 1), (2, 2)], mode: .reflect)` adds a row above and below, two columns left and right. Shape:
  /// […, A, B] → […, A + before + after, …].
  ///
  /// - Parameters:
  ///   - widths: The numbers of elements to add before and after, one pair for each of the last axes in their order;
  ///     negative ones cut off. A mirrored border must be narrower than its axis, a circular one no wider.
  ///   - mode: The content of the border.
  public func padded(
    _ widths: [(before: Int, after: Int)], mode: PaddingMode = .constant(0)
  ) -> Tensor {
    require(
      widths.count <= rank,
      "padded: \(widths.count) pairs of widths are more than the axes of shape \(shape)")
    guard case .constant(let number) = mode else { return Border(shape, widths, mode: mode)(self) }
    let outer = rank - widths.count
    var inner = self
    for (axis, width) in zip(outer..., widths) where Swift.min(width.before, width.after) < 0 {
      let start = Swift.max(-width.before, 0)
      let end = shape[axis] + Swift.min(width.after, 0)
      require(
        start <= end,
        "padded: widths \(width) cut off more of axis \(axis) of shape \(shape) than there is")
      inner = inner.slice(start..<end, axis: axis)
    }
    return inner.bordered(
      [(before: Int, after: Int)](repeating: (0, 0), count: outer)
        + widths.map { (Swift.max($0.before, 0), Swift.max($0.after, 0)) }, by: number)
  }
}

/// A border along some axes whose elements are copies of those inside, and its adjoint.
package struct Border: Sendable {
  private let taps: [(axis: Int, taps: AxisTaps)]

  /// The places that each element is copied from.
  ///
  /// - Parameters:
  ///   - shape: The shape of what is padded.
  ///   - widths: The numbers of elements to add before and after, for each of the last axes; negative widths
  ///     cut off.
  ///   - mode: Any but a constant.
  package init(_ shape: [Int], _ widths: [(before: Int, after: Int)], mode: PaddingMode) {
    let firstAxis = shape.count - widths.count
    taps = widths.enumerated().filter { $0.element != (0, 0) }.map { index, width in
      let axis = firstAxis + index
      let taps = AxisTaps(
        extent: shape[axis],
        picking: Border.places(shape, axis: axis, width.before, width.after, mode))
      return (axis, taps)
    }
  }

  /// The tensor with its border.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    taps.reduce(x) { $0.resampled($1.taps, axis: $1.axis) }
  }

  /// Each element of the border added to the one that it is a copy of.
  package func adjoint(_ dy: Tensor) -> Tensor {
    taps.reversed().reduce(dy) { $0.resampledBack($1.taps, axis: $1.axis) }
  }

  private static func places(
    _ shape: [Int], axis: Int, _ before: Int, _ after: Int, _ mode: PaddingMode
  ) -> [Int] {
    let extent = shape[axis]
    let count = extent + before + after
    func fits(_ condition: Bool, _ rule: String) {
      require(
        condition,
        "padded: widths (\(before), \(after)) of axis \(axis) do not fit shape \(shape): \(rule)")
    }
    fits(extent > 0 && count > 0, "there must be something to copy, and something must be left")
    switch mode {
    case .constant: stop("padded: a constant border copies nothing")
    case .reflect:
      fits(
        before < extent && after < extent,
        "a mirrored border must be narrower than the axis; replicate has no limit")
      return (0..<count).map { output in
        let place = abs(output - before)
        return place < extent ? place : 2 * (extent - 1) - place
      }
    case .replicate: return (0..<count).map { min(max($0 - before, 0), extent - 1) }
    case .circular:
      // What is cut off does not come round again.
      let start = max(-before, 0)
      let period = extent - start - max(-after, 0)
      fits(
        max(before, after) <= period,
        "a circular border may go round once, so it must not be wider than what is kept of the axis"
      )
      let shift = period - max(before, 0)
      return (0..<count).map { start + ($0 + shift) % period }
    }
  }
}
