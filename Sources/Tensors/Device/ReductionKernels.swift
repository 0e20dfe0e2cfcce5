import RetrogradDevices

// Many numbers to one, over an [outer, reduced, inner] view of memory.
//
// Where a result's numbers lie side by side (inner = 1) and are many, a group of 256 items shares them; the
// items' results are joined in pairs:
//
//     item    0    1    2  …  255        each takes every 256th number of the row
//             |    |    |      |
//             +----|----|--…---+         then, 8 times, the upper half is joined to the lower:
//                  …                     0 with 128, 1 with 129, …; 0 with 64, …; 0 with 1
//
// Otherwise one item goes through the numbers of one result. The order of the additions never depends on anything
// but the shape, so that every run has the same bits. Running sums carry what rounding took off them (Kahan,
// "Further remarks on reducing truncation errors", 1965): the host sums in double precision, which not every card
// has.

/// The function that numbers are reduced with.
enum DeviceReduction: String {
  case sum, largest, smallest

  /// Joins two numbers in OpenCL C; no number wins among extremes.
  fileprivate var join: String {
    switch self {
    case .sum: "a + b"
    case .largest: "b > a || (isnan(b) && !isnan(a)) ? b : a"
    case .smallest: "b < a || (isnan(b) && !isnan(a)) ? b : a"
    }
  }

  /// The neutral element of joining.
  fileprivate var neutral: String {
    switch self {
    case .sum: "0"
    case .largest: "-INFINITY"
    case .smallest: "INFINITY"
    }
  }

  /// Takes the number `next` into `total`.
  fileprivate var take: String {
    self == .sum
      ? """
      float corrected = next - lost;
      float sum = total + corrected;
      // Of infinities there is nothing to correct.
      lost = isfinite(sum) ? (sum - total) - corrected : 0;
      total = sum;
      """ : "total = join(total, next);"
  }
}

extension OpenDevice {
  /// Reduces the middle axis of a view to nothing; the result has one axis.
  func reduced(
    _ x: Tensor, _ view: (outer: Int, reduced: Int, inner: Int), _ reduction: DeviceReduction
  ) -> Tensor? {
    attempt("\(reduction)") { () throws(DeviceError) in
      if view.inner == 1 && view.reduced >= 64 {
        return try reducedRows(x, rows: view.outer, length: view.reduced, reduction)
      }
      let y = try output([view.outer * view.inner])
      try call(
        columnKernel(reduction),
        input(x) + target(y) + [.int(y.count), .int(view.reduced), .int(view.inner)],
        WorkSize(count: y.count))
      return y
    }
  }

  /// Rows longer than this are cut in parts, whose results are reduced once more: so few rows keep a card busy.
  private static let longestRow = 1 << 14

  private func reducedRows(
    _ x: Tensor, rows: Int, length: Int, _ reduction: DeviceReduction
  ) throws(DeviceError) -> Tensor {
    let parts = (length + Self.longestRow - 1) / Self.longestRow
    let y = try output([rows * parts])
    try call(
      rowKernel(reduction),
      input(x) + target(y) + [.int(length), .int(parts), .int((length + parts - 1) / parts)],
      WorkSize(groups: (rows * parts, 1, 1), items: (256, 1, 1)))
    return parts == 1 ? y : try reducedRows(y, rows: rows, length: parts, reduction)
  }
}

/// `y[row, part] = x[row, part · width] ∘ x[row, part · width + 1] ∘ …`; one group for each part of a row.
private func rowKernel(_ reduction: DeviceReduction) -> Kernel {
  Kernel(
    "reduceRows", name: "\(reduction) of rows",
    text: kernelPrelude + """
      float join(float a, float b) { return \(reduction.join); }

      KERNEL reduceRows(READ x, int xStart, WRITE y, int length, int parts, int width) {
        SHARED float totals[256];
        const int item = PLACE(0), part = GROUP(0) % parts, row = GROUP(0) / parts;
        const int end = min(length, (part + 1) * width);
        float total = \(reduction.neutral), lost = 0;
        for (int i = part * width + item; i < end; i += 256) {
          float next = x[xStart + row * length + i];
          \(reduction.take)
        }
        totals[item] = total;
        for (int reach = 128; reach > 0; reach /= 2) {
          WAIT_FOR_GROUP;
          if (item < reach) totals[item] = join(totals[item], totals[item + reach]);
        }
        if (item == 0) y[GROUP(0)] = totals[0];
      }
      """)
}

/// `y[outer, inner] = x[outer, 0, inner] ∘ x[outer, 1, inner] ∘ …`; one item for each result.
private func columnKernel(_ reduction: DeviceReduction) -> Kernel {
  Kernel(
    "reduceColumns", name: "\(reduction) of columns",
    text: kernelPrelude + """
      float join(float a, float b) { return \(reduction.join); }

      KERNEL reduceColumns(READ x, int xStart, WRITE y, int count, int reduced, int inner) {
        const int result = ITEM;
        if (result >= count) return;
        int place = xStart + result / inner * reduced * inner + result % inner;
        float total = \(reduction.neutral), lost = 0;
        for (int i = 0; i < reduced; i++, place += inner) {
          float next = x[place];
          \(reduction.take)
        }
        y[result] = total;
      }
      """)
}

