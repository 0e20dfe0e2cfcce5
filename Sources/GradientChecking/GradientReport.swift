import Foundation
import RetrogradText

/// The result of a gradient check.
///
/// Printing it gives text for 80 columns; ``json`` gives the same for programs.
public struct GradientReport: Sendable, Codable {
  /// The verdict of a check, or of a part of it.
  public enum Verdict: String, Sendable, Codable {
    /// Everything agrees.
    case passed
    /// Something is wrong.
    case failed
    /// Too little could be compared, because the function has kinks or edges there, or because rounding
    /// hides its derivative. Not a pass.
    case inconclusive
  }

  /// One element where the gradient and the numerical derivative were compared.
  public struct Element: Sendable, Codable {
    /// Its index in the input's shape.
    public let index: [Int]
    /// The gradient by the backward pass.
    public let analytic: Double
    /// The gradient by finite differences.
    public let numerical: Double
    /// The distance between the two.
    public let error: Double
    /// The largest distance that passes.
    public let tolerance: Double
  }

  /// An element at which the function has a kink: its slope jumps there.
  public struct Kink: Sendable, Codable {
    /// Its index in the input's shape.
    public let index: [Int]
    /// The slope to the left.
    public let left: Double
    /// The slope to the right.
    public let right: Double
    /// The number that the backward pass returns; any number between the two is a subgradient.
    public let returned: Double
    /// Indicates whether an operation has told of it by `noteBranches`, so that steps across it are noticed.
    public let isDeclared: Bool
  }

  /// An element that could not be compared, because its numerical derivative says nothing.
  public struct LeftOut: Sendable, Codable {
    /// Its index in the input's shape.
    public let index: [Int]
    /// The reason: an edge of the function's domain, rounding.
    public let reason: String
  }

  /// One input or parameter at one order.
  public struct Part: Sendable, Codable {
    /// Its name: `input 0`, `classifier.6.weight`.
    public let name: String
    /// 1 for the gradient, 2 for the gradient of the gradient.
    public let order: Int
    /// Its shape.
    public let shape: [Int]
    /// The verdict.
    public let verdict: Verdict
    /// Indicates whether it was compared along random directions rather than element by element.
    public let usesDirections: Bool
    /// The number of elements, or directions, that were compared.
    public let compared: Int
    /// The number of those left out: at kinks, at edges of the domain, or drowned in rounding.
    public let leftOut: Int
    /// The number of those compared that disagree.
    public let wrong: Int
    /// The largest error, relative to the gradient's largest element.
    public let worstError: Double
    /// The elements that disagree most; where none do, the least certain one.
    public let worst: [Element]
    /// The first elements that sit exactly at a kink.
    public let kinks: [Kink]
    /// The first elements that were left out for other reasons than kinks.
    public let leftOutReasons: [LeftOut]
    /// The explanation of the disagreement, or else what can be seen of it.
    public internal(set) var diagnoses: [Diagnosis]
    /// Along directions: about the largest relative error in a single one of the elements that would
    /// not have shown; otherwise 0.
    public let unseen: Double
  }

  /// Something a backward pass should always do.
  public struct Property: Sendable, Codable {
    /// The property, in words.
    public let name: String
    /// Indicates whether it holds.
    public let holds: Bool
    /// The violations that were seen; empty where it holds.
    public let detail: String
    /// The cause, where it does not hold.
    public let cause: GradientCause?
  }

  /// One step of the sweep: how far the difference quotient is from the gradient.
  public struct SweepPoint: Sendable, Codable {
    /// The step.
    public let step: Double
    /// The relative error; `nil` where a branch changed within the step.
    public let error: Double?
  }

  /// The name of what was checked.
  public let subject: String
  /// The verdict of the whole check.
  public let verdict: Verdict
  /// Inputs and parameters, order by order.
  public let parts: [Part]
  /// The other properties that were checked.
  public let properties: [Property]
  /// The difference quotient along a random direction for smaller and smaller steps.
  public let sweep: [SweepPoint]
  /// The order at which the error falls with the step: 2 for a right gradient, 0 for a wrong one; `nil`
  /// where it cannot be measured, as for a linear function, which is exact at each step.
  public let measuredOrder: Double?
  /// The share of the elements that could be compared.
  public let coverage: Double
  /// The relative tolerance that was used.
  public let tolerance: Double
  /// The random seed.
  public let seed: UInt64

