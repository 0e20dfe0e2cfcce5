import RetrogradTensors

// Training pictures made of two, with targets that say how much of each: networks that learn from them
// are less sure of themselves, and learn less by heart.

/// Pictures blended with one another, and their labels with them (Zhang et al., *mixup: Beyond
/// empirical risk minimization*, 2018).
///
/// A batch gets one `λ` from the beta distribution of shapes `alpha` and `alpha`, and each picture
/// becomes `λ · x + (1 − λ) · x′`, where `x′` is the picture at the same place counted from the end of
/// the batch (as timm pairs them: batches are in random order already). The targets are mixed likewise.
///
/// ```swift
/// let targets = MixUp(alpha: 0.2)(&pictures, labels, classes: 200, using: &random)
/// let loss = crossEntropy(network(Variable(pictures)), Variable(targets))
/// ```
public struct MixUp: Codable, Equatable, Sendable {
  /// Both shapes of the beta distribution: near 0 hardly any mixing, 1 for every share alike.
  public let alpha: Double

  /// A blend; the paper takes 0.2 to 0.4 for ImageNet.
  public init(alpha: Double = 0.2) {
    requireAlpha(alpha, "MixUp")
    self.alpha = alpha
  }

  /// Mixes a batch in place.
  ///
  /// - Parameters:
  ///   - pictures: The batch [N, …].
  ///   - labels: The class of each picture, [N].
  ///   - classes: The number of classes, C.
  ///   - random: The source of `λ`, one draw from the beta distribution.
  /// - Returns: The targets [N, C]: for each picture probabilities that add up to 1.
  public func callAsFunction(
    _ pictures: inout Tensor, _ labels: IntTensor, classes: Int, using random: inout RandomSource
  ) -> Tensor {
    requireBatch(pictures, labels, classes, "MixUp")
    var targets = Tensor.mixedTargets(labels, classes: classes, share: 1, dtype: pictures.dtype)
    self(&pictures, targets: &targets, using: &random)
    return targets
  }

  /// Mixes a batch and its targets in place.
  ///
  /// - Parameters:
  ///   - pictures: The batch [N, …].
  ///   - targets: The probabilities that are to be learned, [N, C].
  ///   - random: The source of `λ`, one draw from the beta distribution.
  public func callAsFunction(
    _ pictures: inout Tensor, targets: inout Tensor, using random: inout RandomSource
  ) {
    requireTargets(pictures, targets, "MixUp")
    let share = random.beta(alpha, alpha)
    pictures.blendRowsWithReversed(share: share)
    targets.blendRowsWithReversed(share: share)
  }
}

/// Pictures with a rectangle of another one pasted in, and their labels mixed by area (Yun et al.,
/// *CutMix: Regularization strategy to train strong classifiers with localizable features*, 2019).
///
/// A batch gets one `λ` from the beta distribution of shapes `alpha` and `alpha`, and one rectangle with
/// `√(1 − λ)` of the width and the height and an evenly drawn middle; what reaches over the border is
/// cut off. It comes from the picture at the same place counted from the end of the batch, as with
/// ``MixUp``. The targets follow the area that the rectangle really has.
public struct CutMix: Codable, Equatable, Sendable {
  /// Both shapes of the beta distribution: near 0 tiny or huge rectangles, 1 for every area alike.
  public let alpha: Double

  /// A pasted rectangle; the paper takes 1.
  public init(alpha: Double = 1) {
    requireAlpha(alpha, "CutMix")
    self.alpha = alpha
  }

  /// Mixes a batch in place.
  ///
  /// - Parameters:
  ///   - pictures: The batch [N, C, H, W].
  ///   - labels: The class of each picture, [N].
  ///   - classes: The number of classes.
  ///   - random: The source of `λ`, then of the middle's row and column.
  /// - Returns: The targets [N, classes]: for each picture probabilities that add up to 1.
  public func callAsFunction(
    _ pictures: inout Tensor, _ labels: IntTensor, classes: Int, using random: inout RandomSource
  ) -> Tensor {
    requireBatch(pictures, labels, classes, "CutMix")
    var targets = Tensor.mixedTargets(labels, classes: classes, share: 1, dtype: pictures.dtype)
    self(&pictures, targets: &targets, using: &random)
    return targets
  }

  /// Mixes a batch and its targets in place.
  ///
  /// - Parameters:
  ///   - pictures: The batch [N, C, H, W].
  ///   - targets: The probabilities that are to be learned, [N, classes].
  ///   - random: The source of `λ`, then of the middle's row and column.
  public func callAsFunction(
    _ pictures: inout Tensor, targets: inout Tensor, using random: inout RandomSource
  ) {
    requireTargets(pictures, targets, "CutMix")
    require(
      pictures.rank == 4 && pictures.count > 0,
      "CutMix: expects pictures [N, C, H, W] with at least one pixel, got \(pictures.shape)")
    let side = (1 - random.beta(alpha, alpha)).squareRoot()
    let rows = Self.span(side, of: pictures.shape[2], using: &random)
    let columns = Self.span(side, of: pictures.shape[3], using: &random)
    pictures.swapRectangleWithReversed(rows: rows, columns: columns)
    let pasted = rows.count * columns.count
    targets.blendRowsWithReversed(
      share: 1 - Double(pasted) / Double(pictures.shape[2] * pictures.shape[3]))
  }