// MARK: - Softmax

extension OpenDevice {
  /// Softmax along an axis, or its logarithm.
  func softmax(_ x: Tensor, axis: Int, logarithm: Bool) -> Tensor? {
    attempt("softmax") { () throws(DeviceError) in
      let y = try output(x.shape)
      let inner = x.shape[(axis + 1)...].reduce(1, *)
      try call(
        softmaxKernel,
        input(x) + target(y) + [.int(x.shape[axis]), .int(inner), .int(logarithm ? 1 : 0)],
        WorkSize(groups: (x.count / x.shape[axis], 1, 1), items: (256, 1, 1)))
      return y
    }
  }

  /// The derivative of softmax, or of its logarithm, in one pass.
  func throughSoftmax(_ dy: Tensor, _ y: Tensor, axis: Int, logarithm: Bool) -> Tensor? {
    if dy.count == 0 { return nil }
    return attempt("softmax's gradient") { () throws(DeviceError) in
      let dx = try output(dy.shape)
      let inner = dy.shape[(axis + 1)...].reduce(1, *)
      try call(
        softmaxBackKernel,
        input(y) + input(dy) + target(dx)
          + [.int(dy.shape[axis]), .int(inner), .int(logarithm ? 1 : 0)],
        WorkSize(groups: (dy.count / dy.shape[axis], 1, 1), items: (256, 1, 1)))
      return dx
    }
  }
}

/// Reductions over a group of 256 items, for kernels that go through a row more than once: each item gives its
/// own number, and all get the result.
let groupReductions = """
  // The sum of one number of each item in the group, or the largest; `totals` has room for 256.
  float groupSum(float own, SHARED float *totals) {
    const int item = PLACE(0);
    WAIT_FOR_GROUP;
    totals[item] = own;
    for (int reach = 128; reach > 0; reach /= 2) {
      WAIT_FOR_GROUP;
      if (item < reach) totals[item] += totals[item + reach];
    }
    WAIT_FOR_GROUP;
    return totals[0];
  }

  float larger(float a, float b) { return b > a || isnan(b) ? b : a; }

  float groupLargest(float own, SHARED float *totals) {
    const int item = PLACE(0);
    WAIT_FOR_GROUP;
    totals[item] = own;
    for (int reach = 128; reach > 0; reach /= 2) {
      WAIT_FOR_GROUP;
      if (item < reach) totals[item] = larger(totals[item], totals[item + reach]);
    }
    WAIT_FOR_GROUP;
    return totals[0];
  }

  // The place of the first number of a row, where numbers of a row lie `inner` apart.
  int rowStart(int row, int count, int inner) { return row / inner * count * inner + row % inner; }

  """

/// `y = e^(x − m) / Σ e^(x − m)` with the largest `m`, or `y = x − m − ln Σ e^(x − m)`; one group a row.
private let softmaxKernel = Kernel(
  "softmaxRows",
  text: kernelPrelude + groupReductions + """
    KERNEL softmaxRows(READ x, int xStart, WRITE y, int count, int inner, int logarithm) {
      SHARED float totals[256];
      const int start = rowStart(GROUP(0), count, inner);
      x += xStart + start;
      y += start;
      float largest = -INFINITY;
      for (int i = PLACE(0); i < count; i += 256) largest = larger(largest, x[i * inner]);
      largest = groupLargest(largest, totals);
      float sum = 0;
      for (int i = PLACE(0); i < count; i += 256) sum += exp(x[i * inner] - largest);
      sum = groupSum(sum, totals);
      for (int i = PLACE(0); i < count; i += 256) {
        float shifted = x[i * inner] - largest;
        y[i * inner] = logarithm ? shifted - log(sum) : exp(shifted) / sum;
      }
    }
    """)

/// `dx = y · (dy − Σ dy · y)`, or of the logarithm `dx = dy − e^y · Σ dy`; one group a row.
private let softmaxBackKernel = Kernel(
  "softmaxBackRows",
  text: kernelPrelude + groupReductions + """
    KERNEL softmaxBackRows(READ y, int yStart, READ dy, int dyStart, WRITE dx, int count, int inner,
                           int logarithm) {
      SHARED float totals[256];
      const int start = rowStart(GROUP(0), count, inner);
      y += yStart + start;
      dy += dyStart + start;
      dx += start;
      float sum = 0;
      for (int i = PLACE(0); i < count; i += 256) {
        sum += logarithm ? dy[i * inner] : dy[i * inner] * y[i * inner];
      }
      sum = groupSum(sum, totals);
      for (int i = PLACE(0); i < count; i += 256) {
        dx[i * inner] = logarithm ? dy[i * inner] - exp(y[i * inner]) * sum
                                  : y[i * inner] * (dy[i * inner] - sum);
      }
    }
    """)
