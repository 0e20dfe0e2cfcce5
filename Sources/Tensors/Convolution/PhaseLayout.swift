import RetrogradCKernels

/// The layout of one plane for a convolution that is computed directly.
///
/// The padded plane is cut into `stride.height · stride.width` phases, one behind the other: phase (a, b) holds its
/// elements (a + i · stride, b + j · stride). Where the output lies at i · pitch + j, what a tap of the kernel meets
/// then lies at a fixed offset from it, whatever the stride and the dilation, and all outputs of a plane are one
/// run of neighbors, with a few unused ones between its rows.
struct PhaseLayout: Sendable {
  let geometry: ConvolutionGeometry
  /// The convolution's, but no larger than the padded plane: with a single output it makes no difference.
  let stride: Size2D
  /// The distance between the rows of a phase, and their number.
  let pitch: Int
  let phaseRows: Int
  /// The distance between the first elements of two phases.
  let phaseStep: Int
  /// For each tap, the phase it reads from, and the offset inside of it.
  let taps: [(phase: Int, offset: Int)]

  /// The layout for a convolution.
  ///
  /// - Parameters:
  ///   - geometry: The convolution's extents.
  ///   - planes: The number of planes that lie together for each phase: 1, or all channels of a picture.
  init(_ geometry: ConvolutionGeometry, planes: Int = 1) {
    let dilation = geometry.dilation
    let height = geometry.input.height + 2 * geometry.padding.height
    let width = geometry.input.width + 2 * geometry.padding.width
    let stride = Size2D(min(geometry.stride.height, height), min(geometry.stride.width, width))
    let pitch = (width + stride.width - 1) / stride.width
    self.geometry = geometry
    self.stride = stride
    self.pitch = pitch
    phaseRows = (height + stride.height - 1) / stride.height
    phaseStep = planes * phaseRows * pitch
    taps = (0..<geometry.kernel.height).flatMap { u in
      (0..<geometry.kernel.width).map { v in
        let (row, column) = (u * dilation.height, v * dilation.width)
        return (
          phase: row % stride.height * stride.width + column % stride.width,
          offset: row / stride.height * pitch + column / stride.width
        )
      }
    }
  }

  var phaseCount: Int { stride.height * stride.width }
  var phaseSize: Int { phaseRows * pitch }
  /// The number of neighbors from the first output to the last.
  var run: Int { (geometry.output.height - 1) * pitch + geometry.output.width }
  /// The largest offset inside a phase.
  var reach: Int { taps.map(\.offset).max() ?? 0 }

  // MARK: - Layouts

  /// Calls `body` with the runs of a plane that lie in one phase: the first element of each, its place among the phases,
  /// and the number of elements, which are `stride.width` apart in the plane and neighbors in the phase.
  @inline(__always)
  private func forEachRun(_ body: (_ first: Int, _ place: Int, _ count: Int) -> Void) {
    let (padding, width) = (geometry.padding, geometry.input.width)
    for row in 0..<geometry.input.height {
      let padded = row + padding.height
      let place =
        padded % stride.height * stride.width * phaseStep + padded / stride.height * pitch
      for first in 0..<min(stride.width, width) {
        let column = first + padding.width
        body(
          row * width + first,
          place + column % stride.width * phaseStep + column / stride.width,
          (width - first + stride.width - 1) / stride.width)
      }
    }
  }

  /// The phases of a plane. What lies around it is left as it is: zeros for the padding.
  func split<T: Scalar>(_ x: UnsafePointer<T>, into phases: UnsafeMutablePointer<T>) {
    let width = geometry.input.width
    if stride == 1 {
      VectorKernels<T>.current.table.copy_rows(
        geometry.input.height, width, x, width, phases + firstPlace, pitch)
      return
    }
    forEachRun { first, place, count in
      let (source, target) = (x + first, phases + place)
      // A constant becomes vector code.
      if stride.width == 2 {
        for i in 0..<count { target[i] = source[i * 2] }
      } else {
        for i in 0..<count { target[i] = source[i * stride.width] }
      }
    }
  }

  /// A plane from its phases, without the padding.
  func join<T: Scalar>(_ phases: UnsafePointer<T>, into x: UnsafeMutablePointer<T>) {
    let width = geometry.input.width
    if stride == 1 {
      VectorKernels<T>.current.table.copy_rows(
        geometry.input.height, width, phases + firstPlace, pitch, x, width)
      return
    }
    forEachRun { first, place, count in
      let (source, target) = (phases + place, x + first)
      if stride.width == 2 {
        for i in 0..<count { target[i * 2] = source[i] }
      } else {
        for i in 0..<count { target[i * stride.width] = source[i] }
      }
    }
  }

  /// The place of a plane's first element where there is one phase.
  private var firstPlace: Int { geometry.padding.height * pitch + geometry.padding.width }

  /// The plane of an output at the places where its elements lie in a run. What lies between the rows and behind
  /// them is left as it is: zeros.
  func spread<T: Scalar>(_ dy: UnsafePointer<T>, into run: UnsafeMutablePointer<T>) {
    let size = geometry.output
    VectorKernels<T>.current.table.copy_rows(size.height, size.width, dy, size.width, run, pitch)
  }
}
