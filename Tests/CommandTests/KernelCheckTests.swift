import Foundation
import Retrograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradCommand

@Suite("Every path of the kernels, in programs of their own")
struct KernelCheckTests {
  @Test(
    "is right, with the same bits for any number of threads", arguments: InstructionSet.available)
  func paths(instructions: InstructionSet) throws {
    let checks = try [1, 2, 3, 8].map { threads in
      let result = try runProgram(
        "retrograd", ["bench", "--check", "--json"],
        environment: [
          "RETROGRAD_ISA": instructions.name, "RETROGRAD_THREADS": "\(threads)",
          "RETROGRAD_EXACT": "",
        ])
      let check = try JSONDecoder().decode(KernelCheck.self, from: Data(result.output.utf8))
      #expect(result.status == 0, "\(check)")
      #expect(check.instructionSet == instructions.name && check.threads == threads)
      return check
    }
    #expect(checks.allSatisfy { $0.digest == checks[0].digest })
  }

  @Test("is shown as a table, and differs when plain sums are asked for")
  func exact() throws {
    func check(_ exact: String) throws -> String {
      let result = try runProgram(
        "retrograd", ["bench", "--check"], environment: ["RETROGRAD_EXACT": exact])
      #expect(result.status == 0)
      #expect(result.output.contains("conv 11×11 / 4"))
      #expect(result.lines.allSatisfy { $0.count <= 80 })
      return try #require(result.lines.last)
    }
    #expect(try check("1") != check(""))
  }
}
