import RetrogradTensors
import Testing

@Suite struct LayoutProperties {
  @Test("another shape keeps the order of the numbers")
  func reshaping() {
    checkProperty { choices in
      let x = choices.tensor(choices.shape(rank: 1...4), choices.dtype(), isAwkward: true)
      choices.note("\(x)")
      let first = choices.integer(in: 0...(x.rank - 1))
      let last = choices.integer(in: first...(x.rank - 1))
      let merged =
        Array(x.shape[..<first]) + [x.shape[first...last].reduce(1, *)]
        + Array(x.shape[(last + 1)...])
      return difference(
        x.flattened(from: first, to: last), Tensor(x.scalars, shape: merged, dtype: x.dtype))
        ?? difference(x.flattened(from: first, to: last).reshaped(x.shape), x, "what came back")
    }
  }

  @Test("axes change places")
  func permuting() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...5)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let order = choices.permutation(x.rank)
      choices.note("\(x) in the order \(order)")
      let slow = Slow(x)
      return difference(
        x.permuted(order.map { choices.isChosen() ? $0 - x.rank : $0 }),
        Tensor(order.map { shape[$0] }, x.dtype) { indices in
          var source = [Int](repeating: 0, count: shape.count)
          for (axis, place) in order.enumerated() { source[place] = indices[axis] }
          return slow[source]
        })
    }
  }

  @Test("broadcasting repeats")
  func broadcasting() {
    checkProperty { choices in
      let shape = choices.shape(rank: 0...4)
      let x = choices.tensor(choices.broadcasting(to: shape), choices.dtype(), isAwkward: true)
      choices.note("\(x) to \(shape)")
      let slow = Slow(x)
      return difference(x.broadcast(to: shape), Tensor(shape, x.dtype) { slow.repeated($0) })
    }
  }

  @Test("slices take every step-th element of a range")
  func slicing() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let (axis, asked) = choices.axis(of: shape)
      let start = choices.integer(in: 0...shape[axis])
      let end = choices.integer(in: start...shape[axis])
      let step = choices.isChosen(onceIn: 10) ? Int.max : choices.integer(in: 1...4)
      choices.note("\(start)..<\(end) step \(step) of axis \(axis) of \(x)")
      var sliced = shape
      sliced[axis] = Array(stride(from: start, to: end, by: step)).count
      let slow = Slow(x)
      return difference(
        x.slice(start..<end, step: step, axis: asked),
        Tensor(sliced, x.dtype) {
          var source = $0
          source[axis] = start + (source[axis] > 0 ? source[axis] * step : 0)
          return slow[source]
        })
    }
  }

  @Test("a border is added around, with the number asked for")
  func padding() {
    checkProperty { choices in
      let shape = choices.shape(rank: 0...4, largest: 10)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let widths = shape.map { _ in
        (before: choices.integer(in: 0...2), after: choices.integer(in: 0...2))
      }
      let value = choices.eighths()
      choices.note("\(x) with \(widths) of \(value)")
      let slow = Slow(x)
      let larger = zip(shape, widths).map { $0 + $1.before + $1.after }
      return difference(
        x.padded(widths, mode: .constant(value)),
        Tensor(larger, x.dtype) { indices in
          let source = zip(indices, widths).map { $0 - $1.before }
          return zip(source, shape).allSatisfy { $0 >= 0 && $0 < $1 } ? slow[source] : value
        })
    }
  }

  @Test("joined tensors follow one another along an axis")
  func joining() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 1...4))
      let (axis, asked) = choices.axis(of: shape)
      let parts = (0..<choices.integer(in: 1...4)).map { _ in
        var partShape = shape
        partShape[axis] = choices.integer(in: 0...4)
        return choices.tensor(partShape, dtype, isAwkward: true)
      }
      choices.note("\(parts) along \(axis)")
      var joined = shape
      joined[axis] = parts.map { $0.shape[axis] }.reduce(0, +)
      let slow = parts.map(Slow.init)
      return difference(
        concatenate(parts, axis: asked),
        Tensor(joined, dtype) {
          var source = $0
          var part = 0
          while source[axis] >= slow[part].shape[axis] {
            source[axis] -= slow[part].shape[axis]
            part += 1
          }
          return slow[part][source]
        })
    }
  }

  @Test("stacked tensors stand along an axis of their own")
  func stacking() {
    checkProperty { choices in
      let (dtype, shape) = (choices.dtype(), choices.shape(rank: 0...3))
      let parts = (0..<choices.integer(in: 1...4)).map { _ in choices.tensor(shape, dtype) }
      let axis = choices.integer(in: 0...shape.count)
      choices.note("\(parts) along \(axis)")
      var stacked = shape
      stacked.insert(parts.count, at: axis)
      let slow = parts.map(Slow.init)
      return difference(
        stack(parts, axis: axis),
        Tensor(stacked, dtype) {
          var source = $0
          return slow[source.remove(at: axis)][source]
        })
    }
  }

  @Test("flips turn axes round")
  func flipping() {
    checkProperty { choices in
      let shape = choices.shape(rank: 0...4)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let axes = choices.subset(of: x.rank)
      choices.note("\(x) along \(axes)")
      let slow = Slow(x)
      return difference(
        x.flipped(axes: axes),
        Tensor(shape, x.dtype) {
          var source = $0
          for axis in axes { source[axis] = shape[axis] - 1 - source[axis] }
          return slow[source]
        })
    }
  }

  @Test("what rolls out at one end comes in at the other")
  func rolling() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let axes = choices.subset(of: x.rank)
      let shifts = choices.integers(axes.count, in: -9...9)
      choices.note("\(x) by \(shifts) along \(axes)")
      let slow = Slow(x)
      return difference(
        x.rolled(by: shifts, axes: axes),
        Tensor(shape, x.dtype) {
          var source = $0
          for (axis, shift) in zip(axes, shifts) {
            source[axis] = ((source[axis] - shift) % shape[axis] + shape[axis]) % shape[axis]
          }
          return slow[source]
        })
    }
  }

  @Test("triangles keep one side of a diagonal")
  func triangles() {
    checkProperty { choices in
      let shape = choices.shape(rank: 2...4)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let (diagonal, isLower) = (choices.integer(in: -6...6), choices.isChosen())
      choices.note("\(isLower ? "tril" : "triu") \(diagonal) of \(x)")
      let slow = Slow(x)
      return difference(
        isLower ? x.tril(diagonal: diagonal) : x.triu(diagonal: diagonal),
        Tensor(shape, x.dtype) {
          let place = $0[$0.count - 1] - $0[$0.count - 2]
          return (isLower ? place <= diagonal : place >= diagonal) ? slow[$0] : 0
        })
    }
  }

  @Test("slices are picked by their numbers")
  func selecting() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let (axis, asked) = choices.axis(of: shape)
      let indices = choices.indices([choices.integer(in: 0...6)], below: shape[axis])
      choices.note("\(indices.scalars) of axis \(axis) of \(x)")
      var selected = shape
      selected[axis] = indices.count
      let slow = Slow(x)
      return difference(
        x.indexSelect(indices, axis: asked),
        Tensor(selected, x.dtype) {
          var source = $0
          source[axis] = indices.scalars[source[axis]]
          return slow[source]
        })
    }
  }

  @Test("elements are gathered by their numbers, from where the indices lie")
  func gathering() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4, largest: 8, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let (axis, asked) = choices.axis(of: shape)
      let picked = shape.enumerated().map {
        choices.integer(in: 0...($0.offset == axis ? 6 : $0.element))
      }
      let indices = choices.indices(picked, below: shape[axis])
      choices.note("\(indices.shape) \(indices.scalars) of axis \(axis) of \(x)")
      let (slow, rows) = (Slow(x), Slow(indices.converted(to: .float64)))
      return difference(
        gather(x, indices, axis: asked),
        Tensor(picked, x.dtype) {
          var source = $0
          source[axis] = Int(rows[$0])
          return slow[source]
        })
    }
  }

  @Test("changing an element of a view changes nothing else")
  func views() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...3, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype())
      let row = choices.integer(in: 0...(shape[0] - 1))
      choices.note("row \(row) of \(x)")
      let before = x.scalars
      var view = x[row..<(row + 1)].flattened()
      let place = choices.integer(in: 0...(view.count - 1))
      var expected = view.scalars
      expected[place] = 100
      view[place - view.count] = 100
      if x.scalars != before { return "the tensor has become \(x)" }
      return difference(view, Tensor(expected, dtype: x.dtype))
    }
  }

  @Test("strides that files ask for are followed")
  func strides() {
    checkProperty { choices in
      let shape = choices.shape(rank: 0...4, largest: 6)
      let strides = choices.integers(shape.count, in: 0...7)
      let offset = choices.integer(in: 0...5)
      let last = zip(shape, strides).map { max($0 - 1, 0) * $1 }.reduce(offset, +)
      let x = choices.tensor([last + 1], choices.dtype())
      choices.note("shape \(shape), strides \(strides) from \(offset) of \(x)")
      let slow = Slow(x)
      return difference(
        x.restrided(shape: shape, strides: strides, offset: offset),
        Tensor(shape, x.dtype) { slow[[zip($0, strides).map { $0 * $1 }.reduce(offset, +)]] })
    }
  }
}
