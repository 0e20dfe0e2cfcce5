import Foundation
import RetrogradAutograd
import RetrogradTensors

/// A convolution with the normalization behind it folded in, kept until one of their numbers changes: what chains run
/// in evaluation, see ``StagedLayer``. Several threads may evaluate a network at once.
final class KeptFolding {
  private let lock = NSLock()
  private var convolution: Conv2d?
  private var numbers: [KeptNumbers] = []
  private var both: Conv2d?

  /// One convolution for `convolution` followed by `norm`.
  func layer(_ convolution: Conv2d, _ norm: BatchNorm2d) -> Conv2d {
    lock.withLock {
      let now = convolution.keptNumbers + norm.keptNumbers
      if let both, self.convolution === convolution, numbers.count == now.count,
        zip(numbers, now).allSatisfy({ $0.isSame(as: $1) })
      {
        return both
      }
      let new = convolution.folding(norm)
      (self.convolution, numbers, both) = (convolution, now, new)
      return new
    }
  }

  /// Forgets it: training is about to change the numbers, and should not have to copy them first.
  func forget() { lock.withLock { (convolution, numbers, both) = (nil, [], nil) } }
}

extension Conv2d {
  /// One convolution for this one followed by `next`, where that is a normalization in evaluation and nobody wants to
  /// differentiate; `nil` otherwise, and in double precision, which is always as written.
  func foldedForNow(_ next: any Layer) -> Conv2d? {
    guard !isRecordingGradients, let norm = next as? BatchNorm2d, norm.isRepeatable,
      norm.channels == weight.shape[0],
      (parameters + norm.parameters).allSatisfy({ $0.variable.dtype == .float32 })
    else { return nil }
    return norm.folding.layer(self, norm)
  }
}
