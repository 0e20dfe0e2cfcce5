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
  /// Flattens the maps of a picture into one row; it is not among torchvision's names.
  private let flatten = Flatten()
  /// `classifier.0` … `classifier.6`: dropout, fully connected layers, rectifiers.
  public let classifier: Sequential
  /// The number of outputs.
  public let classes: Int
  /// Indicates whether batch normalization stands behind each convolution and each hidden fully connected layer.
  public let hasBatchNorm: Bool
  /// The probability of dropout before the first two fully connected layers.
  public let dropout: Double

  /// The names of all parameters and buffers that an AlexNet can have, with and without normalization.
  public static let parameterNames = Set(
    [false, true].flatMap {
      AlexNetExtents(classes: 1000, width: 1, hasBatchNorm: $0).shapes.keys
    })

  /// The smallest height and width of a picture that leaves something for the last max-pool.
  public static let smallestSize = 63

  /// AlexNet with fresh parameters: 61,100,840 of them at width 1 with 1000 classes.
  ///
  /// With batch normalization the network trains faster and at larger learning rates, and ``folded()``
  /// makes the usual AlexNet of it afterwards.
  ///
  /// - Parameters:
  ///   - classes: The number of outputs.
  ///   - dropout: The probability of dropout before the first two fully connected layers.
  ///   - width: A factor for the number of channels and hidden units.
  ///   - hidden: The number of hidden units in each of the two hidden fully connected layers, if it does
  ///     not follow from the width: 4096 · `width`.
  ///   - batchNorm: Whether batch normalization stands behind each convolution and each hidden fully
  ///     connected layer: `features.norm0` behind `features.0`, `classifier.norm1` behind
  ///     `classifier.1`. The layers before have no bias of their own then: the normalization would
  ///     subtract it with the mean, and has a shift instead.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers for parameters and dropout's masks.
  public convenience init(
    classes: Int = 1000, dropout: Double = 0.5, width: Double = 1, hidden: Int? = nil,
    batchNorm: Bool = false, dtype: DType = .float32, using random: inout RandomSource
  ) {
    require(
      classes > 0 && width > 0 && width <= 64,
      "AlexNet: needs classes and a width above 0 and up to 64, got \(classes) and \(width)")
    require(hidden ?? 1 > 0, "AlexNet: needs at least one hidden unit, got \(hidden ?? 1)")
    self.init(
      AlexNetExtents(classes: classes, width: width, hidden: hidden, hasBatchNorm: batchNorm),
      dropout: dropout, dtype: dtype, using: &random
    ) { _, shape, fans, random in
      Initializer.pyTorchDefault(shape, fans: fans, dtype: dtype, using: &random)
    }
  }

  /// AlexNet with newly drawn parameters, different on every call; see
  /// ``init(classes:dropout:width:hidden:batchNorm:dtype:using:)``.
  public convenience init(
    classes: Int = 1000, dropout: Double = 0.5, width: Double = 1, hidden: Int? = nil,
    batchNorm: Bool = false, dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      classes: classes, dropout: dropout, width: width, hidden: hidden, batchNorm: batchNorm,
      dtype: dtype, using: &random)
  }

  /// AlexNet with the parameters of `state`, in evaluation mode; channels, hidden units, number of
  /// classes and whether there is batch normalization are what the tensors say.
  ///
  /// Nothing is drawn, and nothing is copied that is `float32` already: the parameters share memory with the
  /// state until they are changed.
  ///
  /// - Parameters:
  ///   - state: Tensors by torchvision's names, and those of the normalizations if there are any.
  ///   - dropout: The probability of dropout, for training on.
  /// - Throws: One error that lists everything that does not fit, before memory is taken for the network.
  public convenience init(
    _ state: [String: Tensor], dropout: Double = 0.5
  ) throws(StateDictError) {
    let extents = AlexNetExtents(of: state)
    let difference = StateDictError(network: "AlexNet", shapes: extents.shapes, state: state)
    guard difference.isEmpty else { throw difference }
    var random = RandomSource.unpredictable()
    self.init(extents, dropout: dropout, dtype: .float32, using: &random) { name, _, _, _ in
      state[name]!.converted(to: .float32)
    }
    // What the normalizations learned, and their running statistics.
    if hasBatchNorm { try load(state) }
    eval()
  }

  /// AlexNet of given extents.
  ///
  /// - Parameters:
  ///   - extents: The widths of the layers.
  ///   - dropout: The probability of dropout.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers for dropout's masks.
  ///   - parameter: The initial value of each weight and bias, by its name, shape and fans; asked for in the
  ///     order of the layers, each one's weight before its bias.
  init(
    _ extents: AlexNetExtents, dropout: Double, dtype: DType, using random: inout RandomSource,
    parameter: (String, [Int], Initializer.Fans, inout RandomSource) -> Tensor
  ) {
    func parameters(_ index: Int) -> (weight: Tensor, bias: Tensor?) {
      let path = AlexNetExtents.layers[index].path
      let shape = extents.weightShape(index)
      let fans = Initializer.Fans(weight: shape)
      let weight = parameter("\(path).weight", shape, fans, &random)
      let hasBias = extents.norm(index) == nil
      return (weight, hasBias ? parameter("\(path).bias", [shape[0]], fans, &random) : nil)
    }
    /// A layer under its number in torchvision, its normalization if there is one, and a rectifier.
    func rectified(_ number: Int, _ layer: any Layer, _ norm: (any Layer)?) -> [Child] {
      [("\(number)", layer)] + (norm.map { [("norm\(number)", $0)] } ?? [])
        + [("\(number + 1)", ReLU())]
    }
    func convolution(
      _ index: Int, _ number: Int, stride: Size2D = 1, padding: Size2D
    ) -> [Child] {
      let (weight, bias) = parameters(index)
      return rectified(
        number, Conv2d(weight: weight, bias: bias, stride: stride, padding: padding),
        extents.hasBatchNorm ? BatchNorm2d(extents.outputs[index], dtype: dtype) : nil)
    }
    func connected(_ index: Int) -> Linear {
      let (weight, bias) = parameters(index)
      return Linear(weight: weight, bias: bias)
    }
    func hidden(_ index: Int, _ number: Int) -> [Child] {
      [("\(number - 1)", Dropout(dropout, using: &random))]
        + rectified(
          number, connected(index),
          extents.hasBatchNorm ? BatchNorm1d(extents.outputs[index], dtype: dtype) : nil)
    }
    func pool(_ number: Int) -> [Child] { [("\(number)", MaxPool2d(kernel: 3, stride: 2))] }
    features = Sequential(
      named: convolution(0, 0, stride: 4, padding: 2) + pool(2)
        + convolution(1, 3, padding: 2) + pool(5)
        + convolution(2, 6, padding: 1) + convolution(3, 8, padding: 1)
        + convolution(4, 10, padding: 1) + pool(12))
    avgpool = AdaptiveAvgPool2d(6)
    classifier = Sequential(named: hidden(5, 1) + hidden(6, 4) + [("6", connected(7))])
    classes = extents.classes
    hasBatchNorm = extents.hasBatchNorm
    self.dropout = dropout
  }

  /// A layer of a chain with its name.
  private typealias Child = (name: String, layer: any Layer)

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

  /// The features of pictures [N, 3, H, W] that the classifier gets: [N, 9216] at width 1.
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
