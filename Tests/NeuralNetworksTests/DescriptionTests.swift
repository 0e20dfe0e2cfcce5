import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// A layer that knows nothing of being printed.
private final class Scale: Layer {
  let weight = Variable([1, 2], requiresGrad: true)
  var parameters: [(name: String, variable: Variable)] { [("weight", weight)] }
  func forward(_ x: Variable) -> Variable { x * weight }
}

@Suite("A network that is printed")
struct DescriptionTests {
  let model = Sequential(
    Conv2d(1, 4, kernel: 3, padding: 1), BatchNorm2d(4), ReLU(), MaxPool2d(kernel: 2),
    Sequential(named: [("flat", Flatten()), ("head", Linear(64, 2))]))

  @Test("draws its layers with their arguments, shapes and numbers of parameters")
  func tree() {
    #expect(
      "\(model)" == """
        Sequential(
          (0): Conv2d(1, 4, kernel: 3, padding: 1)   weight [4, 1, 3, 3], bias [4]    40
          (1): BatchNorm2d(4)                        weight [4], bias [4]              8
          (2): ReLU()
          (3): MaxPool2d(kernel: 2)
          (4): Sequential(
            (flat): Flatten()
            (head): Linear(64, 2)                    weight [2, 64], bias [2]        130
          )
        )
        178 parameters
        """)
  }

  @Test("says how many parameters are trained, if not all")
  func frozen() {
    model.freeze(allBut: "4.head")
    #expect("\(model)".hasSuffix("178 parameters, 130 of them trainable"))
  }

  @Test("a layer alone is a line, one of your own too")
  func single() {
    #expect("\(ReLU())" == "ReLU()\n0 parameters")
    #expect("\(Scale())" == "Scale()   weight [2]   2\n2 parameters")
    #expect("\(Scale() as any Layer)" == "Scale()   weight [2]   2\n2 parameters")
  }

  @Test("AlexNet has torchvision's parts and number of parameters")
  func alexNet() {
    let text = "\(AlexNet(classes: 10, width: 0.125))"
    #expect(
      text.hasPrefix(
        "AlexNet(\n  (features): Sequential(\n    (0): Conv2d(3, 8, kernel: 11, stride: 4, padding: 2)"
      ))
    #expect(text.contains("(6): Linear(512, 10)"))
    let model = AlexNet(classes: 10, width: 0.125)
    let digits = text.split(separator: "\n").last?.filter(\.isNumber)
    #expect(digits == String(model.parameterCount))
  }

  @Test("a summary shows what each layer gives, and changes nothing")
  func summary() {
    let state = model.stateDict
    #expect(
      model.summary(input: [5, 1, 8, 8]) == """
        Sequential(                                  [5, 2]
          (0): Conv2d(1, 4, kernel: 3, padding: 1)   [5, 4, 8, 8]    40
          (1): BatchNorm2d(4)                        [5, 4, 8, 8]     8
          (2): ReLU()                                [5, 4, 8, 8]
          (3): MaxPool2d(kernel: 2)                  [5, 4, 4, 4]
          (4): Sequential(                           [5, 2]
            (flat): Flatten()                        [5, 64]
            (head): Linear(64, 2)                    [5, 2]         130
          )
        )
        178 parameters
        """)
    #expect(model.stateDict == state)
    let norm = model[1] as? BatchNorm2d
    #expect(norm?.isTraining == true)
    #expect(model.namedParameters.allSatisfy { $0.variable.grad == nil })
  }

  @Test("arguments are written as in the call that makes the layer", arguments: configurations)
  fileprivate func arguments(_ example: Configuration) {
    #expect(example.layer().configuration == example.text)
  }

  fileprivate struct Configuration: Sendable, CustomTestStringConvertible {
    let text: String
    let layer: @Sendable () -> any Layer
    var testDescription: String { text }
  }

  fileprivate static let configurations: [Configuration] = [
    .init(text: "3, 2") { Linear(3, 2) },
    .init(text: "3, 2, bias: false") { Linear(3, 2, bias: false) },
    .init(
      text: "4, 6, kernel: [3, 2], stride: [2, 1], padding: [1, 0], dilation: 2, groups: 2, "
        + "bias: false"
    ) {
      Conv2d(
        4, 6, kernel: [3, 2], stride: [2, 1], padding: [1, 0], dilation: 2, groups: 2,
        bias: false)
    },
    .init(text: "3, 4, kernel: 2, padding: .same") { Conv2d(3, 4, kernel: 2, padding: .same) },
    .init(text: "3, 4, kernel: 3, padding: 1") { Conv2d(3, 4, kernel: 3, padding: .same) },
    .init(text: "3, 4, kernel: 5, stride: 2") { Conv1d(3, 4, kernel: 5, stride: 2) },
    .init(text: "4, 6, kernel: 3, stride: 2, outputPadding: 1, groups: 2") {
      ConvTranspose2d(4, 6, kernel: 3, stride: 2, outputPadding: 1, groups: 2)
    },
    .init(text: "10, 4, paddingIndex: 0") { Embedding(10, 4, paddingIndex: 0) },
    .init(text: "kernel: 3, stride: 2, ceilMode: true") {
      MaxPool2d(kernel: 3, stride: 2, ceilMode: true)
    },
    .init(text: "kernel: 2, countIncludesPadding: false") {
      AvgPool2d(kernel: 2, countIncludesPadding: false)
    },
    .init(text: "kernel: 2, divisorOverride: 3") { AvgPool2d(kernel: 2, divisorOverride: 3) },
    .init(text: "[6, 3]") { AdaptiveAvgPool2d([6, 3]) },
    .init(text: "2") { AdaptiveMaxPool2d(2) },
    .init(text: "3, momentum: nil, affine: false") {
      BatchNorm2d(3, momentum: nil, affine: false)
    },
    .init(text: "3, trackRunningStatistics: false") {
      BatchNorm1d(3, trackRunningStatistics: false)
    },
    .init(text: "[8], bias: false") { LayerNorm(8, bias: false) },
    .init(text: "2, 4, epsilon: 0.1") { GroupNorm(2, 4, epsilon: 0.1) },
    .init(text: "5, k: 2.0") { LocalResponseNorm(5, k: 2) },
    .init(text: "0.3") { Dropout(0.3) },
    .init(text: "axis: 1") { Softmax() },
    .init(text: "axis: 0") { LogSoftmax(axis: 0) },
    .init(text: "from: 2") { Flatten(from: 2) },
    .init(text: "slope: 0.1") { LeakyReLU(slope: 0.1) },
    .init(text: "") { PReLU() },
    .init(text: "3") { PReLU(3) },
    .init(text: "alpha: 1.0") { ELU() },
    .init(text: "") { GELU() },
    .init(text: "beta: 1.0, threshold: 20.0") { Softplus() },
    .init(text: "min: -1.0, max: 1.0") { Hardtanh() },
    .init(text: "scale: 2.0, mode: .bicubic, alignCorners: true") {
      Upsample(scale: 2, mode: .bicubic, alignCorners: true)
    },
    .init(text: "to: [5, 7]") { Upsample(to: [5, 7]) },
    .init(text: "2") { PixelShuffle(2) },
    .init(text: "3") { PixelUnshuffle(3) },
    .init(text: "rows: (1, 0), columns: (2, 3), mode: .reflect") {
      Pad2d(rows: (1, 0), columns: (2, 3), mode: .reflect)
    },
  ]
}
