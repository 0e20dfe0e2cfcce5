import Foundation
import Retrograd

/// The results of this machine's kernels, compared with double precision.
struct KernelCheck: Codable {
  /// The instructions that the inner loops use.
  let instructionSet: String
  let threads: Int
  /// The largest error of each operation relative to its largest result, and what rounding allows.
  let operations: [Operation]
  /// Stands for every bit of every result: the same for any number of threads.
  let digest: String

  struct Operation: Codable {
    let name: String
    let error: Double
    let bound: Double
    var isWithinBound: Bool { error <= bound }
  }

  init() {
    var operations: [Operation] = []
    var digest: UInt64 = 0
    for work in Self.work {
      let single = work.results(.float32)
      let double = work.results(.float64)
      let error = zip(single, double).map(Self.error).max() ?? 0
      operations.append(Operation(name: work.name, error: error, bound: work.bound))
      for tensor in single { digest = (digest &* 0x100_0000_01B3) ^ tensor.bitHash }
    }
    instructionSet = InstructionSet.current.name
    threads = Threads.count
    self.operations = operations
    self.digest = String(digest, radix: 16)
  }

  private static func error(_ single: Tensor, _ double: Tensor) -> Double {
    let difference = (single.converted(to: .float64) - double).abs().max().item()
    return difference / max(double.abs().max().item(), 1e-300)
  }

  // MARK: The operations

  /// An operation on random numbers that are the same in both precisions.
  private struct Work: Sendable {
    let name: String
    let bound: Double
    let results: @Sendable (DType) -> [Tensor]
  }

  private static let work: [Work] =
    [
      convolution("conv 11×11 / 4", [2, 3, 95, 95], [64, 3, 11, 11], stride: 4, padding: 2),
      convolution("conv 5×5", [3, 24, 27, 27], [48, 24, 5, 5], padding: 2),
      convolution("conv 3×3", [5, 48, 13, 13], [33, 48, 3, 3], padding: 1),
      convolution("conv 3×3, 4-wide tiles", [2, 16, 16, 12], [32, 16, 3, 3], padding: 1),
      convolution("conv 3×3 / 2", [2, 48, 56, 56], [32, 48, 3, 3], stride: 2, padding: 1),
      convolution("conv 4×4 / 2", [2, 16, 32, 24], [32, 16, 4, 4], stride: 2, padding: 1),
      convolution(
        "conv 3×3, dilation 2", [2, 24, 28, 26], [20, 24, 3, 3], padding: 2, dilation: 2),
      convolution("conv 3×3, 4 groups", [2, 32, 20, 20], [24, 8, 3, 3], padding: 1, groups: 4),
      convolution("conv 3×3, depthwise", [2, 24, 20, 20], [24, 1, 3, 3], padding: 1, groups: 24),
      convolution("conv 5×5, few channels", [4, 1, 28, 28], [20, 1, 5, 5]),
      convolution("conv 1×1", [2, 20, 15, 15], [30, 20, 1, 1]),
    ]
    + [1, 8, 16, 50].map { connected(batch: $0) }
    + [
      Work(name: "matrix product", bound: 1e-5) { dtype in
        let (a, b) = (numbers([130, 700], dtype), numbers([700, 90], dtype))
        let small = numbers([96, 96], dtype)
        return [
          matmul(a, b), matmul(b, a, transposeA: true, transposeB: true),
          matmul(small, small),
        ]
      },
      Work(name: "max-pool", bound: 0) { dtype in
        let x = Variable(numbers([2, 5, 27, 31], dtype), requiresGrad: true)
        let y = maxPool2d(x, kernel: 3, stride: 2)
        y.sum().backward()
        return [y.value, x.grad].compactMap { $0 }
      },
      Work(name: "exp, tanh, erf, sigmoid", bound: 1e-6) { dtype in
        let x = numbers([999], dtype)
        return [x.exp(), x.tanh(), x.erf(), x.sigmoid()]
      },
      Work(name: "log, log1p, expm1, sin, cos", bound: 1e-6) { dtype in
        let x = numbers([999], dtype)
        return [x.abs().log(), x.abs().log1p(), x.expm1(), x.sin(), x.cos()]
      },
      Work(name: "powers", bound: 1e-6) { dtype in
        let x = numbers([999], dtype)
        return [x.abs().pow(1.75), pow(1.5, x), x.abs().pow(x)]
      },
      differentiated("GELU, SiLU, softplus, ELU", bound: 1e-5) {
        [$0.gelu(), $0.silu(), $0.softplus(), $0.elu()]
      },
      differentiated("layer norm, batch norm", bound: 1e-5) {
        [
          layerNorm($0, normalizedShape: [$0.shape[3]]),
          batchNorm2d($0),
        ]
      },
      Work(name: "softmax, cross-entropy", bound: 1e-5) { dtype in
        let x = Variable(numbers([9, 41], dtype), requiresGrad: true)
        let loss = crossEntropy(x, IntTensor((0..<9).map { $0 * 5 % 41 }))
        loss.backward()
        return [softmax(x, axis: 1).value, loss.value, x.grad].compactMap { $0 }
      },
      Work(name: "Adam", bound: 1e-5) { dtype in
        let parameter = Variable(numbers([1001], dtype), requiresGrad: true)
        let optimizer = Adam([parameter])
        for _ in 0..<3 {
          parameter.grad = parameter.value * 3 + 1
          optimizer.step()
        }
        return [parameter.value]
      },
    ]

