import RetrogradTensors

/// A tensor that remembers how it was computed, so that gradients can be traced back through it.
///
/// ```swift
/// let x = Variable([2, 3], requiresGrad: true)
/// let y = (x * x).sum()
/// y.backward()
/// print(x.grad!.scalars)   // [4.0, 6.0]: d(Σx²)/dx = 2x
/// ```
///
/// A variable made from a tensor is a *leaf*; the result of an operation on variables is not. Calling
/// ``backward(_:retainGraph:)`` on a result adds gradients to ``grad`` of the leaves it depends on.
public final class Variable {
  /// The numbers.
  ///
  /// They may be changed at any time: an operation that needs the old ones on the way back has kept
  /// them (copy on write). A change is not seen by gradients, so it belongs on leaves: parameters
  /// and inputs. Shape and dtype must stay.
  ///
  /// Changing them in place (`parameter.value += step`) copies nothing unless somebody else holds them.
  public var value: Tensor {
    get { storedValue }
    set {
      let (shape, dtype) = (shape, dtype)
      storedValue = newValue
      checkValue(shape, dtype)
    }
    // An observer instead (`didSet`) would make other modules work on a copy.
    _modify {
      let (shape, dtype) = (shape, dtype)
      yield &storedValue
      checkValue(shape, dtype)
    }
  }

  /// Not checked for overlapping accesses at run time (`@exclusivity(unchecked)`), here and below:
  /// every operation reads these, and the check takes longer than the reading.
  @exclusivity(unchecked) private var storedValue: Tensor

  private func checkValue(_ shape: [Int], _ dtype: DType) {
    require(
      storedValue.shape == shape && storedValue.dtype == dtype,
      "Variable.value: shape \(shape) and dtype \(dtype) must stay, got \(storedValue.shape), "
        + "\(storedValue.dtype). Make a new Variable instead")
  }

  /// The extent of each axis.
  public var shape: [Int] { storedValue.shape }
  /// The type of the elements.
  public var dtype: DType { storedValue.dtype }

  /// The gradient that backward passes have added up so far, for a leaf that requires one; `nil`
  /// before the first and after ``zeroGrad()``.
  public var grad: Tensor?

  /// The variable's node in the graph; `nil` when no gradient flows through it.
  @exclusivity(unchecked) private(set) var node: Node?

  /// A leaf.
  ///
  /// - Parameters:
  ///   - value: The numbers.
  ///   - requiresGrad: Whether gradients with respect to this variable are wanted.
  public init(_ value: Tensor, requiresGrad: Bool = false) {
    storedValue = value
    if requiresGrad { node = Node(leaf: self) }
  }

  /// The result of an operation.
  init(_ value: Tensor, node: Node?) {
    storedValue = value
    self.node = node
  }

  /// Indicates whether gradients flow to or through this variable. It can be set on leaves only.
  public var requiresGrad: Bool {
    get { node != nil }
    set {
      if newValue == requiresGrad { return }
      require(
        isLeaf,
        "requiresGrad: this is the result of \"\(node?.operation ?? "")\", whose gradients flow to its "
          + "inputs. Use detached() for a variable without a history")
      node = newValue ? Node(leaf: self) : nil
      if !newValue { grad = nil }
    }
  }

  /// Indicates whether the variable was made from a tensor rather than by an operation that was recorded.
  public var isLeaf: Bool { node?.isLeaf ?? true }

  /// The name of the operation that made this variable; `nil` for a leaf.
  public var operation: String? { isLeaf ? nil : node?.operation }

  /// The number of axes.
  public var rank: Int { value.rank }
  /// The number of elements.
  public var count: Int { value.count }

  /// The number in a variable that holds exactly one.
  public func item() -> Double { value.item() }

  /// The same numbers without a history: no gradient flows back through the result.
  public func detached() -> Variable { Variable(value) }

  /// Changes a leaf's dtype in place, so that whoever holds the parameter sees the new one. Its
  /// gradient is forgotten, and graphs recorded before no longer lead to it.
  package func convert(to dtype: DType) {
    require(
      isLeaf,
      "convert: this is the result of \"\(operation ?? "")\"; only leaves change their dtype")
    if dtype == self.dtype { return }
    storedValue = value.converted(to: dtype)
    grad = nil
    if requiresGrad { node = Node(leaf: self) }
  }

  /// The same numbers in the memory of a device. A leaf is moved in place, with its gradient, so that whoever holds the
  /// parameter has it there; the result of an operation is where it was computed.
  ///
  /// - Returns: This variable.
  @discardableResult
  public func to(_ device: Device) -> Variable {
    storedValue = value.to(device)
    grad = grad?.to(device)
    return self
  }

  /// Forgets the gradient collected so far.
  public func zeroGrad() { grad = nil }

  /// Adds the gradient of this variable with respect to each leaf to that leaf's ``grad``.
  ///
  /// What the operations on the way kept is released, so a second call stops with a message, unless
  /// `retainGraph` is set. Threads that share leaves must not call it at the same time, because it adds
  /// to ``grad``; ``gradients(of:withRespectTo:seed:retainGraph:createGraph:)`` does not. Time and memory are proportional to the number of operations.
  ///
  /// - Parameters:
  ///   - seed: The cotangent to start from, in this variable's shape; 1 by default, which needs a
  ///     variable of one element (a loss).
  ///   - retainGraph: Whether the graph may be used again.
  public func backward(_ seed: Tensor? = nil, retainGraph: Bool = false) {
    guard let node else {
      stop(
        "backward: nothing here requires a gradient. Make the parameters with "
          + "Variable(…, requiresGrad: true), and do not call backward on a detached value")
    }
    let seed = checkedSeed(seed.map { Variable($0) }, operation: "backward")
    var pass = BackwardPass(from: node)
    pass.run(seed: seed, retainGraph: retainGraph, createGraph: false) {
      leaf, gradient in
      // Whoever said after the forward pass that no gradient is wanted gets none.
      guard let variable = leaf.leaf, variable.requiresGrad, variable.dtype == leaf.dtype else {
        return
      }
      if variable.grad == nil {
        variable.grad = gradient.value
      } else {
        variable.grad! += gradient.value
      }
    }
  }

  /// `seed`, or a one when it is `nil`, after checking that it fits.
  func checkedSeed(_ seed: Variable?, operation: String) -> Variable {
    guard let seed else {
      require(
        count == 1,
        "\(operation): an output of shape \(shape) needs a seed of that shape; only an output of one "
          + "element (a loss) starts from 1 by itself. Take its sum() or mean(), or pass a seed")
      return Variable(Tensor.ones(like: value))
    }
    require(
      seed.shape == shape && seed.dtype == dtype,
      "\(operation): the seed is \(seed.dtype) \(seed.shape), the output \(dtype) \(shape): they must be "
        + "alike")
    return seed
  }
}

extension Variable: CustomStringConvertible {
  /// The numbers, and how the variable came about.
  public var description: String {
    let origin = operation.map { ", from \($0)" } ?? (requiresGrad ? ", requires a gradient" : "")
    return "Variable(\(value)\(origin))"
  }
}
