import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Layers that change each element")
struct RectifierLayerTests {
  static let x = Tensor([-25, -1, -0.5, 0, 0.5, 1, 25], dtype: .float64)

  func expect(_ layer: any Layer, _ expected: [Double], _ comment: Comment) {
    let y = layer(Variable(Self.x)).value
    let problem = disagreement(y, Tensor(expected, dtype: .float64))
    #expect(problem == nil, comment)
    #expect(layer.parameters.isEmpty && layer.buffers.isEmpty && layer.children.isEmpty)
  }

  // Numbers from PyTorch 2.13 in double precision.
  @Test("have PyTorch's defaults")
  func defaults() {
    expect(LeakyReLU(), [-0.25, -0.01, -0.005, 0, 0.5, 1, 25], "LeakyReLU")
    expect(
      ELU(),
      [
        -0.9999999999861121, -0.6321205588285577, -0.3934693402873666, 0, 0.5, 1, 25,
      ], "ELU")
    expect(
      GELU(),
      [
        0, -0.15865525393145702, -0.15426876936299344, 0, 0.34573123063700656,
        0.841344746068543, 25,
      ], "GELU")
    expect(
      SiLU(),
      [
        -3.471985966213213e-10, -0.2689414213699951, -0.1887703343990727, 0,
        0.3112296656009273, 0.7310585786300049, 24.999999999652804,
      ], "SiLU")
    expect(
      Softplus(),
      [
        1.3887943864867583e-11, 0.3132616875182228, 0.4740769841801067, 0.6931471805599453,
        0.9740769841801067, 1.3132616875182228, 25,
      ], "Softplus")
    expect(Hardtanh(), [-1, -1, -0.5, 0, 0.5, 1, 1], "Hardtanh")
  }

  @Test("pass their arguments on")
  func arguments() {
    let x = Variable(Self.x)
    #expect(LeakyReLU(slope: 0.3)(x).value == x.leakyReLU(slope: 0.3).value)
    #expect(ELU(alpha: 2)(x).value == x.elu(alpha: 2).value)
    #expect(GELU(approximation: .tanh)(x).value == x.gelu(approximation: .tanh).value)
    #expect(GELU(approximation: .tanh)(x).value != GELU()(x).value)
    #expect(
      Softplus(beta: 2, threshold: 1)(x).value == x.softplus(beta: 2, threshold: 1).value)
    #expect(Hardtanh(min: -2, max: 0.25)(x).value == x.hardtanh(min: -2, max: 0.25).value)
  }

  @Test("let gradients through in a network, in single precision")
  func network() {
    var random = RandomSource(seed: 4)
    let layers: [any Layer] = [
      LeakyReLU(), ELU(), GELU(), SiLU(), Softplus(), Hardtanh(min: -9, max: 9),
    ]
    let model = Sequential(
      layers.flatMap { layer -> [any Layer] in [Linear(3, 3, using: &random), layer] })
    model(Variable(.ones([2, 3]))).sum().backward()
    for (name, variable) in model.namedParameters {
      let isFinite = variable.grad?.scalars.allSatisfy(\.isFinite)
      #expect(isFinite == true && variable.grad != .zeros(like: variable.value), "\(name)")
    }
  }
}
