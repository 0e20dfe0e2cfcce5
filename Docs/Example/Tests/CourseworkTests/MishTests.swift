import Coursework
import Retrograd
import RetrogradTesting
import Testing

@Test("the gradient of mish is right, and so is the gradient of its gradient")
func gradient() { expectGradients(of: mish, at: [[0.5, -1, 2], [-3, 0, 1.5]]) }

@Test("a network is differentiable with respect to its input and all its parameters")
func network() {
  expectGradients(ofLayer: Sequential(Linear(3, 4), Tanh()), input: [[0.5, -1, 2]])
}

@Test("mish is nearly the identity for large numbers, and nearly 0 for very negative ones")
func values() {
  let y = mish(Variable([20, -20])).value
  #expect(abs(y[0] - 20) < 1e-5 && abs(y[1]) < 1e-5)
}
