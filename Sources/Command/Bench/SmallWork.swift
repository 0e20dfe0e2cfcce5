import Retrograd

/// Work that measures one thing: the matrix product, or what an operation costs besides arithmetic.
enum SmallWork {
  /// The product of two square matrices.
  static func product(size: Int) -> () -> Void {
    var random = RandomSource(seed: 1)
    let a = Tensor.normal([size, size], using: &random)
    let b = Tensor.normal([size, size], using: &random)
    return { _ = matmul(a, b) }
  }

  /// Both factors read and the product written.
  static func productCost(size: Int) -> BenchCost {
    let n = Double(size)
    return BenchCost(operations: 2 * n * n * n, bytes: 3 * 4 * n * n)
  }

  /// A training step so small that hardly anything but overhead remains.
  static func tinyStep() -> () -> Void {
    var random = RandomSource(seed: 1)
    let model = Sequential(
      Linear(16, 32, using: &random), Tanh(), Linear(32, 2, using: &random))
    let optimizer = Adam(model.namedParameters)
    let inputs = Variable(.normal([8, 16], using: &random))
    let labels = IntTensor((0..<8).map { $0 % 2 })
    return {
      optimizer.zeroGrad()
      crossEntropy(model(inputs), labels).backward()
      optimizer.step()
    }
  }

  /// A graph of scalars, each made of the one before.
  static func chain(length: Int) -> () -> Void {
    {
      let x = Variable(Tensor(1), requiresGrad: true)
      var y = x
      for _ in 0..<length { y = y * 1.0000001 }
      y.backward()
    }
  }
}
