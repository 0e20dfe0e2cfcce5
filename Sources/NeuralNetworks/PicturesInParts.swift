import RetrogradAutograd
import RetrogradTensors

// Many pictures go through the first layers of a chain a few at a time, when nobody wants gradients. Feature maps of
// a whole batch do not fit in a processor's caches, and would go to memory and come back between any two layers. The
// numbers are the same, bit for bit, because each of these layers works on every picture by itself.

/// A layer that makes the same of a picture, bit for bit, whatever the others of its batch, while it is repeatable.
protocol PicturewiseLayer: Layer {}

extension Conv2d: PicturewiseLayer {}
extension ConvTranspose2d: PicturewiseLayer {}
extension BatchNorm2d: PicturewiseLayer {}
extension LocalResponseNorm: PicturewiseLayer {}
extension Dropout: PicturewiseLayer {}
extension MaxPool2d: PicturewiseLayer {}
extension AvgPool2d: PicturewiseLayer {}
extension AdaptiveAvgPool2d: PicturewiseLayer {}
extension AdaptiveMaxPool2d: PicturewiseLayer {}
extension Pad2d: PicturewiseLayer {}
extension Upsample: PicturewiseLayer {}
extension PixelShuffle: PicturewiseLayer {}
extension PixelUnshuffle: PicturewiseLayer {}
extension ReLU: PicturewiseLayer {}
extension LeakyReLU: PicturewiseLayer {}
extension PReLU: PicturewiseLayer {}
extension ELU: PicturewiseLayer {}
extension GELU: PicturewiseLayer {}
extension SiLU: PicturewiseLayer {}
extension Softplus: PicturewiseLayer {}
extension Hardtanh: PicturewiseLayer {}
extension Tanh: PicturewiseLayer {}
extension Sigmoid: PicturewiseLayer {}

/// Numbers of a layer's inputs and outputs that a shared cache has room for: 12 MB in single precision.
private let numbersInCache = 3 << 20
/// About how many times as large as a convolution's kernels are what is read of them: see `WinogradPlan`.
private let transformedWeights = 4

extension StagedLayer {
  /// The number of pictures that go through a chain together from here on; `nil` for all at once.
  func picturesAtOnce(_ layer: any Layer, _ x: Variable) -> Int? {
    guard !isRecordingGradients, let convolution = layer as? Conv2d, x.shape.count == 4,
      !LayerCall.hasReader, x.value.isComputedOnHost
    else { return nil }
    let stride = convolution.stride
    let (inputs, outputs) = (x.shape[1], convolution.weight.shape[0])
    // What does not fit is left to the convolution, which names the shape of the whole batch.
    guard inputs == convolution.weight.shape[1] * convolution.groups else { return nil }
    let pixels = x.shape[2] * x.shape[3]
    let numbers = pixels * inputs + pixels * outputs / (stride.height * stride.width)
    let count = max(1, numbersInCache / max(1, numbers))
    return x.shape[0] >= 2 * count ? count : nil
  }

  /// Runs stages from a convolution on, as far as parts of the batch pay.
  ///
  /// - Parameters:
  ///   - stages: The chain.
  ///   - start: The index of the convolution.
  ///   - x: The pictures [N, C, H, W].
  ///   - count: The number of pictures in each part.
  /// - Returns: The output, and the index of the stage that comes next.
  func runInParts(
    _ stages: ArraySlice<(name: String, layer: any Layer)>, from start: Int, on x: Variable,
    of count: Int
  ) -> (Variable, Int) {
    let images = x.shape[0]
    var (y, end) = runStage(stages, at: start, on: Variable(x.value[0..<count]))
    while end < stages.endIndex, paysInParts(stages[end].layer, y) {
      (y, end) = runStage(stages, at: end, on: y)
    }
    var parts = [y.value]
    for first in stride(from: count, to: images, by: count) {
      let part = Variable(x.value[first..<min(first + count, images)])
      parts.append(run(stages[start..<end], on: part).value)
    }
    return (Variable(concatenate(parts)), end)
  }

  /// Returns whether the parts should stay apart for one more layer: not where each would read kernels that are more than
  /// what it keeps in the caches.
  private func paysInParts(_ layer: any Layer, _ x: Variable) -> Bool {
    guard layer is any PicturewiseLayer, layer.isRepeatable else { return false }
    guard let convolution = layer as? Conv2d else { return true }
    let outputs = x.value.count / max(1, x.shape[1]) * convolution.weight.shape[0]
    return convolution.weight.value.count * transformedWeights <= x.value.count + outputs
  }
}
