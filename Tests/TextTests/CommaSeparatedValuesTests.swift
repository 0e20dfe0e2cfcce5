import RetrogradText
import Testing

@Suite("Comma-separated values")
struct CommaSeparatedValuesTests {
  @Test(
    "fields are read as RFC 4180 has them",
    arguments: [
      ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,\r\n", [["a", "b"], ["1", ""]]),
      ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]), ("\"two\nlines\",x", [["two\nlines", "x"]]),
      ("\"\",\n\n,\n", [["", ""], ["", ""]]), ("", []), ("\"a\"\r\n", [["a"]]),
      ("a\"b,c", [["a\"b", "c"]]), ("e\u{301},x\n", [["e\u{301}", "x"]]),
    ] as [(String, [[String]])])
  func fields(text: String, expected: [[String]]) {
    #expect(commaSeparatedValues(text)?.map(\.fields) == expected)
  }

  @Test("rows know their lines, and a mark that is never closed is found")
  func lines() {
    #expect(commaSeparatedValues("a\n\n\"b\nc\"\nd")?.map(\.line) == [1, 3, 5])
    #expect(commaSeparatedValues("a,\"b\nc") == nil)
  }

  @Test(
    "what is written by quoted comes back", arguments: ["a,b", "\"", "two\nlines", "plain", ""])
  func roundTrip(field: String) {
    #expect(commaSeparatedValues(quoted(field) + ",x\n")?.first?.fields == [field, "x"])
  }
}
