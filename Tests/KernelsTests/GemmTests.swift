import Testing

@testable import RetrogradTensors

/// A product of matrices, checked element by element for each instruction set that this machine has.
///
/// A sum of `k` products in any order and with or without fused multiply-adds is wrong by at most
/// `k ε Σ|a||b|` (to first order), and the bias and what was there before count as two terms more.
@Suite("Matrix products with each instruction set")
struct GemmTests {
  /// Sizes around those of the tiles, and around the blocks.
  static let sizes: [(rows: Int, columns: Int, depth: Int)] = [
    (1, 1, 1), (2, 3, 4), (4, 8, 16), (7, 47, 5), (8, 48, 31), (9, 49, 33), (5, 1, 100),
    (1, 5, 100), (3, 70, 64), (70, 3, 64), (17, 33, 0), (1, 1, 0), (200, 25, 13), (25, 500, 7),
    (13, 17, 385), (30, 40, 800), (24, 100, 40), (100, 24, 40), (0, 4, 4), (4, 0, 4),
    // Few rows with others, of which a block is not the whole depth.
    (80, 7, 2100), (9, 20, 6700),
    // Few tiles for each row, whole vectors, one row more than whole tiles; rows a multiple of 4096 bytes apart.
    (41, 64, 30), (97, 96, 1024), (105, 190, 200),
  ]

  @Test("are right for all sizes and layouts", arguments: InstructionSet.available)
  func layouts(instructions: InstructionSet) {
    for (rows, columns, depth) in Self.sizes {
      for layout in 0..<4 {
        check(
          Float.self, rows, columns, depth, transposeA: layout & 1 != 0,
          transposeB: layout & 2 != 0, instructions)
        check(
          Double.self, rows, columns, depth, transposeA: layout & 1 != 0,
          transposeB: layout & 2 != 0, instructions)
      }
    }
  }

  @Test(
    "add a bias and what was there before, and cut off what is negative",
    arguments: InstructionSet.available)
  func epilogue(instructions: InstructionSet) {
    for (rows, columns, depth) in Self.sizes {
      for choice in 1..<12 {
        let epilogue = Epilogue(
          accumulates: choice & 1 != 0, relu: choice & 2 != 0, rowBias: choice / 4 == 1,
          columnBias: choice / 4 == 2)
        check(Float.self, rows, columns, depth, epilogue: epilogue, instructions)
        check(Double.self, rows, columns, depth, epilogue: epilogue, instructions)
      }
    }
  }

  @Test(
    "larger than the caches are the same as in parts", arguments: InstructionSet.available,
    [3008, 3001])
  func large(instructions: InstructionSet, columns: Int) {
    var random = RandomSource(seed: 5)
    let a = Tensor.uniform([2900, 3], low: -1, high: 1, using: &random)
    let b = Tensor.uniform([3, columns], low: -1, high: 1, using: &random)
    instructions.use {
      let whole = matmul(a, b)
      #expect(whole.count * 4 > 32 << 20)
      for rows in [0..<1450, 1450..<2900] {
        #expect(whole[rows] == matmul(a[rows], b), "rows \(rows)")
      }
    }
  }

  @Test("let a NaN through, also where negatives are cut off", arguments: InstructionSet.available)
  func nan(instructions: InstructionSet) {
    let kernels = instructions.kernels(Float.self)
    for columns in [1, 5, 48] {
      for depth in [1, 64] {
        var a = [Float](repeating: 1, count: depth)
        a[depth - 1] = .nan
        let b = [Float](repeating: 1, count: depth * columns)
        var c = [Float](repeating: 0, count: columns)
        a.withUnsafeBufferPointer { a in
          b.withUnsafeBufferPointer { b in
            c.withUnsafeMutableBufferPointer { c in
              RetrogradTensors.multiply(
                Matrix(a.baseAddress!, rows: 1, columns: depth),
                Matrix(b.baseAddress!, rows: depth, columns: columns),
                into: ProductOutput(pointer: c.baseAddress!, rowStride: columns, relu: true),
                kernels: kernels)
            }
          }
        }
        #expect(c.allSatisfy { $0.isNaN })
      }
    }
  }

