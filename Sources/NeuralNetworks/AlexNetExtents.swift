import RetrogradTensors

/// The width of each layer of an AlexNet, and with it the shape of every parameter and buffer.
struct AlexNetExtents {
  /// The layers with weights, in the order they run: where they stand, where their normalization stands
  /// if there is one, and the side of the kernel of a convolution.
  static let layers: [(path: String, norm: String?, kernel: Int?)] = [
    ("features.0", "features.norm0", 11), ("features.3", "features.norm3", 5),
    ("features.6", "features.norm6", 3), ("features.8", "features.norm8", 3),
    ("features.10", "features.norm10", 3), ("classifier.1", "classifier.norm1", nil),
    ("classifier.4", "classifier.norm4", nil), ("classifier.6", nil, nil),
  ]
  /// The outputs of each layer at width 1 with 1000 classes.
  private static let full = [64, 192, 384, 256, 256, 4096, 4096, 1000]
  /// The first of `layers` that is fully connected, and how many of its inputs come from each channel.
  private static let firstConnected = (index: 5, cells: 36)

  /// The number of outputs of each of `layers`.
  private(set) var outputs: [Int]
  /// Indicates whether all layers but the last are normalized.
  let hasBatchNorm: Bool

  /// The extents for a width.
  ///
  /// - Parameters:
  ///   - classes: The number of outputs.
  ///   - width: A factor for the number of channels and hidden units.
  ///   - hidden: The number of hidden units, if it does not follow from the width.
  ///   - hasBatchNorm: Whether all layers but the last are normalized.
  init(classes: Int, width: Double, hidden: Int? = nil, hasBatchNorm: Bool = false) {
    outputs = Self.layers.indices.map { index in
      if index == Self.layers.count - 1 { return classes }
      if index >= Self.firstConnected.index, let hidden { return hidden }
      return max(1, Int((Double(Self.full[index]) * width).rounded()))
    }
    self.hasBatchNorm = hasBatchNorm
  }

  /// The extents that tensors have: for each layer the number of outputs that most of them agree on,
  /// the full network's where none says anything.
  init(of state: [String: Tensor]) {
    outputs = Self.layers.indices.map { index in
      var votes: [Int] = []
      func vote(_ name: String, axis: Int, rank: Int, cells: Int = 1) {
        guard let shape = state[name]?.shape, shape.count == rank, !shape.contains(0),
          shape[axis].isMultiple(of: cells)
        else { return }
        votes.append(shape[axis] / cells)
      }
      func rank(_ index: Int) -> Int { Self.layers[index].kernel == nil ? 2 : 4 }
      let (path, norm, _) = Self.layers[index]
      vote("\(path).weight", axis: 0, rank: rank(index))
      vote("\(path).bias", axis: 0, rank: 1)
      if let norm { vote("\(norm).bias", axis: 0, rank: 1) }
      if index + 1 < Self.layers.count {
        vote(
          "\(Self.layers[index + 1].path).weight", axis: 1, rank: rank(index + 1),
          cells: index + 1 == Self.firstConnected.index ? Self.firstConnected.cells : 1)
      }
      let counts = Dictionary(votes.map { ($0, 1) }, uniquingKeysWith: +)
      let most = counts.values.max()
      return votes.first { counts[$0] == most } ?? Self.full[index]
    }
    hasBatchNorm = state.keys.contains { name in
      Self.layers.contains { $0.norm.map { name.hasPrefix("\($0).") } ?? false }
    }
  }

  /// The number of outputs of the last layer.
  var classes: Int {
    get { outputs[Self.layers.count - 1] }
    set { outputs[Self.layers.count - 1] = newValue }
  }

  /// The number of units in each of the hidden fully connected layers.
  var hidden: [Int] {
    get { Array(outputs[Self.firstConnected.index..<(Self.layers.count - 1)]) }
    set {
      outputs.replaceSubrange(Self.firstConnected.index..<(Self.layers.count - 1), with: newValue)
    }
  }

  /// As many hidden units as follow from the narrowest convolution: never so many that the network
  /// would be out of all proportion to its convolutions.
  var hiddenOfChannels: [Int] {
    let width = (0..<Self.firstConnected.index)
      .map { Double(outputs[$0]) / Double(Self.full[$0]) }.min()!
    return hidden.indices.map {
      max(1, Int((Double(Self.full[Self.firstConnected.index + $0]) * width).rounded()))
    }
  }

  /// The shape of the weight of one of `layers`.
  func weightShape(_ index: Int) -> [Int] {
    let inputs =
      index == 0
      ? 3
      : outputs[index - 1] * (index == Self.firstConnected.index ? Self.firstConnected.cells : 1)
    return [outputs[index], inputs]
      + (Self.layers[index].kernel.map { [$0, $0] } ?? [])
  }

  /// The path of the normalization of one of `layers`, if there is one.
  func norm(_ index: Int) -> String? { hasBatchNorm ? Self.layers[index].norm : nil }

  /// The shape of each parameter and buffer, by its name.
  var shapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for (index, (path, _, _)) in Self.layers.enumerated() {
      shapes["\(path).weight"] = weightShape(index)
      guard let norm = norm(index) else {
        shapes["\(path).bias"] = [outputs[index]]
        continue
      }
      for name in ["weight", "bias", "running_mean", "running_var"] {
        shapes["\(norm).\(name)"] = [outputs[index]]
      }
      shapes["\(norm).num_batches_tracked"] = []
    }
    return shapes
  }
}
