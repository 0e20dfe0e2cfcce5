import Retrograd

final class RowNorm: ModalLayer {
  let inner: BatchNorm2d
  init(_ n: Int) { inner = BatchNorm2d(n) }
  var isTraining = true { didSet { inner.isTraining = isTraining } }
  var children: [(name: String, layer: any Layer)] { [("inner", inner)] }
  func forward(_ x: Variable) -> Variable {
    inner(x.reshaped([x.shape[0], x.shape[1], 1, 1])).reshaped(x.shape)
  }
}

final class TempNet: StagedLayer {
  let features: Sequential
  let avgpool = AdaptiveAvgPool2d(6)
  let flatten = Flatten()
  let classifier: Sequential
  init(classes: Int, dropout: Double, width: Double, hidden: Int, using random: inout RandomSource) {
    let c = [64, 192, 384, 256, 256].map { Int(Double($0) * width) }
    func conv(_ i: Int, _ o: Int, _ k: Int, _ s: Int, _ p: Int) -> Conv2d {
      Conv2d(i, o, kernel: Size2D(k), stride: Size2D(s), padding: Size2D(p), bias: false, initializer: .kaimingNormal(), using: &random)
    }
    features = Sequential(
      conv(3, c[0], 11, 4, 2), BatchNorm2d(c[0]), ReLU(), MaxPool2d(kernel: 3, stride: 2),
      conv(c[0], c[1], 5, 1, 2), BatchNorm2d(c[1]), ReLU(), MaxPool2d(kernel: 3, stride: 2),
      conv(c[1], c[2], 3, 1, 1), BatchNorm2d(c[2]), ReLU(),
      conv(c[2], c[3], 3, 1, 1), BatchNorm2d(c[3]), ReLU(),
      conv(c[3], c[4], 3, 1, 1), BatchNorm2d(c[4]), ReLU(), MaxPool2d(kernel: 3, stride: 2))
    classifier = Sequential(
      Dropout(dropout, using: &random), Linear(c[4] * 36, hidden, bias: false, using: &random), RowNorm(hidden), ReLU(),
      Dropout(dropout, using: &random), Linear(hidden, hidden, bias: false, using: &random), RowNorm(hidden), ReLU(),
      Linear(hidden, classes, using: &random))
  }
  var children: [(name: String, layer: any Layer)] { stages }
  var stages: [(name: String, layer: any Layer)] {
    [("features", features), ("avgpool", avgpool), ("flatten", flatten), ("classifier", classifier)]
  }
}
