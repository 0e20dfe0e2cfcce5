import RetrogradAutograd
import RetrogradTensors

/// A layer or parameter that a layer stores and lists nowhere: it would not be trained, saved, loaded,
/// frozen or switched to evaluation.
///
/// ``Layer/children`` and ``Layer/parameters`` are empty unless a layer writes them. One that forgets
/// them compiles, and so does one that declares them with another type, such as
/// `[(String, any Layer)]`, which the protocol does not see.
public struct UnlistedPart: Equatable, Sendable, CustomStringConvertible {
  /// The path and the type of the layer that stores it.
  public let owner: String
  /// The name of the stored property.
  public let property: String
  /// The type of the layer; `nil` for a parameter.
  public let layer: String?

  /// A sentence that says which part is stored where, and what to write.
  public var description: String {
    let remedy =
      layer == nil
      ? "var parameters: [(name: String, variable: Variable)] { [(\"\(property)\", \(property))] }"
      : "var children: [(name: String, layer: any Layer)] { [(\"\(property)\", \(property))] }"
    return "\(owner): the stored property \"\(property)\" holds "
      + (layer.map { "a layer (\($0)) that is in no list of children" }
        ?? "a parameter that is in no list of parameters")
      + ". Write it with exactly this type: \(remedy)"
  }
}

extension Layer {
  /// The parts that this layer, or one inside it, stores and lists nowhere: parameters that require a gradient,
  /// and layers that have such parameters, buffers, chance or a mode.
  ///
  /// It is found by reflection, which takes about a millisecond for a large network.
  public var unlistedParts: [UnlistedPart] {
    let layers = namedLayers
    let listed = Set(layers.map { ObjectIdentifier($0.layer) })
    let parameters = Set(placedParameters.map { ObjectIdentifier($0.variable) })
    return layers.flatMap { path, layer in
      storedProperties(of: layer).flatMap { name, value in
        parts(in: value, depth: 0).compactMap { part -> UnlistedPart? in
          let owner = path.isEmpty ? layer.typeName : "\(path) (\(layer.typeName))"
          switch part {
          case .layer(let inner):
            guard !listed.contains(ObjectIdentifier(inner)),
              inner.isMissed(by: layer, parameters)
            else { return nil }
            return UnlistedPart(owner: owner, property: name, layer: inner.typeName)
          case .parameter(let variable):
            guard variable.isLeaf, variable.requiresGrad,
              !parameters.contains(ObjectIdentifier(variable))
            else { return nil }
            return UnlistedPart(owner: owner, property: name, layer: nil)
          }
        }
      }
    }
  }

  /// Stops if something is stored and listed nowhere.
  func requireListed(operation: String) {
    let unlisted = unlistedParts
    require(
      unlisted.isEmpty, "\(operation): " + unlisted.map(\.description).joined(separator: "\n"))
  }

  /// Returns whether it matters that nobody reaches this layer through `owner`, which may have what is in it as
  /// its own: parameters, buffers of the same names, the mode, the source of chance.
  private func isMissed(by owner: any Layer, _ listed: Set<ObjectIdentifier>) -> Bool {
    let inner = namedLayers.map(\.layer)
    // A layer that refers to one that it is inside of.
    if inner.contains(where: { $0 === owner }) { return false }
    let buffers = Set(owner.buffers.map(\.name))
    return inner.contains { layer in
      layer is any ModeDependentLayer && !(owner is any ModeDependentLayer)
        || layer is any RandomLayer && !(owner is any RandomLayer)
        || !buffers.isSuperset(of: layer.buffers.map(\.name))
        || layer.parameters.contains {
          $0.variable.requiresGrad && !listed.contains(ObjectIdentifier($0.variable))
        }
    }
  }
}

private enum Part {
  case layer(any Layer)
  case parameter(Variable)
}

/// The stored properties of a layer, with those of the classes that it inherits from.
private func storedProperties(of layer: any Layer) -> [(name: String, value: Any)] {
  var found: [(name: String, value: Any)] = []
  var mirror: Mirror? = Mirror(reflecting: layer)
  while let level = mirror {
    for (label, value) in level.children {
      let name = label ?? ""
      let lazyPrefix = "$__lazy_storage_$_"
      found.append(
        (name.hasPrefix(lazyPrefix) ? String(name.dropFirst(lazyPrefix.count)) : name, value))
    }
    mirror = level.superclassMirror
  }
  return found
}

/// The layers and parameters in a value: itself, or what is in a collection, a tuple, an optional.
private func parts(in value: Any, depth: Int) -> [Part] {
  let deepest = 4
  if let variable = value as? Variable { return [.parameter(variable)] }
  let mirror = Mirror(reflecting: value)
  switch mirror.displayStyle {
  case .class?: return (value as? any Layer).map { [.layer($0)] } ?? []
  case .optional?, .tuple?:
    if depth == deepest { return [] }
    return mirror.children.flatMap { parts(in: $0.value, depth: depth + 1) }
  case .collection?, .dictionary?, .set?:
    // The first tells what is in it: a million numbers are not looked at one by one.
    guard depth < deepest, let first = mirror.children.first, canHoldParts(first.value) else {
      return []
    }
    return mirror.children.flatMap { parts(in: $0.value, depth: depth + 1) }
  default: return []
  }
}

private func canHoldParts(_ value: Any) -> Bool {
  switch Mirror(reflecting: value).displayStyle {
  case .class?, .optional?, .tuple?, .collection?, .dictionary?, .set?: true
  default: false
  }
}
