import Foundation
import RetrogradTensors
import Testing

/// 2³¹ elements and a few more, which no 32-bit number counts: 8.6 GB, and twice as much while they are changed, so
/// only where `RETROGRAD_SCALE` is set.
@Suite(
  "Tensors of more than 2³¹ elements",
  .enabled(if: ProcessInfo.processInfo.environment["RETROGRAD_SCALE"] != nil))
struct LargeTensorTests {
  @Test("elements beyond are reached, summed, compared and cut out")
  func elements() {
    let rows = 1 << 28 + 3
    // Ones, and a five in the end.
    let x = concatenate([Tensor.zeros([rows - 1, 8]), [[0, 0, 0, 0, 0, 0, 0, 5]]], axis: 0) + 1
    #expect(x.count > Int(Int32.max) && x[rows - 1, 7] == 6 && x[rows - 2, 7] == 1)
    #expect(x.max().item() == 6)
    #expect(x.argmax() == rows * 8 - 1)
    #expect(x.slice(rows - 2..<rows, axis: 0).sum().item() == 21)
    #expect(x.slice(0..<rows, step: rows - 1, axis: 0).sum().item() == 21)
    #expect(matmul(x[rows - 2..<rows], Tensor.ones([8, 1]))[1, 0] == 13)
    // Single precision has 24 bits.
    let sum = x.sum().item()
    #expect(abs(sum / Double(rows * 8 + 5) - 1) < 1e-6, "\(sum)")
  }
}
