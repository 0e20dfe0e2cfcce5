import Retrograd
import RetrogradAutograd

/// A function of a student, and the names of the operations that it is made of.
public typealias OwnOperation = Group<DifferentiableFunction, [String]>

/// A function of a student, looked at while it computes something.
///
/// - Parameters:
///   - function: The student's function.
///   - x: A point.
public func ownOperation(
  _ function: @escaping (Variable) throws -> Variable, at x: Tensor
) throws -> OwnOperation {
  let names = try function(Variable(x, requiresGrad: true)).operationsInGraph
  return Group(DifferentiableFunction(function), names.sorted())
}

/// Throws a ``Mistake`` unless a function was written as one operation of its own.
///
/// - Parameters:
///   - names: The operations that it is made of.
///   - name: The name of the student's function.
///   - ready: The library's operation that does the same, if there is one.
///   - derivative: The formula of the backward pass.
public func requireOneOperation(
  _ names: [String], _ name: String, ready: String? = nil, derivative: String
) throws {
  if names.count == 1 && names[0] != ready { return }
  throw Mistake(
    "\(name) has the right values and the right gradient, but it is made of operations that the library knows the derivatives "
      + "of: \(names.joined(separator: ", ")).\nWhy: this exercise is about an operation of its own. Call record once, compute "
      + "the value with tensors (x.value), and write \(derivative) between its braces.")
}
