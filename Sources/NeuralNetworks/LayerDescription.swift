import RetrogradAutograd
import RetrogradTensors
import RetrogradText

// Networks as text: a tree of layers, one a line.

extension Layer {
  /// The layers inside as a tree, as PyTorch prints it, with the shapes and the number of the parameters of each:
  ///
  /// ```
  /// Sequential(
  ///   (0): Linear(2, 16)   weight [16, 2], bias [16]   48
  ///   (1): Tanh()
  ///   (2): Linear(16, 1)   weight [1, 16], bias [1]    17
  /// )
  /// 65 parameters
  /// ```
  public var description: String {
    tree { layer in
      layer.parameters.map { "\($0.name) \($0.variable.shape)" }.joined(separator: ", ")
    }
  }

  /// The layers inside as a tree with the shape of what each gives for an input of some shape, and the number of its
  /// parameters.
  ///
  /// The network runs once, on zeros, in evaluation mode; nothing in it changes. A layer that runs more than once
  /// shows its last output, one that does not run none.
  ///
  /// ```swift
  /// print(AlexNet().summary(input: [1, 3, 224, 224]))
  /// ```
  ///
  /// - Parameter shape: The shape of the input, the batch's axis too.
  public func summary(input shape: [Int]) -> String {
    let layers = namedLayers
    let reader = ActivationReader(layers)
    inEvaluationMode {
      _ = LayerCall.run(self, Variable(.zeros(shape, dtype: parameterDType)), reader: reader)
    }
    let outputs = Dictionary(
      layers.compactMap { path, layer in
        reader.activations[path].map { (ObjectIdentifier(layer), $0.shape) }
      }, uniquingKeysWith: { first, _ in first })
    return tree { outputs[ObjectIdentifier($0)].map { "\($0)" } ?? "" }
  }

  /// The element type of the first parameter; `float32` where there is none.
  package var parameterDType: DType { listedParameters.first?.variable.dtype ?? .float32 }

  /// Runs `body` without gradients, with all layers in evaluation mode; afterwards each is in the mode that it was in.
  func inEvaluationMode<R>(_ body: () throws -> R) rethrows -> R {
    let switched = namedLayers.compactMap { $0.layer as? any ModeDependentLayer }
      .filter(\.isTraining)
    for layer in switched { layer.isTraining = false }
    defer { for layer in switched { layer.isTraining = true } }
    return try withoutGradients(body)
  }

  /// The tree, with something about each layer in a column of its own.
  private func tree(_ column: (any Layer) -> String) -> String {
    var lines: [(text: String, column: String, count: String)] = []
    func add(_ layer: any Layer, name: String, indent: String) {
      let count = layer.parameters.reduce(0) { $0 + $1.variable.count }
      let children = layer.children
      lines.append(
        (
          indent + name + layer.typeName + "(" + layer.configuration
            + (children.isEmpty ? ")" : ""),
          column(layer), count == 0 ? "" : grouped(count)
        ))
      for (name, child) in children { add(child, name: "(\(name)): ", indent: indent + "  ") }
      if !children.isEmpty { lines.append((indent + ")", "", "")) }
    }
    add(self, name: "", indent: "")
    func width(_ texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }
    let widths = (width(lines.map(\.text)), width(lines.map(\.column)), width(lines.map(\.count)))
    let rows = lines.map { text, column, count in
      let padded =
        text.filled(to: widths.0) + (widths.1 == 0 ? "" : "   " + column.filled(to: widths.1))
      let number = String(repeating: " ", count: widths.2 - count.count) + count
      return (padded + (widths.2 == 0 ? "" : "   " + number)).trimmedAtEnd
    }
    return (rows + [total]).joined(separator: "\n")
  }

  /// The number of parameters, and of those that training changes if they are not all.
  private var total: String {
    let (all, trainable) = (
      parameterCount,
      listedParameters.filter(\.variable.requiresGrad).reduce(0) { $0 + $1.variable.count }
    )
    return grouped(all) + (all == 1 ? " parameter" : " parameters")
      + (trainable == all ? "" : ", \(grouped(trainable)) of them trainable")
  }
}

extension String {
  /// The text with spaces behind it, up to a width.
  fileprivate func filled(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }

  /// The text without spaces at its end.
  fileprivate var trimmedAtEnd: String {
    String(reversed().drop { $0 == " " }.reversed())
  }
}

extension StagedLayer {
  /// The shape of what each of ``flattenedStages`` gives for an input of some shape. The network runs once, on zeros,
  /// in evaluation mode; nothing in it changes.
  ///
  /// - Parameter shape: The shape of the input, the batch's axis too.
  package func outputShapes(input shape: [Int]) -> [[Int]] {
    inEvaluationMode {
      var x = Variable(.zeros(shape, dtype: parameterDType))
      checkInput(x)
      return flattenedStages.map { _, layer in
        x = layer(x)
        return x.shape
      }
    }
  }
}
