import RetrogradTensors

/// The content under a key of a checkpoint.
struct CheckpointNode {
  enum Content {
    case tensor(TensorReference)
    case unreadable(UnreadableTensor)
    /// A dictionary or list of further things.
    case group([CheckpointNode], isDictionary: Bool)
    /// A dictionary or list that stands elsewhere too, or so deep that nobody looks there.
    case elsewhere(String)
    /// No tensor, in words.
    case other(String)
  }

  /// The key, or a list's place.
  let name: String
  let content: Content

  /// The maximum depth of dictionaries that are searched.
  private static let depthLimit = 12

  /// The tree under a value.
  init(_ value: PickleValue, in machine: PickleMachine) {
    var visited: [Int: String] = [:]
    self.init("", value, machine, path: "", depth: 0, &visited)
  }

  private init(
    _ name: String, _ value: PickleValue, _ machine: PickleMachine, path: String, depth: Int,
    _ visited: inout [Int: String]
  ) {
    self.name = name
    switch value {
    case .tensor(let reference): content = .tensor(reference)
    case .unreadableTensor(let tensor): content = .unreadable(tensor)
    case .dictionary(let index), .list(let index), .tuple(let index):
      if let place = visited[index] {
        content = .elsewhere(place.isEmpty ? "the file itself" : "the same as \(place)")
        return
      }
      guard depth < Self.depthLimit else {
        content = .elsewhere("nested too deep")
        return
      }
      visited[index] = path
      var children: [CheckpointNode] = []
      for (key, value) in Self.entries(of: value, machine) {
        children.append(
          CheckpointNode(
            key, value, machine, path: path.isEmpty ? key : "\(path).\(key)", depth: depth + 1,
            &visited))
      }
      if case .dictionary = value {
        content = .group(children, isDictionary: true)
      } else {
        content = .group(children, isDictionary: false)
      }
    default: content = .other(Self.words(value))
    }
  }

  /// The keys and values of a dictionary, sorted; the items of a list by their places.
  static func entries(
    of value: PickleValue, _ machine: PickleMachine
  ) -> [(key: String, value: PickleValue)] {
    switch value {
    case .list(let index), .tuple(let index):
      return machine.containers[index].enumerated().map { ("\($0)", $1) }
    case .dictionary(let index):
      let items = machine.containers[index]
      // A later value of the same key replaces an earlier one, as in Python.
      var values: [String: PickleValue] = [:]
      for place in stride(from: 0, to: items.count - 1, by: 2) {
        values[key(items[place])] = items[place + 1]
      }
      return values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    default: return []
    }
  }

  private static func key(_ value: PickleValue) -> String {
    switch value {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .bool(let flag): flag ? "True" : "False"
    case .none: "None"
    default: "(entry whose key is not text)"
    }
  }

  private static func words(_ value: PickleValue) -> String {
    switch value {
    case .text(let text):
      text.count > 24 ? "\"\(text.prefix(24))…\"" : "\"\(text)\""
    case .integer, .real, .bool, .none: key(value)
    case .bigInteger: "a number"
    case .bytes(let bytes): "\(bytes.count) bytes"
    case .object(let name), .constructor(.foreign(let name)), .constructor(.object(let name)): name
    case .storage(let storage): "a storage of \(storage.count) \(storage.type.name)"
    default: "not a tensor"
    }
  }

  /// The content of a group; nothing if it is not a group.
  var children: [CheckpointNode] {
    if case .group(let children, _) = content { children } else { [] }
  }

  /// The number of tensors here and below, and the bytes of those whose size is known.
  var extent: (tensors: Int, bytes: Int) {
    switch content {
    case .tensor(let reference):
      (1, Self.bytes(reference.shape, reference.type.byteCount))
    case .unreadable: (1, 0)
    case .elsewhere, .other: (0, 0)
    case .group(let children, _):
      children.reduce((tensors: 0, bytes: 0)) { sum, child in
        let extent = child.extent
        return (sum.tensors + extent.tensors, sum.bytes &+ extent.bytes)
      }
    }
  }

  private static func bytes(_ shape: [Int], _ size: Int) -> Int {
    let (product, overflow) = (StoredShape.count(shape) ?? 0).multipliedReportingOverflow(by: size)
    return overflow ? 0 : product
  }

  /// A summary for a list of keys: `state_dict (16 tensors, 244.4 MB)`.
  var summary: String {
    switch content {
    case .tensor(let reference): return "a tensor of shape \(reference.shape)"
    case .unreadable(let tensor):
      return "a tensor" + (tensor.shape.map { " of shape \($0)" } ?? "") + ", \(tensor.kind)"
    case .elsewhere(let text), .other(let text): return text
    case .group(let children, let isDictionary):
      let (tensors, bytes) = extent
      if tensors == 0 {
        return "\(isDictionary ? "a dictionary" : "a list") without tensors"
      }
      let part =
        isOptimizerState ? ", an optimizer's state" : children.isEmpty ? "" : Self.inside(self)
      return "\(tensors) tensor\(tensors == 1 ? "" : "s"), \(Self.size(bytes))\(part)"
    }
  }

  /// The place in a group of the tensors that are not in it directly.
  private static func inside(_ group: CheckpointNode) -> String {
    let groups = group.children.filter { !$0.children.isEmpty && $0.extent.tensors > 0 }
    if groups.isEmpty { return "" }
    let names = groups.prefix(4).map(\.name).joined(separator: ", ")
    return " in \(names)\(groups.count > 4 ? ", …" : "")"
  }

  private static func size(_ bytes: Int) -> String {
    if bytes < 1000 { return "\(bytes) bytes" }
    let (unit, name) =
      bytes < 1_000_000 ? (1e3, "kB") : bytes < 1_000_000_000 ? (1e6, "MB") : (1e9, "GB")
    let tenths = Int((Double(bytes) / unit * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(name)"
  }
}
