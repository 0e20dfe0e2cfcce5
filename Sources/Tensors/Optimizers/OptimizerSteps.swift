import RealModule
import RetrogradCKernels

// One step of an optimizer on one parameter: a single pass over the parameter, its gradient and what
// the optimizer remembers of it. All tensors of a step have one shape and dtype.

/// Stochastic gradient descent, with the numbers that one step takes.
package struct DescentStep: Sendable {
  package let learningRate: Double
  package let momentum: Double
  package let isNesterov: Bool
  package let weightDecay: Double

  package init(learningRate: Double, momentum: Double, isNesterov: Bool, weightDecay: Double) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  /// Changes `parameter`, and `velocity`, which is `nil` before the first step with momentum.
  package func apply(to parameter: inout Tensor, gradient: Tensor, velocity: inout Tensor?) {
    requireAlike(parameter, gradient, "SGD")
    let isFirst = velocity == nil
    // The optional lets go, so that the velocity is changed in place.
    var moving = velocity ?? (momentum == 0 ? nil : .zeros(like: parameter))
    velocity = nil
    if let device = computingDevice(parameter, gradient),
      let next = device.descended(
        parameter, gradient, moving, rate: learningRate, decay: weightDecay,
        keep: isFirst ? 0 : momentum, own: isNesterov ? 1 : 0, ahead: isNesterov ? momentum : 1)
    {
      (parameter, velocity) = next
      return
    }
    parameter.dtype.dispatch { descend(&parameter, gradient, &moving, isFirst, $0) }
    velocity = moving
  }

  private func descend<T: Scalar>(
    _ parameter: inout Tensor, _ gradient: Tensor, _ velocity: inout Tensor?, _ isFirst: Bool,
    _ type: T.Type
  ) {
    // Nesterov looks ahead: the slope, and the velocity as the next step would use it.
    var step = retrograd_descent_step(
      rate: learningRate, decay: weightDecay, keep: isFirst ? 0 : momentum,
      own: isNesterov ? 1 : 0, ahead: isNesterov ? momentum : 1)
    let kernels = VectorKernels<T>.current
    let count = parameter.count
    let v = velocity?.withMutable(T.self) { $0 }
    gradient.withElements(T.self) { buffer in
      parameter.withMutable(T.self) { p in
        guard let g = buffer.baseAddress else { return }
        withUnsafePointer(to: &step) { step in
          parallelRanges(count, grain: stepGrain) { range in
            let first = range.lowerBound
            kernels.table.descend(
              range.count, step, p + first, g + first, v.map { $0 + first })
          }
        }
      }
    }
  }
}

/// Adam or AdamW, with the numbers that one step takes.
package struct AdamStep: Sendable {
  package let learningRate: Double
  package let beta1: Double
  package let beta2: Double
  package let epsilon: Double
  /// Added to the gradient as `decay · parameter`: Adam's.
  package let weightDecay: Double
  /// Taken off the parameter itself, as `learningRate · decay · parameter`: AdamW's.
  package let decoupledWeightDecay: Double
  /// The number of this step, from 1.
  package let step: Int

  package init(
    learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
    decoupledWeightDecay: Double, step: Int
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decoupledWeightDecay = decoupledWeightDecay
    self.step = step
  }

  /// Changes `parameter`, and the running means of its gradient and of the gradient's square.
  package func apply(
    to parameter: inout Tensor, gradient: Tensor, mean: inout Tensor, meanSquare: inout Tensor
  ) {
    requireAlike(parameter, gradient, "Adam")
    if let device = computingDevice(parameter, gradient),
      let next = device.adapted(
        parameter, gradient, mean: mean, meanSquare: meanSquare, numbers: deviceNumbers)
    {
      (parameter, mean, meanSquare) = next
      return
    }
    parameter.dtype.dispatch { update(&parameter, gradient, &mean, &meanSquare, $0) }
  }

  private var numbers: retrograd_adam_step {
    // The means begin at 0; these factors take back the bias that this gives them.
    let correction1 = 1 - Double.pow(beta1, Double(step))
    let correction2 = 1 - Double.pow(beta2, Double(step))
    return retrograd_adam_step(
      beta1: beta1, beta2: beta2, rate: learningRate / correction1, root: correction2.squareRoot(),
      epsilon: epsilon, decay: weightDecay, kept: 1 - learningRate * decoupledWeightDecay)
  }

  /// The numbers of a device's kernel, in its order.
  private var deviceNumbers: [Double] {
    let step = numbers
    return [
      step.beta1, 1 - step.beta1, step.beta2, 1 - step.beta2, step.rate, step.root, step.epsilon,
      step.decay, step.kept,
    ]
  }

  private func update<T: Scalar>(
    _ parameter: inout Tensor, _ gradient: Tensor, _ mean: inout Tensor,
    _ meanSquare: inout Tensor, _ type: T.Type
  ) {
    var numbers = numbers
    let kernels = VectorKernels<T>.current
    let count = parameter.count
    gradient.withElements(T.self) { buffer in
      parameter.withMutable(T.self) { p in
        mean.withMutable(T.self) { m in
          meanSquare.withMutable(T.self) { v in
            guard let g = buffer.baseAddress else { return }
            withUnsafePointer(to: &numbers) { numbers in
              parallelRanges(count, grain: stepGrain) { range in
                let first = range.lowerBound
                kernels.table.adam(
                  range.count, numbers, p + first, g + first, m + first, v + first)
              }
            }
          }
        }
      }
    }
  }
}

/// Elements that are worth handing to another thread: each step reads and writes several arrays.
private let stepGrain = 16_384

private func requireAlike(_ parameter: Tensor, _ gradient: Tensor, _ operation: String) {
  require(
    parameter.shape == gradient.shape && parameter.dtype == gradient.dtype,
    "\(operation): the gradient is \(gradient.dtype) \(gradient.shape), the parameter "
      + "\(parameter.dtype) \(parameter.shape): they must be alike. Was grad set by hand?")
}
