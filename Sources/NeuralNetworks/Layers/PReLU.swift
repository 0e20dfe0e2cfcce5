import RetrogradAutograd
import RetrogradTensors

/// The rectifier that learns its slope for negative numbers: any shape for one slope, [N, channels, …] for one of each
/// channel; unchanged. See ``prelu(_:_:)``.
public final class PReLU: Layer {
  /// The slopes, [channels].
  public let weight: Variable

  /// The rectifier with a slope for all numbers, or one for each channel.
  ///
  /// - Parameters:
  ///   - channels: The number of slopes: 1, or that of the channels.
  ///   - slope: The initial value of the slopes.
  ///   - dtype: The element type.
  public init(_ channels: Int = 1, slope: Double = 0.25, dtype: DType = .float32) {
    require(
      channels > 0, "PReLU: needs one slope, or one for each channel, got \(channels) of them")
    weight = Variable(
      Tensor(repeating: slope, shape: [channels], dtype: dtype), requiresGrad: true)
  }

  /// `weight`.
  public var parameters: [(name: String, variable: Variable)] { [("weight", weight)] }

  /// `x` where it is positive, otherwise `weight · x`.
  public func forward(_ x: Variable) -> Variable {
    require(
      weight.count == 1 || x.rank >= 2 && x.shape[1] == weight.count,
      "expects [N, \(weight.count), …], got \(x.shape). Slopes are the channels' or one: PReLU()")
    return prelu(x, weight)
  }
}
