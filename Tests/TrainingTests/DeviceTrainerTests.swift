import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import Synchronization
import Testing

@testable import RetrogradNeuralNetworks
@testable import RetrogradTraining

/// Pictures that say when they are asked for.
private struct WatchedPictures: LabeledPictures {
  let pictures = Colors()
  let note: @Sendable (_ index: Int) -> Void

  var classes: [String] { pictures.classes }
  var labels: [Int] { pictures.labels }
  var isRepeatable: Bool { false }

  func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    note(index)
    return try pictures.picture(index, epoch: epoch)
  }
}

@Suite(
  "Training on a device prepares pictures on the host",
  .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
struct DeviceTrainerTests {
  /// What had happened on the device when each picture was asked for.
  private func traces(_ body: (WatchedPictures) throws -> Void) rethrows -> [DeviceTrace] {
    let seen = Watch()
    _ = try DeviceTrace.watching { soFar in
      try body(WatchedPictures { _ in seen.traces.withLock { $0.append(soFar()) } })
    }
    return seen.traces.withLock { $0 }
  }

  private final class Watch: Sendable {
    let traces = Mutex<[DeviceTrace]>([])
  }

  @Test("those of the next step once this one is queued, before any number of it is read")
  func nextStep() throws {
    let traces = try traces { pictures in
      let trainer = Trainer(colorNetwork(), training: pictures, settings: colorSettings())
      _ = try TestDevice.use { try trainer.advance() }
    }
    // Four pictures a step.
    try #require(traces.count == 8)
    for trace in traces[..<4] { #expect(trace.kernels.isEmpty && trace.uploads.count == 0) }
    for trace in traces[4...] {
      #expect(trace.kernels["crossEntropyBackRows"] == 1 && trace.downloads.count == 0, "\(trace)")
    }
  }

  @Test("not ahead where the host computes itself")
  func onHost() throws {
    let traces = try traces { pictures in
      let trainer = Trainer(colorNetwork(), training: pictures, settings: colorSettings())
      _ = try trainer.advance()
    }
    #expect(traces.count == 4)
  }

  @Test("those of the next batch that is evaluated, before the scores of this one are read")
  func evaluation() throws {
    let network = colorNetwork()
    network.eval()
    let traces = traces { pictures in
      _ = TestDevice.use { evaluate(network, on: pictures, batchSize: 4) }
    }
    try #require(traces.count == 14)
    for trace in traces[4..<8] { #expect(!trace.kernels.isEmpty && trace.downloads.count == 0) }
    for trace in traces[8..<12] { #expect(trace.downloads.count > 0) }
  }

  @Test("with the result of the host", arguments: [1, 2])
  func result(accumulation: Int) throws {
    func train() throws -> ([String: Tensor], [EpochResult]) {
      let network = colorNetwork()
      var settings = colorSettings(.sgd, epochs: 3)
      settings.accumulation = accumulation
      let trainer = Trainer(
        network, training: Colors(broken: 5), validation: Colors(isRepeatable: true),
        settings: settings)
      while try trainer.advance() {}
      #expect(trainer.unreadable.map(\.index) == [5])
      return (network.stateDict, trainer.history)
    }
    let (host, hostHistory) = try train()
    let (device, history) = try TestDevice.use { try train() }
    for (name, tensor) in device { #expect(relativeError(tensor, host[name]!) < 1e-5, "\(name)") }
    #expect(history.map(\.validationAccuracy) == hostHistory.map(\.validationAccuracy))
  }
}
