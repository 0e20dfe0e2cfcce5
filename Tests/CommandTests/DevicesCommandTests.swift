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
    for command in [
      ["classify", "none.png"], ["evaluate", "none"], ["features", "none.png"],
      ["explain", "none.png"], ["finetune", "none"], ["pretrain", "none"],
      ["weights", "calibrate", "none.safetensors", "none", "-o", "none.safetensors"], ["bench"],
    ] {
      let result = try runProgram("retrograd", command + ["--device", "abacus"])
      #expect(result.status == 64, "\(command)")
      #expect(result.errors.contains("--device: no device"), "\(command): \(result.errors)")
    }
  }

  @Test("are not for gradient checks, which say so")
  func gradientChecks() throws {
    let help = try runProgram("retrograd", ["gradcheck", "--help"])
    #expect(help.output.contains("computed on the processor"))
  }
}
