import Foundation
import LessonKit
import Retrograd

func randomBatch(
  _ x: Tensor, _ y: IntTensor, size: Int, using random: inout RandomSource
) throws -> (x: Tensor, y: IntTensor) {
  let chosen = Array(random.permutation(y.count).prefix(size))
  return (x.indexSelect(IntTensor(chosen), axis: 0), IntTensor(chosen.map { y[$0] }))
}

func truncatedNormals(
  _ count: Int, deviation: Double, using random: inout RandomSource
) throws -> [Double] {
  var numbers: [Double] = []
  while numbers.count < count {
    let draw = random.normal()
    if abs(draw) <= 2 { numbers.append(deviation * draw) }
  }
  return numbers
}

func adamStep(
  _ x: Double, gradient: Double, m: Double, v: Double, t: Int, rate: Double
) throws -> (x: Double, m: Double, v: Double) {
  let m = 0.9 * m + 0.1 * gradient
  let v = 0.999 * v + 0.001 * gradient * gradient
  let mean = m / (1 - pow(0.9, Double(t)))
  let square = v / (1 - pow(0.999, Double(t)))
  return (x - rate * mean / (square.squareRoot() + 1e-8), m, v)
}

func shareRight(_ scores: Tensor, _ labels: IntTensor) throws -> Double {
  let choices = scores.argmax(axis: 1)
  let right = (0..<labels.count).count { choices[$0] == labels[$0] }
  return Double(right) / Double(labels.count)
}

func standardError(right: Int, of count: Int) throws -> Double {
  let share = Double(right) / Double(count)
  return (share * (1 - share) / Double(count)).squareRoot()
}
