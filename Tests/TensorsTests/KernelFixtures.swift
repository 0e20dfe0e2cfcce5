import RetrogradTensors

/// The content of kernels.json.
struct KernelFixtures: Decodable {
  let convolutions: [ConvolutionFixture]
  let poolings: [PoolingFixture]
}

/// Whole numbers in a shape.
struct WholeNumbers: Decodable {
  let shape: [Int]
  let scalars: [Int]

  func tensor(_ dtype: DType) -> Tensor {
    Tensor(scalars.map(Double.init), shape: shape, dtype: dtype)
  }
}

/// A convolution by PyTorch.
struct ConvolutionFixture: Decodable {
  let x: WholeNumbers
  let weight: WholeNumbers
  let bias: WholeNumbers
  let y: WholeNumbers
  let dy: WholeNumbers
  let dx: WholeNumbers
  let dWeight: WholeNumbers
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let groups: Int

  func forward(_ dtype: DType) -> Tensor {
    conv2d(
      x.tensor(dtype), weight.tensor(dtype), bias: bias.tensor(dtype), stride: Size2D(stride),
      padding: Size2D(padding), dilation: Size2D(dilation), groups: groups)
  }

  func inputGradient(_ dtype: DType) -> Tensor {
    conv2dInputGradient(
      dy.tensor(dtype), weight.tensor(dtype), inputSize: Size2D(Array(x.shape[2...])),
      options: .init(
        stride: Size2D(stride), padding: Size2D(padding), dilation: Size2D(dilation),
        groups: groups))
  }

  func weightGradient(_ dtype: DType) -> Tensor {
    conv2dWeightGradient(
      dy.tensor(dtype), x.tensor(dtype), kernelSize: Size2D(Array(weight.shape[2...])),
      options: .init(
        stride: Size2D(stride), padding: Size2D(padding), dilation: Size2D(dilation),
        groups: groups))
  }
}

/// A max-pooling by PyTorch.
struct PoolingFixture: Decodable {
  let x: WholeNumbers
  let values: WholeNumbers
  let indices: WholeNumbers
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let ceilMode: Bool
}

extension Size2D {
  /// Height and width, as Python writes them.
  init(_ pair: [Int]) { self.init(pair[0], pair[1]) }
}
