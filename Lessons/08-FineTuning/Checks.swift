import Foundation
import LessonKit
import Retrograd

let exercises = [
  trainableExercise(), layerRatesExercise(), steppedExercise(), largestChangesExercise(),
  epochToKeepExercise(),
]

func trainableExercise(
  _ answer: @escaping ([String], [String]) throws -> [String] = { try trainable($0, layers: $1) }
) -> Exercise {
  Exercise(1, "Which parameters learn", answer) { variant, answer in
    let names =
      [0, 1, 3, 6, 8, 10].flatMap { ["features.\($0).weight", "features.\($0).bias"] }
      + [1, 4, 6].flatMap { ["classifier.\($0).weight", "classifier.\($0).bias"] }
    let layers = [
      ["features.1", "classifier.6"], ["features.10.bias", "classifier"],
      ["classifier.1", "features.1.weight"],
    ][variant.round]
    func chosen(_ belongs: (_ name: String, _ path: String) -> Bool) -> [String] {
      names.filter { name in layers.contains { belongs(name, $0) } }
    }
    let right = chosen { $0 == $1 || $0.hasPrefix($1 + ".") }
    let result = try answer(names, layers)
    if result == right { return }
    let suspects: [(String, [String])] = [
      (
        "features.10 begins with \"features.1\" too: a dot must follow, or nothing.",
        chosen { $0.hasPrefix($1) }
      ),
      (
        "\"1\" and such are in many names: match the beginning of the name, followed by a dot.",
        chosen { $0.contains($1) }
      ),
      (
        "only names that are the path itself are found; a path also means all that is inside of it.",
        chosen { $0 == $1 }
      ),
      (
        "a path may be a parameter itself, without anything behind it.",
        chosen { $0.hasPrefix($1 + ".") }
      ),
      ("those are the ones that do not learn.", names.filter { !right.contains($0) }),
      (
        "only the first path is looked at.",
        names.filter { $0 == layers[0] || $0.hasPrefix(layers[0] + ".") }
      ),
      (
        "only the last path is looked at.",
        names.filter { $0 == layers.last! || $0.hasPrefix(layers.last! + ".") }
      ),
      (
        "the names come in the order of the paths; keep the order of the names.",
        layers.flatMap { path in names.filter { $0 == path || $0.hasPrefix(path + ".") } }
      ),
      ("all of them learn there.", names),
    ]
    let why = explanation(suspects.filter { $0.1 == result }.map(\.0))
    throw Mistake("trainable(…, layers: \(layers)) is \(result), expected \(right)." + why)
  }
}

func layerRatesExercise(
  _ answer: @escaping (Int, Double, Double) throws -> [Double] = {
    try layerRates(count: $0, last: $1, factor: $2)
  }
) -> Exercise {
  Exercise(2, "Learning rates of layers", answer) { variant, answer in
    let count = variant.size(3...6)
    let (last, factor) = (variant.number(0.5...2), variant.number(0.3...0.8))
    func rates(_ rate: (Int) -> Double) -> [Double] { (0..<count).map(rate) }
    try compare(
      try answer(count, last, factor), with: rates { last * pow(factor, Double(count - 1 - $0)) },
      "layerRates(count: \(count), last: \(decimal(last, 3)), factor: \(decimal(factor, 3)))",
      suspects: [
        Suspect(
          "the factor is subtracted once for each layer; each rate is the factor times the next.",
          rates { last - factor * Double(count - 1 - $0) }),
        Suspect(
          "the factor is subtracted once for each layer; each rate is the factor times the next.",
          rates { last - last * factor * Double(count - 1 - $0) }),
        Suspect(
          "that is the power of the rate, too: last · factorᵏ, not (last · factor)ᵏ.",
          rates { pow(last * factor, Double(count - 1 - $0)) }),
        Suspect(
          "that is one layer too few.",
          Array(rates { last * pow(factor, Double(count - 1 - $0)) }.dropFirst())),
        Suspect(
          "the first layer comes first, with the smallest rate.",
          rates { last * pow(factor, Double($0)) }),
        Suspect(
          "the last layer has the whole rate: its power is 0.",
          rates { last * pow(factor, Double(count - $0)) }),
        Suspect(
          "the factor is multiplied once for each layer, not added up.",
          rates { last * factor * Double(count - $0) }),
        Suspect(
          "all layers but the last have the same rate; each has the factor once more than the next.",
          rates { $0 == count - 1 ? last : last * factor }),
        Suspect("all layers have the same rate.", rates { _ in last }),
        Suspect(
          "rates grow towards the first layer: it is divided by the factor.",
          rates { last / pow(factor, Double(count - 1 - $0)) }),
        Suspect(
          "the rates fall evenly; each is the factor times the next.",
          rates { last * Double($0 + 1) / Double(count) }),
      ])
  }
}

