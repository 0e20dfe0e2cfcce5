import RetrogradFiles
import RetrogradTensors

/// The search for the model among the dictionaries in a checkpoint.
///
/// An optimizer's state is never one. Of the rest the one is taken that looks like a model: whose tensors have
/// parameters' names, or which has a name that training programs give to models. Where several do, those names
/// decide, weights before their moving averages; otherwise nobody can know, and it is an error that lists
/// them.
struct CheckpointModels {
  /// A dictionary or list with tensors directly in it.
  struct Group {
    let path: [String]
    let node: CheckpointNode
    let isDictionary: Bool
    /// The number of elements in its tensors.
    let numbers: Int

    var key: String { path.joined(separator: ".") }
  }

  private let root: CheckpointNode
  private let file: String
  /// The groups that are no optimizer's state, those near to the root first.
  private let groups: [Group]
  /// Indicates whether tensors stand in an optimizer's state alone.
  private let hasOptimizerState: Bool

  init(_ root: CheckpointNode, file: String) {
    self.root = root
    self.file = file
    var groups: [Group] = []
    var hasOptimizerState = false
    var level: [(path: [String], node: CheckpointNode)] = [([], root)]
    while !level.isEmpty {
      var next: [(path: [String], node: CheckpointNode)] = []
      for (path, node) in level {
        guard case .group(let children, let isDictionary) = node.content else { continue }
        if node.isOptimizerState {
          hasOptimizerState = hasOptimizerState || node.extent.tensors > 0
          continue
        }
        if children.contains(where: \.isTensor) {
          groups.append(
            Group(
              path: path, node: node, isDictionary: isDictionary,
              numbers: children.reduce(0) { $0 &+ $1.numberCount }))
        }
        next += children.map { (path + [$0.name], $0) }
      }
      level = next
    }
    self.groups = groups
    self.hasOptimizerState = hasOptimizerState
  }

  /// The model; an error where there is none, or no telling which.
  func choose() throws(FileError) -> Group {
    guard !groups.isEmpty else { throw nothing }
    let models = groups.filter(Self.looksLikeModel)
    let dictionaries = groups.filter(\.isDictionary)
    let candidates = !models.isEmpty ? models : !dictionaries.isEmpty ? dictionaries : groups
    if candidates.count == 1 { return candidates[0] }
    let largest = candidates.map(\.numbers).max() ?? 0
    var ranked: [(rank: Int, group: Group)] = []
    for group in candidates {
      if let rank = Self.rank(group, isLargest: group.numbers == largest, !models.isEmpty) {
        ranked.append((rank, group))
      }
    }
    let best = ranked.map(\.rank).min()
    let first = ranked.filter { $0.rank == best }
    if first.count == 1 { return first[0].group }
    let list = candidates.prefix(8).map { "\($0.key) (\($0.node.summary))" }
    throw FileError(
      .unsupported, file: file,
      "holds several sets of tensors that may be the model, and nothing tells which: "
        + list.joined(separator: ", ") + (candidates.count > 8 ? ", …" : "")
        + "; name one by its key (--key \(Self.quoted(candidates[0].key)))")
  }

