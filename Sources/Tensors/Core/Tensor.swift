/// Numbers in a shape: a row-major, contiguous, multi-dimensional array of `float32` or `float64`.
///
/// A tensor is a value: a copy shares memory until one of the two is changed. Reshaping and taking a
/// range of the leading axis share memory too; every other change of layout copies.
///
/// ```swift
/// let x = Tensor([[1, 2, 3], [4, 5, 6]])   // shape [2, 3], float32
/// let y = x * 2 + 1
/// print(y.sum(axes: [1]).scalars)           // [15.0, 33.0]
/// ```
///
/// Shapes, layouts and broadcasting are those of NumPy and PyTorch. Arithmetic on tensors of two
/// dtypes is a mistake and stops with a message; ``converted(to:)`` makes them agree.
public struct Tensor: Sendable {
  /// The extent of each axis; `[]` for a single number.
  public let shape: [Int]
  /// The number of elements: the product of ``shape``.
  public let count: Int
  /// Safe to send, because it is written to only while nobody shares it.
  nonisolated(unsafe) var storage: Storage
  let offset: Int

  /// The type of the elements.
  public var dtype: DType { storage.dtype }
  /// The number of axes.
  public var rank: Int { shape.count }

  init(storage: Storage, shape: [Int], offset: Int = 0) {
    self.init(storage: storage, shape: shape, count: shape.reduce(1, *), offset: offset)
  }

  private init(storage: Storage, shape: [Int], count: Int, offset: Int) {
    self.storage = storage
    self.shape = shape
    self.count = count
    self.offset = offset
  }

  /// A tensor whose memory is not set yet: for kernels that write every element.
  init(uninitialized shape: [Int], dtype: DType, operation: String = "Tensor") {
    let count = Tensor.checkedCount(shape, operation: operation)
    self.init(
      storage: .make(count: count, dtype: dtype, operation: operation), shape: shape, count: count,
      offset: 0)
  }
}

// MARK: - Making tensors

extension Tensor {
  /// A tensor of numbers in row-major order.
  ///
  /// - Parameters:
  ///   - scalars: The elements; their number must be the product of `shape`.
  ///   - shape: The shape; one axis when left out.
  ///   - dtype: The element type to store them as.
  public init(_ scalars: [Double], shape: [Int]? = nil, dtype: DType = .float32) {
    let shape = shape ?? [scalars.count]
    Tensor.requireCount(scalars.count, shape)
    self.init(uninitialized: shape, dtype: dtype)
    switch dtype {
    case .float32:
      withMutable(Float.self) { for i in scalars.indices { $0[i] = Float(scalars[i]) } }
    case .float64:
      withMutable(Double.self) { for i in scalars.indices { $0[i] = scalars[i] } }
    }
  }

  /// A `float32` tensor of numbers in row-major order, bit for bit.
  ///
  /// - Parameters:
  ///   - scalars: The elements; their number must be the product of `shape`.
  ///   - shape: The shape; one axis when left out.
  @_disfavoredOverload
  public init(_ scalars: [Float], shape: [Int]? = nil) {
    let shape = shape ?? [scalars.count]
    Tensor.requireCount(scalars.count, shape)
    self.init(uninitialized: shape, dtype: .float32)
    withMutable(Float.self) { for i in scalars.indices { $0[i] = scalars[i] } }
  }

  /// A tensor without axes that holds one number.
  public init(_ scalar: Double, dtype: DType = .float32) {
    self.init(repeating: scalar, shape: [], dtype: dtype)
  }

  /// A tensor whose elements are all equal.
  public init(repeating scalar: Double, shape: [Int], dtype: DType = .float32) {
    self.init(uninitialized: shape, dtype: dtype)
    fill(scalar)
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
    Tensor(repeating: 0, shape: shape, dtype: dtype)
  }

  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor {
    Tensor(repeating: 1, shape: shape, dtype: dtype)
  }

  /// Zeros in the shape and dtype of another tensor.
  public static func zeros(like other: Tensor) -> Tensor { zeros(other.shape, dtype: other.dtype) }

  /// Ones in the shape and dtype of another tensor.
  public static func ones(like other: Tensor) -> Tensor { ones(other.shape, dtype: other.dtype) }

