import RetrogradAutograd
import RetrogradTensors

/// The fully connected layer `y = x · Wᵀ + b`: […, inputs] → […, outputs].
public final class Linear: Layer {
  /// The number of inputs.
  public let inputs: Int
  /// The number of outputs.
  public let outputs: Int
  /// The number to add to each output, [outputs].
  public let bias: Variable?

  /// The weight, in one of two forms.
  private enum Weight {
    case trainable(Variable)
    case compressed(HalfMatrix)
  }

  private var storedWeight: Weight

  /// A fully connected layer with newly drawn parameters.
  ///
  /// - Parameters:
  ///   - inputs: The number of inputs.
  ///   - outputs: The number of outputs.
  ///   - bias: Whether a number is added to each output.
  ///   - initializer: The initializer of weight and bias.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .pyTorchDefault,
    dtype: DType = .float32, using random: inout RandomSource
  ) {
    require(
      inputs >= 0 && outputs >= 0,
      "Linear: cannot have \(inputs) inputs and \(outputs) outputs")
    (self.inputs, self.outputs) = (inputs, outputs)
    let parameters = makeParameters(
      weight: [outputs, inputs], bias: bias ? outputs : nil, initializer, dtype, &random)
    storedWeight = .trainable(parameters.weight)
    self.bias = parameters.bias
  }

  /// A fully connected layer with newly drawn parameters, different on every call; see
  /// ``init(_:_:bias:initializer:dtype:using:)``.
  public convenience init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .pyTorchDefault,
    dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      inputs, outputs, bias: bias, initializer: initializer, dtype: dtype, using: &random)
  }

  /// A fully connected layer with given parameters; nothing is drawn or copied.
  ///
  /// - Parameters:
  ///   - weight: One row for each output, [outputs, inputs].
  ///   - bias: The number to add to each output, [outputs]; none by default.
  public init(weight: Tensor, bias: Tensor? = nil) {
    require(
      weight.rank == 2, "Linear: expects a weight [outputs, inputs], got \(weight.shape)")
    requireBias("Linear", bias, outputs: weight.shape[0], weight)
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    storedWeight = .trainable(Variable(weight, requiresGrad: true))
    self.bias = bias.map { Variable($0, requiresGrad: true) }
  }

  /// One row for each output, [outputs, inputs].
  ///
  /// Once it is compressed there is no such variable: asking for it stops, and ``Layer/stateDict`` has
  /// its numbers.
  public var weight: Variable {
    switch storedWeight {
    case .trainable(let weight): return weight
    case .compressed(let matrix):
      stop(
        "Linear.weight: is kept in \(matrix.format), compressed for inference. Read it from stateDict, "
          + "or create the network again and load its weights")
    }
  }

  /// `weight`, and `bias` if there is one; a compressed weight is among the ``buffers`` instead.
  public var parameters: [(name: String, variable: Variable)] {
    switch storedWeight {
    case .trainable(let weight): named(weight, bias)
    case .compressed: bias.map { [("bias", $0)] } ?? []
    }
  }

  /// `weight` if it is compressed, decoded.
  public var buffers: [(name: String, tensor: Tensor)] {
    compressedWeight.map { [("weight", $0.decoded)] } ?? []
  }

  /// `weight` and `bias`; a compressed weight is not decoded for it.
  public var keptNumbers: [KeptNumbers] {
    let weight =
      switch storedWeight {
      case .trainable(let weight): KeptNumbers("weight", weight.value)
      case .compressed(let matrix): KeptNumbers("weight", matrix) { $0.isCopy(of: $1) }
      }
    return [weight] + (bias.map { [KeptNumbers("bias", $0.value)] } ?? [])
  }

  /// Replaces a compressed weight, which stays compressed.
  public func setBuffer(_ name: String, to tensor: Tensor) {
    guard let compressedWeight, name == "weight", tensor.shape == [outputs, inputs] else {
      stop("Linear: has no buffer \"\(name)\" of shape \(tensor.shape)")
    }
    require(
      tensor.dtype == .float32,
      "Linear: a weight in \(compressedWeight.format) is computed with in float32, it cannot become "
        + "\(tensor.dtype). Create the network again and load its weights")
    storedWeight = .compressed(HalfMatrix(tensor, as: compressedWeight.format))
  }

  /// `x · Wᵀ + b`.
  public func forward(_ x: Variable) -> Variable { forward(x, relu: false) }

  private func forward(_ x: Variable, relu: Bool) -> Variable {
    require(
      x.shape.last == inputs,
      "expects [N, \(inputs)], got \(x.shape). "
        + (x.rank > 2 ? "Put Flatten() before it?" : "Do the sizes of the layers before fit?"))
    switch storedWeight {
    case .trainable(let weight): return linear(x, weight, bias: bias, relu: relu)
    case .compressed(let matrix):
      require(
        !isRecordingGradients || !x.requiresGrad && bias?.requiresGrad != true,
        "its weight is compressed to \(matrix.format) for inference, no gradients flow here. Run the "
          + "network inside withoutGradients, or create it again and load its weights to train")
      let y = linear(x.value, matrix, bias: bias?.value)
      return Variable(relu ? y.relu() : y)
    }
  }
}

