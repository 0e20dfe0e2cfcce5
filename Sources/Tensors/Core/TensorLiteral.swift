/// An element between brackets: a number, or a list of literals of one shape.
///
/// `Tensor([[1, 2], [3, 4]], dtype: .float64)` and `let x: Tensor = [[1, 2], [3, 4]]` both go
/// through it; the numbers stay `Double` until the dtype is known.
public enum TensorLiteral: Sendable {
  /// One number.
  case scalar(Double)
  /// One more axis.
  case list([TensorLiteral])

  var shape: [Int] {
    switch self {
    case .scalar: return []
    case .list(let items):
      let inner = items.first?.shape ?? []
      for (index, item) in items.enumerated() {
        require(
          item.shape == inner,
          "tensor literal: item \(index) has shape \(item.shape), the first has \(inner)")
      }
      return [items.count] + inner
    }
  }

  func append(to scalars: inout [Double]) {
    switch self {
    case .scalar(let value): scalars.append(value)
    case .list(let items): for item in items { item.append(to: &scalars) }
    }
  }
}

extension TensorLiteral: ExpressibleByArrayLiteral, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral
{
  /// A list.
  public init(arrayLiteral elements: TensorLiteral...) { self = .list(elements) }
  /// A number.
  public init(floatLiteral value: Double) { self = .scalar(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .scalar(Double(value)) }
  /// The negative of a literal number, so that `[-1, 2]` reads as written.
  public static prefix func - (literal: TensorLiteral) -> TensorLiteral {
    switch literal {
    case .scalar(let value): .scalar(-value)
    case .list(let items): .list(items.map { -$0 })
    }
  }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A `float32` tensor from nested lists.
  public init(arrayLiteral elements: TensorLiteral...) { self.init(.list(elements)) }

  /// A tensor from nested lists of numbers; all lists at one depth must have one length.
  @_disfavoredOverload
  public init(_ literal: TensorLiteral, dtype: DType = .float32) {
    var scalars: [Double] = []
    literal.append(to: &scalars)
    self.init(scalars, shape: literal.shape, dtype: dtype)
  }
}
