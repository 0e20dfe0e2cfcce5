import LessonKit
import Retrograd
import RetrogradTestSupport
import Testing

@testable import lesson11

@Suite("Wrong answers on the card are explained")
@MainActor struct CardAnswers {
  // MARK: Kernels, which need a device

  /// The reference solution with something else in place of a part.
  private func activation(_ part: String, _ other: String) throws -> String {
    try changed(activationKernel(), part, other)
  }

  private func product(_ part: String, _ other: String) throws -> String {
    try changed(productKernel(), part, other)
  }

  private func changed(_ text: String, _ part: String, _ other: String) throws -> String {
    try #require(text.contains(part))
    return text.replacing(part, with: other)
  }

  @Test(
    "an activation", .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)),
    arguments: [
      ("slope * x[i]", "0", "the slope is missing"),
      ("x[i] > 0", "x[i] < 0", "the two cases are exchanged"),
      ("slope * x[i]", "x[i]", "multiplied by slope"),
      ("slope * x[i]", "-slope * x[i]", "a sign"),
      ("slope * x[i]", "slope", "not slope alone"),
      ("get_global_id(0)", "get_local_id(0)", "counts inside of its group"),
      ("get_global_id(0)", "get_group_id(0)", "is that of its group"),
      ("i < count", "i < count - 1", "the last number is left out"),
      ("i < count", "i <= count", "but 1 behind the last one"),
      ("if (i < count) ", "", "behind the last one were written"),
      ("y[i] = ", "slope = ", "has written nothing"),
      (
        "slope * x[i]", "slope * z[i]",
        "3 |   if (i < count) y[i] = x[i] > 0 ? x[i] : slope * z[i];"
      ),
      ("x[i] > 0", "x[i] > 0 {", "does not compile"),
      ("void activation", "void activate", "finding \"activation\" in its text"),
    ])
  func activations(part: String, other: String, why: String) throws {
    let text = try activation(part, other)
    expectWrong(why, activationExercise { text })
  }

  @Test(
    "a tiled product", .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)),
    arguments: [
      ("c[row * columns + column] = sum;", "sum = 0;", "has written nothing"),
      ("first < inner", "first < 8", "only the first step"),
      ("for (int p = 0", "sum = 0; for (int p = 0", "only the last step"),
      ("first < inner", "first + 7 < inner", "which is shorter"),
      ("bTile[p][x]", "bTile[x][p]", "the tile of b"),
      ("aTile[y][p]", "aTile[p][y]", "the tile of a"),
      ("if (row < rows && column < columns) ", "if (column < columns) ", "tiles stick out"),
      ("local float", "float", "shares nothing"),
      (
        "    barrier(CLK_LOCAL_MEM_FENCE);\n    for", "    for", "There is one barrier"
      ),
      ("barrier(CLK_LOCAL_MEM_FENCE);", "", "Nobody waits"),
      (
        "float sum = 0;", "if (row >= rows) return; float sum = 0;",
        "may leave before the last barrier"
      ),
      ("sum += aTile", "sum + aTile", "expected"),
    ])
  func products(part: String, other: String, why: String) throws {
    let text = try product(part, other)
    expectWrong(why, tiledProductExercise { text })
  }

  @Test(
    "comments are no code", .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
  func comments() throws {
    let text = try product("float sum = 0;", "// no return here\n/* nor\n return */ float sum = 0;")
    #expect(tiledProductExercise { text }.outcome() == .right)
  }

  // MARK: Numbers

  @Test("groups")
  func groupCounts() {
    expectWrong("round up", groupsExercise { $0 / $1 })
    expectWrong("one too many where nothing is left over", groupsExercise { $0 / $1 + 1 })
    expectWrong("add size − 1, not size", groupsExercise { ($0 + $1) / $1 })
    expectWrong("rounded to the nearest", groupsExercise { ($0 + $1 / 2) / $1 })
    expectWrong("the items, not the groups", groupsExercise { ($0 + $1 - 1) / $1 * $1 })
    expectWrong("left over", groupsExercise { $0 % $1 })
  }

  @Test("reads for a multiplication")
  func reads() {
    expectWrong("without a rest", readsExercise { Double(2 / $0) })
    expectWrong("used by several items", readsExercise { _ in 2 })
    expectWrong("both matrices are read", readsExercise { 1 / Double($0) })
    expectWrong("the other way round", readsExercise { Double($0) / 2 })
    expectWrong("tile³ multiplications", readsExercise { 2 / Double($0 * $0) })
    expectWrong("divide by its multiplications", readsExercise { 2 * Double($0 * $0) })
  }

  @Test("when it pays")
  func paying() {
    expectWrong("infinity", payingExercise { 1 / ($0 * (1 / $2 - 1 / $1)) })
    expectWrong("the card takes time as well", payingExercise { $2 / $0 })
    expectWrong(
      "the processor's time that is saved",
      payingExercise { bandwidth, card, _ in card / bandwidth })
    expectWrong("not of speeds", payingExercise { ($1 - $2) / $0 })
    expectWrong("subtracted, not added", payingExercise { 1 / ($0 * (1 / $2 + 1 / $1)) })
    expectWrong("bytes for an operation", payingExercise { $0 * (1 / $2 - 1 / $1) })
    expectWrong("the way is missing", payingExercise { 1 / (1 / $2 - 1 / $1) })
    expectWrong("a sign", payingExercise { 1 / ($0 * (1 / $1 - 1 / $2)) })
  }
}
