import Dispatch

/// One convolution, 3 × 3 without padding at stride 1, in five ways; each is one step faster than the one before.
nonisolated struct Convolution: Sendable {
  let inputs: Int
  let outputs: Int
  /// Rows and columns of the result; the picture has two more.
  let side: Int
  let kernel = 3

  var width: Int { side + kernel - 1 }
  var places: Int { side * side }
  /// The number of products in the sum for one number of the result.
  var terms: Int { inputs * kernel * kernel }
  /// Multiplications and additions.
  var operations: Double { 2 * Double(outputs * places * terms) }
  /// The least number of bytes to read and write.
  var bytes: Double { 4 * Double(inputs * width * width + outputs * terms + outputs * places) }

  /// The formula, written down: for each number of the result all products.
  func naive(_ x: [Float], _ w: [Float]) -> [Float] {
    var y = [Float](repeating: 0, count: outputs * places)
    for o in 0..<outputs {
      for i in 0..<side {
        for j in 0..<side {
          var sum: Float = 0
          for c in 0..<inputs {
            for a in 0..<kernel {
              for b in 0..<kernel {
                sum +=
                  x[(c * width + i + a) * width + j + b]
                  * w[((o * inputs + c) * kernel + a) * kernel + b]
              }
            }
          }
          y[(o * side + i) * side + j] = sum
        }
      }
    }
    return y
  }

  /// The same products in another order: the innermost loop walks along rows of picture and result.
  func reordered(_ x: [Float], _ w: [Float]) -> [Float] {
    var y = [Float](repeating: 0, count: outputs * places)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        for o in 0..<outputs {
          for c in 0..<inputs {
            for a in 0..<kernel {
              for b in 0..<kernel {
                let factor = w[((o * inputs + c) * kernel + a) * kernel + b]
                for i in 0..<side {
                  let from = x.baseAddress! + ((c * width + i + a) * width + b)
                  let to = y.baseAddress! + (o * side + i) * side
                  for j in 0..<side { to[j] += factor * from[j] }
                }
              }
            }
          }
        }
      }
    }
    return y
  }

  /// The patches of the picture as columns: the convolution is then a product of matrices.
  func patches(_ x: [Float]) -> [Float] {
    var columns: [Float] = []
    columns.reserveCapacity(terms * places)
    for c in 0..<inputs {
      for a in 0..<kernel {
        for b in 0..<kernel {
          for i in 0..<side {
            let start = (c * width + i + a) * width + b
            columns += x[start..<(start + side)]
          }
        }
      }
    }
    return columns
  }

  /// A product of matrices with the loops in the order row, inner, column.
  func asProduct(_ x: [Float], _ w: [Float]) -> [Float] {
    let columns = patches(x)
    var y = [Float](repeating: 0, count: outputs * places)
    columns.withUnsafeBufferPointer { columns in
      y.withUnsafeMutableBufferPointer { y in
        for o in 0..<outputs {
          for k in 0..<terms {
            let factor = w[o * terms + k]
            let (from, to) = (columns.baseAddress! + k * places, y.baseAddress! + o * places)
            for p in 0..<places { to[p] += factor * from[p] }
          }
        }
      }
    }
    return y
  }

  /// Rows and columns of the result that stay in registers while the sums grow.
  private static let tileRows = 4
  private static let tileColumns = 8

  /// The product in tiles: 4 × 8 sums stay in registers, and each number that is loaded is used several times. What a tile
  /// reads lies in one piece.
  func tiled(_ x: [Float], _ w: [Float]) -> [Float] { tiled(x, w, threads: 1) }

  /// The same, each thread with rows of its own.
  func threaded(_ x: [Float], _ w: [Float], threads: Int) -> [Float] {
    tiled(x, w, threads: threads)
  }

  private func tiled(_ x: [Float], _ w: [Float], threads: Int) -> [Float] {
    precondition(outputs % Self.tileRows == 0 && side % Self.tileColumns == 0)
    var y = [Float](repeating: 0, count: outputs * places)
    x.withUnsafeBufferPointer { x in
      packed(w).withUnsafeBufferPointer { w in
        y.withUnsafeMutableBufferPointer { y in
          nonisolated(unsafe) let (x, w, y) = (x, w, y)
          let tiles = places / Self.tileColumns
          DispatchQueue.concurrentPerform(iterations: threads) { thread in
            var packed = [Float](repeating: 0, count: terms * Self.tileColumns)
            // Every thread writes its own columns of the result.
            for tile in (tiles * thread / threads)..<(tiles * (thread + 1) / threads) {
              pack(x, tile: tile, into: &packed)
              packed.withUnsafeBufferPointer { columns in
                for row in stride(from: 0, to: outputs, by: Self.tileRows) {
                  multiply(columns, w, y, row: row, tile: tile)
                }
              }
            }
          }
        }
      }
    }
    return y
  }

  /// Eight neighboring columns of the patches, row after row: what a tile reads lies in one piece, and stays in the
  /// cache.
  private func pack(_ x: UnsafeBufferPointer<Float>, tile: Int, into packed: inout [Float]) {
    let (i, j) = (tile * Self.tileColumns / side, tile * Self.tileColumns % side)
    var place = 0
    for c in 0..<inputs {
      for a in 0..<kernel {
        for b in 0..<kernel {
          let start = (c * width + i + a) * width + j + b
          for column in 0..<Self.tileColumns { packed[place + column] = x[start + column] }
          place += Self.tileColumns
        }
      }
    }
  }

  /// The weights of each four outputs side by side, in the order in which a tile reads them.
  private func packed(_ w: [Float]) -> [Float] {
    var packed: [Float] = []
    packed.reserveCapacity(w.count)
    for row in stride(from: 0, to: outputs, by: Self.tileRows) {
      for k in 0..<terms {
        for index in 0..<Self.tileRows { packed.append(w[(row + index) * terms + k]) }
      }
    }
    return packed
  }

  private func multiply(
    _ columns: UnsafeBufferPointer<Float>, _ w: UnsafeBufferPointer<Float>,
    _ y: UnsafeMutableBufferPointer<Float>, row: Int, tile: Int
  ) {
    typealias Vector = SIMD4<Float>
    var (a0, a1, b0, b1) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var (c0, c1, d0, d1) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    let start = UnsafeRawPointer(columns.baseAddress!)
    var weights = UnsafePointer(w.baseAddress! + row * terms)
    for k in 0..<terms {
      let place = k * Self.tileColumns * MemoryLayout<Float>.stride
      let left = start.loadUnaligned(fromByteOffset: place, as: Vector.self)
      let right = start.loadUnaligned(
        fromByteOffset: place + MemoryLayout<Vector>.size, as: Vector.self)
      let (a, b, c, d) = (weights[0], weights[1], weights[2], weights[3])
      weights += Self.tileRows
      a0 += a * left
      a1 += a * right
      b0 += b * left
      b1 += b * right
      c0 += c * left
      c1 += c * right
      d0 += d * left
      d1 += d * right
    }
    for (index, sums) in [(a0, a1), (b0, b1), (c0, c1), (d0, d1)].enumerated() {
      let place = UnsafeMutableRawPointer(
        y.baseAddress! + (row + index) * places + tile * Self.tileColumns)
      place.storeBytes(of: sums.0, as: Vector.self)
      place.storeBytes(of: sums.1, toByteOffset: MemoryLayout<Vector>.size, as: Vector.self)
    }
  }
}
