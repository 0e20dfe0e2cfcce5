import RetrogradDevices

// The same numbers in another order or place: one work item for each element that is copied.

extension OpenDevice {
  /// The elements of `x` read with the given strides, beginning `start` elements in.
  func strided(_ x: Tensor, shape: [Int], strides: [Int], from start: Int) -> Tensor? {
    // Neighboring axes that run on alike are one.
    var (extents, steps): ([Int], [Int]) = ([], [])
    for (extent, stride) in zip(shape, strides) where extent != 1 {
      if let last = steps.last, last == stride * extent {
        (extents[extents.count - 1], steps[steps.count - 1]) = (extents.last! * extent, stride)
      } else {
        extents.append(extent)
        steps.append(stride)
      }
    }
    if extents.isEmpty { (extents, steps) = ([1], [0]) }
    if extents.count > 8 { return nil }
    func eight(_ numbers: [Int]) -> [Int32] {
      numbers.map(Int32.init) + [Int32](repeating: 0, count: 8 - numbers.count)
    }
    return attempt("copy") { () throws(DeviceError) in
      let y = try output(shape)
      try call(
        stridedKernel,
        input(x) + target(y)
          + [
            .int(start), .int(y.count),
            .ints([Int32(extents.count)] + eight(extents) + eight(steps)),
          ],
        WorkSize(count: y.count))
      return y
    }
  }

  /// Parts beside one another along an axis.
  ///
  /// - Parameters:
  ///   - parts: Each with its first place along the axis.
  ///   - axis: The axis.
  ///   - step: The distance from one place to the next.
  ///   - shape: The shape of the result.
  ///   - background: The number at places that no part takes; `nil` where there are none.
  func placed(
    _ parts: [(tensor: Tensor, start: Int)], axis: Int, step: Int, in shape: [Int],
    background: Double?
  ) -> Tensor? {
    let inner = shape[(axis + 1)...].reduce(1, *)
    return attempt("place") { () throws(DeviceError) in
      let y = try output(shape)
      if let background {
        try call(
          fillKernel, target(y) + [.int(y.count), .float(Float(background))],
          WorkSize(count: y.count))
      }
      for (part, start) in parts where part.count > 0 {
        // Of a single element the step does not matter, and it may be huge.
        let step = part.shape[axis] > 1 ? step : 1
        let sizes = [part.count, part.shape[axis], inner, shape[axis], start, step]
        try call(
          placeKernel, input(part) + target(y) + sizes.map { .int($0) },
          WorkSize(count: part.count))
      }
      return y
    }
  }

  /// Tensors one after the other along an axis, in their common shape.
  func concatenated(_ tensors: [Tensor], axis: Int, shape: [Int]) -> Tensor? {
    var start = 0
    let parts = tensors.map { tensor in
      defer { start += tensor.shape[axis] }
      return (tensor, start)
    }
    return placed(parts, axis: axis, step: 1, in: shape, background: nil)
  }
}

/// `y[i, j, …] = x[start + i · stride₀ + j · stride₁ + …]`.
private let stridedKernel = Kernel(
  "stridedCopy",
  text: kernelPrelude + """
    typedef struct { int rank, extent[8], stride[8]; } Axes;

    KERNEL stridedCopy(READ x, int xStart, WRITE y, int start, int count, Axes axes) {
      int i = ITEM;
      if (i >= count) return;
      int rest = i;
      int place = xStart + start;
      for (int axis = axes.rank - 1; axis > 0; axis--) {
        place += rest % axes.extent[axis] * axes.stride[axis];
        rest /= axes.extent[axis];
      }
      y[i] = x[place + rest * axes.stride[0]];
    }
    """)

/// `y[slab, start + i · step, j] = x[slab, i, j]`, with as many `i` as `partExtent` and `j` as `inner`.
private let placeKernel = Kernel(
  "place",
  text: kernelPrelude + """
    KERNEL place(READ x, int xStart, WRITE y, int count, int partExtent, int inner, int extent,
                 int start, int step) {
      int i = ITEM;
      if (i >= count) return;
      int j = i % inner;
      int row = i / inner % partExtent;
      int slab = i / inner / partExtent;
      y[(slab * extent + start + row * step) * inner + j] = x[xStart + i];
    }
    """)

/// `y[i] = number`.
let fillKernel = Kernel(
  "fill",
  text: kernelPrelude + """
    KERNEL fill(WRITE y, int count, float number) {
      if (ITEM < count) y[ITEM] = number;
    }
    """)