  /// A key as a shell takes it.
  private static func quoted(_ key: String) -> String {
    key.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0)
    }
      ? key : "KEY"
  }

  private var nothing: FileError {
    guard case .group(_, let isDictionary) = root.content else {
      return FileError(
        .unsupported, file: file,
        "holds no dictionary of tensors; save a model's state_dict() to have one")
    }
    if hasOptimizerState {
      return FileError(
        .malformed, file: file,
        "holds an optimizer's state and no model: its keys are \(Self.list(root.children))")
    }
    if !isDictionary {
      return FileError(
        .unsupported, file: file,
        "holds a list and no dictionary of tensors; save a model's state_dict() to have one")
    }
    return FileError(
      .malformed, file: file,
      "its dictionary holds no tensors, only \(Self.list(root.children)); "
        + "expected tensors by name, or a \"state_dict\" of them")
  }

  /// Keys with what is under each: `epoch (3), state_dict (16 tensors, 244.4 MB)`.
  static func list(_ nodes: [CheckpointNode]) -> String {
    nodes.prefix(12).map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")
      + (nodes.count > 12 ? " and \(nodes.count - 12) more" : "")
  }

  // MARK: - What looks like a model

  /// The names that training programs give to models, the more certain first.
  private static let names = [
    "state_dict", "model_state_dict", "model_state", "model_dict", "model_weights", "model",
    "net", "network", "module", "params", "parameters", "weights", "generator", "netg", "gen",
    "g", "net_g", "generator_state_dict", "best_model", "best_state",
  ]

  /// Returns whether a name says that these are averages of the weights of several steps.
  private static func isAveraged(_ name: String) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }
    return words.contains { ["ema", "swa", "averaged", "average", "avg", "shadow"].contains($0) }
  }

  /// The name without what says that it is averaged.
  private static func plain(_ name: String) -> String {
    name.lowercased().split(separator: "_", omittingEmptySubsequences: false)
      .filter { !isAveraged(String($0)) }.joined(separator: "_")
  }

  private static func looksLikeModel(_ group: Group) -> Bool {
    let tensors = group.node.children.filter(\.isTensor)
    guard group.isDictionary, tensors.contains(where: { !$0.isSingleNumber }) else { return false }
    if let name = group.path.last, isModelName(name) { return true }
    return tensors.count { $0.hasParameterName } * 2 >= tensors.count
  }

  private static func isModelName(_ name: String) -> Bool {
    let plain = plain(name)
    return plain.isEmpty || names.contains(plain)
  }

  /// Returns the rank of a candidate among several; nil for a path that says nothing.
  private static func rank(_ group: Group, isLargest: Bool, _ areModels: Bool) -> Int? {
    if group.path.isEmpty {
      // The file's own dictionary, before all where it has parameters' names, behind known names otherwise.
      return areModels ? (isLargest ? -1 : nil) : 2 * names.count + 1
    }
    var worst = 0
    var isAveraged = false
    for name in group.path {
      isAveraged = isAveraged || Self.isAveraged(name)
      let plain = plain(name)
      guard let place = plain.isEmpty ? 0 : names.firstIndex(of: plain) else { return nil }
      worst = max(worst, place)
    }
    return worst + (isAveraged ? names.count : 0)
  }
}

extension CheckpointNode {
  /// Indicates whether this is a tensor, of whatever kind.
  var isTensor: Bool {
    switch content {
    case .tensor, .unreadable: true
    default: false
    }
  }

  fileprivate var shape: [Int]? {
    switch content {
    case .tensor(let reference): reference.shape
    case .unreadable(let tensor): tensor.shape
    default: nil
    }
  }

  fileprivate var numberCount: Int { shape.flatMap(StoredShape.count) ?? 0 }

  /// Indicates whether this is a tensor without axes, such as an accuracy or a step.
  fileprivate var isSingleNumber: Bool { shape?.isEmpty == true }

  /// Indicates whether the name is one of parameters: with layers in front, or a layer's own.
  fileprivate var hasParameterName: Bool {
    name.contains(".") || Self.parameterNames.contains(name)
  }

  private static let parameterNames: Set<String> = [
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "gamma", "beta",
    "kernel", "weight_g", "weight_v", "weight_orig", "in_proj_weight", "in_proj_bias",
    "pos_embed", "cls_token",
  ]

  // MARK: - Optimizers

  /// The names of the tensors that optimizers keep for each parameter.
  private static let slotNames: Set<String> = [
    "step", "exp_avg", "exp_avg_sq", "exp_inf", "max_exp_avg_sq", "momentum_buffer", "square_avg",
    "grad_avg", "acc_delta", "sum", "prev", "step_size", "eta", "mu", "ax", "d", "n_iter",
    "exp_avg_diff", "neg_pre_grad", "exp_avg_sq_row", "exp_avg_sq_col", "row_var", "col_var",
    "variance", "slow_buffer", "slow_param", "old_dirs", "old_stps", "ro", "prev_flat_grad", "z",
    "row_momentum", "col_momentum", "master_param", "momentum", "velocity", "mu_product",
  ]

  private static let optimizerNames: Set<String> = [
    "opt", "opts", "adam", "adamw", "adamax", "adagrad", "adadelta", "rmsprop", "sgd", "lamb",
    "lion", "muon", "adafactor", "lbfgs", "radam", "nadam", "sched", "scheduler", "schedulers",
  ]

  /// Indicates whether this is what an optimizer keeps, which looks like a model and is none.
  var isOptimizerState: Bool {
    guard case .group(let children, _) = content else { return false }
    let lower = name.lowercased()
    if lower.contains("optim")
      || lower.split(whereSeparator: { !$0.isLetter })
        .contains(where: { Self.optimizerNames.contains(String($0)) })
    {
      return true
    }
    if children.contains(where: { $0.name == "param_groups" }) { return true }
    let tensors = children.filter(\.isTensor)
    return !tensors.isEmpty && tensors.allSatisfy { Self.slotNames.contains($0.name) }
  }
}
