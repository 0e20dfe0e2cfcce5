import RetrogradTestSupport
import Testing

/// Who knows what a tensor can do knows what a variable can do, and the other way round; read from the sources.
@Suite("Tensors and variables have the same names")
struct SharedNamesTests {
  /// What only tensors have, and why.
  static let onlyTensors: Set<String> = [
    // Variables are made of tensors: `Variable(.zeros([2, 3]))`.
    "zeros", "ones", "arange", "identity", "uniform", "normal", "truncatedNormal", "bernoulli",
    // What changes numbers in place; a variable has only `+=`, which adds up losses.
    "fill", "-=", "*=",
    // What has no derivative is asked of the values.
    "==", ".==", ".!=", ".<", ".<=", ".>", ".>=",
  ]

  /// What only variables have, and why.
  static let onlyVariables: Set<String> = [
    // The graph.
    "backward", "zeroGrad", "detached", "graphDot", "gradients", "record", "noteBranches",
    "withoutGradients", "withRecordedGradients", "withGuidedRectifiers",
    // The mathematics of training and of layers: nobody has asked for it without gradients, and inside
    // `withoutGradients` a variable costs no more than a tensor.
    "crossEntropy", "nllLoss", "mseLoss", "l1Loss", "huberLoss", "smoothL1Loss",
    "binaryCrossEntropyWithLogits", "klDivergence", "hingeEmbeddingLoss", "multiMarginLoss",
    "batchNorm2d", "layerNorm", "groupNorm", "localResponseNorm", "dropout", "embedding",
    "conv1d", "convTranspose2d", "maxPool2dWithIndices", "adaptiveMaxPool2dWithIndices",
  ]

  /// Names of methods, and of functions that take or give one of the kind.
  static func names(
    _ functions: [PublicFunction], of type: String
  ) -> (methods: Set<String>, functions: Set<String>) {
    let own = functions.filter { [type, "TensorProtocol"].contains($0.type) }
    let free = functions.filter { $0.type == nil && "\($0.parameters) \($0.result)".contains(type) }
    return (Set(own.map(\.name)), Set(free.map(\.name)))
  }

  @Test("but for those that have a reason to be on one alone")
  func shared() throws {
    let below = try PublicFunction.all(in: "Sources/Tensors")
    let above = try PublicFunction.all(in: "Sources/Autograd")
    let common = below.filter { $0.type == "TensorProtocol" }
    let tensor = Self.names(below, of: "Tensor")
    let variable = Self.names(above + common, of: "Variable")
    #expect(tensor.methods.count > 80 && variable.methods.count > 60)
    // Functions of no variable are the graph's: `withoutGradients { … }`.
    let graph = above.filter { $0.type == nil }.map(\.name)
    let missingOnVariable = tensor.methods.subtracting(variable.methods)
      .union(tensor.functions.subtracting(variable.functions))
    let missingOnTensor = variable.methods.subtracting(tensor.methods)
      .union(variable.functions.union(graph).subtracting(tensor.functions))
    // The lists are exact: what both have since does not stay there.
    expectSame(missingOnVariable, Self.onlyTensors, "tensors")
    expectSame(missingOnTensor, Self.onlyVariables, "variables")
  }

  private func expectSame(_ found: Set<String>, _ listed: Set<String>, _ kind: String) {
    let new = found.subtracting(listed).sorted()
    #expect(new.isEmpty, "only \(kind) have \(new): add them to the other, or the reason here")
    let gone = listed.subtracting(found).sorted()
    #expect(gone.isEmpty, "\(gone) are not on \(kind) alone: delete them here")
  }
}
