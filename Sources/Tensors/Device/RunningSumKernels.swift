import RetrogradDevices

// Running sums along the middle axis of an [outer, extent, inner] view of memory.
//
// Where a line's numbers lie side by side (inner = 1) and are many, a group of 256 items goes through it, 256 numbers
// at a time (Hillis & Steele, "Data parallel algorithms", 1986):
//
//     item          0    1     2      3       4     …
//                   a    b     c      d       e
//     reach 1       a    ab    bc     cd      de       each adds what lies `reach` before it,
//     reach 2       a    ab    abc    abcd    bcde     8 times, the reach doubling
//     reach 4       a    ab    abc    abcd    abcde
//
// The sum of all before is carried along. Otherwise one item goes through one line. As in other sums, what rounding
// takes off is carried too, and the order follows from the shape alone.

extension OpenDevice {
  /// The sum of each element and all before it along the middle axis of a view, or all after it.
  func runningSums(
    _ x: Tensor, _ view: (outer: Int, extent: Int, inner: Int), reversed: Bool
  ) -> Tensor? {
    attempt("cumsum") { () throws(DeviceError) in
      let y = try output(x.shape)
      if y.count == 0 { return y }
      let isReversed = KernelArgument.int(reversed ? 1 : 0)
      if view.inner == 1 && view.extent >= 64 {
        try call(
          runningSumsOfRowsKernel, input(x) + target(y) + [.int(view.extent), isReversed],
          WorkSize(groups: (view.outer, 1, 1), items: (256, 1, 1)))
      } else {
        let lines = view.outer * view.inner
        try call(
          runningSumsOfColumnsKernel,
          input(x) + target(y) + [.int(lines), .int(view.extent), .int(view.inner), isReversed],
          WorkSize(count: lines))
      }
      return y
    }
  }
}

/// Takes the number `next` into `total`, as sums over axes do.
private let runningTotal = """
  // What rounding takes off `total` is in `lost`; of infinities there is nothing to correct.
  #define TAKE(next) { \\
    float corrected = (next) - lost, sum = total + corrected; \\
    lost = isfinite(sum) ? (sum - total) - corrected : 0; \\
    total = sum; \\
  }

  """

/// `y[row, i] = x[row, 0] + … + x[row, i]`, or from the end; one group a row.
private let runningSumsOfRowsKernel = Kernel(
  "runningSumsOfRows",
  text: kernelPrelude + runningTotal + """
    KERNEL runningSumsOfRows(READ x, int xStart, WRITE y, int length, int isReversed) {
      SHARED float sums[256];
      const int item = PLACE(0);
      x += xStart + GROUP(0) * length;
      y += GROUP(0) * length;
      float total = 0, lost = 0;
      for (int first = 0; first < length; first += 256) {
        const int step = first + item, place = isReversed ? length - 1 - step : step;
        WAIT_FOR_GROUP;
        sums[item] = step < length ? x[place] : 0;
        for (int reach = 1; reach < 256; reach *= 2) {
          WAIT_FOR_GROUP;
          float before = item < reach ? 0 : sums[item - reach];
          WAIT_FOR_GROUP;
          sums[item] += before;
        }
        WAIT_FOR_GROUP;
        if (step < length) y[place] = total + (sums[item] - lost);
        TAKE(sums[255]);
      }
    }
    """)

/// `y[outer, i, inner] = x[outer, 0, inner] + … + x[outer, i, inner]`, or from the end; one item a line.
private let runningSumsOfColumnsKernel = Kernel(
  "runningSumsOfColumns",
  text: kernelPrelude + runningTotal + """
    KERNEL runningSumsOfColumns(READ x, int xStart, WRITE y, int lines, int extent, int inner,
                                int isReversed) {
      const int line = ITEM;
      if (line >= lines) return;
      int place = line / inner * extent * inner + line % inner;
      if (isReversed) place += (extent - 1) * inner;
      float total = 0, lost = 0;
      for (int i = 0; i < extent; i++, place += isReversed ? -inner : inner) {
        TAKE(x[xStart + place]);
        y[place] = total;
      }
    }
    """)
