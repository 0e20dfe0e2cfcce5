import RetrogradCKernels

/// One operand of a matrix product, as its inner loops want it.
///
/// The product sums over an axis called *depth*; the operand's other axis (rows of `a`, columns of
/// `b`) is its *width*. Blocks are cut into panels a tile wide, in which the elements lie in the
/// order the micro-kernel reads them: `panel[p * panelWidth + j]`.
///
/// Where the elements lie well enough already, nothing needs to be copied.
protocol PanelSource<Element> {
  associatedtype Element: Scalar

  /// Indicates whether panels cost nothing, because nothing is copied.
  var isReady: Bool { get }

  /// The panels of a block, one after the other: either written to `scratch` or somewhere already.
  ///
  /// - Parameter width: Begins at a multiple of `panelWidth`; past its end, panels hold zeros.
  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int,
    scratch: UnsafeMutablePointer<Element>, kernels: VectorKernels<Element>
  ) -> Panels<Element>
}

extension PanelSource {
  var isReady: Bool { false }
}

/// The panels of a block: element (p, j) of the panel that begins at `w` lies at
/// `pointer[w * widthStep + j * elementStride + p * depthStride]`.
struct Panels<Element: Scalar> {
  let pointer: UnsafePointer<Element>
  let widthStep: Int
  let elementStride: Int
  let depthStride: Int

  /// Indicates whether neighboring panels are neighbors in memory too, so that a panel may be wider than a tile.
  var isInPlace: Bool { widthStep == elementStride }

  /// Packed panels, one after the other.
  init(packed pointer: UnsafePointer<Element>, depth: Int, panelWidth: Int) {
    self.init(
      pointer: pointer, widthStep: depth, elementStride: 1, depthStride: panelWidth)
  }

  init(pointer: UnsafePointer<Element>, widthStep: Int, elementStride: Int, depthStride: Int) {
    self.pointer = pointer
    self.widthStep = widthStep
    self.elementStride = elementStride
    self.depthStride = depthStride
  }
}

/// A matrix in memory with any strides, so that a transposed one needs no copy.
struct StridedMatrix<Element: Scalar>: PanelSource {
  let pointer: UnsafePointer<Element>
  let depthStride: Int
  let widthStride: Int

  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int,
    scratch: UnsafeMutablePointer<Element>, kernels: VectorKernels<Element>
  ) -> Panels<Element> {
    for first in stride(from: width.lowerBound, to: width.upperBound, by: panelWidth) {
      kernels.table.pack(
        depth.count, min(panelWidth, width.upperBound - first),
        pointer + depth.lowerBound * depthStride + first * widthStride, depthStride, widthStride,
        panelWidth, scratch + (first - width.lowerBound) * depth.count)
    }
    return Panels(packed: scratch, depth: depth.count, panelWidth: panelWidth)
  }
}

/// A matrix in memory that is read where it lies: for an operand `a` that takes part in too few products
/// to be worth packing, or a `b` of whole vectors that stays in every core's cache.
struct MatrixInPlace<Element: Scalar>: PanelSource {
  let isReady = true
  let pointer: UnsafePointer<Element>
  let depthStride: Int
  let widthStride: Int

  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int,
    scratch: UnsafeMutablePointer<Element>, kernels: VectorKernels<Element>
  ) -> Panels<Element> {
    Panels(
      pointer: pointer + depth.lowerBound * depthStride + width.lowerBound * widthStride,
      widthStep: widthStride, elementStride: widthStride, depthStride: depthStride)
  }
}

/// A matrix whose element (p, j) lies at `pointer[depthOffsets[p] + widthOffsets[j]]`: what a
/// convolution multiplies, without ever being laid out in memory.
struct GatheredMatrix<Element: Scalar>: PanelSource {
  let pointer: UnsafePointer<Element>
  let depthOffsets: [Int]
  let widthOffsets: [Int]

  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int,
    scratch: UnsafeMutablePointer<Element>, kernels: VectorKernels<Element>
  ) -> Panels<Element> {
    depthOffsets.withUnsafeBufferPointer { depthOffsets in
      widthOffsets.withUnsafeBufferPointer { widthOffsets in
        for first in stride(from: width.lowerBound, to: width.upperBound, by: panelWidth) {
          kernels.table.pack_gathered(
            depth.count, min(panelWidth, width.upperBound - first), pointer,
            depthOffsets.baseAddress.map { $0 + depth.lowerBound },
            widthOffsets.baseAddress.map { $0 + first }, panelWidth,
            scratch + (first - width.lowerBound) * depth.count)
        }
      }
    }
    return Panels(packed: scratch, depth: depth.count, panelWidth: panelWidth)
  }
}

/// Panels that were packed before, for an operand that takes part in many products.
struct PackedMatrix<Element: Scalar>: PanelSource {
  let isReady = true
  private let packed: UnsafePointer<Element>
  /// The width in whole panels.
  private let paddedWidth: Int

  /// The number of elements in the panels of a matrix.
  static func count(depth: Int, width: Int, panelWidth: Int) -> Int {
    depth * ((width + panelWidth - 1) / panelWidth * panelWidth)
  }

  /// Packs all of a matrix, one block of depth after the other.
  init(
    _ source: some PanelSource<Element>, depth: Int, width: Int, panelWidth: Int,
    into memory: UnsafeMutablePointer<Element>, kernels: VectorKernels<Element>
  ) {
    paddedWidth = (width + panelWidth - 1) / panelWidth * panelWidth
    packed = UnsafePointer(memory)
    let panelCount = paddedWidth / panelWidth
    for block in depthBlocks(of: depth, kernels) {
      parallelRanges(panelCount, grain: max(1, 65536 / (panelWidth * max(block.count, 1)))) {
        let first = $0.lowerBound * panelWidth
        _ = source.panels(
          depth: block, width: first..<min(width, $0.upperBound * panelWidth),
          panelWidth: panelWidth,
          scratch: memory + block.lowerBound * paddedWidth + first * block.count, kernels: kernels)
      }
    }
  }

  func panels(
    depth: Range<Int>, width: Range<Int>, panelWidth: Int,
    scratch: UnsafeMutablePointer<Element>, kernels: VectorKernels<Element>
  ) -> Panels<Element> {
    Panels(
      packed: packed + depth.lowerBound * paddedWidth + width.lowerBound * depth.count,
      depth: depth.count, panelWidth: panelWidth)
  }
}

/// The blocks that a sum over `depth` is computed in: the same whoever computes it, so that the
/// result is. At least one, which may be empty; the last two are of equal size.
func depthBlocks<T>(of depth: Int, _ kernels: VectorKernels<T>) -> [Range<Int>] {
  depthBlocks(of: depth, atMost: kernels.depthBlock)
}

/// The blocks of a sum that are at most so large.
func depthBlocks(of depth: Int, atMost largest: Int) -> [Range<Int>] {
  var blocks: [Range<Int>] = []
  var first = 0
  repeat {
    let left = depth - first
    var count = min(left, largest)
    if left > count && left < 2 * count { count = (left + 1) / 2 }
    blocks.append(first..<(first + count))
    first += count
  } while first < depth
  return blocks
}
