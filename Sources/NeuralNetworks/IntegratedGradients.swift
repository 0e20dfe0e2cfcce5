import RetrogradAutograd
import RetrogradTensors

/// The contribution of each number of a picture to a class's logit, compared with a picture without content.
///
/// Source: M. Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", 2017.
public struct IntegratedGradients: Equatable, Sendable {
  /// The contribution of each number, [C, H, W]: above 0 where it speaks for the class.
  public let attributions: Tensor
  /// The logit of the class for the picture.
  public let score: Double
  /// The logit of the class for the baseline.
  public let baselineScore: Double

  /// The sum of all contributions.
  public var total: Double { attributions.converted(to: .float64).sum().item() }

  /// The difference that the contributions explain.
  public var difference: Double { score - baselineScore }

  /// The distance of ``total`` from ``difference``, as a share of it. Of the exact integral it is 0, which is called
  /// *completeness*; of a sum it says whether there are enough steps.
  public var completenessError: Double {
    abs(total - difference) / max(abs(difference), .leastNormalMagnitude)
  }

  /// The contributions of all channels of a pixel together, [H, W].
  public var map: Tensor { attributions.sum(axes: [0]) }
}

extension StagedLayer {
  /// The contribution of each number of a picture to the logit of a class: its distance from the baseline times the
  /// mean of the logit's derivative on the straight way from there,
  /// `aᵢ = (xᵢ − x′ᵢ) · ∫₀¹ ∂f/∂xᵢ(x′ + t · (x − x′)) dt`, by the midpoint rule.
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  ///   - baseline: The value of all numbers of the baseline; 0 is the mean color of normalized pictures.
  ///   - steps: The number of points on the way.
  ///   - batchSize: The batch size.
  ///   - progress: Called with the number of further points that are done.
  public func integratedGradients(
    of x: Tensor, target: Int, baseline: Double = 0, steps: Int = 64, batchSize: Int = 16,
    progress: (Int) -> Void = { _ in }
  ) -> IntegratedGradients {
    requirePicture(x, "integratedGradients")
    require(
      steps > 0 && batchSize > 0,
      "integratedGradients: needs at least one step and a batch size of at least 1, got \(steps) and \(batchSize)"
    )
    let way = x - baseline
    var slopes = Tensor.zeros(like: x)
    for start in Swift.stride(from: 0, to: steps, by: batchSize) {
      let part = start..<min(start + batchSize, steps)
      let points = part.map { way * ((Double($0) + 0.5) / Double(steps)) + baseline }
      let input = Variable(concatenate(points), requiresGrad: true)
      let score = logit(self(input), target)
      slopes =
        slopes
        + gradients(of: score, withRespectTo: [input])[0].value.sum(axes: [0], keepDims: true)
      progress(part.count)
    }
    let scores = withoutGradients {
      self(Variable(concatenate([x, .zeros(like: x) + baseline]))).value
    }
    return IntegratedGradients(
      attributions: (way * slopes / Double(steps)).reshaped(Array(x.shape[1...])),
      score: scores[0, target], baselineScore: scores[1, target])
  }
}
