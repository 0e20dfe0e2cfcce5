import Foundation
import Retrograd

/// Something to measure on our side; peer.py does the same, under the same name or as the operation says.
struct BenchCase: Sendable {
  /// The name on the command line, in JSON and in peer.py.
  let name: String
  /// One line that says what is done.
  let summary: String
  /// The peers that can do the same.
  var peers: [BenchPeer] = []
  /// The number of runs, unless `--runs` says otherwise.
  let runs: Int
  /// The number of times that the work is done in one run, so that a run is long enough to measure.
  var repetitions = 1
  /// The least arithmetic and memory traffic of one repetition.
  var cost = BenchCost()
  /// Indicates whether it works on photographs.
  var needsPhotographs = false
  /// Indicates whether it measures something that only a device has.
  var needsDevice = false
  /// The operation, where the case is a single one: the peers are told.
  var operation: OperationWork?
  /// Makes everything ready and returns the work.
  let prepare: @Sendable (_ photographs: PictureDataset?) throws -> () throws -> Void

  /// Who else can do it there: on a device only PyTorch, which reads no photographs into it, and rounds factors of
  /// products to TF32 if it may.
  func peers(onDevice: Bool) -> [BenchPeer] {
    if !onDevice { return peers }
    let torch = needsPhotographs ? [] : peers.filter { $0 == .torch || $0 == .torchFused }
    return torch + (torch.isEmpty || cost.operations == nil ? [] : [.torchTF32])
  }
}

/// The minimum cost of the work; `nil` where that tells nothing.
struct BenchCost: Sendable {
  /// Multiplications and additions of the direct algorithm.
  var operations: Double?
  /// Bytes that must come from memory or go there.
  var bytes: Double?
  /// The way of these bytes.
  var path = Path.memory

  /// A way of bytes.
  enum Path: Sendable {
    /// To what computes, from its memory, or back.
    case memory
    /// From the host to a device.
    case upload
    /// From a device to the host.
    case download
  }
}

/// Another library that does the same.
enum BenchPeer: String, CaseIterable, Sendable {
  case torch
  case torchFused = "torch-fused"
  case torchTF32 = "torch-tf32"
  case onnxruntime
  case openvino
  case openblas
  case pillow
}
