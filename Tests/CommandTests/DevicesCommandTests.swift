import RetrogradTestSupport
import Testing

@Suite("retrograd devices")
struct DevicesCommandTests {
  @Test("says what it has been tried on, whatever it finds")
  func list() throws {
    let result = try runProgram("retrograd", ["devices"])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.hasPrefix("OpenCL: "))
    #expect(result.output.contains("tried on no graphics card yet"))
  }

  @Test("and --device refuse a name that nothing has, with what there is")
  func unknownName() throws {
    let result = try runProgram("retrograd", ["classify", "none.png", "--device", "abacus"])
    #expect(result.status == 64)
    #expect(result.errors.contains("--device: no device"))
  }
}
