import LessonKit
import Retrograd
import Testing

import enum RetrogradTestSupport.TestDevice

@testable import lesson1
@testable import lesson10
@testable import lesson11
@testable import lesson2
@testable import lesson3
@testable import lesson4
@testable import lesson5
@testable import lesson6
@testable import lesson7
@testable import lesson8
@testable import lesson9

@Suite("The reference solutions")
@MainActor struct SolutionTests {
  /// Every exercise with its reference solution.
  static let solved: [Exercise] = [
    grayExercise { try gray($0) },
    normalizedExercise { try normalized($0, mean: $1, deviation: $2) },
    middleExercise { try middle(of: $0, size: $1) },
    mirroredExercise { try mirrored($0) },
    batchShapeExercise { try batchShape(count: $0, width: $1, height: $2) },
    convolvedExercise { try convolved($0, $1) },
    gaussianExercise { try gaussianKernel(size: $0, deviation: $1) },
    outputSideExercise { try outputSide(of: $0, kernel: $1, stride: $2, padding: $3) },
    halvedExercise { try halved($0) },
    seenFrequencyExercise { try seenFrequency(afterHalving: $0) },
    slopeExercise { try slope(of: $0, at: $1) },
    derivativeExercise { try derivative(at: $0) },
    backwardOrderExercise { try backwardOrder(of: $0) },
    summedExercise { try summed($0, to: $1) },
    softsignExercise { try softsign($0) },
    softmaxExercise { try stableSoftmax($0) },
    logSumExpExercise { try logSumExp($0) },
    crossEntropyExercise { try crossEntropyByHand($0, $1) },
    crossEntropyGradientExercise { try crossEntropyGradient($0, $1) },
    lossOfGuessingExercise { try lossOfGuessing(classes: $0) },
    parameterCountExercise { try parameterCount(inputs: $0, outputs: $1, kernel: $2) },
    multiplicationsExercise { try multiplications(inputs: $0, outputs: $1, kernel: $2, side: $3) },
    topClassesExercise { try topClasses($0, count: $1) },
    confidenceExercise { try confidence($0) },
    featureSidesExercise { try featureSides(of: $0) },
    receptiveFieldExercise { try receptiveField(kernels: $0, strides: $1) },
    saliencyExercise { try saliencyMap($0, of: $1, target: $2) },
    classActivationExercise { try classActivation(maps: $0, gradient: $1) },
    ascentExercise { try ascended($0, steps: $1, rate: $2, score: $3) },
    randomBatchExercise { try randomBatch($0, $1, size: $2, using: &$3) },
    truncatedNormalsExercise { try truncatedNormals($0, deviation: $1, using: &$2) },
    adamStepExercise { try adamStep($0, gradient: $1, m: $2, v: $3, t: $4, rate: $5) },
    shareRightExercise { try shareRight($0, $1) },
    standardErrorExercise { try standardError(right: $0, of: $1) },
    trainableExercise { try trainable($0, layers: $1) },
    layerRatesExercise { try layerRates(count: $0, last: $1, factor: $2) },
    steppedExercise { try stepped($0, gradients: $1, isFrozen: $2, rate: $3, decay: $4) },
    largestChangesExercise { try largestChanges(before: $0, after: $1) },
    epochToKeepExercise { try epochToKeep(trainingLosses: $0, validationLosses: $1) },
    relativeErrorExercise { try relativeError($0, $1) },
    numericalGradientExercise { try numericalGradient(of: $0, at: $1) },
    repairedSwishExercise { try repairedSwish($0) },
    gradientCheckExercise { try isGradientRight(of: $0, at: $1) },
    slopesAtKinkExercise { try slopesAtKink(a: $0, b: $1) },
    productExercise { try product($0, $1, rows: $2, inner: $3, columns: $4) },
    patchesExercise { try patches($0, kernel: $1) },
    winogradExercise { try winograd($0, $1) },
    intensityExercise { try intensity(rows: $0, inner: $1, columns: $2) },
    attainableExercise { try attainable(intensity: $0, peak: $1, bandwidth: $2) },
    activationExercise { try activationKernel() },
    groupsExercise { try groups(for: $0, size: $1) },
    tiledProductExercise { try productKernel() },
    readsExercise { try readsPerProduct(tile: $0) },
    payingExercise { try operationsToPay(bandwidth: $0, card: $1, processor: $2) },
  ]

  /// The exercises whose answers are kernels.
  static let kernels: Set = ["A kernel for an activation", "A tiled product"]

  @Test("pass, with whatever numbers and shapes a student gets")
  func right() {
    for student in ["", "ada", "grace", "42", "é"] {
      // Without OpenCL kernels cannot be run; `CardAnswers` says that it was skipped.
      for exercise in Self.solved
      where TestDevice.isThere || !Self.kernels.contains(exercise.title) {
        #expect(exercise.outcome(seed: 3, student: student) == .right, "\(exercise.title)")
      }
    }
  }

  @Test(
    "are there for all exercises, and every answer that is still to be written says what to write")
  func stubs() {
    let lessons = [
      lesson1.exercises, lesson2.exercises, lesson3.exercises, lesson4.exercises,
      lesson5.exercises, lesson6.exercises, lesson7.exercises, lesson8.exercises,
      lesson9.exercises, lesson10.exercises, lesson11.exercises,
    ]
    let all = lessons.flatMap { $0 }
    #expect(all.map(\.title) == Self.solved.map(\.title))
    for exercises in lessons { #expect(exercises.map(\.number) == Array(1...exercises.count)) }
    for exercise in all {
      switch exercise.outcome() {
      case .notWritten(let hint): #expect(hint.count > 40, "\(exercise.title)")
      case .wrong(let text):
        // The one that comes with a mistake to be found.
        #expect(exercise.title == "A planted mistake" && text.contains("lacks a factor x"))
      case .right: Issue.record("\(exercise.title) passes without an answer")
      }
    }
  }

  @Test("get numbers of their own for each student, and the same for the same one")
  func variants() {
    func numbers(_ student: String, seed: UInt64 = 1) -> [[Int]] {
      var seen: [[Int]] = []
      let exercise = batchShapeExercise {
        seen.append([$0, $1, $2])
        return [$0, 3, $2, $1]
      }
      #expect(exercise.outcome(seed: seed, student: student) == .right)
      return seen
    }
    #expect(numbers("ada").count == 3)
    #expect(numbers("ada") == numbers("ada"))
    #expect(numbers("ada") != numbers("grace") && numbers("ada") != numbers("ada", seed: 2))
  }
}

/// Checks that an answer is refused with the right explanation, for two students.
@MainActor func expectWrong(
  _ why: String, _ exercise: Exercise, sourceLocation: SourceLocation = #_sourceLocation
) {
  for student in ["", "ada"] {
    guard case .wrong(let text) = exercise.outcome(student: student) else {
      Issue.record("\(exercise.title): was not refused", sourceLocation: sourceLocation)
      return
    }
    #expect(text.contains(why), "\(exercise.title): \(text)", sourceLocation: sourceLocation)
  }
}
