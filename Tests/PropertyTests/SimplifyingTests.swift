import RetrogradTensors
import Testing

@Suite struct SimplifyingTests {
  @Test("a case that fails is made as simple as it can be")
  func simplest() {
    let found = simplified([7, 3, 90, 12, 55, 4]) { $0.contains { $0 >= 10 } ? $0 : nil }
    #expect(found == [10])
  }

  @Test("what is not used of a list goes, and what two choices need together stays")
  func together() {
    // Fails when there are as many numbers as the first says, and one of them is odd.
    let found = simplified([5, 2, 4, 8, 9, 6, 1, 1]) { choices in
      guard let count = choices.first else { return nil }
      let numbers = choices.dropFirst().prefix(count)
      return numbers.contains { $0 % 2 == 1 } ? [count] + numbers : nil
    }
    #expect(found == [1, 1])
  }

  @Test("a failure is shown with the simplest case")
  func report() {
    withKnownIssue {
      checkProperty { choices in
        let shape = choices.shape(rank: 1...3)
        choices.note("shape \(shape)")
        return shape.contains { $0 > 3 } ? "an extent is above 3" : nil
      }
    } matching: { issue in
      issue.comments.contains {
        $0.rawValue.hasSuffix("shape [4]\nan extent is above 3")
      }
    }
  }

  @Test("choices are the same again from a list, and zeros after its end")
  func replay() {
    var drawn = Choices(RandomSource(seed: 3))
    let tensor = drawn.tensor(drawn.shape(rank: 2...2), .float32)
    var replayed = Choices(replaying: drawn.made)
    #expect(replayed.tensor(replayed.shape(rank: 2...2), .float32) == tensor)
    #expect(replayed.integer(in: 4...9) == 4)
  }
}
