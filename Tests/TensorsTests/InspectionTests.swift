import RetrogradTensors
import Testing

@Suite("What checks ask of a tensor")
struct InspectionTests {
  @Test("one number that is not finite is found wherever it stands", arguments: DType.allCases)
  func notFinite(dtype: DType) {
    // More than one thread looks at, and some that do not fill a block.
    let count = 300_007
    var x = Tensor.zeros([count], dtype: dtype)
    #expect(x.isFinite)
    for place in [0, 1023, 1024, count / 2, count - 1] {
      for value in [Double.infinity, -.infinity, .nan] {
        x[place] = value
        #expect(!x.isFinite, "\(value) at \(place)")
        x[place] = 0
      }
    }
    #expect(x.isFinite)
    #expect(Tensor.zeros([0], dtype: dtype).isFinite)
    #expect(!(x[0..<1] + .infinity).isFinite)
  }
}
