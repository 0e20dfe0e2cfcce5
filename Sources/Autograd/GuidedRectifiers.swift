import RetrogradTensors
import RetrogradThreadScopes

// Guided backpropagation (J. T. Springenberg et al., "Striving for Simplicity", 2015): a question to a network,
// not a derivative.

/// Runs `body` with rectifiers whose gradient is guided: it passes where both the number and the gradient
/// are positive.
///
/// That goes for every rectifier that is recorded inside, wherever it is called: ``Variable/relu()``, and
/// the one inside of `conv2d` and
/// `linear`. It speaks of the calling thread only, and may be nested. An operation of
/// one's own asks ``guidesRectifiers``.
public func withGuidedRectifiers<R>(_ body: () throws -> R) rethrows -> R {
  try ThreadScope.guidedRectifiers.enter(body)
}

/// Indicates whether a rectifier that is recorded now has a guided gradient; see ``withGuidedRectifiers(_:)``.
public var guidesRectifiers: Bool { ThreadScope.guidedRectifiers.isActive }

extension Variable {
  /// The gradient of a rectifier's input from that of its output, which `self` is: where the rectifier's
  /// `output` is positive, and if it is guided only as far as the gradient is positive itself.
  func passed(whereRectified output: Tensor, guided: Bool) -> Variable {
    let passed = masked(by: output)
    return guided ? passed.relu() : passed
  }
}
