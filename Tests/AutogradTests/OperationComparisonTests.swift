import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// The tests of operations are worth what their comparison is worth.
@Suite("The comparison that the tests of operations use")
struct OperationComparisonTests {
  func tensor(_ scalars: [Double], _ shape: [Int]? = nil) -> Tensor {
    Tensor(scalars, shape: shape, dtype: .float64)
  }

  @Test("measures the largest difference against the largest expected element, at least 1")
  func relative() {
    #expect(relativeError(tensor([1, 102]), tensor([1, 100])) == 0.02)
    #expect(relativeError(tensor([0.1, 0.25]), tensor([0.1, 0.5])) == 0.25)
    #expect(relativeError(tensor([]), tensor([])) == 0)
  }

  @Test("names the worst element")
  func worst() throws {
    let expected = tensor([1, 2, 3, 4, 5, 6], [2, 3])
    let actual = tensor([1, 2, 3.5, 4, 5, 7], [2, 3])
    let problem = try #require(disagreement(actual, expected))
    #expect(problem.contains("2 of 6 elements"))
    #expect(problem.contains("[1, 2]: 7.0, expected 6.0"))
  }

  @Test("demands the same shape, and the same infinities and NaN in the same places")
  func patterns() {
    let (inf, nan) = (Double.infinity, Double.nan)
    let odd = tensor([inf, -inf, nan, 1])
    #expect(disagreement(odd, odd) == nil)
    #expect(disagreement(tensor([inf, inf, nan, 1]), odd) != nil)
    #expect(disagreement(tensor([inf, -inf, 0, 1]), odd) != nil)
    #expect(disagreement(tensor([inf, -inf, inf, 1]), odd) != nil)
    #expect(disagreement(tensor([inf, -inf, nan, nan]), odd) != nil)
    #expect(disagreement(tensor([inf, -inf, nan, 1 + 1e-9]), odd) != nil)
    #expect(disagreement(odd, odd.reshaped([2, 2])) != nil)
  }

  @Test("allows 1e-12 of the largest element, and no more")
  func bound() {
    #expect(disagreement(tensor([1e3, 1e-9]), tensor([1e3, 0])) == nil)
    #expect(disagreement(tensor([1e3, 2e-9]), tensor([1e3, 0])) != nil)
  }
}
