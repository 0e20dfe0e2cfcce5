import RetrogradAutograd
import RetrogradTensors

/// The probability of a class while more and more of a picture is covered, the parts first that a map calls important:
/// whether the map tells the truth. It falls early where it does; a map that is no better than chance has the curve of
/// a random order.
///
/// Source: V. Petsiuk, A. Das and K. Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
/// 2018, *deletion*; in tiles, because single covered pixels are a pattern of their own to a network.
public struct DeletionCurve: Equatable, Sendable {
  /// The share of the picture that is covered at each point, from 0 to 1.
  public let shares: [Double]
  /// The probability of the class at each point, from 0 to 1.
  public let probabilities: [Double]

  /// The area under the curve, by trapezoids: the mean probability. Smaller is better.
  public var area: Double {
    zip(zip(shares, probabilities), zip(shares, probabilities).dropFirst()).reduce(0) {
      let ((share, probability), (nextShare, nextProbability)) = $1
      return $0 + (nextShare - share) * (probability + nextProbability) / 2
    }
  }

  /// The mean of several curves with the same shares.
  static func mean(_ curves: [DeletionCurve]) -> DeletionCurve {
    let probabilities = curves[0].probabilities.indices.map { index in
      curves.reduce(0) { $0 + $1.probabilities[index] } / Double(curves.count)
    }
    return DeletionCurve(shares: curves[0].shares, probabilities: probabilities)
  }
}

extension StagedLayer {
  /// Covers a picture tile by tile, the most important first.
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  ///   - map: The importance of places, [h, w], stretched over the picture; the mean over a tile counts.
  ///   - tiles: The number of tiles along each axis.
  ///   - steps: The number of steps in which all of them are covered.
  ///   - cover: The value that covers them; 0 is the mean color of normalized pictures.
  ///   - calibration: Turns logits into probabilities.
  public func deletionCurve(
    of x: Tensor, target: Int, by map: Tensor, tiles: Int = 14, steps: Int = 28, cover: Double = 0,
    calibration: Calibration = .none
  ) -> DeletionCurve {
    require(map.rank == 2, "deletionCurve: expects a map [h, w], got \(map.shape)")
    checkDeletion(x, tiles, steps)
    let importance = adaptiveAvgPool2d(
      map.reshaped([1, 1] + map.shape), to: Size2D(tiles)
    ).scalars
    let order = importance.indices.sorted { (importance[$1], $0) < (importance[$0], $1) }
    return deletionCurve(of: x, target, order, tiles, steps, cover, calibration)
  }

  /// The mean curve of tiles in random orders: what a map has to be better than.
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  ///   - orders: The number of orders.
  ///   - tiles: The number of tiles along each axis.
  ///   - steps: The number of steps in which all of them are covered.
  ///   - cover: The value that covers them.
  ///   - calibration: Turns logits into probabilities.
  ///   - random: The source of random numbers for the orders.
  public func randomDeletionCurve(
    of x: Tensor, target: Int, orders: Int = 5, tiles: Int = 14, steps: Int = 28,
    cover: Double = 0, calibration: Calibration = .none, using random: inout RandomSource
  ) -> DeletionCurve {
    require(orders > 0, "randomDeletionCurve: needs at least one order, got \(orders)")
    checkDeletion(x, tiles, steps)
    return .mean(
      (0..<orders).map { _ in
        deletionCurve(
          of: x, target, random.permutation(tiles * tiles), tiles, steps, cover, calibration)
      })
  }

  private func checkDeletion(_ x: Tensor, _ tiles: Int, _ steps: Int) {
    requirePicture(x, "deletionCurve")
    require(
      tiles > 0 && steps > 0 && tiles <= min(x.shape[2], x.shape[3]),
      "deletionCurve: expects from 1 to \(min(x.shape[2], x.shape[3])) tiles along an axis and at least one step, "
        + "got \(tiles) and \(steps)")
  }

  private func deletionCurve(
    of x: Tensor, _ target: Int, _ order: [Int], _ tiles: Int, _ steps: Int, _ cover: Double,
    _ calibration: Calibration
  ) -> DeletionCurve {
    let (height, width) = (x.shape[2], x.shape[3])
    let counts = (0...steps).map { $0 * order.count / steps }
    var place = [Int](repeating: 0, count: order.count)
    for (rank, tile) in order.enumerated() { place[tile] = rank }
    // The rank of the tile of each pixel.
    let ranks = (0..<height * width).map { pixel in
      place[pixel / width * tiles / height * tiles + pixel % width * tiles / width]
    }
    let probabilities = counts.map { count in
      let mask = Tensor(
        ranks.map { $0 < count ? 0 : 1.0 }, shape: [1, 1, height, width], dtype: x.dtype)
      let logits = withoutGradients { self(Variable(x * mask + (1 - mask) * cover)).value }
      requireClass(target, logits)
      return calibration.probabilities(logits)[0, target]
    }
    return DeletionCurve(
      shares: counts.map { Double($0) / Double(order.count) }, probabilities: probabilities)
  }
}
