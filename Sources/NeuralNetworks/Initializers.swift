import Foundation
import RetrogradTensors

/// The distribution that the parameters of a new layer are drawn from.
///
/// ```swift
/// let head = Linear(1000, 2, initializer: .truncatedNormal(standardDeviation: 0.01), using: &random)
/// ```
///
/// Fans are counted as PyTorch does: for a weight [out, in, …] the fan-in is `in` times the elements
/// of its kernel, the fan-out `out` times those.
public struct Initializer: Sendable {
  /// The numbers of inputs and outputs of a parameter.
  public struct Fans: Sendable {
    /// The number of inputs of each output.
    public let input: Int
    /// The number of outputs of each input.
    public let output: Int

    /// Fans that are known.
    public init(input: Int, output: Int) {
      self.input = input
      self.output = output
    }

    /// The fans of a weight [out, in, …].
    public init(weight shape: [Int]) {
      require(
        shape.count >= 2, "Initializer: fans need a weight of two axes or more, got \(shape)")
      let kernel = shape.dropFirst(2).reduce(1, *)
      self.init(input: shape[1] * kernel, output: shape[0] * kernel)
    }
  }

  private let draw: @Sendable ([Int], Fans, DType, inout RandomSource) -> Tensor

  /// An initializer of your own.
  ///
  /// - Parameter draw: Makes a tensor of a shape and dtype.
  public init(
    _ draw: @escaping @Sendable ([Int], Fans, DType, inout RandomSource) -> Tensor
  ) {
    self.draw = draw
  }

  /// A tensor of `shape`.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - fans: The fans to scale by; those of a weight of `shape` by default.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public func callAsFunction(
    _ shape: [Int], fans: Fans? = nil, dtype: DType = .float32, using random: inout RandomSource
  ) -> Tensor {
    let fans = fans ?? (shape.count >= 2 ? Fans(weight: shape) : Fans(input: 1, output: 1))
    return draw(shape, fans, dtype, &random)
  }
}

extension Initializer {
  /// All 0.
  public static let zeros = constant(0)

  /// All the same number.
  public static func constant(_ number: Double) -> Initializer {
    Initializer { shape, _, dtype, _ in Tensor(repeating: number, shape: shape, dtype: dtype) }
  }

  /// Evenly between two bounds.
  public static func uniform(low: Double = 0, high: Double = 1) -> Initializer {
    Initializer { shape, _, dtype, random in
      .uniform(shape, low: low, high: high, dtype: dtype, using: &random)
    }
  }

  /// Normally distributed.
  public static func normal(mean: Double = 0, standardDeviation: Double = 1) -> Initializer {
    Initializer { shape, _, dtype, random in
      .normal(
        shape, mean: mean, standardDeviation: standardDeviation, dtype: dtype, using: &random)
    }
  }

  /// Normally distributed, drawn again while further than `bound` standard deviations from the mean.
  public static func truncatedNormal(
    mean: Double = 0, standardDeviation: Double = 1, bound: Double = 2
  ) -> Initializer {
    Initializer { shape, _, dtype, random in
      .truncatedNormal(
        shape, mean: mean, standardDeviation: standardDeviation, bound: bound, dtype: dtype,
        using: &random)
    }
  }

  /// Box and Muller's normal numbers from a uniform `u₁` that does not go below `e⁻²`:
  /// `√(−2 ln u₁) · cos(2π u₂)` then lies between −2 and 2 without drawing again.
  ///
  /// What it gives is *not* the truncated normal distribution (its deviation is 0.83, against 0.88),
  /// but close to it, and what the script that these lessons follow starts from.
  public static func boxMuller(
    mean: Double = 0, standardDeviation: Double = 1
  ) -> Initializer {
    Initializer { shape, _, dtype, random in
      .filled(shape, dtype) {
        let radius = (-2 * log(random.uniform(exp(-2), 1))).squareRoot()
        return mean + standardDeviation * radius * cos(2 * .pi * random.uniform())
      }
    }
  }

  /// Evenly within `±gain · √(3 / fan-in)` (He et al., *Delving deep into rectifiers*, 2015).
  ///
  /// - Parameter gain: √2 suits ReLU.
  public static func kaimingUniform(gain: Double = 2.0.squareRoot()) -> Initializer {
    scaledUniform { gain * (3 / Double($0.input)).squareRoot() }
  }

  /// Normal with deviation `gain / √fan-in` (He et al., *Delving deep into rectifiers*, 2015).
  ///
  /// - Parameter gain: √2 suits ReLU.
  public static func kaimingNormal(gain: Double = 2.0.squareRoot()) -> Initializer {
    scaledNormal { gain / Double($0.input).squareRoot() }
  }

  /// Evenly within `±gain · √(6 / (fan-in + fan-out))` (Glorot and Bengio, *Understanding the
  /// difficulty of training deep feedforward neural networks*, 2010).
  public static func xavierUniform(gain: Double = 1) -> Initializer {
    scaledUniform { gain * (6 / Double($0.input + $0.output)).squareRoot() }
  }

  /// Normal with deviation `gain · √(2 / (fan-in + fan-out))` (Glorot and Bengio, 2010).
  public static func xavierNormal(gain: Double = 1) -> Initializer {
    scaledNormal { gain * (2 / Double($0.input + $0.output)).squareRoot() }
  }

  /// The default of PyTorch's `Linear` and convolutions, for weight and bias alike: uniform within
  /// `±1 / √fan-in`.
  public static let pyTorchDefault = scaledUniform { 1 / Double($0.input).squareRoot() }

  private static func scaledUniform(_ bound: @escaping @Sendable (Fans) -> Double) -> Initializer {
    Initializer { shape, fans, dtype, random in
      let bound = fans.input > 0 ? bound(fans) : 0
      return .uniform(shape, low: -bound, high: bound, dtype: dtype, using: &random)
    }
  }

  private static func scaledNormal(_ deviation: @escaping @Sendable (Fans) -> Double) -> Initializer
  {
    Initializer { shape, fans, dtype, random in
      let deviation = fans.input > 0 ? deviation(fans) : 0
      return .normal(shape, standardDeviation: deviation, dtype: dtype, using: &random)
    }
  }
}
