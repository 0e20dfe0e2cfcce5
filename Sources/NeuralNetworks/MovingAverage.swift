import RetrogradAutograd
import RetrogradTensors

/// An exponential moving average of what training changes: the trainable parameters, and the buffers of
/// the layers, such as running statistics; the number of batches that went into those is taken over.
///
/// After step `n`, counted from 1, `average ← d · average + (1 − d) · parameter` with
/// `d = min(decay, (1 + n) / (10 + n))`, so that the beginning is forgotten soon (Polyak and Juditsky,
/// *Acceleration of stochastic approximation by averaging*, 1992; the growing decay is that of
/// TensorFlow's `ExponentialMovingAverage`). The average of the last steps is often a better network
/// than the last step.
///
/// ```swift
/// let average = MovingAverage(of: model, decay: 0.999)
/// optimizer.step()
/// average.update()       // after each step
///
/// average.exchange()     // to judge the averaged network
/// model.eval()
///
/// average.exchange()     // and on with the training
/// model.train()
/// ```
public final class MovingAverage {
  /// PyTorch's name for the number of batches, which has no mean.
  private static let count = "num_batches_tracked"

  /// The network whose parameters are averaged.
  public let network: any Layer
  /// The share of the average that stays at each update, from 0 to below 1.
  public let decay: Double
  /// The number of updates so far.
  public private(set) var updates = 0
  /// The averages by the paths of parameters and buffers; while they are exchanged, the network's own.
  public private(set) var state: [String: Tensor]
  /// Indicates whether the averages stand in the network, and its own numbers here.
  public private(set) var isExchanged = false

  /// An average that begins with the network as it is.
  ///
  /// - Parameters:
  ///   - network: The network; what is frozen in it plays no part.
  ///   - decay: The share of the average that stays at each update, from 0 to below 1.
  public init(of network: any Layer, decay: Double) {
    require(
      decay >= 0 && decay < 1, "MovingAverage: the decay must be from 0 to below 1, got \(decay)")
    self.network = network
    self.decay = decay
    state = Self.changing(network)
  }

  /// Takes in the network as it is now.
  public func update() {
    require(
      !isExchanged, "MovingAverage.update: the averages stand in the network; exchange them back")
    updates += 1
    let kept = min(decay, Double(1 + updates) / Double(10 + updates))
    for (name, tensor) in Self.changing(network) {
      // The dictionary lets go, so that the average is changed in place.
      guard var average = state.updateValue(Tensor(0), forKey: name) else { continue }
      if name.hasSuffix(Self.count) {
        average = tensor
      } else {
        average.move(towards: tensor, by: 1 - kept)
      }
      state[name] = average
    }
  }

  /// Exchanges the averages for the network's own numbers; twice leaves everything as it was.
  public func exchange() {
    let own = Self.changing(network)
    do throws(StateDictError) {
      try network.load(state, strict: false)
    } catch {
      stop("MovingAverage.exchange: \(error)")
    }
    state = own
    isExchanged.toggle()
  }

  /// Goes on from averages that were kept.
  ///
  /// - Parameters:
  ///   - state: The value that ``state`` had.
  ///   - updates: The number of updates that went into it.
  /// - Throws: One error that lists everything that does not fit.
  public func load(_ state: [String: Tensor], updates: Int) throws(StateDictError) {
    let difference = StateDictError(
      network: "the moving average", shapes: self.state.mapValues(\.shape), state: state)
    guard difference.isEmpty else { throw difference }
    self.state = state
    self.updates = updates
  }

  private static func changing(_ network: any Layer) -> [String: Tensor] {
    let frozen = network.frozenNames
    return network.stateDict.filter { !frozen.contains($0.key) }
  }
}
