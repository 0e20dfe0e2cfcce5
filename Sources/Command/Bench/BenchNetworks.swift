import Retrograd

// Small networks of the kinds that people write themselves; `peer.py` has the same.

/// A small ResNet for pictures of 32 × 32.
func makeResNet(using random: inout RandomSource) -> any Layer {
  let blocks = [(16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1)].map {
    ResidualBlock($0.0, $0.1, stride: $0.2, using: &random)
  }
  return Sequential(
    [
      Conv2d(3, 16, kernel: 3, padding: 1, bias: false, using: &random), BatchNorm2d(16), ReLU(),
    ] + blocks + [AdaptiveAvgPool2d(1), Flatten(), Linear(64, 10, using: &random)])
}

/// LeNet-5 for digits of 28 × 28, with rectifiers and max-pools.
func makeLeNet(using random: inout RandomSource) -> any Layer {
  Sequential(
    Conv2d(1, 6, kernel: 5, padding: 2, using: &random), ReLU(), MaxPool2d(kernel: 2),
    Conv2d(6, 16, kernel: 5, using: &random), ReLU(), MaxPool2d(kernel: 2), Flatten(),
    Linear(400, 120, using: &random), ReLU(), Linear(120, 84, using: &random), ReLU(),
    Linear(84, 10, using: &random))
}

/// The first blocks of VGG: two convolutions and a max-pool each.
func makeVGG(using random: inout RandomSource) -> any Layer {
  var layers: [any Layer] = []
  for (inputs, outputs) in [(3, 64), (64, 128), (128, 256)] {
    layers += [
      Conv2d(inputs, outputs, kernel: 3, padding: 1, using: &random), ReLU(),
      Conv2d(outputs, outputs, kernel: 3, padding: 1, using: &random), ReLU(),
      MaxPool2d(kernel: 2),
    ]
  }
  return Sequential(
    layers + [AdaptiveAvgPool2d(1), Flatten(), Linear(256, 10, using: &random)])
}

/// Blocks of MobileNetV2 for pictures of 56 × 56.
func makeMobileNet(using random: inout RandomSource) -> any Layer {
  Sequential(
    Conv2d(3, 24, kernel: 3, stride: 2, padding: 1, bias: false, using: &random), BatchNorm2d(24),
    InvertedResidual(24, 24, stride: 1, using: &random),
    InvertedResidual(24, 32, stride: 2, using: &random),
    InvertedResidual(32, 32, stride: 1, using: &random),
    InvertedResidual(32, 64, stride: 2, using: &random), AdaptiveAvgPool2d(1), Flatten(),
    Linear(64, 10, using: &random))
}

/// Two convolutions, and a way around them (He et al., *Deep Residual Learning*, 2016).
final class ResidualBlock: Layer {
  private let convolutions: [Conv2d]
  private let norms: [BatchNorm2d]
  /// Where the shape changes, the way around is a convolution too.
  private let shortcut: Conv2d?

  init(_ inputs: Int, _ outputs: Int, stride: Int, using random: inout RandomSource) {
    convolutions = [
      Conv2d(
        inputs, outputs, kernel: 3, stride: Size2D(stride), padding: 1, bias: false, using: &random),
      Conv2d(outputs, outputs, kernel: 3, padding: 1, bias: false, using: &random),
    ]
    norms = [BatchNorm2d(outputs), BatchNorm2d(outputs)]
    shortcut =
      stride == 1 && inputs == outputs
      ? nil
      : Conv2d(
        inputs, outputs, kernel: 1, stride: Size2D(stride), bias: false, using: &random)
  }

  var children: [(name: String, layer: any Layer)] {
    [
      ("conv1", convolutions[0]), ("norm1", norms[0]), ("conv2", convolutions[1]),
      ("norm2", norms[1]),
    ] + (shortcut.map { [("shortcut", $0)] } ?? [])
  }

  func forward(_ x: Variable) -> Variable {
    let y = norms[1](convolutions[1](norms[0](convolutions[0](x)).relu()))
    return (y + (shortcut?(x) ?? x)).relu()
  }
}

/// Each channel convolved by itself between two convolutions of 1 × 1, the first of which makes six times as many
/// (Sandler et al., *MobileNetV2*, 2018).
final class InvertedResidual: Layer {
  private let inner: Sequential
  private let isResidual: Bool

  init(_ inputs: Int, _ outputs: Int, stride: Int, using random: inout RandomSource) {
    let hidden = 6 * inputs
    inner = Sequential(
      Conv2d(inputs, hidden, kernel: 1, bias: false, using: &random), BatchNorm2d(hidden),
      Hardtanh(min: 0, max: 6),
      Conv2d(
        hidden, hidden, kernel: 3, stride: Size2D(stride), padding: 1, groups: hidden, bias: false,
        using: &random), BatchNorm2d(hidden), Hardtanh(min: 0, max: 6),
      Conv2d(hidden, outputs, kernel: 1, bias: false, using: &random), BatchNorm2d(outputs))
    isResidual = stride == 1 && inputs == outputs
  }

  var children: [(name: String, layer: any Layer)] { [("inner", inner)] }

  func forward(_ x: Variable) -> Variable {
    isResidual ? x + inner(x) : inner(x)
  }
}

/// A U-Net with two steps down and two up, where it gets the maps of the same size again (Ronneberger et al., *U-Net*,
/// 2015): two numbers for each pixel.
final class UNet: Layer {
  private let down: [Sequential]
  private let rise: [ConvTranspose2d]
  private let up: [Sequential]
  private let last: Conv2d

  init(using random: inout RandomSource) {
    func pair(_ inputs: Int, _ outputs: Int, _ random: inout RandomSource) -> Sequential {
      Sequential(
        Conv2d(inputs, outputs, kernel: 3, padding: 1, using: &random), ReLU(),
        Conv2d(outputs, outputs, kernel: 3, padding: 1, using: &random), ReLU())
    }
    down = [pair(3, 32, &random), pair(32, 64, &random), pair(64, 128, &random)]
    rise = [
      ConvTranspose2d(128, 64, kernel: 2, stride: 2, using: &random),
      ConvTranspose2d(64, 32, kernel: 2, stride: 2, using: &random),
    ]
    up = [pair(128, 64, &random), pair(64, 32, &random)]
    last = Conv2d(32, 2, kernel: 1, using: &random)
  }

  var children: [(name: String, layer: any Layer)] {
    down.enumerated().map { ("down\($0)", $1) } + rise.enumerated().map { ("rise\($0)", $1) }
      + up.enumerated().map { ("up\($0)", $1) } + [("last", last)]
  }

  func forward(_ x: Variable) -> Variable {
    let first = down[0](x)
    let second = down[1](maxPool2d(first, kernel: 2))
    var y = down[2](maxPool2d(second, kernel: 2))
    y = up[0](concatenate([second, rise[0](y)], axis: 1))
    y = up[1](concatenate([first, rise[1](y)], axis: 1))
    return last(y)
  }
}
