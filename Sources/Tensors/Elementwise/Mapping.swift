import RetrogradCKernels

// One loop for every function of one number.

/// Below this many elements a second thread costs more than it brings.
let elementwiseGrain = 1 << 15
/// The same for functions that cost less than reading their operands, which may lie in another core's cache.
let readingGrain = 2 * elementwiseGrain

/// A function of one number, written once for both element types and once for devices.
protocol UnaryFunction: Sendable {
  /// Below this many elements a second thread costs more than it brings.
  static var grain: Int { get }
  func callAsFunction<T: Scalar>(_ x: T) -> T
  /// The function of `count` neighbors, which the vector unit may know a way for.
  func run<T: Scalar>(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int)

  /// The same in OpenCL C, as an expression of `x` and of the numbers `a` and `b`, or as the lines of a function's body.
  static var kernel: String { get }
  /// The numbers `a` and `b` of the kernel, as many as it has.
  var numbers: [Double] { get }
}

extension UnaryFunction {
  var numbers: [Double] { [] }
}

extension UnaryFunction {
  static var grain: Int { elementwiseGrain }

  @inline(__always)
  func run<T: Scalar>(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int) {
    for i in 0..<count { y[i] = self(x[i]) }
  }
}

extension Tensor {
  /// `f` of each element.
  func mapped<F: UnaryFunction>(_ f: F) -> Tensor {
    if let device = computingDevice(self), let y = device.mapped(self, f) { return y }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { mapLoop(self, into: &result, f, $0) }
    return result
  }
}

extension Tensor {
  /// A function of each element: by the vector unit where it can, otherwise by `f`.
  ///
  /// - Parameters:
  ///   - kernel: The kernels' name of the function, such as `RETROGRAD_EXP`.
  ///   - f: The same function for `float64`.
  func mapped<F: UnaryFunction>(_ kernel: Int, _ f: F) -> Tensor {
    guard let map = VectorKernels<Float>.current.table.map, dtype == .float32 else {
      return mapped(f)
    }
    if let device = computingDevice(self), let y = device.mapped(self, f) { return y }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let count = count
    withElements(Float.self) { buffer in
      result.withMutable(Float.self) { y in
        guard let x = buffer.baseAddress else { return }
        parallelRanges(count, grain: elementwiseGrain) {
          map(Int32(kernel), $0.count, x + $0.lowerBound, y + $0.lowerBound)
        }
      }
    }
    return result
  }
}

private func mapLoop<F: UnaryFunction, T: Scalar>(
  _ tensor: Tensor, into result: inout Tensor, _ f: F, _ type: T.Type
) {
  let count = tensor.count
  tensor.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      guard let x = buffer.baseAddress else { return }
      parallelRanges(count, grain: F.grain) {
        f.run(x + $0.lowerBound, y + $0.lowerBound, $0.count)
      }
    }
  }
}
