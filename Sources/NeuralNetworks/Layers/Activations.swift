import RetrogradAutograd
import RetrogradTensors

// Layers without parameters that change each element, or only the shape.

/// The rectifier: negative numbers become 0.
public final class ReLU: Layer {
  /// The rectifier.
  public init() {}
  /// It is one.
  public var isRectifier: Bool { true }
  /// `max(x, 0)`.
  public func forward(_ x: Variable) -> Variable { x.relu() }
}

/// The hyperbolic tangent of each element.
public final class Tanh: Layer {
  /// The hyperbolic tangent.
  public init() {}
  /// `tanh x`.
  public func forward(_ x: Variable) -> Variable { x.tanh() }
}

/// The logistic function of each element.
public final class Sigmoid: Layer {
  /// The logistic function.
  public init() {}
  /// `1 / (1 + e⁻ˣ)`.
  public func forward(_ x: Variable) -> Variable { x.sigmoid() }
}

/// Numbers to probabilities along an axis.
///
/// Not before ``crossEntropy(_:_:weight:ignoreIndex:labelSmoothing:reduction:)``, which takes the
/// softmax itself.
public final class Softmax: Layer {
  /// The axis whose probabilities add up to 1.
  public let axis: Int
  /// The softmax along an axis, by default that of the classes in [N, C].
  public init(axis: Int = 1) { self.axis = axis }
  /// `eˣ / Σ eˣ`.
  public func forward(_ x: Variable) -> Variable { softmax(x, axis: axis) }
}

/// The logarithm of the probabilities along an axis.
public final class LogSoftmax: Layer {
  /// The axis whose probabilities add up to 1.
  public let axis: Int
  /// The logarithm of the softmax along an axis, by default that of the classes in [N, C].
  public init(axis: Int = 1) { self.axis = axis }
  /// `x − ln Σ eˣ`.
  public func forward(_ x: Variable) -> Variable { logSoftmax(x, axis: axis) }
}

/// Several axes as one: [N, C, H, W] → [N, C·H·W].
public final class Flatten: Layer {
  /// The first axis to merge.
  public let first: Int
  /// The last axis to merge.
  public let last: Int
  /// Merges the axes from `first` to `last`; by default all but the batch's.
  public init(from first: Int = 1, to last: Int = -1) {
    self.first = first
    self.last = last
  }
  /// The same numbers with the axes merged.
  public func forward(_ x: Variable) -> Variable { x.flattened(from: first, to: last) }
}

/// In training, sets elements to 0 with a probability and scales the others so that the mean stays; in
/// evaluation, nothing. See ``dropout(_:_:using:)``.
public final class Dropout: ModeDependentLayer, RandomLayer {
  /// The probability of 0.
  public let probability: Double
  /// The source of random numbers for the masks; copy it to draw the same ones again.
  public var random: RandomSource
  /// Indicates whether elements are dropped.
  public var isTraining = true

  /// Dropout with masks from a source split off `random`.
  ///
  /// - Parameters:
  ///   - probability: The probability of 0, from 0 to 1.
  ///   - random: The source of random numbers that the layer's own is drawn from.
  public init(_ probability: Double = 0.5, using random: inout RandomSource) {
    require(
      probability >= 0 && probability <= 1,
      "Dropout: the probability must be in 0...1, got \(probability)")
    self.probability = probability
    self.random = random.split()
  }

  /// Dropout with other masks each time.
  ///
  /// - Parameter probability: The probability of 0, from 0 to 1.
  public convenience init(_ probability: Double = 0.5) {
    var random = RandomSource.unpredictable()
    self.init(probability, using: &random)
  }

  /// Indicates whether nothing is dropped.
  public var isRepeatable: Bool { !isTraining || probability == 0 }

  /// `x`, in training with elements dropped.
  public func forward(_ x: Variable) -> Variable {
    isTraining ? dropout(x, probability, using: &random) : x
  }
}
