import RetrogradTensors

/// The gradients of `output` with respect to each of `inputs`, without touching anybody's `grad`.
///
/// ```swift
/// let x = Variable([3], requiresGrad: true)
/// let y = (x * x * x).sum()
/// let dx = gradients(of: y, withRespectTo: [x], createGraph: true)[0]    // 3x² = 27
/// let ddx = gradients(of: dx.sum(), withRespectTo: [x])[0]               // 6x = 18
/// ```
///
/// Several threads may call it at a time, also for graphs that share leaves; graphs that share more
/// must be kept (`retainGraph` or `createGraph`).
///
/// - Parameters:
///   - output: The variable to differentiate; of one element unless there is a `seed`.
///   - inputs: Leaves, or results of operations that `output` was computed from. Those that it does
///     not depend on get zeros.
///   - seed: The cotangent to start from, in the output's shape.
///   - retainGraph: Whether the graph may be used again.
///   - createGraph: Whether the results can be differentiated again; keeps the graph as well.
/// - Returns: One gradient for each input, in its shape.
public func gradients(
  of output: Variable, withRespectTo inputs: [Variable], seed: Variable? = nil,
  retainGraph: Bool = false, createGraph: Bool = false
) -> [Variable] {
  let targets = inputs.enumerated().map { index, input in
    guard let node = input.node else {
      stop(
        "gradients: input \(index) \(input.shape) does not require a gradient, so nothing was recorded "
          + "through it. Make it with Variable(…, requiresGrad: true)")
    }
    return node
  }
  let seed = output.checkedSeed(seed, operation: "gradients")
  var found: [ObjectIdentifier: Variable] = [:]
  if let root = output.node {
    var pass = BackwardPass(from: root)
    pass.run(
      seed: seed, targets: targets, retainGraph: retainGraph, createGraph: createGraph
    ) { node, gradient in
      found[ObjectIdentifier(node)] = gradient
    }
  }
  return zip(inputs, targets).map { input, node in
    found[ObjectIdentifier(node)] ?? Variable(Tensor.zeros(like: input.value))
  }
}
