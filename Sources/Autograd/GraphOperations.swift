extension Variable {
  /// The names of the operations that this variable was computed by, as far as they were recorded and
  /// not released.
  package var operationsInGraph: Set<String> {
    var names: Set<String> = []
    var seen: Set<ObjectIdentifier> = []
    var pending = node.map { [$0] } ?? []
    while let next = pending.popLast() {
      guard seen.insert(ObjectIdentifier(next)).inserted, !next.isLeaf else { continue }
      names.insert(next.operation)
      pending.append(contentsOf: next.inputs)
    }
    return names
  }
}
