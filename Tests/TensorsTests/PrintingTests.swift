import Foundation
import RetrogradTensors
import Testing

@Suite("Printing a tensor")
struct PrintingTests {
  struct Example: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let dtype: DType
    let shape: [Int]
    let values: [String]
    let text: String
    var testDescription: String { "\(name), \(dtype)" }
  }

  static let examples: [Example] = {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/printing.json").standardized
    return try! JSONDecoder().decode([Example].self, from: Data(contentsOf: url))
  }()

  @Test("reads as NumPy's print", arguments: examples)
  func matchesNumPy(_ example: Example) {
    let tensor = Tensor(
      example.values.map { Double($0)! }, shape: example.shape, dtype: example.dtype)
    #expect(tensor.description == example.text)
  }

  @Test("whole numbers are aligned")
  func integers() {
    #expect("\(IntTensor([1, -20, 300, 4], shape: [2, 2]))" == "[[  1 -20]\n [300   4]]")
  }

  @Test("ten thousand axes take no stack")
  func manyAxes() async {
    let text = await withSmallStack {
      Tensor([1], shape: [Int](repeating: 1, count: 10_000)).description
    }
    let expected =
      String(repeating: "[", count: 10_000) + "1." + String(repeating: "]", count: 10_000)
    #expect(text == expected)
  }

  /// Runs `body` on a thread with a stack of 128 KB.
  private func withSmallStack(_ body: @escaping @Sendable () -> String) async -> String {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 128 << 10
      thread.start()
    }
  }
}
