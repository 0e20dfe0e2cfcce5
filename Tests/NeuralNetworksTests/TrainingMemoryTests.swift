import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Memory of a training")
struct TrainingMemoryTests {
  @Test("does not grow over a thousand steps")
  func growth() async {
    await #expect(processExitsWith: .success) {
      var random = RandomSource(seed: 1)
      // Activations of over a megabyte, and every kind of loop.
      let model = Sequential(
        Conv2d(3, 16, kernel: 3, padding: 1, using: &random), ReLU(),
        MaxPool2d(kernel: 2), Conv2d(16, 16, kernel: 3, padding: 1, using: &random), ReLU(),
        Flatten(), Dropout(0.5, using: &random), Linear(16 * 32 * 32, 4, using: &random))
      let optimizer = Adam(model.namedParameters)
      let x = Variable(.normal([4, 3, 64, 64], using: &random))
      func step() {
        optimizer.zeroGrad()
        crossEntropy(model(x), [0, 1, 2, 3]).backward()
        optimizer.step()
      }
      for _ in 0..<50 { step() }
      let before = residentMegabytes()
      for _ in 0..<1000 { step() }
      let after = residentMegabytes()
      if after > before + 4 {
        FileHandle.standardError.write(Data("grew from \(before) to \(after) MB\n".utf8))
        exit(1)
      }
    }
  }
}

/// The memory that the process holds now; 0 where the system does not tell.
private func residentMegabytes() -> Double {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
    let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
  else { return 0 }
  return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
}
