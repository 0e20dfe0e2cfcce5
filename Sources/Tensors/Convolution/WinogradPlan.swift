import RetrogradCKernels

// Winograd's convolution computes a tile of outputs from fewer multiplications than the sums are made of
// (the transforms are explained in CKernels/winograd_template.h). Pictures are cut into overlapping tiles
// of n × n inputs that give m × m outputs; each tile is transformed, and then each of the n · n places of
// all tiles is a matrix product of its own: [tiles, inputs] · [inputs, outputs].

/// Winograd's F(m, r): tiles of m × m outputs of an r × r kernel.
struct ShortConvolution: Sendable {
  /// Outputs of a tile in one direction, m.
  let outputs: Int
  /// Elements of the kernel in one direction, r.
  let kernel: Int
  /// Its number in the C functions.
  let tag: Int32

  /// Inputs of a tile in one direction, n.
  var inputs: Int { outputs + kernel - 1 }
  /// The multiplications of a tile, and products of matrices.
  var points: Int { inputs * inputs }
  var name: String { "F(\(outputs), \(kernel))" }

  static let all = [
    ShortConvolution(outputs: 4, kernel: 3, tag: Int32(RETROGRAD_F43)),
    ShortConvolution(outputs: 5, kernel: 3, tag: Int32(RETROGRAD_F53)),
    ShortConvolution(outputs: 4, kernel: 5, tag: Int32(RETROGRAD_F45)),
    ShortConvolution(outputs: 4, kernel: 2, tag: Int32(RETROGRAD_F42)),
  ]
}

/// Extents of one convolution done by Winograd's method.
///
/// A convolution with stride s is first rewritten as one without: the s × s inputs under each step become
/// channels ("space to depth"), and a kernel of 11 × 11 with stride 4 one of 3 × 3 over 16 times as many.
struct WinogradPlan: Sendable {
  let geometry: ConvolutionGeometry
  let short: ShortConvolution
  /// The stride that was turned into channels.
  let fold: Int
  /// Tiles of a picture, down and across.
  let tileRows: Int
  let tileColumns: Int

  static let block = Int(RETROGRAD_CHANNEL_BLOCK)

  init(_ geometry: ConvolutionGeometry, _ short: ShortConvolution) {
    self.geometry = geometry
    self.short = short
    fold = geometry.stride.height
    tileRows = (geometry.output.height + short.outputs - 1) / short.outputs
    tileColumns = (geometry.output.width + short.outputs - 1) / short.outputs
  }

  /// Tiles of a picture.
  var tiles: Int { tileRows * tileColumns }
  /// Channels after folding the stride.
  var foldedInputs: Int { geometry.inputChannels * fold * fold }
  var inputBlocks: Int { (foldedInputs + Self.block - 1) / Self.block }
  var outputBlocks: Int { (geometry.outputChannels + Self.block - 1) / Self.block }
  /// Channels in whole blocks.
  var inputs: Int { inputBlocks * Self.block }
  var outputs: Int { outputBlocks * Self.block }
  /// The distance between the inputs of neighboring tiles.
  var inputStep: Int { Self.step(inputs) }
  /// The distance between the outputs of neighboring tiles.
  var outputStep: Int { Self.step(outputs) }
  /// A folded picture's width with all that its tiles reach.
  var paddedWidth: Int { tileColumns * short.outputs + short.kernel - 1 }
  var paddedHeight: Int { tileRows * short.outputs + short.kernel - 1 }

  /// The multiplications that the method takes for a picture.
  var multiplications: Int {
    if fullPhases == fold { return tiles * short.points * inputs * outputs }
    let places = (short.inputs - 1) * fold + fullPhases
    return tiles * places * places * geometry.inputChannels * outputs
  }
  /// Bytes that the transformed weights take.
  var transformedBytes: Int { short.points * inputs * outputs * MemoryLayout<Float>.size }

  /// Returns the number of elements between the places of a tile, for `count` at each. Multiples of 4096 bytes
  /// would put all places of a tile into one set of the cache, where they push each other out.
  static func pointStride(_ count: Int) -> Int { (count + 1023) / 1024 * 1024 + 16 }

  /// Returns the distance between the channels of neighboring tiles. Multiples of 512 bytes would put those of one block,
  /// which the gradient of the weights reads one after the other, into a few sets of the nearest cache.
  private static func step(_ channels: Int) -> Int {
    channels.isMultiple(of: 8 * block) ? channels + block : channels
  }

  /// Indicates whether the transformed tiles and products of a few rows of tiles fit in a second-level cache, with
  /// weights that are small enough to be read for them alone.
  var worksOnRows: Bool {
    transformedBytes <= 1 << 20
      && short.points * 2 * tileColumns * (inputs + outputs) * MemoryLayout<Float>.size <= 512 << 10
  }

  /// Returns the number of pictures to work on at a time, when each takes so many numbers at every point: enough
  /// that weights are not read too often, few enough that the rest stays in a shared cache.
  func imagesAtOnce(numbersPerTile: Int) -> Int {
    let bytes = short.points * tiles * numbersPerTile * MemoryLayout<Float>.size
    return max(1, min(geometry.images, Self.budget / max(bytes, 1)))
  }

  private static let budget = 16 << 20

  /// Parts of the work that are done one after the other.
  var chunks: [Chunk] {
    if worksOnRows {
      return (0..<geometry.images).flatMap { image in
        stride(from: 0, to: tileRows, by: 2).map { row in
          Chunk(images: image..<(image + 1), rows: row..<min(row + 2, tileRows))
        }
      }
    }
    let count = imagesAtOnce(numbersPerTile: inputs + outputs)
    return stride(from: 0, to: geometry.images, by: count).map { first in
      Chunk(images: first..<min(first + count, geometry.images), rows: 0..<tileRows)
    }
  }

  /// Rows of a chunk that one thread transforms at a time: those whose inputs stay in a second-level
  /// cache.
  func bands(of chunk: Chunk) -> [Range<Int>] {
    let bytes = short.outputs * paddedWidth * blocksOfRow * Self.block * MemoryLayout<Float>.size
    let count = max(1, (96 << 10) / bytes)
    return stride(from: chunk.rows.lowerBound, to: chunk.rows.upperBound, by: count).map {
      $0..<min($0 + count, chunk.rows.upperBound)
    }
  }

  /// Some rows of tiles of some pictures.
  struct Chunk {
    let images: Range<Int>
    let rows: Range<Int>
  }
}