  /// The numbers `start, start + step, …` up to but without `end`.
  public static func arange(
    _ start: Double = 0, _ end: Double, step: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    require(
      step != 0 && step.isFinite && start.isFinite && end.isFinite,
      "arange: start \(start), end \(end) and step \(step) must be finite, the step not 0")
    let count = ((end - start) / step).rounded(.up)
    require(
      count <= Double(largestCount),
      "arange: from \(start) to \(end) in steps of \(step) are \(count) numbers, more than memory "
        + "can hold. Use a larger step")
    requireMemory(forNumbers: Int(Swift.max(0, count)), operation: "arange")
    return Tensor(Array(stride(from: start, to: end, by: step)), dtype: dtype)
  }

  /// The identity matrix of `n` rows.
  public static func identity(_ n: Int, dtype: DType = .float32) -> Tensor {
    var matrix = zeros([n, n], dtype: dtype)
    for i in 0..<n { matrix[i, i] = 1 }
    return matrix
  }

  /// A tensor filled by `body`, which gets the memory to write, uninitialized.
  ///
  /// For modules that bring bytes from elsewhere; `body` must write all of it.
  package init(
    shape: [Int], dtype: DType, initializingBytes body: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    self.init(uninitialized: shape, dtype: dtype)
    body(.init(start: storage.pointer, count: count * dtype.byteCount))
  }

  private static func requireCount(_ count: Int, _ shape: [Int]) {
    require(
      count == checkedCount(shape),
      "Tensor: \(count) numbers do not fill shape \(shape), which has \(checkedCount(shape))")
  }
}

// MARK: - Reading and changing elements

extension Tensor {
  /// All elements in row-major order, as `Double` whatever the dtype.
  public var scalars: [Double] {
    switch dtype {
    case .float32: withElements(Float.self, loop: nil) { $0.map(Double.init) }
    case .float64: withElements(Double.self, loop: nil) { Array($0) }
    }
  }

  /// All elements in row-major order, as `Float` (rounded from `float64`).
  public var floats: [Float] {
    switch dtype {
    case .float32: withElements(Float.self, loop: nil) { Array($0) }
    case .float64: withElements(Double.self, loop: nil) { $0.map(Float.init) }
    }
  }

  /// The number in a tensor that holds exactly one.
  public func item() -> Double {
    require(count == 1, "item(): needs a tensor of one element, got shape \(shape)")
    return scalar(at: 0)
  }

  /// One element, by an index for each axis; a negative index counts from the end.
  public subscript(indices: Int...) -> Double {
    get { scalar(at: position(of: indices)) }
    set { setScalar(newValue, at: position(of: indices)) }
  }

  /// A range of the leading axis; shares memory.
  public subscript(range: Range<Int>) -> Tensor {
    require(rank > 0, "a tensor without axes has no range to take")
    require(
      range.lowerBound >= 0 && range.upperBound <= shape[0],
      "range \(range) is out of bounds for the leading axis of shape \(shape)")
    let row = shape.dropFirst().reduce(1, *)
    return Tensor(
      storage: storage, shape: [range.count] + shape.dropFirst(),
      offset: offset + range.lowerBound * row)
  }

  /// Sets every element to `scalar`.
  public mutating func fill(_ scalar: Double) {
    if let device = computingDevice(self), let filled = device.filled(shape, scalar) {
      self = filled
      return
    }
    dtype.dispatch { fill(scalar, $0) }
  }

  private mutating func fill<T: Scalar>(_ scalar: Double, _ type: T.Type) {
    let count = count
    withMutable(T.self) { $0.update(repeating: T(scalar), count: count) }
  }

  /// The same numbers as another dtype; the tensor itself when it has that dtype already.
  public func converted(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let count = count
    switch dtype {
    case .float64:
      withElements(Float.self, loop: nil) { x in
        result.withMutable(Double.self) { y in for i in 0..<count { y[i] = Double(x[i]) } }
      }
    case .float32:
      withElements(Double.self) { x in
        result.withMutable(Float.self) { y in for i in 0..<count { y[i] = Float(x[i]) } }
      }
    }
    return result
  }

  func scalar(at position: Int) -> Double {
    switch dtype {
    case .float32: Double(elements(Float.self, loop: nil)[position])
    case .float64: elements(Double.self, loop: nil)[position]
    }
  }

