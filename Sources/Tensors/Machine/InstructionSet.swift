import Foundation
import RetrogradCKernels

/// The vector instructions that the inner loops use.
///
/// Picked once at run time: the best that the machine has, or what `RETROGRAD_ISA` asks for
/// (`avx512`, `avx2`, `baseline` or `portable`).
///
/// ```swift
/// for instructions in InstructionSet.available {
///   print(instructions.name, instructions.use { matmul(a, b) })
/// }
/// ```
public struct InstructionSet: @unchecked Sendable {
  /// `avx512`, `avx2`, `baseline` or `portable`.
  public var name: String { String(cString: loops.name) }
  /// Everything that was compiled for it.
  let loops: retrograd_instruction_set

  /// Those that this machine can run, the fastest first.
  public static let available: [InstructionSet] = UnsafeBufferPointer(
    start: retrograd_instruction_sets, count: retrograd_instruction_set_count
  ).filter { $0.is_supported() }.map(InstructionSet.init)

  private static let configured = choose(
    asked: ProcessInfo.processInfo.environment["RETROGRAD_ISA"])

  /// Returns the instruction set that is asked for if this machine runs it; prints a warning if not.
  static func choose(asked name: String?) -> InstructionSet {
    let best = available[0]
    guard let name, !name.isEmpty else { return best }
    if let chosen = available.first(where: { $0.name == name }) { return chosen }
    let names = available.map(\.name).joined(separator: ", ")
    warn(
      "RETROGRAD_ISA=\(name) is not among those that this machine supports (\(names)); using \(best.name)"
    )
    return best
  }

  @TaskLocal private static var override: InstructionSet?

  /// The instruction set that an operation started here uses.
  public static var current: InstructionSet { override ?? configured }

  /// Runs `body` with this instruction set. Affects the calling task only.
  public func use<R>(_ body: () throws -> R) rethrows -> R {
    try Self.$override.withValue(self, operation: body)
  }

  func kernels<T: Scalar>(_ type: T.Type) -> VectorKernels<T> {
    VectorKernels(table: (T.dtype == .float32 ? loops.float32 : loops.float64).pointee)
  }
}

/// The inner loops for one element type, and the sizes of the blocks that suit them.
struct VectorKernels<T: Scalar>: @unchecked Sendable {
  let table: retrograd_vector_kernels

  /// The loops that an operation started here uses.
  static var current: VectorKernels { InstructionSet.current.kernels(T.self) }

  /// The same elements for a kernel that only `Float` has.
  func floats(_ x: UnsafePointer<T>) -> UnsafePointer<Float> {
    UnsafeRawPointer(x).assumingMemoryBound(to: Float.self)
  }

  /// The same elements for a kernel that only `Float` has.
  func floats(_ x: UnsafeMutablePointer<T>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(x).assumingMemoryBound(to: Float.self)
  }

  /// The largest tile of the output that the micro-kernel computes.
  var tileRows: Int { table.tile_rows }
  var tileColumns: Int { table.tile_columns }

  /// So many elements filled up to whole vectors, or a few more.
  func wholeVectors(_ count: Int) -> Int { (count + tileColumns - 1) / tileColumns * tileColumns }

  /// A panel of `a` of this depth fits in a first-level cache of 32 KB; a block of `a`, `rowBlock * depthBlock`
  /// elements, in a second-level cache of 512 KB; a block of `b`, `depthBlock * columnBlock`, in what is shared.
  var depthBlock: Int { 2048 / MemoryLayout<T>.size }
  var rowBlock: Int { 192 / tileRows * tileRows }
  var columnBlock: Int { 1056 / tileColumns * tileColumns }
  /// Columns of a block of `b` that fits in a second-level cache beside other things.
  var smallColumnBlock: Int { 192 / tileColumns * tileColumns }
}
