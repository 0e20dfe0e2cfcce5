import RetrogradArchives
import RetrogradFiles
import RetrogradTensors

/// An open checkpoint of PyTorch's, read one tensor at a time.
struct CheckpointFile {
  /// The keys that lead to the dictionary that is read, joined by dots; empty for the file's own.
  let key: String
  /// Indicates whether ``key`` was asked for.
  let isKeyGiven: Bool
  /// Everything else in the file.
  let leftOut: [LeftOut]
  /// The position of each tensor, by its name.
  let references: [String: TensorReference]
  private var loader: TensorLoader

  /// Opens a checkpoint and finds the model in it.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - key: The keys that lead to the dictionary to read, if it is not to be chosen.
  ///   - memoryLimit: The memory limit for tensors, in bytes.
  init(_ file: BoundedFile, key: String?, memoryLimit: Int) throws(FileError) {
    let beginning = try file.read(at: 0, count: min(file.size, 512))
    let source: any StorageSource
    let machine: PickleMachine
    let root: PickleValue
    if ZipArchive.isZip(beginning) {
      let archive = try ArchiveStorages(file)
      (source, machine, root) = (archive, archive.machine, archive.root)
    } else if PyTorchCheckpoint.isLegacy(beginning) {
      let stream = try StreamStorages(file)
      (source, machine, root) = (stream, stream.machine, stream.root)
    } else {
      throw FileError(.unsupported, file: file.name, offset: 0, WeightFile.diagnosis(beginning))
    }
    let found = try Self.find(key, root, machine, file.name)
    (self.key, isKeyGiven) = (found.path.joined(separator: "."), key != nil)
    (references, leftOut) = (found.tensors, found.leftOut)
    loader = TensorLoader(source: source, file: file, memoryLimit: memoryLimit)
  }

  /// All tensors, in memory together.
  mutating func readAll() throws(FileError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, reference) in references.sorted(by: { $0.key < $1.key }) {
      tensors[name] = try loader.load(reference, name: name)
    }
    return tensors
  }

  /// One tensor, which the file forgets again.
  mutating func tensor(named name: String) throws(FileError) -> Tensor? {
    guard let reference = references[name] else { return nil }
    return try loader.loadOnce(reference, name: name)
  }

  // MARK: - Finding the model

  private struct Found {
    let path: [String]
    let tensors: [String: TensorReference]
    let leftOut: [LeftOut]
  }

  private static func find(
    _ key: String?, _ root: PickleValue, _ machine: PickleMachine, _ file: String
  ) throws(FileError) -> Found {
    let tree = CheckpointNode(root, in: machine)
    let path: [String]
    let group: CheckpointNode
    if let key {
      (path, group) = try named(key, root, machine, file)
    } else if case .group(let children, true) = tree.content, children.isEmpty {
      (path, group) = ([], tree)
    } else {
      let chosen = try CheckpointModels(tree, file: file).choose()
      (path, group) = (chosen.path, chosen.node)
    }
    var tensors: [String: TensorReference] = [:]
    var leftOut = beside(path, in: tree)
    func take(_ nodes: [CheckpointNode], prefix: String, isWhole: Bool) {
      for node in nodes {
        let name = prefix + node.name
        switch node.content {
        case .tensor(let reference): tensors[name] = reference
        case .group(let children, _) where isWhole:
          take(children, prefix: "\(name).", isWhole: true)
        default:
          leftOut.append(
            LeftOut(
              name: (path + [name]).joined(separator: "."), detail: node.summary,
              tensorCount: node.extent.tensors))
        }
      }
    }
    // What was asked for and has only dictionaries of tensors in it is taken with their names in front.
    take(
      group.children, prefix: "", isWhole: key != nil && !group.children.contains(where: \.isTensor)
    )
    if tensors.isEmpty, !group.children.isEmpty {
      let inside = CheckpointModels.list(group.children)
      throw FileError(
        .unsupported, file: file,
        (path.isEmpty ? "" : "\(path.joined(separator: ".")) ")
          + "holds no tensor that can be read: \(inside)")
    }
    return Found(path: path, tensors: tensors, leftOut: leftOut)
  }

  /// Returns the parts beside the path to a dictionary.
  private static func beside(_ path: [String], in root: CheckpointNode) -> [LeftOut] {
    var leftOut: [LeftOut] = []
    var node = root
    for (depth, key) in path.enumerated() {
      for child in node.children where child.name != key {
        leftOut.append(
          LeftOut(
            name: (path.prefix(depth) + [child.name]).joined(separator: "."),
            detail: child.summary, tensorCount: child.extent.tensors))
      }
      guard let next = node.children.first(where: { $0.name == key }) else { break }
      node = next
    }
    return leftOut
  }

  /// The dictionary that a path names; keys may have dots of their own. `.` is the file's own dictionary.
  private static func named(
    _ key: String, _ root: PickleValue, _ machine: PickleMachine, _ file: String
  ) throws(FileError) -> (path: [String], group: CheckpointNode) {
    var (value, path, rest) = (root, [String](), Substring(key == "." ? "" : key))
    while !rest.isEmpty {
      // The longest key that the path goes on with.
      let entries = CheckpointNode.entries(of: value, machine)
      let next = entries.filter {
        !$0.key.isEmpty && (rest == $0.key || rest.hasPrefix($0.key + "."))
      }
      .max { $0.key.count < $1.key.count }
      guard let next else {
        let place = path.isEmpty ? "it" : path.joined(separator: ".")
        let nodes = CheckpointNode(value, in: machine).children
        throw FileError(
          .malformed, file: file,
          "there is no \"\(rest)\" in \(place)"
            + (nodes.isEmpty
              ? ", which has no keys" : "; the keys there are \(CheckpointModels.list(nodes))"))
      }
      path.append(next.key)
      value = next.value
      rest = rest.dropFirst(next.key.count + 1)
    }
    let node = CheckpointNode(value, in: machine)
    guard case .group(let children, _) = node.content, node.extent.tensors > 0 || children.isEmpty
    else {
      throw FileError(
        .malformed, file: file,
        "what is under \"\(key)\" is not a dictionary of tensors: \(node.summary); the file's keys are "
          + CheckpointModels.list(CheckpointNode(root, in: machine).children))
    }
    return (path, node)
  }
}