  /// Numbers that single precision holds exactly.
  private static func numbers(
    _ shape: [Int], _ dtype: DType, seed: UInt64 = 11
  ) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor.normal(shape, using: &random).converted(to: dtype)
  }

  /// Functions of the same pictures, and the gradient of each.
  private static func differentiated(
    _ name: String, bound: Double, _ functions: @escaping @Sendable (Variable) -> [Variable]
  ) -> Work {
    Work(name: name, bound: bound) { dtype in
      let x = Variable(numbers([3, 5, 11, 13], dtype), requiresGrad: true)
      return functions(x).flatMap { y in
        x.zeroGrad()
        // Not the pictures' own numbers, along which a normalization has no slope.
        y.backward(numbers(y.shape, dtype, seed: 12))
        return [y.value, x.grad].compactMap { $0 }
      }
    }
  }

  private static func convolution(
    _ name: String, _ input: [Int], _ weight: [Int], stride: Size2D = 1, padding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1
  ) -> Work {
    Work(name: name, bound: 5e-5) { dtype in
      let x = Variable(numbers(input, dtype), requiresGrad: true)
      let w = Variable(numbers(weight, dtype), requiresGrad: true)
      let b = Variable(numbers([weight[0]], dtype), requiresGrad: true)
      let y = conv2d(
        x, w, bias: b, stride: stride, padding: padding, dilation: dilation, groups: groups)
      y.backward(numbers(y.shape, dtype))
      return [y.value, x.grad, w.grad, b.grad].compactMap { $0 }
    }
  }

  private static func connected(batch: Int) -> Work {
    Work(name: "linear, batch \(batch)", bound: 1e-5) { dtype in
      let x = Variable(numbers([batch, 300], dtype), requiresGrad: true)
      let w = Variable(numbers([70, 300], dtype), requiresGrad: true)
      let b = Variable(numbers([70], dtype), requiresGrad: true)
      let y = linear(x, w, bias: b)
      y.backward(numbers(y.shape, dtype))
      return [y.value, x.grad, w.grad, b.grad].compactMap { $0 }
    }
  }
}

extension KernelCheck: CustomStringConvertible {
  /// A table.
  var description: String {
    let lines = operations.map {
      $0.name.padding(toLength: 28, withPad: " ", startingAt: 0)
        + String(format: "%9.1e  of %.0e", $0.error, $0.bound)
        + ($0.isWithinBound ? "" : "   TOO LARGE")
    }
    return """
      instructions \(instructionSet), \(threads) thread\(threads == 1 ? "" : "s")
      largest error in float32, relative to the largest result
      \(lines.joined(separator: "\n"))
      digest of all results \(digest)
      """
  }
}
