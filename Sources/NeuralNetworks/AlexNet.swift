import RetrogradAutograd
import RetrogradTensors

/// AlexNet in the form of torchvision, with its names: five convolutions, three fully connected layers.
///
/// Shapes: [N, 3, 224, 224] → [N, classes]; other sizes from 63 × 63 on work too.
/// Source: Krizhevsky, *One weird trick for parallelizing convolutional neural networks*, 2014.
///
/// ```swift
/// let model = AlexNet()
/// try model.load(PyTorchCheckpoint.read(url))
/// model.eval()
/// let logits = model(Variable(stack([try load(picture)])))   // [1, 1000]
/// ```
public final class AlexNet: StagedLayer {
  /// `features.0` … `features.12`: convolutions, rectifiers, max-pools.
  public let features: Sequential
  /// The mean over windows that brings the maps to 6 × 6.
  public let avgpool: AdaptiveAvgPool2d
  /// What makes one row of a picture's maps; it has no place among torchvision's names.
  private let flatten = Flatten()
  /// `classifier.0` … `classifier.6`: dropout, fully connected layers, rectifiers.
  public let classifier: Sequential
  /// The number of outputs.
  public let classes: Int

  /// The smallest height and width of a picture that leaves something for the last max-pool.
  public static let smallestSize = 63

  /// The extents that follow from the width and the number of classes.
  private struct Extents {
    static let hidden = 4096

    let convolutions: [(name: String, inputs: Int, outputs: Int, kernel: Int)]
    let connected: [(name: String, inputs: Int, outputs: Int)]

    init(classes: Int, width: Double) {
      func scaled(_ number: Int) -> Int { max(1, Int((Double(number) * width).rounded())) }
      let channels = [3] + [64, 192, 384, 256, 256].map(scaled)
      let units = [channels[5] * 36, scaled(Self.hidden), scaled(Self.hidden), classes]
      convolutions = zip([0, 3, 6, 8, 10], [11, 5, 3, 3, 3]).enumerated().map {
        ("features.\($1.0)", channels[$0], channels[$0 + 1], $1.1)
      }
      connected = [1, 4, 6].enumerated().map { ("classifier.\($1)", units[$0], units[$0 + 1]) }
    }

    /// The shape of each parameter.
    var shapes: [String: [Int]] {
      var shapes: [String: [Int]] = [:]
      for (name, inputs, outputs, kernel) in convolutions {
        shapes["\(name).weight"] = [outputs, inputs, kernel, kernel]
        shapes["\(name).bias"] = [outputs]
      }
      for (name, inputs, outputs) in connected {
        shapes["\(name).weight"] = [outputs, inputs]
        shapes["\(name).bias"] = [outputs]
      }
      return shapes
    }
  }

  /// The shape of each parameter, by its name.
  static func parameterShapes(classes: Int, width: Double) -> [String: [Int]] {
    Extents(classes: classes, width: width).shapes
  }

  /// AlexNet with fresh parameters: 61,100,840 of them at width 1 with 1000 classes.
  ///
  /// - Parameters:
  ///   - classes: The number of outputs.
  ///   - dropout: The probability of dropout before the first two fully connected layers.
  ///   - width: A factor for the number of channels and hidden units.
  ///   - dtype: The element type.
  ///   - random: Where parameters and dropout's masks come from.
  public init(
    classes: Int = 1000, dropout: Double = 0.5, width: Double = 1, dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    require(
      classes > 0 && width > 0 && width <= 64,
      "AlexNet: needs classes and a width above 0 and up to 64, got \(classes) and \(width)")
    let extents = Extents(classes: classes, width: width)
    func convolution(_ index: Int, stride: Size2D = 1, padding: Size2D) -> Conv2d {
      let (_, inputs, outputs, kernel) = extents.convolutions[index]
      return Conv2d(
        inputs, outputs, kernel: Size2D(kernel), stride: stride, padding: padding, dtype: dtype,
        using: &random)
    }
    func connected(_ index: Int) -> Linear {
      let (_, inputs, outputs) = extents.connected[index]
      return Linear(inputs, outputs, dtype: dtype, using: &random)
    }
    features = Sequential(
      convolution(0, stride: 4, padding: 2), ReLU(), MaxPool2d(kernel: 3, stride: 2),
      convolution(1, padding: 2), ReLU(), MaxPool2d(kernel: 3, stride: 2),
      convolution(2, padding: 1), ReLU(),
      convolution(3, padding: 1), ReLU(),
      convolution(4, padding: 1), ReLU(), MaxPool2d(kernel: 3, stride: 2))
    avgpool = AdaptiveAvgPool2d(6)
    self.classes = classes
    classifier = Sequential(
      Dropout(dropout, using: &random), connected(0), ReLU(),
      Dropout(dropout, using: &random), connected(1), ReLU(),
      connected(2))
  }

  /// AlexNet with fresh parameters, others each time; see
  /// ``init(classes:dropout:width:dtype:using:)``.
  public convenience init(
    classes: Int = 1000, dropout: Double = 0.5, width: Double = 1, dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(classes: classes, dropout: dropout, width: width, dtype: dtype, using: &random)
  }

  /// AlexNet with the parameters of `state`, in evaluation mode; width and number of classes are
  /// those of the tensors.
  ///
  /// - Parameters:
  ///   - state: Tensors by torchvision's names.
  ///   - dropout: The probability of dropout, for training on.
  /// - Throws: What does not fit, all at once, before memory is taken for the network.
  public convenience init(
    _ state: [String: Tensor], dropout: Double = 0.5
  ) throws(StateDictError) {
    // The widest layer tells the width best: the others' numbers are rounded.
    let hidden = state["classifier.4.weight"]?.shape.first ?? Extents.hidden
    let classes = max(1, state["classifier.6.weight"]?.shape.first ?? 1000)
    let width = min(max(Double(hidden), 1) / Double(Extents.hidden), 64)
    let difference = StateDictError(
      network: "AlexNet", shapes: Extents(classes: classes, width: width).shapes, state: state)
    guard difference.isEmpty else { throw difference }
    self.init(classes: classes, dropout: dropout, width: width)
    try load(state)
    eval()
  }

  /// `features`, `avgpool` and `classifier`.
  public var children: [(name: String, layer: any Layer)] {
    [("features", features), ("avgpool", avgpool), ("classifier", classifier)]
  }

  /// `features`, `avgpool`, a `Flatten` and `classifier`, which gives the logits [N, classes].
  public var stages: [(name: String, layer: any Layer)] {
    [
      ("features", features), ("avgpool", avgpool), ("flatten", flatten),
      ("classifier", classifier),
    ]
  }

  /// What the classifier sees of pictures [N, 3, H, W]: [N, 9216] at width 1.
  public func pooledFeatures(_ x: Variable) -> Variable {
    checkInput(x)
    return run(stages.dropLast(), on: x)
  }

  /// Stops where `x` is no batch of pictures [N, 3, H, W] that are large enough.
  public func checkInput(_ x: Variable) {
    require(
      x.rank == 4 && x.shape[1] == 3 && x.shape[2] >= Self.smallestSize
        && x.shape[3] >= Self.smallestSize,
      "expects pictures [N, 3, 224, 224], or others of at least \(Self.smallestSize) × "
        + "\(Self.smallestSize), got \(x.shape)."
        + (x.rank == 3 ? " Make one picture a batch: stack([x])" : ""))
  }
}
