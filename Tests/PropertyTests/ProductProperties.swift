import RetrogradTensors
import Testing

@Suite struct ProductProperties {
  @Test("products of matrices, many of them broadcast, transposed or with vectors")
  func matrices() {
    checkProperty { choices in
      let dtype = choices.dtype()
      let batch = choices.shape(rank: 0...2, largest: 4)
      func extent(_ choices: inout Choices) -> Int {
        choices.isChosen(onceIn: 15) ? 0 : choices.extent(upTo: batch.isEmpty ? 150 : 30)
      }
      let (rows, depth, columns) = (extent(&choices), extent(&choices), extent(&choices))
      let (transposeA, transposeB) = (choices.isChosen(), choices.isChosen())
      let aBatch = choices.broadcasting(to: batch)
      var aShape = aBatch + (transposeA ? [depth, rows] : [rows, depth])
      var bShape = batch + (transposeB ? [columns, depth] : [depth, columns])
      let aIsVector = aBatch.isEmpty && choices.isChosen(onceIn: 6)
      let bIsVector = batch.isEmpty && choices.isChosen(onceIn: 6)
      if aIsVector { aShape = [depth] }
      if bIsVector { bShape = [depth] }
      let a = choices.tensor(aShape, dtype)
      let b = choices.tensor(bShape, dtype)
      choices.note("\(a)\(transposeA ? "ᵀ" : "") · \(b)\(transposeB ? "ᵀ" : "")")
      let (slowA, slowB) = (Slow(a), Slow(b))
      let shape = batch + (aIsVector ? [] : [rows]) + (bIsVector ? [] : [columns])
      return difference(
        matmul(a, b, transposeA: transposeA, transposeB: transposeB),
        Tensor(shape, dtype) { indices in
          var rest = indices
          let column = bIsVector ? 0 : rest.removeLast()
          let row = aIsVector ? 0 : rest.removeLast()
          let aBase = zip(rest.suffix(aBatch.count), aBatch).map { $1 == 1 ? 0 : $0 }
          return (0..<depth).reduce(0.0) { sum, p in
            let left =
              aIsVector ? slowA[[p]] : slowA[aBase + (transposeA ? [p, row] : [row, p])]
            let right =
              bIsVector ? slowB[[p]] : slowB[rest + (transposeB ? [column, p] : [p, column])]
            return sum + left * right
          }
        })
    }
  }

  @Test("the fully connected layer, with weights of any width")
  func linearLayer() {
    checkProperty { choices in
      let leading = choices.shape(rank: 0...2, largest: 30, mostElements: 40)
      let (inputs, outputs) = (choices.extent(upTo: 150), choices.extent(upTo: 120))
      let dtype = choices.dtype()
      let x = choices.tensor(leading + [inputs], dtype)
      let weight = choices.tensor([outputs, inputs], dtype)
      let bias = choices.isChosen() ? choices.tensor([outputs], dtype) : nil
      let relu = choices.isChosen()
      choices.note("x = \(x), weight \(weight), bias \(bias as Any), relu \(relu)")
      let (slowX, slowWeight, slowBias) = (Slow(x), Slow(weight), bias.map(Slow.init))
      let plain = Tensor(leading + [outputs], dtype) { indices in
        let (row, output) = (Array(indices.dropLast()), indices.last!)
        return (0..<inputs).reduce(slowBias?[[output]] ?? 0) {
          $0 + slowX[row + [$1]] * slowWeight[[output, $1]]
        }
      }
      let rectified = Tensor(plain.scalars.map { max($0, 0) }, shape: plain.shape, dtype: dtype)
      if let wrong = difference(
        linear(x, weight, bias: bias, relu: relu), relu ? rectified : plain)
      {
        return wrong
      }
      if dtype == .float64 { return nil }
      // Eighths fit into 16 bits.
      let format = choices.element(of: HalfPrecision.allCases)
      return difference(
        linear(x, HalfMatrix(weight, as: format), bias: bias), plain, "with \(format) weights, it")
    }
  }

  @Test("16 bits hold the nearest number, and tell which are too large")
  func halves() {
    checkProperty { choices in
      let scale = choices.element(of: [1, 1 / 3.0, 1e-6, 1e4, 1e38])
      let matrix =
        choices.tensor(
          [choices.extent(), choices.extent()], .float32) * scale
      let format = choices.element(of: HalfPrecision.allCases)
      choices.note("\(matrix) as \(format)")
      let decoded = HalfMatrix(matrix, as: format).decoded
      let (bits, smallest, largest): (Int, Double, Double) =
        format == .float16 ? (11, 0x1p-24, 65_504) : (8, 0x1p-133, 0x1.fep127)
      let overflows = matrix.scalars.contains { $0.isFinite && nearest($0).isInfinite }
      func nearest(_ x: Double) -> Double {
        if !x.isFinite || x == 0 { return x }
        // The distance between neighbors where x is.
        let step = max(x.ulp * Double(sign: .plus, exponent: 53 - bits, significand: 1), smallest)
        let rounded = (x / step).rounded(.toNearestOrEven) * step
        return Swift.abs(rounded) > largest ? (x > 0 ? .infinity : -.infinity) : rounded
      }
      if (matrix.halfBits(as: format) == nil) != overflows {
        return "halfBits says otherwise of what is too large"
      }
      return difference(
        decoded, Tensor(matrix.scalars.map(nearest), shape: matrix.shape), "what is read back")
    }
  }
}
