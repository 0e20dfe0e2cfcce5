import Foundation
import LessonKit
import Retrograd

func trainable(_ names: [String], layers: [String]) throws -> [String] {
  names.filter { name in layers.contains { name == $0 || name.hasPrefix($0 + ".") } }
}

func layerRates(count: Int, last: Double, factor: Double) throws -> [Double] {
  (0..<count).map { last * pow(factor, Double(count - 1 - $0)) }
}

func stepped(
  _ parameters: [Tensor], gradients: [Tensor], isFrozen: [Bool], rate: Double, decay: Double
) throws -> [Tensor] {
  parameters.indices.map { index in
    let x = parameters[index]
    return isFrozen[index] ? x : x - rate * (gradients[index] + decay * x)
  }
}

func largestChanges(before: [Tensor], after: [Tensor]) throws -> [Double] {
  zip(before, after).map { ($1 - $0).abs().max().item() }
}

func epochToKeep(trainingLosses: [Double], validationLosses: [Double]) throws -> Int {
  validationLosses.firstIndex(of: validationLosses.min()!)!
}
