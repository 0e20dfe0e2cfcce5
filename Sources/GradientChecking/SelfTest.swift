import RetrogradTensors

/// The measured quality of gradient checks in finding mistakes: on functions with known mistakes, and on random
/// functions without any.
public struct GradientCheckScore: Sendable, Codable, Equatable {
  /// The number of functions with a mistake.
  public var mutants = 0
  /// The number of those that failed the check.
  public var caught = 0
  /// For how many of those the explanation named the true cause.
  public var diagnosed = 0
  /// The number of random functions without mistakes.
  public var correctGraphs = 0
  /// The number of those that failed the check.
  public var falseAlarms = 0
  /// The number of those that had too many kinks for a verdict.
  public var inconclusive = 0
}

/// The self-test of gradient checks.
public struct GradientCheckSelfTest: Sendable {
  /// The outcome for one function with a known mistake.
  public struct Outcome: Sendable {
    /// The function and its mistake.
    public let name: String
    /// Indicates whether the check failed, as it should.
    public let isCaught: Bool
    /// Indicates whether the first line of the explanation says the true cause.
    public let isDiagnosed: Bool
    /// The check's report.
    public let report: GradientReport
  }

  /// The figures.
  public private(set) var score = GradientCheckScore()
  /// The functions with mistakes, one by one.
  public private(set) var outcomes: [Outcome] = []
  /// The reports of functions without mistakes that failed.
  public private(set) var alarms: [GradientReport] = []

  /// Runs the self-test.
  ///
  /// - Parameters:
  ///   - graphs: The number of random functions to check.
  ///   - seed: The random seed.
  ///   - progress: Is told after each function; from several threads.
  public init(
    graphs: Int = 2000, seed: UInt64 = 1, progress: @escaping @Sendable () -> Void = {}
  ) {
    let mutants = Mutant.all
    let results = parallelMap(mutants.count) { index in
      defer { progress() }
      let mutant = mutants[index]
      let report = checkGradients(of: mutant.function, at: mutant.inputs)
      let isCaught = report.verdict == .failed
      return Outcome(
        name: mutant.name, isCaught: isCaught,
        isDiagnosed: isCaught && report.explanation?.contains(mutant.says) == true, report: report)
    }
    outcomes = results
    score.mutants = results.count
    score.caught = results.count(where: \.isCaught)
    score.diagnosed = results.count(where: \.isDiagnosed)
    let reports = parallelMap(graphs) { index in
      defer { progress() }
      let graph = ExpressionGraph(seed: seed &+ UInt64(index))
      return checkGradients(of: { graph($0) }, at: graph.inputs)
    }
    score.correctGraphs = reports.count
    alarms = reports.filter { $0.verdict == .failed }
    score.falseAlarms = alarms.count
    score.inconclusive = reports.count { $0.verdict == .inconclusive }
  }

  /// The names of the functions with known mistakes.
  public static var mistakes: [String] { Mutant.all.map(\.name) }

  /// Returns the report of a check on one function with a known mistake; `nil` where there is none of that name.
  public static func report(onMistake name: String) -> GradientReport? {
    Mutant.all.first { $0.name == name }.map { checkGradients(of: $0.function, at: $0.inputs) }
  }

  /// The number of functions that ``init(graphs:seed:progress:)`` checks.
  public static func count(graphs: Int) -> Int { Mutant.all.count + graphs }
}