func steppedExercise(
  _ answer: @escaping ([Tensor], [Tensor], [Bool], Double, Double) throws -> [Tensor] = {
    try stepped($0, gradients: $1, isFrozen: $2, rate: $3, decay: $4)
  }
) -> Exercise {
  Exercise(3, "A step that leaves frozen parameters alone", answer) { variant, answer in
    let parameters = (0..<3).map { _ in variant.tensor([2, variant.size(2...4)], in: 0.5...1) }
    let gradients = parameters.map { variant.tensor($0.shape) }
    let isFrozen = [[true, false, true], [false, true, false], [true, true, false]][variant.round]
    let (rate, decay) = (variant.number(0.1...0.3), variant.number(0.05...0.2))
    func step(
      frozen: (Tensor) -> Tensor = { $0 }, _ moved: (_ x: Tensor, _ g: Tensor) -> Tensor
    ) -> Tensor {
      concatenate(
        parameters.indices.map { index in
          let (x, g) = (parameters[index], gradients[index])
          return (isFrozen[index] ? frozen(x) : moved(x, g)).reshaped([x.count])
        })
    }
    let result = try answer(parameters, gradients, isFrozen, rate, decay)
    guard result.map(\.shape) == parameters.map(\.shape) else {
      throw Mistake(
        "stepped gives the shapes \(result.map(\.shape)), expected \(parameters.map(\.shape)): one tensor for each parameter."
          + (result.count == isFrozen.count { !$0 }
            ? "\nWhy: frozen parameters are left out; they are to be returned as they are." : ""))
    }
    func right(_ x: Tensor, _ g: Tensor) -> Tensor { x - rate * (g + decay * x) }
    let inverted = concatenate(
      parameters.indices.map { index in
        let (x, g) = (parameters[index], gradients[index])
        return (isFrozen[index] ? right(x, g) : x).reshaped([x.count])
      })
    let all = concatenate(
      parameters.indices.map {
        right(parameters[$0], gradients[$0]).reshaped([parameters[$0].count])
      })
    try compare(
      concatenate(result.map { $0.reshaped([$0.count]) }), with: step(right),
      "stepped(…, isFrozen: \(isFrozen)), all its numbers in one row: number ", tolerance: 1e-9,
      suspects: [
        Suspect(
          "the sum of gradient and decay is not multiplied by the learning rate.",
          step { x, g in x - (g + decay * x) }),
        Suspect(
          "weight decay pulls by decay · x, not by decay alone.",
          step { x, g in x - rate * (g + decay) }),
        Suspect(
          "weight decay moves frozen parameters as well: without a gradient they still shrink.",
          step(frozen: { $0 - rate * decay * $0 }, right)),
        Suspect(
          "frozen parameters become 0; they are to stay as they are.",
          step(frozen: { .zeros(like: $0) }, right)),
        Suspect("the frozen ones move and the others stay.", inverted),
        Suspect("all parameters move, the frozen ones too.", all),
        Suspect("weight decay is missing.", step { x, g in x - rate * g }),
        Suspect(
          "it goes uphill: the step is subtracted.", step { x, g in x + rate * (g + decay * x) }),
        Suspect(
          "weight decay has the wrong sign: it pushes away from 0.",
          step { x, g in x - rate * (g - decay * x) }),
        Suspect(
          "rate · gradient is subtracted, but decay · x is added: the step is rate · (gradient + decay · x), in brackets.",
          step { x, g in x - rate * g + decay * x }),
        Suspect(
          "weight decay is not multiplied by the learning rate.",
          step { x, g in x - rate * g - decay * x }),
      ])
  }
}

