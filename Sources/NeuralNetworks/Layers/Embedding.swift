import RetrogradAutograd
import RetrogradTensors

/// A table of vectors that are looked up by index: indices of any shape → that shape and [dimensions].
///
/// ```swift
/// let words = Embedding(10_000, 64, paddingIndex: 0)
/// let vectors = words(IntTensor([5, 17, 0, 0], shape: [1, 4]))     // [1, 4, 64]
/// ```
///
/// In a chain of layers the indices come as a variable of whole numbers. See
/// ``embedding(_:_:paddingIndex:)`` for the formula.
public final class Embedding: Layer {
  /// The table, [count, dimensions].
  public let weight: Variable
  /// The index of a row that gets no gradient; `nil` for none.
  public let paddingIndex: Int?

  /// A table of newly drawn vectors.
  ///
  /// - Parameters:
  ///   - count: The number of vectors.
  ///   - dimensions: The number of elements of each vector.
  ///   - paddingIndex: The index of a vector that begins at 0 and gets no gradient; a negative one counts from the
  ///     end.
  ///   - initializer: The initializer of the table; PyTorch's draws from the standard normal distribution.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public init(
    _ count: Int, _ dimensions: Int, paddingIndex: Int? = nil,
    initializer: Initializer = .normal(), dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    require(
      count >= 0 && dimensions >= 0,
      "Embedding: cannot have \(count) vectors of \(dimensions) elements")
    let paddingIndex = paddingIndex.map {
      resolvedPaddingIndex($0, rows: count, operation: "Embedding")
    }
    var table = initializer([count, dimensions], dtype: dtype, using: &random)
    if let paddingIndex {
      table = concatenate([
        table[0..<paddingIndex], .zeros([1, dimensions], dtype: dtype),
        table[(paddingIndex + 1)..<count],
      ])
    }
    self.weight = Variable(table, requiresGrad: true)
    self.paddingIndex = paddingIndex
  }

  /// A table of newly drawn vectors, different on every call; see
  /// ``init(_:_:paddingIndex:initializer:dtype:using:)``.
  public convenience init(
    _ count: Int, _ dimensions: Int, paddingIndex: Int? = nil,
    initializer: Initializer = .normal(), dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      count, dimensions, paddingIndex: paddingIndex, initializer: initializer, dtype: dtype,
      using: &random)
  }

  /// A given table; nothing is drawn or copied.
  ///
  /// - Parameters:
  ///   - weight: The table, [count, dimensions].
  ///   - paddingIndex: The index of a vector that gets no gradient; it stays as it is.
  public init(weight: Tensor, paddingIndex: Int? = nil) {
    require(
      weight.rank == 2, "Embedding: expects a table [count, dimensions], got \(weight.shape)")
    self.weight = Variable(weight, requiresGrad: true)
    self.paddingIndex = paddingIndex.map {
      resolvedPaddingIndex($0, rows: weight.shape[0], operation: "Embedding")
    }
  }

  /// The table.
  public var parameters: [(name: String, variable: Variable)] { [("weight", weight)] }

  /// The vectors at `indices`.
  public func callAsFunction(_ indices: IntTensor) -> Variable {
    self(Variable(indices.converted(to: .float64)))
  }

  /// The vectors at the indices that `x` holds as whole numbers; no gradient goes to `x`.
  public func forward(_ x: Variable) -> Variable {
    let indices = x.value.scalars.map { number in
      guard let index = Int(exactly: number) else {
        stop(
          "expects whole numbers from 0 to \(weight.shape[0] - 1), got \(number). Put an embedding before the "
            + "layers that compute")
      }
      return index
    }
    return embedding(IntTensor(indices, shape: x.shape), weight, paddingIndex: paddingIndex)
  }
}