  mutating func setScalar(_ scalar: Double, at position: Int) {
    switch dtype {
    case .float32: withMutable(Float.self, loop: nil) { $0[position] = Float(scalar) }
    case .float64: withMutable(Double.self, loop: nil) { $0[position] = scalar }
    }
  }

  private func position(of indices: [Int]) -> Int {
    require(
      indices.count == rank,
      "an element of shape \(shape) takes \(rank) indices, got \(indices.count): \(indices)")
    var position = 0
    for (axis, index) in indices.enumerated() {
      let wrapped = index < 0 ? index + shape[axis] : index
      require(
        wrapped >= 0 && wrapped < shape[axis],
        "index \(index) is out of bounds for axis \(axis) of shape \(shape)")
      position = position * shape[axis] + wrapped
    }
    return position
  }
}

// MARK: - Memory, for the loops of this module

extension Tensor {
  /// The elements; valid while the tensor lives.
  @inline(__always)
  func elements<T: Scalar>(
    _ type: T.Type, loop: StaticString? = #function
  ) -> UnsafePointer<T> {
    UnsafePointer(storage.pointer(for: loop).assumingMemoryBound(to: T.self) + offset)
  }

  /// - Parameter loop: Who reads them, for `DeviceTrace`; `nil` for what always happens on the host.
  @inline(__always)
  func withElements<T: Scalar, R>(
    _ type: T.Type, loop: StaticString? = #function, _ body: (UnsafeBufferPointer<T>) -> R
  ) -> R {
    withExtendedLifetime(storage) {
      body(.init(start: elements(type, loop: loop), count: count))
    }
  }

  /// The elements for writing, after a copy when they are shared.
  @inline(__always)
  mutating func withMutable<T: Scalar, R>(
    _ type: T.Type, loop: StaticString? = #function, _ body: (UnsafeMutablePointer<T>) -> R
  ) -> R {
    makeUnique(for: loop)
    return withExtendedLifetime(storage) {
      body(storage.pointer.assumingMemoryBound(to: T.self) + offset)
    }
  }

  /// As ``withMutable(_:_:)``, for what moves bytes and need not know their type.
  mutating func withMutableBytes(_ body: (UnsafeMutableRawPointer) -> Void) {
    makeUnique(for: nil)
    withExtendedLifetime(storage) { body(storage.pointer + offset * dtype.byteCount) }
  }

  private mutating func makeUnique(for loop: StaticString?) {
    if isKnownUniquelyReferenced(&storage) { return storage.prepareForWriting(for: loop) }
    let copy = Storage.make(count: count, dtype: dtype)
    let (source, size) = (bytes(loop: loop), dtype.byteCount)
    parallelRanges(count, grain: 1 << 18) { range in
      (copy.pointer + range.lowerBound * size).copyMemory(
        from: source + range.lowerBound * size, byteCount: range.count * size)
    }
    self = Tensor(storage: copy, shape: shape, count: count, offset: 0)
  }

  /// The elements for what copies bytes; valid while the tensor lives.
  func bytes(loop: StaticString?) -> UnsafeRawPointer {
    UnsafeRawPointer(storage.pointer(for: loop) + offset * dtype.byteCount)
  }

  /// Returns whether the elements are the same ones in memory, and so equal: nobody changes what is shared.
  package func sharesMemory(with other: Tensor) -> Bool {
    storage === other.storage && offset == other.offset && shape == other.shape
  }

  /// The elements as bytes in memory order.
  package func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    defer { withExtendedLifetime(storage) {} }
    return try body(
      .init(start: storage.pointer + offset * dtype.byteCount, count: count * dtype.byteCount))
  }
}

// MARK: - Equality

extension Tensor: Equatable {
  /// Returns whether shape, dtype and every element are the same (`NaN` equals nothing, as usual).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape, a.dtype == b.dtype else { return false }
    return a.dtype.dispatch { a.hasSameNumbers(as: b, $0) }
  }

  private func hasSameNumbers<T: Scalar>(as other: Tensor, _ type: T.Type) -> Bool {
    withElements(T.self) { x in other.withElements(T.self) { x.elementsEqual($0) } }
  }
}
