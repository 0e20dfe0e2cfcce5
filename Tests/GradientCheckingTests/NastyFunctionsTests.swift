import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Of a nasty function a gradient check")
struct NastyFunctionsTests {
  @Test("raises no alarm where it is right", arguments: NastyFunction.all)
  func right(_ nasty: NastyFunction) {
    let report = checkGradients(of: nasty.function, at: nasty.inputs)
    #expect(report.verdict != .failed, "\(report)")
    if !nasty.isOpen { #expect(report.passed, "\(report)") }
  }

  @Test("does not pass one that is wrong by a percent", arguments: NastyFunction.all)
  func wrong(_ nasty: NastyFunction) {
    let isZero = checkGradients(of: nasty.function, at: nasty.inputs).parts[0].worst.allSatisfy {
      abs($0.analytic) <= $0.tolerance && abs($0.numerical) <= $0.tolerance
    }
    let report = checkGradients(of: nasty.tilted(1.01), at: nasty.inputs)
    if !nasty.isOpen && !isZero { #expect(report.verdict == .failed, "\(report)") }
  }
}
