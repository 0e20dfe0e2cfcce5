import RetrogradTensors
import Testing

/// A pooling with all that it takes.
private struct Pooling {
  var x: Tensor
  var kernel: Size2D
  var stride: Size2D
  var padding: Size2D
  var dilation: Size2D
  var ceilMode: Bool

  init(_ choices: inout Choices, isDilated: Bool, isAwkward: Bool) {
    let (kernel, stride) = (choices.size(in: 1...4), choices.size(in: 1...4))
    self.kernel = kernel
    self.stride = stride
    padding = Size2D(
      choices.integer(in: 0...(kernel.height / 2)), choices.integer(in: 0...(kernel.width / 2)))
    dilation = isDilated ? choices.size(in: 1...3) : 1
    ceilMode = choices.isChosen()
    let planes = choices.shape(rank: 2...2, largest: 4)
    x = choices.tensor(
      planes + [
        dilation.height * (kernel.height - 1) + 1 + choices.integer(in: 0...8),
        dilation.width * (kernel.width - 1) + 1 + choices.integer(in: 0...40),
      ], choices.dtype(), isAwkward: isAwkward)
    choices.note(
      "\(x), kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), ceilMode "
        + "\(ceilMode)")
  }

  /// The first places of all windows along an axis, by PyTorch's rule.
  private func windows(
    _ extent: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
  ) -> [Int] {
    var firsts: [Int] = []
    var first = -padding
    let reach = dilation * (kernel - 1)
    while first + reach < extent + padding
      // One more, which hangs over the end but does not begin in the border there.
      || (ceilMode && first + reach - stride < extent + padding - 1 && first < extent)
    {
      firsts.append(first)
      first += stride
    }
    return firsts
  }

  var rows: [Int] {
    windows(x.shape[2], kernel.height, stride.height, padding.height, dilation.height)
  }
  var columns: [Int] {
    windows(x.shape[3], kernel.width, stride.width, padding.width, dilation.width)
  }
  var outputShape: [Int] { Array(x.shape[..<2]) + [rows.count, columns.count] }

  /// The places of the picture in the window of an output.
  func places(_ output: [Int]) -> [(Int, Int)] {
    let (top, left) = (rows[output[2]], columns[output[3]])
    var places: [(Int, Int)] = []
    for u in 0..<kernel.height {
      for v in 0..<kernel.width {
        let (i, j) = (top + u * dilation.height, left + v * dilation.width)
        if i >= 0 && i < x.shape[2] && j >= 0 && j < x.shape[3] { places.append((i, j)) }
      }
    }
    return places
  }

  /// How many places of the picture and its border are in the window of an output.
  func countWithBorder(_ output: [Int]) -> Int {
    let (top, left) = (rows[output[2]], columns[output[3]])
    return (min(top + kernel.height, x.shape[2] + padding.height) - top)
      * (min(left + kernel.width, x.shape[3] + padding.width) - left)
  }
}

@Suite struct PoolingProperties {
  /// The largest of some places of a plane: the first of equals, the last that is no number.
  private static func largest(
    _ x: Slow, _ plane: [Int], _ places: [(Int, Int)]
  ) -> (value: Double, place: Int) {
    var best = places[0]
    for place in places {
      let (candidate, current) = (
        x[plane + [place.0, place.1]], x[plane + [best.0, best.1]]
      )
      if candidate > current || candidate.isNaN { best = place }
    }
    return (x[plane + [best.0, best.1]], best.0 * x.shape[3] + best.1)
  }

  @Test("max-pooling finds the largest of each window, and where it is")
  func maxima() {
    checkProperty { choices in
      let pooling = Pooling(&choices, isDilated: true, isAwkward: true)
      let x = Slow(pooling.x)
      let shape = pooling.outputShape
      let found = allIndices(shape).map {
        Self.largest(x, Array($0[..<2]), pooling.places($0))
      }
      let values = Tensor(found.map(\.value), shape: shape, dtype: pooling.x.dtype)
      let result = maxPool2d(
        pooling.x, kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding,
        dilation: pooling.dilation, ceilMode: pooling.ceilMode)
      return difference(result.values, values)
        ?? difference(result.indices, IntTensor(found.map(\.place), shape: shape), "the place")
        ?? difference(
          maxPool2dValues(
            pooling.x, kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding,
            dilation: pooling.dilation, ceilMode: pooling.ceilMode), values,
          "without places, it")
    }
  }

