import RetrogradText
import Testing

@Suite("Numbers in words")
struct FormatsTests {
  @Test("a share has its error beside it, unless that is 0 and says nothing")
  func shares() {
    #expect(percent(0.844) == "84.4 %" && percent(0.844, decimals: 2) == "84.40 %")
    #expect(percent(0.844, error: 0.041) == "84.4 ± 4.1 %")
    #expect(percent(1, error: 0) == "100.0 %" && percent(0, error: 0) == "0.0 %")
  }
}
