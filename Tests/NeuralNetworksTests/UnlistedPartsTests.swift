import RetrogradAutograd
import RetrogradGradientChecking
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// A layer that lists nothing.
private final class Forgetful: Layer {
  let head: Linear
  let scale = Variable([2], requiresGrad: true)
  let activation = ReLU()
  let offset = Variable([1])
  init() {
    var random = RandomSource(seed: 1)
    head = Linear(2, 3, using: &random)
  }
  func forward(_ x: Variable) -> Variable { activation(head(x) * scale + offset) }
}

/// A layer whose list has another type than the protocol's, which Swift does not mind.
private final class Mistyped: Layer {
  let blocks: [any Layer]
  init() {
    var random = RandomSource(seed: 1)
    blocks = [Linear(2, 2, using: &random), Dropout(0.5)]
  }
  var children: [(String, any Layer)] { blocks.enumerated().map { ("\($0)", $1) } }
  func forward(_ x: Variable) -> Variable { blocks.reduce(x) { $1($0) } }
}

/// A layer that lists what it stores, and refers to what it is inside of.
private final class Careful: Layer {
  let head: Linear
  let scale = Variable([2], requiresGrad: true)
  weak var owner: Sequential?
  lazy var again: any Layer = head
  init() {
    var random = RandomSource(seed: 1)
    head = Linear(2, 2, using: &random)
  }
  var children: [(name: String, layer: any Layer)] { [("head", head)] }
  var parameters: [(name: String, variable: Variable)] { [("scale", scale)] }
  func forward(_ x: Variable) -> Variable { again(x) * scale }
}

@Suite("A layer or parameter that is stored and not listed")
struct UnlistedPartsTests {
  @Test("is found by the name of the property, and what needs no list is not")
  func found() {
    let parts = Forgetful().unlistedParts
    #expect(parts.map(\.property).sorted() == ["head", "scale"])
    #expect(parts.first { $0.property == "head" }?.layer == "Linear")
    #expect(parts.allSatisfy { $0.owner == "Forgetful" })
  }

  @Test("is found in arrays, and where the list has another type")
  func mistyped() {
    let parts = Sequential(Mistyped()).unlistedParts
    #expect(parts.map(\.property) == ["blocks", "blocks"])
    #expect(parts.map(\.layer) == ["Linear", "Dropout"])
    #expect(parts[0].owner == "0 (Mistyped)")
    #expect(parts[0].description.contains("[(name: String, layer: any Layer)]"))
  }

  @Test("is none where everything is listed")
  func careful() {
    let layer = Careful()
    let network = Sequential(layer, Linear(2, 2))
    layer.owner = network
    _ = layer.again
    #expect(network.unlistedParts.isEmpty && layer.unlistedParts.isEmpty)
    #expect(AlexNet(classes: 3, width: 0.1).unlistedParts.isEmpty)
    // It has the parameters, buffers and mode of a layer that it keeps for itself.
    #expect(Sequential(BatchNorm1d(3)).unlistedParts.isEmpty)
  }

  @Test("stops an optimizer's making, saving and loading")
  func stops() async {
    let training = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Adam(Forgetful().namedParameters)
    }
    #expect(
      training?.message.contains("the stored property \"head\" holds a layer (Linear)") == true)
    let saving = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Mistyped().stateDict
    }
    #expect(saving?.message.contains("\"blocks\"") == true)
    await #expect(processExitsWith: .exitCode(70)) {
      _ = try? Forgetful().load([:])
    }
  }

  @Test("fails a gradient check")
  func check() {
    let report = checkGradients(ofLayer: Forgetful(), input: [[1, 2]])
    #expect(report.verdict == .failed)
    #expect(report.description.contains("the stored property \"head\""))
  }
}
