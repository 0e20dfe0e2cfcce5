import Foundation
import RetrogradAutograd
import RetrogradTensors
import Synchronization
import Testing

@Suite("Sweeps at the same time")
struct ConcurrentSweepTests {
  @Test("threads that share a leaf get the gradients that each would get alone")
  func sharedLeaf() {
    nonisolated(unsafe) let shared = Variable(Tensor([2], dtype: .float64), requiresGrad: true)
    let wrong = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for round in 0..<200 {
        let own = Variable(Tensor([3], dtype: .float64), requiresGrad: true)
        // The leaf is met at another place in every graph.
        var y = own * 1
        for _ in 0..<(thread * 7 + round % 5) { y = y * 1 }
        y = y * shared
        for _ in 0..<20 { y = y + shared * Double(thread) }
        let found = gradients(of: y.sum(), withRespectTo: [shared, own]).map { $0.item() }
        if found != [3 + 20 * Double(thread), 2] {
          wrong.withLock { $0.append("thread \(thread), round \(round): \(found)") }
        }
      }
    }
    #expect(wrong.withLock { $0 } == [])
  }

  @Test("threads may share a whole graph that is kept, and differentiate it twice")
  func sharedGraph() {
    nonisolated(unsafe) let x = Variable(Tensor([2], dtype: .float64), requiresGrad: true)
    nonisolated(unsafe) let cube = (x * x * x).sum()
    let wrong = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for round in 0..<200 {
        let first = gradients(of: cube, withRespectTo: [x], createGraph: true)[0]
        let second = gradients(of: first.sum(), withRespectTo: [x], retainGraph: true)[0]
        if first.item() != 12 || second.item() != 12 {
          wrong.withLock { $0.append("thread \(thread), round \(round): \(first), \(second)") }
        }
      }
    }
    #expect(wrong.withLock { $0 } == [])
  }

  @Test("a derivative may start a sweep through nodes of the sweep that it is part of")
  func sweepInsideSweep() {
    nonisolated(unsafe) let x = Variable(Tensor([2], dtype: .float64), requiresGrad: true)
    nonisolated(unsafe) let square = x * x
    let y = record("inner", square, value: square.value, keep: .nothing) { _, dy in
      // d(x²)/dx = 4, along the same nodes.
      dy * gradients(of: square, withRespectTo: [x], retainGraph: true)[0]
    }
    #expect(gradients(of: (y * x).sum(), withRespectTo: [x])[0].item() == 4 + 2 * 4 * 4)
  }
}
