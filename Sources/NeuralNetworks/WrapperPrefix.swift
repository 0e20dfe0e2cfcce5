import RetrogradTensors

/// The prefixes that wrappers put into the names of a network's parameters: `module.` (DataParallel), `_orig_mod.`
/// (`torch.compile`), `net.`, `model.`, `backbone.` (a network that is part of another one).
public enum WrapperPrefix {
  /// The wrappers that can stand anywhere in a name: `features.module.0.weight`.
  private static let inside: Set<Substring> = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]

  /// A state without the prefixes of wrappers, where every name then is one of a network's; nil where names need no
  /// change or do not fit without prefixes either.
  ///
  /// ```swift
  /// let state = try WeightFile.read(url)                                   // module.features.0.weight, …
  /// let names = model.stateDict.keys
  /// try model.load(WrapperPrefix.removed(from: state, fitting: Set(names))?.state ?? state)
  /// ```
  ///
  /// - Parameters:
  ///   - state: The tensors by their names.
  ///   - names: The names that the network has.
  /// - Returns: The tensors by the names that are left, and what was taken off.
  public static func removed(
    from state: [String: Tensor], fitting names: Set<String>
  ) -> (state: [String: Tensor], prefixes: [String])? {
    guard !state.isEmpty, let renamed = shortened(Array(state.keys), fitting: names) else {
      return nil
    }
    var result: [String: Tensor] = [:]
    for (old, new) in renamed.names { result[new] = state[old] }
    return (result, renamed.prefixes)
  }

  /// The names without prefixes.
  static func shortened(
    _ old: [String], fitting names: Set<String>
  ) -> (names: [String: String], prefixes: [String])? {
    if old.allSatisfy(names.contains) { return nil }
    var short: [String: String] = [:]
    var prefixes: Set<String> = []
    for name in old {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      let kept = parts.filter { !inside.contains($0) }
      short[name] = kept.joined(separator: ".")
      if let last = parts.lastIndex(where: inside.contains) {
        prefixes.insert(parts[...last].joined(separator: ".") + ".")
      }
    }
    if !short.values.allSatisfy(names.contains) {
      // One network inside of another: all of its names have its own in front.
      guard let example = short.values.min(), let front = front(of: example, names),
        short.values.allSatisfy({ $0.hasPrefix(front) })
      else { return nil }
      // What is said is the front as it stands in the file.
      prefixes = prefixes.isEmpty ? [front] : prefixes.union([front])
      short = short.mapValues { String($0.dropFirst(front.count)) }
    }
    guard short.values.allSatisfy(names.contains), Set(short.values).count == old.count else {
      return nil
    }
    return (short, prefixes.sorted())
  }

  /// The prefix of a network's name in a longer one.
  private static func front(of name: String, _ names: Set<String>) -> String? {
    var rest = Substring(name)
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      if names.contains(String(rest)) { return String(name.dropLast(rest.count)) }
    }
    return nil
  }

  /// The prefix of most of a network's names in names that do not all fit without it; nil where nothing
  /// does, or several things do.
  static func likely(_ old: [String], fitting names: Set<String>) -> String? {
    var counts: [String: Int] = [:]
    for name in old where !names.contains(name) {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      let kept = parts.filter { !inside.contains($0) }.joined(separator: ".")
      if names.contains(kept), let last = parts.lastIndex(where: inside.contains) {
        counts[parts[...last].joined(separator: ".") + ".", default: 0] += 1
      } else if let front = front(of: name, names) {
        counts[front, default: 0] += 1
      }
    }
    let fronts = counts.filter { $0.value * 2 > names.count }
    return fronts.count == 1 ? fronts.first?.key : nil
  }
}
