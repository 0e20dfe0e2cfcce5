import Foundation
import LessonKit
import Retrograd
import RetrogradTestSupport
import RetrogradTesting
import Testing

// Code that the articles of Sources/Retrograd/Retrograd.docc show, so that it is compiled and run.

// YourOwnOperation.md

/// The Cauchy loss of each element: `y = log(1 + x²)`. Derivative: `dx = dy · 2x / (1 + x²)`. Shape: any; unchanged.
private func cauchy(_ x: Variable) -> Variable {
  record("cauchy", x, value: (x.value * x.value).log1p(), keep: .inputs) { saved, dy in
    let x = saved.inputs[0]
    return dy * 2 * x / (1 + x.square())
  }
}

/// The longest side of a right triangle, for equal shapes: `y = √(a² + b²)`. Derivatives: `da = dy · a / y`, `db = dy · b / y`.
private func hypotenuse(_ a: Variable, _ b: Variable) -> Variable {
  let value = (a.value * a.value + b.value * b.value).sqrt()
  return record(
    "hypotenuse", a, b, value: value, keep: .both,
    da: { saved, dy in dy * saved.inputs[0] / saved.output },
    db: { saved, dy in dy * saved.inputs[1] / saved.output })
}

// YourOwnLayer.md

/// Multiplies each feature by a number that is learned.
private final class Scale: Layer {
  let weight: Variable

  init(_ features: Int) { weight = Variable(.ones([features]), requiresGrad: true) }

  var parameters: [(name: String, variable: Variable)] { [("weight", weight)] }

  func forward(_ x: Variable) -> Variable { x * weight }
}

/// What a layer gives, added to what it was given.
private final class Residual: Layer {
  let inner: any Layer

  init(_ inner: any Layer) { self.inner = inner }

  var children: [(name: String, layer: any Layer)] { [("inner", inner)] }

  func forward(_ x: Variable) -> Variable { x + inner(x) }
}

// YourOwnLesson.md

/// Twice a number.
private func doubled(_ x: Double) throws -> Double {
  throw NotWritten("The number plus itself.")
}

@MainActor private func doubledExercise(
  _ answer: @escaping (Double) throws -> Double = { try doubled($0) }
) -> Exercise {
  Exercise(1, "Twice a number", answer) { variant, answer in
    let x = variant.number(2.5...3)
    try compare(
      try answer(x), with: 2 * x, "doubled(\(x))",
      suspects: [
        Suspect("that is the number itself.", x),
        Suspect("it is squared, not doubled.", x * x),
      ])
  }
}

@Suite("The examples of the articles")
struct ArticleCode {
  @Test("on operations of one's own")
  func operations() {
    expectGradients(of: cauchy, at: [[0.5, -1, 2]])
    expectGradients(of: { hypotenuse($0[0], $0[1]) }, at: [[3, 1], [4, -2]])
    #expect(hypotenuse(Variable([3]), Variable([4])).value == [5])
  }

  @Test("on layers of one's own")
  func layers() {
    let model = Sequential(Linear(4, 4), Residual(Scale(4)), ReLU(), Linear(4, 2))
    model.freeze("0")
    print(model.namedParameters.map(\.name))
    #expect(
      model.namedParameters.map(\.name)
        == ["0.weight", "0.bias", "1.inner.weight", "3.weight", "3.bias"])
    expectGradients(ofLayer: model, input: [[0.5, -1, 2, 0.25]])
  }

  @Test("on lessons of one's own")
  @MainActor func lesson() {
    #expect(doubledExercise().outcome() == .notWritten("The number plus itself."))
    #expect(doubledExercise { 2 * $0 }.outcome() == .right)
    guard case .wrong(let text) = doubledExercise({ $0 * $0 }).outcome() else {
      Issue.record("A square was taken for right.")
      return
    }
    #expect(text.contains("it is squared, not doubled."))
  }

  @Test("on files")
  func files() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "model.safetensors")
    let model = Sequential(named: [
      ("features", Sequential(Conv2d(3, 8, kernel: 3), ReLU(), MaxPool2d(kernel: 2))),
      ("classifier", Sequential(Flatten(), Linear(72, 10))),
    ])
    print(model.stateDict.keys.sorted())
    #expect(
      model.stateDict.keys.sorted()
        == ["classifier.1.bias", "classifier.1.weight", "features.0.bias", "features.0.weight"])
    try Safetensors.write(model.stateDict, to: file)
    try model.load(Safetensors.read(file))
    try model.load(WeightFile.read(file))
    model.eval()
    #expect(model(Variable(.zeros([1, 3, 8, 8]))).shape == [1, 10])
    var state = model.stateDict
    state["classifier.1.bias"] = nil
    try model.load(state, strict: false)
    state["classifier.1.weight"] = .zeros([2, 3])
    let skipped = try model.load(state, strict: false, skipMisshapen: true).misshapen.map(\.name)
    model.freeze(allBut: "classifier")
    #expect(skipped == ["classifier.1.weight"])
    #expect(model.trainableParameters.count == 2)
  }

  @Test("on fine-tuning", .needsPNG)
  func fineTuning() throws {
    let folder = try TemporaryFolder()
    let photographs = folder.url.appending(path: "photographs")
    let book = Sketchbook(seed: 1)
    for name in Sketchbook.classes.prefix(2) {
      let place = photographs.appending(path: name)
      try makeFolder(place)
      for number in 0..<5 {
        try book.picture(of: name, number: number)
          .writePNG(to: place.appending(path: "\(number).png"))
      }
    }
    let start = try WeightChoice.resolve(nil, default: .tool)
    let data = try TrainingData(
      PictureDataset(folder: photographs), preprocessing: start.preprocessing, seed: 1)
    var options = FineTuning.Options()
    options.layers = ["classifier"]
    options.training.epochs = 10
    let tuning = try FineTuning(start: start, data: data, options: options)
    while try tuning.trainer.advance() {}
    print(tuning.trainer.history.last?.validationAccuracy ?? 0)
    #expect(tuning.trainer.history.count == 10)
  }

  /// What else is shown of networks and runs; it would leave files behind.
  private func shown(_ tuning: FineTuning) throws {
    let network = try WeightChoice.resolve(nil, default: .tool)
    let alexNet = try network.alexNet()
    print(alexNet.parameterCount)
    let outcome = try tuning.run(in: RunFolder(URL(filePath: "runs/photographs")))
    print(outcome)
  }
}