  @Test("choose by name, and fall back where the machine has no such instructions")
  func choice() {
    for set in InstructionSet.available {
      #expect(InstructionSet.choose(asked: set.name).name == set.name)
    }
    let best = InstructionSet.available[0].name
    #expect(InstructionSet.choose(asked: nil).name == best)
    #expect(InstructionSet.choose(asked: "abacus").name == best)
    #expect(InstructionSet.available.last?.name == "portable")
  }

  // MARK: - The reference

  struct Epilogue {
    var accumulates = false
    var relu = false
    var rowBias = false
    var columnBias = false
  }

  private func check<T: Scalar>(
    _ type: T.Type, _ rows: Int, _ columns: Int, _ depth: Int, transposeA: Bool = false,
    transposeB: Bool = false, epilogue: Epilogue = Epilogue(), _ instructions: InstructionSet
  ) {
    var random = RandomSource(seed: UInt64(rows + 1000 * columns + 1_000_000 * depth))
    func numbers(_ count: Int) -> [T] { (0..<count).map { _ in T(random.uniform() * 2 - 1) } }
    let (a, b) = (numbers(rows * depth), numbers(depth * columns))
    // More room than the product needs, to see that nothing is written beside it.
    let rowStride = columns + 3
    let before = numbers(max(rows, 1) * rowStride)
    let (rowBias, columnBias) = (numbers(rows), numbers(columns))
    var c = before
    withPointers(a, b, rowBias, columnBias) { aPointer, bPointer, rowPointer, columnPointer in
      c.withUnsafeMutableBufferPointer { c in
        let aStored = Matrix(
          aPointer, rows: transposeA ? depth : rows, columns: transposeA ? rows : depth)
        let bStored = Matrix(
          bPointer, rows: transposeB ? columns : depth, columns: transposeB ? depth : columns)
        RetrogradTensors.multiply(
          transposeA ? aStored.transposed : aStored, transposeB ? bStored.transposed : bStored,
          into: ProductOutput(
            pointer: c.baseAddress!, rowStride: rowStride, accumulates: epilogue.accumulates,
            rowBias: epilogue.rowBias ? rowPointer : nil,
            columnBias: epilogue.columnBias ? columnPointer : nil, relu: epilogue.relu),
          kernels: instructions.kernels(T.self))
      }
    }
    var worst = 0.0
    for i in 0..<rows {
      for j in 0..<rowStride {
        let index = i * rowStride + j
        if j >= columns {
          #expect(c[index] == before[index], "wrote beside a product of \(rows)×\(columns)")
          continue
        }
        var terms = (0..<depth).map { p in
          Double(a[transposeA ? p * rows + i : i * depth + p])
            * Double(b[transposeB ? j * depth + p : p * columns + j])
        }
        if epilogue.accumulates { terms.append(Double(before[index])) }
        if epilogue.rowBias { terms.append(Double(rowBias[i])) }
        if epilogue.columnBias { terms.append(Double(columnBias[j])) }
        let sum = terms.reduce(0, +)
        let bound =
          Double(depth + 3) * Double(T.ulpOfOne) * terms.map(abs).reduce(0, +)
          + Double(T.leastNormalMagnitude)
        worst = max(worst, abs(Double(c[index]) - (epilogue.relu ? max(sum, 0) : sum)) / bound)
      }
    }
    #expect(
      worst <= 1,
      "\(T.self) \(rows)×\(depth) · \(depth)×\(columns), transposed \(transposeA) \(transposeB)")
  }

  private func withPointers<T>(
    _ a: [T], _ b: [T], _ c: [T], _ d: [T],
    _ body: (UnsafePointer<T>, UnsafePointer<T>, UnsafePointer<T>, UnsafePointer<T>) -> Void
  ) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeBufferPointer { c in
          d.withUnsafeBufferPointer { d in
            // Pointers of empty arrays are nil; nothing is read from them.
            let nothing = UnsafePointer<T>(bitPattern: MemoryLayout<T>.alignment)!
            body(
              a.baseAddress ?? nothing, b.baseAddress ?? nothing, c.baseAddress ?? nothing,
              d.baseAddress ?? nothing)
          }
        }
      }
    }
  }
}