extension Linear: RectifyingLayer {
  /// `max(y, 0)` of `x · Wᵀ + b`, in one pass.
  public func rectifiedForward(_ x: Variable) -> Variable { forward(x, relu: true) }
}

// MARK: - Compression

extension Linear {
  /// The weight in 16 bits, if it is kept so.
  var compressedWeight: HalfMatrix? {
    if case .compressed(let matrix) = storedWeight { matrix } else { nil }
  }

  /// Keeps the weight in 16 bits from now on and lets go of the variable.
  fileprivate func compressWeight(to format: HalfPrecision) {
    if compressedWeight?.format == format { return }
    let weight = compressedWeight?.decoded ?? weight.value
    require(
      weight.dtype == .float32,
      "compressLinearWeights: expects float32 weights, got \(weight.dtype). "
        + "Call convert(to: .float32) first")
    storedWeight = .compressed(HalfMatrix(weight, as: format))
  }
}

extension Layer {
  /// Keeps the weights of all fully connected layers in 16 bits, for inference: half the memory, and
  /// about half the time for a single example, which is spent on reading them.
  ///
  /// Each weight is rounded to the nearest number of the format; what is computed stays `float32`. The
  /// weights stop being parameters (``stateDict`` has them still, decoded, and ``load(_:strict:)``
  /// rounds what it loads), and the whole network is frozen: no gradients flow through such a layer,
  /// and training it stops with a message. To train again, make the network anew and load its weights.
  ///
  /// Memory is given back when nobody else holds the weights: an optimizer, or a state taken before.
  ///
  /// - Parameter format: ``HalfPrecision/bfloat16`` has the range of `float32`;
  ///   ``HalfPrecision/float16`` is eight times as precise for weights of magnitudes 2⁻¹⁴ to 65,504.
  public func compressLinearWeights(to format: HalfPrecision) {
    freeze()
    for case (_, let linear as Linear) in namedLayers { linear.compressWeight(to: format) }
  }
}

/// A weight, and perhaps a bias, both drawn by one initializer with the weight's fans.
func makeParameters(
  weight shape: [Int], bias: Int?, _ initializer: Initializer, _ dtype: DType,
  _ random: inout RandomSource
) -> (weight: Variable, bias: Variable?) {
  let fans = Initializer.Fans(weight: shape)
  func parameter(_ shape: [Int]) -> Variable {
    Variable(
      initializer(shape, fans: fans, dtype: dtype, using: &random), requiresGrad: true)
  }
  return (parameter(shape), bias.map { parameter([$0]) })
}

/// Stops where a bias does not belong to a weight.
func requireBias(_ name: String, _ bias: Tensor?, outputs: Int, _ weight: Tensor) {
  guard let bias else { return }
  require(
    bias.shape == [outputs] && bias.dtype == weight.dtype,
    "\(name): a weight \(weight.shape) of \(weight.dtype) needs a bias [\(outputs)] of the same type, "
      + "got \(bias.shape) of \(bias.dtype)")
}

/// The parameters of a layer under the names PyTorch gives them.
func named(_ weight: Variable, _ bias: Variable?) -> [(name: String, variable: Variable)] {
  [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
}
