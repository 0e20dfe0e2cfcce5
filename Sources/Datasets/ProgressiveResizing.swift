import RetrogradTensors

/// Training on small pictures first and on larger ones later: what small ones teach costs a fraction of the
/// time (J. Howard's *progressive resizing*; M. Tan and Q. Le, *EfficientNetV2*, 2021).
///
/// The side grows evenly from `first` in epoch 0 to the full size in epoch `epochs`, in steps of 8 pixels.
public struct ProgressiveResizing: Codable, Equatable, Sendable {
  /// Width and height of the pictures in the first epoch, in pixels.
  public let first: Int
  /// The number of epochs until pictures have their full size.
  public let epochs: Int

  private static let grain = 8

  /// Pictures that grow.
  ///
  /// - Parameters:
  ///   - first: Width and height in the first epoch, in pixels.
  ///   - epochs: The number of epochs until pictures have their full size.
  public init(from first: Int, epochs: Int) {
    require(
      first > 0 && epochs > 0,
      "ProgressiveResizing: expects a size and a number of epochs above 0, got \(first) and "
        + "\(epochs)")
    (self.first, self.epochs) = (first, epochs)
  }

  /// Width and height of the pictures of an epoch.
  ///
  /// - Parameters:
  ///   - epoch: From 0.
  ///   - full: Width and height in the end; where `first` is not below it, they are that always.
  public func size(in epoch: Int, full: Int) -> Int {
    if first >= full || epoch >= epochs { return full }
    let exact = Double(first) + Double(full - first) * Double(max(epoch, 0)) / Double(epochs)
    return min(full, max(first, Int(exact) / Self.grain * Self.grain))
  }
}
