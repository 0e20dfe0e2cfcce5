import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import Testing

/// Many pictures go through the first layers a few at a time when nobody wants gradients.
@Suite("Pictures in parts")
struct PicturesInPartsTests {
  /// Feature maps of two megabytes for each picture, so that six go together.
  private static let size = 96

  private func pictures(_ count: Int) -> Tensor {
    var random = RandomSource(seed: 4)
    return .normal([count, 3, Self.size, Self.size], using: &random)
  }

  private func chain() -> Sequential {
    var random = RandomSource(seed: 5)
    return Sequential(
      Conv2d(3, 48, kernel: 3, padding: 1, using: &random), BatchNorm2d(48), ReLU(),
      MaxPool2d(kernel: 2, stride: 2), Conv2d(48, 20, kernel: 5, padding: 2, using: &random),
      GELU(), Dropout(0.5), AvgPool2d(kernel: 3, stride: 2),
      // More kernels than there are numbers in a part.
      Conv2d(20, 700, kernel: [5, 4], stride: 3, using: &random), ReLU(), AdaptiveAvgPool2d(2),
      Flatten(), Linear(2800, 7, using: &random))
  }

  @Test("make the same of each picture as alone, bit for bit", arguments: [11, 12, 13, 25])
  func bits(count: Int) {
    let (model, x) = (chain(), pictures(count))
    model.eval()
    withoutGradients {
      let features = Sequential(Array(model.children.map(\.layer).dropLast(2)))
      let all = features(Variable(x)).value
      #expect(all.shape == [count, 700, 2, 2])
      for image in [0, 5, 6, count - 1] {
        let alone = features(Variable(x[image..<(image + 1)])).value
        #expect(alone.hasSameBits(as: all[image..<(image + 1)]), "picture \(image) of \(count)")
      }
      #expect(model(Variable(x)).shape == [count, 7])
    }
  }

  @Test("stay together in training, where a normalization looks at all of them")
  func training() {
    let (model, x) = (chain(), pictures(14))
    model.eval()
    (model[1] as! BatchNorm2d).isTraining = true
    let together = withoutGradients {
      model[2](model[1](model[0](Variable(x)))).value
    }
    let front = Sequential(model[0], model[1], model[2])
    #expect(withoutGradients { front(Variable(x)).value } == together)
  }

  @Test("stay together for whoever reads what lies between")
  func reader() {
    let (model, x) = (chain(), pictures(13))
    model.eval()
    withoutGradients {
      let read = model.activations(of: Variable(x), at: ["0", "3"])
      #expect(read["0"]?.shape == [13, 48, Self.size, Self.size])
      #expect(read["3"]?.shape == [13, 48, Self.size / 2, Self.size / 2])
    }
  }

  @Test("what does not fit is told with the shape of the whole batch")
  func mistake() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 6)
      let model = Sequential(Conv2d(3, 48, kernel: 3, padding: 1, using: &random), ReLU())
      _ = withoutGradients { model(Variable(.zeros([40, 4, 96, 96]))) }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("[40, 4, 96, 96]"), "\(message)")
  }

  @Test("a layer of one's own gets the whole batch")
  func ownLayer() {
    final class Counting: Layer {
      var batches: [Int] = []
      func forward(_ x: Variable) -> Variable {
        batches.append(x.shape[0])
        return x
      }
    }
    let counting = Counting()
    var random = RandomSource(seed: 6)
    let model = Sequential(
      Conv2d(3, 48, kernel: 3, padding: 1, using: &random), ReLU(), counting,
      MaxPool2d(kernel: 2, stride: 2))
    _ = withoutGradients { model(Variable(pictures(13))) }
    #expect(counting.batches == [13])
  }
}
