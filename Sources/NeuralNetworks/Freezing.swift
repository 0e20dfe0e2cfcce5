import RetrogradAutograd
import RetrogradTensors

// Which parameters training changes, by the paths of layers.

extension Layer {
  /// Keeps parameters as they are: no gradients are computed for them. Running statistics of layers that are
  /// frozen as a whole stay as they are too; see ``train()``.
  ///
  /// - Parameter names: Paths of layers (`"features"`, `"features.10"`) or of single parameters
  ///   (`"classifier.6.bias"`); none for all.
  public func freeze(_ names: String...) {
    names.isEmpty ? freeze(allBut: []) : freeze(names)
  }

  /// Keeps the parameters at some paths as they are; none for an empty list. See ``freeze(_:)-(String...)``.
  public func freeze(_ names: [String]) {
    let parameters = parameters(at: names, operation: "freeze")
    for (_, variable) in parameters { variable.requiresGrad = false }
    stopFrozenStatistics()
  }

  /// Keeps all parameters as they are but those at some paths, which are left alone: what is to be trained is the
  /// head, say.
  ///
  /// ```swift
  /// model.freeze(allBut: "classifier.6")
  /// ```
  ///
  /// - Parameters:
  ///   - name: The path of a layer or of a single parameter, as for ``freeze(_:)-(String...)``.
  ///   - more: More such paths.
  public func freeze(allBut name: String, _ more: String...) { freeze(allBut: [name] + more) }

  /// Keeps all parameters as they are but those at some paths, which are left alone.
  public func freeze(allBut names: [String]) {
    for variable in parameters(notAt: names, operation: "freeze") { variable.requiresGrad = false }
    stopFrozenStatistics()
  }

  /// Lets training change parameters again; call ``train()`` before the next step.
  ///
  /// - Parameter names: As for ``freeze(_:)-(String...)``.
  public func unfreeze(_ names: String...) {
    names.isEmpty ? unfreeze(allBut: []) : unfreeze(names)
  }

  /// Lets training change the parameters at some paths again; none for an empty list.
  public func unfreeze(_ names: [String]) {
    for (_, variable) in parameters(at: names, operation: "unfreeze") {
      variable.requiresGrad = true
    }
  }

  /// Lets training change all parameters again but those at some paths, which are left alone.
  ///
  /// - Parameters:
  ///   - name: The path of a layer or of a single parameter, as for ``freeze(_:)-(String...)``.
  ///   - more: More such paths.
  public func unfreeze(allBut name: String, _ more: String...) {
    unfreeze(allBut: [name] + more)
  }

  /// Lets training change all parameters again but those at some paths, which are left alone.
  public func unfreeze(allBut names: [String]) {
    for variable in parameters(notAt: names, operation: "unfreeze") { variable.requiresGrad = true }
  }

  /// The parameters at paths of layers or of single parameters; stops where there are none at one of them.
  private func parameters(
    at names: [String], operation: String
  ) -> [(name: String, variable: Variable)] {
    let parameters = placedParameters
    for name in names {
      require(
        parameters.contains { isInside($0.name, name) },
        "\(operation): nothing in this \(typeName) with parameters is called \"\(name)\"; there are "
          + (parameters.isEmpty ? "none" : parameters.map(\.name).joined(separator: ", ")))
    }
    return parameters.filter { path, _ in names.contains { isInside(path, $0) } }
  }

  /// The parameters that stand at none of the paths; one that also stands at one of them is not among them.
  private func parameters(notAt names: [String], operation: String) -> [Variable] {
    let exceptions = Set(
      parameters(at: names, operation: operation).map { ObjectIdentifier($0.variable) })
    return placedParameters.map(\.variable).filter { !exceptions.contains(ObjectIdentifier($0)) }
  }
}
