import RetrogradTensors
import Testing

/// Every linear map of this room against its adjoint: `⟨Ax, y⟩ = ⟨x, Aᵀy⟩`, exactly where sums are.
@Suite struct AdjointProperties {
  @Test("repeating and summing")
  func broadcasting() {
    checkProperty { choices in
      let shape = choices.shape(rank: 0...4)
      let x = choices.tensor(choices.broadcasting(to: shape), choices.dtype())
      choices.note("\(x.shape) to \(shape)")
      return adjointDifference(
        x, &choices, { $0.broadcast(to: shape) }, adjoint: { $0.summed(to: x.shape) })
    }
  }

  @Test("taking a slice and putting it among zeros")
  func slicing() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4)
      let x = choices.tensor(shape, choices.dtype())
      let axis = choices.integer(in: 0...(x.rank - 1))
      let start = choices.integer(in: 0...shape[axis])
      let range = start..<choices.integer(in: start...shape[axis])
      let step = choices.integer(in: 1...4)
      choices.note("\(range) step \(step) of axis \(axis) of \(shape)")
      return adjointDifference(
        x, &choices, { $0.slice(range, step: step, axis: axis) },
        adjoint: { $0.embedded(range, step: step, axis: axis, extent: shape[axis]) })
    }
  }

  @Test("exchanging axes and exchanging them back")
  func permuting() {
    checkProperty { choices in
      let x = choices.tensor(choices.shape(rank: 1...4), choices.dtype())
      let order = choices.permutation(x.rank)
      choices.note("\(x.shape) in the order \(order)")
      let inverse = order.indices.map { order.firstIndex(of: $0)! }
      return adjointDifference(
        x, &choices, { $0.permuted(order) }, adjoint: { $0.permuted(inverse) })
    }
  }

  @Test("turning round, rolling, and running sums, each and its opposite")
  func alongAxes() {
    checkProperty { choices in
      let x = choices.tensor(choices.shape(rank: 1...4), choices.dtype())
      let axis = choices.integer(in: 0...(x.rank - 1))
      let (first, second) = (choices.integer(in: 0...5), choices.integer(in: 0...5))
      choices.note("axis \(axis) of \(x.shape), \(first), \(second)")
      return adjointDifference(
        x, &choices, { $0.flipped(axes: [axis]) }, adjoint: { $0.flipped(axes: [axis]) }
      )
        ?? adjointDifference(
          x, &choices, { $0.rolled(by: [first], axes: [axis]) },
          adjoint: { $0.rolled(by: [-first], axes: [axis]) })
        ?? adjointDifference(
          x, &choices, { $0.cumsum(axis: axis) }, adjoint: { $0.cumsum(axis: axis, reversed: true) }
        )
        ?? adjointDifference(
          x, &choices, { $0.windowSums(before: first, after: second, axis: axis) },
          adjoint: { $0.windowSums(before: second, after: first, axis: axis) })
    }
  }

  @Test("gathering and adding where it came from")
  func gathering() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4, largest: 8, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype())
      let axis = choices.integer(in: 0...(x.rank - 1))
      var picked = shape.map { choices.integer(in: 0...$0) }
      picked[axis] = choices.integer(in: 0...6)
      let indices = choices.indices(picked, below: shape[axis])
      let rows = choices.indices([choices.integer(in: 0...6)], below: shape[axis])
      choices.note(
        "\(indices.shape) \(indices.scalars), rows \(rows.scalars), axis \(axis) of \(shape)")
      return adjointDifference(
        x, &choices, { gather($0, indices, axis: axis) },
        adjoint: { scatterAdd($0, indices, into: shape, axis: axis) })
        ?? adjointDifference(
          x, &choices, { $0.indexSelect(rows, axis: axis) },
          adjoint: { $0.indexAdded(rows, axis: axis, extent: shape[axis]) })
    }
  }

  @Test("taking from planes and adding to them")
  func planes() {
    checkProperty { choices in
      let shape = choices.shape(rank: 4...4, largest: 6, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype())
      let places = [shape[0], shape[1], choices.integer(in: 0...4), choices.integer(in: 0...4)]
      let indices = choices.indices(places, below: shape[2] * shape[3])
      choices.note("\(indices.shape) \(indices.scalars) of \(shape)")
      return adjointDifference(
        x, &choices, { gatherPlanes($0, indices) },
        adjoint: { scatterAddPlanes($0, indices, planeSize: Size2D(shape[2], shape[3])) })
    }
  }

  @Test("averaging windows and handing back")
  func averaging() {
    checkProperty { choices in
      let (kernel, stride) = (choices.size(in: 1...4), choices.size(in: 1...4))
      let padding = Size2D(
        choices.integer(in: 0...(kernel.height / 2)), choices.integer(in: 0...(kernel.width / 2)))
      let size = Size2D(
        kernel.height + choices.integer(in: 0...7), kernel.width + choices.integer(in: 0...7))
      let planes = choices.shape(rank: 2...2, largest: 4)
      let x = choices.tensor(planes + [size.height, size.width], choices.dtype())
      let (ceilMode, counts) = (choices.isChosen(), choices.isChosen())
      let target = choices.size(in: 1...6)
      choices.note(
        "\(x.shape), kernel \(kernel), stride \(stride), padding \(padding), ceilMode \(ceilMode), "
          + "border counts \(counts); to \(target)")
      let tolerance = x.dtype == .float32 ? 1e-6 : 1e-14
      let pooling = AveragePooling(
        x.shape, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
        countIncludesPadding: counts, divisorOverride: choices.isChosen() ? 3 : nil)
      let adaptive = AveragePooling(x.shape, to: target)
      return adjointDifference(
        x, &choices, tolerance: tolerance, { pooling($0) }, adjoint: { pooling.adjoint($0) })
        ?? adjointDifference(
          x, &choices, tolerance: tolerance, { adaptive($0) }, adjoint: { adaptive.adjoint($0) })
    }
  }

  @Test("interpolating and handing back; a border and adding it in")
  func resampling() {
    checkProperty { choices in
      let shape = choices.shape(rank: 4...4, largest: 9, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype())
      let mode = choices.element(of: InterpolationMode.allCases)
      let map = Interpolation(
        shape, to: choices.size(in: 1...9), mode: mode,
        alignCorners: (mode == .bilinear || mode == .bicubic) && choices.isChosen())
      let widths = shape[2...].map { extent in
        (
          before: choices.integer(in: -1...(extent - 1)),
          after: choices.integer(in: 0...(extent - 1))
        )
      }
      let borderMode = choices.element(of: [PaddingMode.replicate, .reflect, .circular])
      choices.note("\(shape), \(mode), \(borderMode) \(widths)")
      let isCut = zip(shape[2...], widths).contains { $0 + $1.before + $1.after <= 0 }
      // A circular border must not be wider than what is kept.
      let isTooWide = zip(shape[2...], widths).contains { $1.after > $0 + min($1.before, 0) }
      if isCut || isTooWide { return nil }
      let border = Border(shape, widths, mode: borderMode)
      return adjointDifference(
        x, &choices, tolerance: x.dtype == .float32 ? 1e-6 : 1e-14, map.callAsFunction,
        adjoint: map.adjoint)
        ?? adjointDifference(x, &choices, border.callAsFunction, adjoint: border.adjoint)
    }
  }

  @Test("products of matrices, in each operand")
  func matrices() {
    checkProperty { choices in
      let dtype = choices.dtype()
      let (n, k, m) = (choices.extent(), choices.extent(), choices.extent())
      let batch = choices.shape(rank: 0...1, largest: 3)
      let a = choices.tensor(batch + [n, k], dtype)
      let b = choices.tensor(batch + [k, m], dtype)
      choices.note("\(a.shape) · \(b.shape)")
      return adjointDifference(
        a, &choices, { matmul($0, b) }, adjoint: { matmul($0, b, transposeB: true) })
        ?? adjointDifference(
          b, &choices, { matmul(a, $0) }, adjoint: { matmul(a, $0, transposeA: true) })
    }
  }

  @Test("convolutions in each operand, by whichever method")
  func convolutions() {
    checkProperty { choices in
      let isLarge = choices.isChosen(onceIn: 4)
      let dtype = choices.dtype()
      let kernel = isLarge ? Size2D(3) : choices.size(in: 1...3)
      let stride = isLarge ? Size2D(1) : choices.size(in: 1...3)
      let padding = choices.size(in: 0...2)
      let groups = isLarge ? 1 : choices.integer(in: 1...2)
      let channels = isLarge ? 16...20 : 1...3
      let (inputs, outputs) = (choices.integer(in: channels), choices.integer(in: channels))
      let size = Size2D(
        kernel.height + choices.integer(in: 0...9), kernel.width + choices.integer(in: 0...9))
      let images = choices.integer(in: 1...2)
      let x = choices.tensor([images, groups * inputs, size.height, size.width], dtype)
      let weight = choices.tensor(
        [groups * outputs, inputs, kernel.height, kernel.width], dtype)
      choices.note(
        "\(x.shape) with \(weight.shape), stride \(stride), padding \(padding), groups \(groups)")
      // Winograd's method rounds; the other is exact.
      let tolerance = isLarge && dtype == .float32 ? 1e-5 : 0
      return adjointDifference(
        x, &choices, tolerance: tolerance,
        { conv2d($0, weight, stride: stride, padding: padding, groups: groups) },
        adjoint: {
          conv2dInputGradient(
            $0, weight, inputSize: size,
            options: .init(stride: stride, padding: padding, groups: groups))
        })
        ?? adjointDifference(
          weight, &choices, tolerance: tolerance,
          { conv2d(x, $0, stride: stride, padding: padding, groups: groups) },
          adjoint: {
            conv2dWeightGradient(
              $0, x, kernelSize: kernel,
              options: .init(stride: stride, padding: padding, groups: groups))
          })
    }
  }
}
