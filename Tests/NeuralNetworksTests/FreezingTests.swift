import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Freezing all but some layers")
struct FreezingTests {
  let model = Sequential(named: [
    ("body", Sequential(Linear(2, 3), BatchNorm1d(3), Tanh())), ("head", Linear(3, 2)),
    ("second", Linear(3, 1)),
  ])

  var trainable: [String] { model.trainableParameters.map(\.name) }

  @Test("leaves the head to be trained, running statistics of the rest frozen")
  func head() {
    model.freeze(allBut: "head")
    #expect(trainable == ["head.weight", "head.bias"])
    model.train()
    let state = model.stateDict
    _ = Sequential(named: model.children.dropLast())(Variable(.ones([4, 2])))
    #expect(model.stateDict["body.1.running_mean"] == state["body.1.running_mean"])
  }

  @Test("takes several paths, one or a list, of layers and of single parameters")
  func several() {
    model.freeze(allBut: "head.bias", "second")
    #expect(trainable == ["head.bias", "second.weight", "second.bias"])
    model.unfreeze()
    model.freeze(allBut: ["body.0"])
    #expect(trainable == ["body.0.weight", "body.0.bias"])
    model.unfreeze(allBut: "second")
    #expect(trainable.count == 6 && !trainable.contains("second.weight"))
  }

  @Test("leaves the exceptions as they are: what was frozen stays frozen")
  func untouched() {
    model.freeze("head")
    model.freeze(allBut: "head")
    #expect(trainable.isEmpty)
    model.unfreeze(["head"])
    model.unfreeze(allBut: "body", "second")
    #expect(trainable == ["head.weight", "head.bias"])
  }

  @Test("an empty list names nothing, no names at all stand for everything")
  func empty() {
    let all = trainable
    model.freeze([])
    #expect(trainable == all)
    model.freeze(allBut: [])
    #expect(trainable.isEmpty)
    model.unfreeze([])
    #expect(trainable.isEmpty)
    model.unfreeze()
    #expect(trainable == all)
  }

  @Test("a parameter that also stands in an exception is one")
  func shared() {
    let linear = Linear(2, 2)
    let model = Sequential(linear, Tanh(), linear)
    model.freeze(allBut: "2")
    #expect(model.trainableParameters.map(\.name) == ["0.weight", "0.bias"])
  }

  @Test("a name that is not there stops, and says which there are")
  func mistakes() async {
    let unknown = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      Sequential(Linear(2, 1)).freeze(allBut: "classifier.6")
    }
    #expect(
      unknown?.message.contains(
        "freeze: nothing in this Sequential with parameters is called \"classifier.6\"; there are 0.weight, "
          + "0.bias") == true)
  }
}

@Suite("Loading what fits")
struct SkippingTests {
  @Test("leaves misshapen tensors out and says which, with both shapes")
  func head() throws {
    let old = Sequential(Linear(2, 3), BatchNorm1d(3), Linear(3, 10))
    let new = Sequential(Linear(2, 3), BatchNorm1d(3), Linear(3, 4))
    let before = new.stateDict
    let rest = try new.load(old.stateDict, skipMisshapen: true)
    #expect(rest.missing.isEmpty && rest.unexpected.isEmpty)
    #expect(
      rest.misshapen.map { "\($0.name) \($0.expected) \($0.found)" }
        == ["2.bias [4] [10]", "2.weight [4, 3] [10, 3]"])
    #expect(new.stateDict["0.weight"] == old.stateDict["0.weight"])
    #expect(new.stateDict["2.weight"] == before["2.weight"])
  }

  @Test("leaves misshapen running statistics alone as well")
  func buffers() throws {
    let layer = BatchNorm1d(3)
    let rest = try layer.load(BatchNorm1d(2).stateDict, skipMisshapen: true)
    #expect(
      Set(rest.misshapen.map(\.name)) == ["weight", "bias", "running_mean", "running_var"])
    #expect(layer.runningMean == [0, 0, 0])
  }

  @Test("is strict about names unless told otherwise, and about shapes unless told so")
  func strictness() throws {
    let layer = Linear(2, 1)
    let state: [String: Tensor] = ["weight": [[1, 2]], "bias": [1, 2], "extra": [1]]
    #expect(throws: StateDictError.self) { try layer.load(state, skipMisshapen: true) }
    #expect(throws: StateDictError.self) { try layer.load(state, strict: false) }
    #expect(throws: StateDictError.self) {
      try layer.load(state, strict: false, skipMisshapen: false)
    }
    let rest = try layer.load(state, strict: false, skipMisshapen: true)
    #expect(rest.unexpected == ["extra"] && rest.misshapen.map(\.name) == ["bias"])
    #expect(layer.weight.value == [[1, 2]])
  }
}
