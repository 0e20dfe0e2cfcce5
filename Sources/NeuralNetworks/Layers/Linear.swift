import RetrogradAutograd
import RetrogradTensors

/// The fully connected layer `y = x · Wᵀ + b`: […, inputs] → […, outputs].
public final class Linear: Layer {
  /// One row for each output, [outputs, inputs].
  public let weight: Variable
  /// What is added to each output, [outputs].
  public let bias: Variable?

  /// A fully connected layer with fresh parameters.
  ///
  /// - Parameters:
  ///   - inputs: The number of inputs.
  ///   - outputs: The number of outputs.
  ///   - bias: Whether a number is added to each output.
  ///   - initializer: How weight and bias are drawn.
  ///   - dtype: The element type.
  ///   - random: Where the numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .pyTorchDefault,
    dtype: DType = .float32, using random: inout RandomSource
  ) {
    require(
      inputs >= 0 && outputs >= 0,
      "Linear: cannot have \(inputs) inputs and \(outputs) outputs")
    (weight, self.bias) = makeParameters(
      weight: [outputs, inputs], bias: bias ? outputs : nil, initializer, dtype, &random)
  }

  /// A fully connected layer with fresh parameters, others each time; see
  /// ``init(_:_:bias:initializer:dtype:using:)``.
  public convenience init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .pyTorchDefault,
    dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      inputs, outputs, bias: bias, initializer: initializer, dtype: dtype, using: &random)
  }

  /// `weight`, and `bias` if there is one.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// `x · Wᵀ + b`.
  public func forward(_ x: Variable) -> Variable {
    let inputs = weight.shape[1]
    require(
      x.shape.last == inputs,
      "expects [N, \(inputs)], got \(x.shape). "
        + (x.rank > 2 ? "Put Flatten() before it?" : "Do the sizes of the layers before fit?"))
    return linear(x, weight, bias: bias)
  }
}

/// A weight, and perhaps a bias, both drawn by one initialiser with the weight's fans.
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

/// The parameters of a layer under the names PyTorch gives them.
func named(_ weight: Variable, _ bias: Variable?) -> [(name: String, variable: Variable)] {
  [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
}
