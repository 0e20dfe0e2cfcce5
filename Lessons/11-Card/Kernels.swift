import Retrograd

// One convolution, 3 × 3 without padding at stride 1, as three kernels in OpenCL C, which the device's driver compiles. A kernel is
// written for one work item, and is run by very many: each asks which one it is, and computes what is its own.

/// The convolution's sizes, and how many work items its kernels get.
nonisolated struct Work {
  let inputs: Int
  let outputs: Int
  /// Rows and columns of the result, a multiple of `tile`; the picture has two more.
  let side: Int

  /// Rows and columns of a group of work items.
  static let tile = 16
  /// The output channels that one item computes in the last kernel; a divisor of `outputs`.
  static let channels = 8

  var width: Int { side + 2 }
  var places: Int { side * side }
  var products: Double { Double(outputs * places * inputs * 9) }
  /// Multiplications and additions.
  var operations: Double { 2 * products }

  /// A group for each tile of the result and each `channels` of its channels.
  func size(channels: Int = 1) -> WorkSize {
    WorkSize(
      groups: (side / Self.tile, side / Self.tile, outputs / channels),
      items: (Self.tile, Self.tile, 1))
  }
}

/// A kernel, how it is run, and what it asks of the device's memory.
nonisolated struct Way {
  let name: String
  let why: String
  let kernel: Kernel
  let size: WorkSize
  /// The numbers that are read from the device's memory for each multiplication.
  let reads: Double

  /// The three, each a step further than the one before.
  static func all(for work: Work) -> [Way] {
    let items = Double(Work.tile * Work.tile)
    let patch = Double((Work.tile + 2) * (Work.tile + 2))
    let channels = Double(Work.channels)
    return [
      Way(
        name: "an item a pixel", why: "the formula, written down", kernel: onePixel,
        size: work.size(), reads: 2),
      Way(
        name: "tiles", why: "a group shares what it reads", kernel: tiles, size: work.size(),
        reads: (patch + 9) / (9 * items)),
      Way(
        name: "registers", why: "a number is used 8 times", kernel: registers,
        size: work.size(channels: Work.channels),
        reads: (patch + 9 * channels) / (9 * channels * items)),
    ]
  }
}

/// Each work item computes one number of the result, and reads all that it needs from the device's memory.
private nonisolated let onePixel = Kernel(
  "onePixel",
  text: """
    kernel void onePixel(global const float *x, global const float *w, global float *y, int inputs, int side) {
      const int j = get_global_id(0), i = get_global_id(1), o = get_global_id(2), width = side + 2;
      float sum = 0;
      for (int c = 0; c < inputs; c++)
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++)
            sum += x[(c * width + i + a) * width + j + b] * w[((o * inputs + c) * 3 + a) * 3 + b];
      y[(o * side + i) * side + j] = sum;
    }
    """)

/// The 16 × 16 work items of a group read the 18 × 18 numbers below them once, into memory that they share.
private nonisolated let tiles = Kernel(
  "tiles",
  text: """
    kernel void tiles(global const float *x, global const float *w, global float *y, int inputs, int side) {
      local float patch[18][18], weights[9];
      const int column = get_local_id(0), row = get_local_id(1), item = row * 16 + column;
      const int j = get_group_id(0) * 16, i = get_group_id(1) * 16, o = get_group_id(2), width = side + 2;
      float sum = 0;
      for (int c = 0; c < inputs; c++) {
        for (int n = item; n < 18 * 18; n += 16 * 16)
          patch[n / 18][n % 18] = x[(c * width + i + n / 18) * width + j + n % 18];
        if (item < 9) weights[item] = w[(o * inputs + c) * 9 + item];
        barrier(CLK_LOCAL_MEM_FENCE);  // nobody reads before all have written
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) sum += patch[row + a][column + b] * weights[3 * a + b];
        barrier(CLK_LOCAL_MEM_FENCE);  // nobody writes before all have read
      }
      y[(o * side + i + row) * side + j + column] = sum;
    }
    """)

/// As `tiles`, but each work item has the sums of eight channels in its registers: a number that it has read from the shared
/// memory is good for eight products.
private nonisolated let registers = Kernel(
  "registers",
  text: """
    kernel void registers(global const float *x, global const float *w, global float *y, int inputs, int side) {
      local float patch[18][18], weights[8][9];
      const int column = get_local_id(0), row = get_local_id(1), item = row * 16 + column;
      const int j = get_group_id(0) * 16, i = get_group_id(1) * 16, o = get_group_id(2) * 8, width = side + 2;
      float sums[8];
      for (int k = 0; k < 8; k++) sums[k] = 0;
      for (int c = 0; c < inputs; c++) {
        for (int n = item; n < 18 * 18; n += 16 * 16)
          patch[n / 18][n % 18] = x[(c * width + i + n / 18) * width + j + n % 18];
        if (item < 72) weights[item / 9][item % 9] = w[((o + item / 9) * inputs + c) * 9 + item % 9];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int a = 0; a < 3; a++) {
          for (int b = 0; b < 3; b++) {
            float number = patch[row + a][column + b];
            for (int k = 0; k < 8; k++) sums[k] += number * weights[k][3 * a + b];
          }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
      }
      for (int k = 0; k < 8; k++) y[((o + k) * side + i + row) * side + j + column] = sums[k];
    }
    """)

/// Does nothing: what remains is the cost of a call.
nonisolated let nothing = Kernel("nothing", text: "kernel void nothing(int count) {}")

/// `y[i] = x[i]`: as many bytes a second as the device's memory gives.
nonisolated let copying = Kernel(
  "copying",
  text: """
    kernel void copying(global const float *x, global float *y) {
      y[get_global_id(0)] = x[get_global_id(0)];
    }
    """)

/// Multiplications and additions in registers, 16 chains of them so that none waits for the one before.
nonisolated let multiplying = Kernel(
  "multiplying",
  text: """
    kernel void multiplying(global float *y, int steps, float factor) {
      float16 sums = (float16)(get_global_id(0));
      for (int i = 0; i < steps; i++) sums = sums * factor + factor;
      float8 eight = sums.lo + sums.hi;
      float4 four = eight.lo + eight.hi;
      y[get_global_id(0)] = four.x + four.y + four.z + four.w;
    }
    """)