  /// One side of the rectangle.
  private static func span(
    _ share: Double, of extent: Int, using random: inout RandomSource
  ) -> Range<Int> {
    let half = Int(Double(extent) * share) / 2
    let middle = random.integer(in: 0..<extent)
    return max(0, middle - half)..<min(extent, middle + half)
  }
}

/// The mixing of a batch: ``MixUp``, ``CutMix``, either, or none.
///
/// ```swift
/// let mixing = BatchMixing(mixUp: MixUp(alpha: 0.2), cutMix: CutMix(), probability: 0.5)
/// let targets = mixing(&pictures, labels, classes: 200, using: &random)
/// ```
public struct BatchMixing: Codable, Equatable, Sendable {
  /// Blending.
  public let mixUp: MixUp?
  /// Pasting.
  public let cutMix: CutMix?
  /// The probability that a batch is mixed, from 0 to 1.
  public let probability: Double

  /// Nothing is mixed.
  public static let none = BatchMixing()

  /// A mixing of some batches; where there are two ways, each gets half of them.
  public init(mixUp: MixUp? = nil, cutMix: CutMix? = nil, probability: Double = 1) {
    require(
      (0...1).contains(probability),
      "BatchMixing: the probability must be in 0...1, got \(probability)")
    (self.mixUp, self.cutMix, self.probability) = (mixUp, cutMix, probability)
  }

  /// Indicates whether every batch stays as it is.
  public var isNone: Bool { mixUp == nil && cutMix == nil || probability == 0 }

  /// Mixes a batch in place, or leaves it as it is.
  ///
  /// Always draws whether to mix and which way first, so that what is drawn afterwards does not depend
  /// on the ways there are.
  ///
  /// - Parameters:
  ///   - pictures: The batch [N, C, H, W].
  ///   - labels: The class of each picture, [N].
  ///   - classes: The number of classes.
  ///   - random: The source of whether to mix, of the way, and of what that way draws.
  /// - Returns: The targets [N, classes]: for each picture probabilities that add up to 1, a single 1
  ///   where nothing was mixed.
  public func callAsFunction(
    _ pictures: inout Tensor, _ labels: IntTensor, classes: Int, using random: inout RandomSource
  ) -> Tensor {
    requireBatch(pictures, labels, classes, "BatchMixing")
    var targets = Tensor.mixedTargets(labels, classes: classes, share: 1, dtype: pictures.dtype)
    self(&pictures, targets: &targets, using: &random)
    return targets
  }

  /// Mixes a batch and its targets in place, or leaves both as they are.
  ///
  /// - Parameters:
  ///   - pictures: The batch [N, C, H, W].
  ///   - targets: The probabilities that are to be learned, [N, classes].
  ///   - random: The source of whether to mix, of the way, and of what that way draws.
  public func callAsFunction(
    _ pictures: inout Tensor, targets: inout Tensor, using random: inout RandomSource
  ) {
    let isMixed = random.uniform() < probability
    let blends = random.uniform() < 0.5
    guard isMixed else { return }
    if let mixUp, blends || cutMix == nil {
      mixUp(&pictures, targets: &targets, using: &random)
    } else if let cutMix {
      cutMix(&pictures, targets: &targets, using: &random)
    }
  }
}

private func requireAlpha(_ alpha: Double, _ operation: String) {
  require(
    alpha >= 1e-6 && alpha.isFinite,
    "\(operation): alpha must be a finite number of at least 1e-6, got \(alpha); leave \(operation) out "
      + "for no mixing")
}

private func requireTargets(_ pictures: Tensor, _ targets: Tensor, _ operation: String) {
  require(
    pictures.rank > 0 && targets.rank == 2 && targets.shape[0] == pictures.shape[0],
    "\(operation): a batch of shape \(pictures.shape) takes one row of targets for each picture, got "
      + "\(targets.shape)")
}

private func requireBatch(
  _ pictures: Tensor, _ labels: IntTensor, _ classes: Int, _ operation: String
) {
  require(
    pictures.rank > 0 && labels.shape == [pictures.shape[0]],
    "\(operation): a batch of shape \(pictures.shape) takes one label for each picture, got labels of "
      + "shape \(labels.shape)")
  for (place, label) in labels.scalars.enumerated() {
    require(
      (0..<classes).contains(label),
      "\(operation): label \(label) at position \(place) is not one of the \(classes) classes "
        + "0..<\(classes)")
  }
}