  @Test("average pooling is the mean of each window, with its border or without")
  func means() {
    checkProperty { choices in
      let pooling = Pooling(&choices, isDilated: false, isAwkward: false)
      let countsBorder = choices.isChosen()
      choices.note("border counts: \(countsBorder)")
      let x = Slow(pooling.x)
      return difference(
        avgPool2d(
          pooling.x, kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding,
          ceilMode: pooling.ceilMode, countIncludesPadding: countsBorder),
        Tensor(pooling.outputShape, pooling.x.dtype) { output in
          let places = pooling.places(output)
          let sum = places.reduce(0) { $0 + x[output[..<2] + [$1.0, $1.1]] }
          return sum / Double(countsBorder ? pooling.countWithBorder(output) : places.count)
        }, tolerance: pooling.x.dtype == .float32 ? 2e-7 : 1e-15)
    }
  }

  @Test("pooling to a size covers the picture evenly")
  func adaptive() {
    checkProperty { choices in
      let shape = choices.shape(rank: 4...4, largest: 20, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype())
      let size = choices.size(in: 1...9)
      choices.note("\(x) to \(size)")
      let slow = Slow(x)
      func places(_ output: [Int]) -> [(Int, Int)] {
        func range(_ index: Int, _ count: Int, _ extent: Int) -> Range<Int> {
          let end = (Double((index + 1) * extent) / Double(count)).rounded(.up)
          return (index * extent / count)..<Int(end)
        }
        return range(output[2], size.height, shape[2]).flatMap { i in
          range(output[3], size.width, shape[3]).map { (i, $0) }
        }
      }
      let outputShape = [shape[0], shape[1], size.height, size.width]
      let found = allIndices(outputShape).map {
        Self.largest(slow, Array($0[..<2]), places($0))
      }
      let maxima = adaptiveMaxPool2d(x, to: size)
      return difference(
        adaptiveAvgPool2d(x, to: size),
        Tensor(outputShape, x.dtype) { output in
          let places = places(output)
          return places.reduce(0) { $0 + slow[output[..<2] + [$1.0, $1.1]] } / Double(places.count)
        }, tolerance: x.dtype == .float32 ? 2e-7 : 1e-15, "the mean")
        ?? difference(
          maxima.values, Tensor(found.map(\.value), shape: outputShape, dtype: x.dtype),
          "the largest")
        ?? difference(
          maxima.indices, IntTensor(found.map(\.place), shape: outputShape), "its place")
    }
  }

  @Test("elements go where indices say in their plane")
  func placing() {
    checkProperty { choices in
      let shape = choices.shape(rank: 4...4, largest: 5)
      let x = choices.tensor(shape, choices.dtype())
      let size = choices.size(in: 1...5)
      let indices = choices.indices(shape, below: size.height * size.width)
      choices.note("\(x) at \(indices.scalars) of \(size)")
      let perPlane = shape[2] * shape[3]
      var added = [Double](repeating: 0, count: shape[0] * shape[1] * size.height * size.width)
      var placed = added
      for (i, number) in x.scalars.enumerated() {
        let place = i / perPlane * size.height * size.width + indices.scalars[i]
        added[place] += number
        placed[place] = number
      }
      let planes = [shape[0], shape[1], size.height, size.width]
      return difference(
        scatterAddPlanes(x, indices, planeSize: size), Tensor(added, shape: planes, dtype: x.dtype))
        ?? difference(
          maxUnpool2d(x, indices, outputSize: size),
          Tensor(placed, shape: planes, dtype: x.dtype), "placed, it")
    }
  }
}
