/// An element's name and what its first tag says.
struct XMLElement {
  /// One thing that a tag says.
  struct Attribute {
    let namespace: String
    let name: String
    let value: String
  }

  private struct ExpandedName: Hashable {
    let namespace: String
    let name: String
  }

  let namespace: String
  let name: String
  var attributes: [Attribute]

  /// The value of an attribute that has no namespace.
  func value(of name: String) -> String? {
    attributes.first { $0.name == name && $0.namespace.isEmpty }?.value
  }

  /// The value of an attribute in one of several namespaces.
  func value(of name: String, in namespaces: Set<String>) -> String? {
    attributes.first { $0.name == name && namespaces.contains($0.namespace) }?.value
  }

  /// Indicates whether no attribute stands twice.
  var hasDistinctAttributes: Bool {
    guard attributes.count > 1 else { return true }
    let names = attributes.map { ExpandedName(namespace: $0.namespace, name: $0.name) }
    return Set(names).count == names.count
  }
}
