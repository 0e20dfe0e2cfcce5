import RetrogradCKernels
import RetrogradTensors
import Testing

@Suite("Probes of the machine")
struct MachineProbeTests {
  /// The probes that this machine can run.
  var probes: [retrograd_machine_probe] {
    UnsafeBufferPointer(start: retrograd_instruction_sets, count: retrograd_instruction_set_count)
      .filter { $0.is_supported() }.map(\.probe.pointee)
  }

  @Test("the sum is over all numbers")
  func sum() {
    let numbers = (0..<512).map(Float.init)
    for probe in probes { #expect(probe.sum(numbers, 512) == 130_816) }
  }

  @Test("the triad is a + factor · b")
  func triad() {
    let (a, b) = ((0..<512).map(Float.init), (0..<512).map { Float(1000 - $0) })
    for probe in probes {
      var target = [Float](repeating: -1, count: 512)
      probe.triad(&target, a, b, 0.5, 512)
      #expect(target == (0..<512).map { Float($0) / 2 + 500 })
    }
  }

  @Test("multiplies and adds as often as it says")
  func multiplyAdd() {
    for probe in probes {
      // All sums become 0 · i + 1, so that together they count themselves.
      let sums = Int(probe.multiply_add(1, 0, 1))
      #expect(probe.operations_per_step == 2 * sums)
      #expect(probe.multiply_add(2, 1, 1) - probe.multiply_add(1, 1, 1) == Float(sums))
    }
  }

  @Test("figures are numbers above 0, on every instruction set")
  func figures() {
    for set in InstructionSet.available {
      let probe = set.use { MachineProbe(attempts: 1, megabytes: 1, steps: 1000) }
      for figure in [
        probe.operationsPerSecond, probe.bytesReadPerSecond, probe.bytesMovedPerSecond,
      ] {
        #expect(figure.isFinite && figure > 0, "\(set.name)")
      }
    }
  }
}