func largestChangesExercise(
  _ answer: @escaping ([Tensor], [Tensor]) throws -> [Double] = {
    try largestChanges(before: $0, after: $1)
  }
) -> Exercise {
  Exercise(4, "The receipt", answer) { variant, answer in
    let before = (0..<3).map { _ in variant.tensor([3, variant.size(2...4)], in: 0.5...1) }
    // One parameter falls, one stays, one rises.
    let after = before.enumerated().map {
      $0 == 1
        ? $1 : $1 + variant.tensor($1.shape, in: $0 == 0 ? -0.4...0.1 : -0.1...0.4)
    }
    func changes(_ measure: (Tensor, Tensor) -> Double) -> [Double] {
      zip(before, after).map(measure)
    }
    try compare(
      try answer(before, after), with: changes { ($1 - $0).abs().max().item() }, "largestChanges",
      tolerance: 1e-9,
      suspects: [
        Suspect(
          "the changes are added before the absolute value is taken: they cancel. abs first, then max.",
          changes { abs(($1 - $0).sum().item()) }),
        Suspect(
          "the changes are averaged before the absolute value is taken: they cancel. abs first, then max.",
          changes { abs(($1 - $0).mean().item()) }),
        Suspect(
          "the absolute value is taken of the largest change, where one that falls is never the largest: abs first.",
          changes { abs(($1 - $0).max().item()) }),
        Suspect(
          "sizes are compared: |after| − |before|. Take the difference first, then abs.",
          changes { ($1.abs() - $0.abs()).max().item() }),
        Suspect(
          "the absolute value is missing: numbers may also fall.",
          changes { ($1 - $0).max().item() }),
        Suspect(
          "the absolute value is missing: numbers may also rise.",
          changes { ($0 - $1).max().item() }),
        Suspect(
          "those are sums of all changes; the largest is asked for.",
          changes { ($1 - $0).abs().sum().item() }),
        Suspect(
          "those are means of all changes; the largest is asked for.",
          changes { ($1 - $0).abs().mean().item() }),
        Suspect(
          "those are lengths of the change; the largest number is asked for.",
          changes { ($1 - $0).norm().item() }),
        Suspect("the changes are squared.", changes { ($1 - $0).square().max().item() }),
        Suspect(
          "the changes are divided by what was there before.",
          changes { (($1 - $0) / $0).abs().max().item() }),
        Suspect(
          "the largest numbers are compared, not the numbers one by one.",
          changes { abs($1.max().item() - $0.max().item()) }),
      ])
  }
}

extension Tensor {
  fileprivate func square() -> Tensor { self * self }
}

func epochToKeepExercise(
  _ answer: @escaping ([Double], [Double]) throws -> Int = {
    try epochToKeep(trainingLosses: $0, validationLosses: $1)
  }
) -> Exercise {
  Exercise(5, "Predict: which epoch to keep", answer) { variant, answer in
    let count = variant.size(7...9)
    let best = variant.size(2...3)
    let training = (0..<count).map { 1 / Double($0 + 1) }
    // Falls, rises again, and reaches its lowest value once more.
    var validation = (0..<count).map { 0.5 + 0.1 * abs(Double($0 - best)) }
    validation[best + 2] = validation[best]
    validation[0] = 2
    func rounded(_ numbers: [Double]) -> [Double] { numbers.map { (100 * $0).rounded() / 100 } }
    try compare(
      try answer(training, validation), with: best,
      "epochToKeep(trainingLosses: \(rounded(training)), validationLosses: \(rounded(validation)))",
      suspects: [
        Suspect(
          "the training loss falls for ever, also when the network only learns by heart. Its lowest value, the last "
            + "epoch, says nothing about other pictures.", count - 1),
        Suspect("of equal losses the first is kept: the network has trained less.", best + 2),
        Suspect("that is the epoch with the highest validation loss.", 0),
        Suspect("epochs are numbered from 0.", best + 1),
        Suspect("that is the last epoch before the loss falls to its lowest value.", best - 1),
        Suspect(
          "that is where the two losses are nearest to each other.",
          (0..<count).min {
            abs(training[$0] - validation[$0]) < abs(training[$1] - validation[$1])
          }!),
      ])
  }
}