  /// Indicates whether everything agrees; `false` too where the check was inconclusive.
  public var passed: Bool { verdict == .passed }

  /// The best explanation of the first failure; `nil` where nothing failed or nothing is known.
  public var cause: GradientCause? {
    // A wrong shape, a changed input and the like explain wrong numbers as well.
    properties.first { !$0.holds }?.cause
      ?? parts.first { $0.verdict == .failed }?.diagnoses.first?.cause
  }

  /// The first line that says why, or what is seen; `nil` where nothing failed.
  public var explanation: String? {
    properties.first { !$0.holds }?.detail
      ?? parts.first { $0.verdict == .failed }?.diagnoses.first?.explanation
  }

  /// The whole report as JSON.
  public var json: String { RetrogradText.json(self, isPretty: true) }
}

/// The reason why a gradient is wrong.
public enum GradientCause: String, Sendable, Codable, CaseIterable {
  /// Nothing flows back: a detached value, a forgotten input.
  case zero
  /// The right gradient with the opposite sign.
  case sign
  /// The right gradient times a constant.
  case constantFactor
  /// The gradient transposed, or with two axes exchanged.
  case transposed
  /// The gradient was not summed over axes that broadcasting repeated, or only one repetition counts.
  case missingSum
  /// The incoming gradient plays no part.
  case cotangentIgnored
  /// The Jacobian itself was applied instead of its transpose.
  case jacobianNotTransposed
  /// Only the diagonal of the Jacobian: elements that depend on one another are treated as independent.
  case diagonalOnly
  /// A kernel flipped in space.
  case flippedKernel
  /// Moved by one or more elements along an axis: padding or an index is off.
  case shifted
  /// Right where the stride or dilation hits, wrong in between.
  case strideOrDilation
  /// Only one use of an element counts where it is used more than once.
  case overwritten
  /// The derivative at the output's value instead of the input's, or the other way round.
  case wrongPoint
  /// A mask or choice that is not the one of this forward pass.
  case wrongMask
  /// A reduction over the wrong axis.
  case wrongAxis
  /// One of several terms is missing, or its share is wrong.
  case missingTerm
  /// A factor is missing or too many: the input, the output, another input.
  case wrongFactor
  /// The gradient of another input.
  case exchangedInputs
  /// The same number is added to each element.
  case constantAdded
  /// Right in all elements but a few that have something in common.
  case someElements
  /// The derivative of another function.
  case wrongFormula
  /// Nothing that is known.
  case unknown
  /// A formula for almost the same function.
  case closeFormula
  /// Sent to other elements than those that the output reads.
  case wrongPlace
  /// Taken out of the graph on the way.
  case detached
  /// Rounded to single precision on the way.
  case singlePrecision
  /// A later call writes over something that the backward pass needs.
  case sharedState
  /// Right as a number but not differentiable again as written.
  case secondOrder
  /// A gradient of the wrong shape.
  case wrongShape
  /// A gradient of the wrong dtype.
  case wrongDType
  /// Too few or too many gradients.
  case wrongCount
  /// Not linear in the incoming gradient.
  case notLinear
  /// Another result each time.
  case notRepeatable
  /// An input is changed.
  case mutatedInput
  /// Infinities or NaN.
  case nonFinite
}

/// An explanation of a wrong gradient, with what speaks for it.
public struct Diagnosis: Sendable, Codable {
  /// The kind of mistake.
  public let cause: GradientCause
  /// The mistake, in a sentence for the author.
  public let explanation: String
  /// The evidence: numbers that support the explanation; empty for an observation.
  public let evidence: String
  /// Indicates whether it is only what can be seen: true, but no cause that was found to predict all of it.
  public let isObservation: Bool

  init(
    cause: GradientCause, explanation: String, evidence: String, isObservation: Bool = false
  ) {
    self.cause = cause
    self.explanation = explanation
    self.evidence = evidence
    self.isObservation = isObservation
  }
}
