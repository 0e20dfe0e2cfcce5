import Foundation
import LessonKit
import Retrograd

// Replace each `throw` by your answer; `swift run -c release lesson11 --check` tells whether it is right. Two answers are kernels: texts
// in OpenCL C, which is C with a few words more. They are compiled and run when they are checked.

/// A kernel for the leaky rectifier, `y[i] = x[i]` where that is above 0, otherwise `slope · x[i]`:
///
///     kernel void activation(global const float *x, global float *y, int count, float slope)
///
/// It is run with groups of 64 work items, and as many groups as it takes for `count` numbers: those of the last group that
/// have no number of their own must not write. `get_global_id(0)` is an item's number among all.
func activationKernel() throws -> String {
  throw NotWritten(
    "A text between three quotation marks: kernel void activation(…) { int i = get_global_id(0); … }, with a condition that i is below count."
  )
}

/// The number of groups of `size` work items that have at least `count` items together, and none that is not needed.
func groups(for count: Int, size: Int) throws -> Int {
  throw NotWritten(
    "Divide, and round up: whole numbers are divided without a rest, so add size − 1 first.")
}

/// A kernel for the product of two matrices that lie row by row, C = A · B, with tiles:
///
///     kernel void product(global const float *a, global const float *b, global float *c, int rows, int inner, int columns)
///
/// A group has 8 × 8 work items and computes a tile of 8 × 8 numbers of C: item (`get_local_id(0)`, `get_local_id(1)`) the number
/// in that column and row of tile (`get_group_id(0)`, `get_group_id(1)`). The group goes along `inner` in steps of 8. In each step
/// every item fetches one number of A and one of B into memory that the group shares (`local float aTile[8][8], bTile[8][8]`), all
/// wait for each other (`barrier(CLK_LOCAL_MEM_FENCE)`), each adds 8 products, and all wait again, before anything is overwritten.
///
/// No size need be a multiple of 8: what lies outside of A or B counts as 0, and what lies outside of C is not written. No item may
/// leave the kernel before the last barrier.
///
/// - A: [rows, inner]. B: [inner, columns]. C: [rows, columns].
func productKernel() throws -> String {
  throw NotWritten(
    "Begin with row = get_group_id(1) * 8 + get_local_id(1), and column from 0 alike. In a loop over first = 0, 8, …: aTile[y][x] = …, bTile[y][x] = …, barrier, eight products aTile[y][p] * bTile[p][x], barrier."
  )
}

/// The numbers that a tiled product of matrices reads from the device's memory for each multiplication, far from the borders: a
/// group computes `tile` × `tile` results, and in each step fetches `tile` × `tile` numbers of either matrix.
func readsPerProduct(tile: Int) throws -> Double {
  throw NotWritten(
    "In one step: how many numbers does a group fetch, and how many multiplications does it make with them?"
  )
}

/// The number of operations per byte moved from which a card is faster than the processor, if the numbers must be moved first,
/// and nothing happens meanwhile: with `i` operations per byte, moving a byte takes 1 / `bandwidth` seconds, and computing with it
/// `i` / `card` or `i` / `processor`.
///
/// - Parameters:
///   - bandwidth: Bytes a second that are moved.
///   - card: Operations a second of the card.
///   - processor: Operations a second of the processor.
/// - Returns: Operations per byte; infinity where the card is never faster.
func operationsToPay(bandwidth: Double, card: Double, processor: Double) throws -> Double {
  throw NotWritten(
    "Both take as long where i / processor = 1 / bandwidth + i / card. What is i, and when is there none?"
  )
}
