import Foundation

/// The algorithm of a convolution, and the reason for it.
///
/// This is the one place that decides. The choice depends on shapes and dtype alone, never on the number
/// of pictures or threads, so that a picture's result does not either.
///
/// ```swift
/// let algorithm = ConvolutionAlgorithm(input: [8, 64, 27, 27], weight: [192, 64, 5, 5], padding: 2)
/// print(algorithm)
/// // Winograd F(4, 5): 5.8 times fewer multiplications
/// ```
public struct ConvolutionAlgorithm: Sendable, CustomStringConvertible {
  /// Winograd's extents, or `nil` for the matrix product that adds up every product as it stands.
  let winograd: WinogradPlan?
  /// The pictures without gaps between what a kernel meets, which Winograd's method takes instead.
  let phases: DilationPhases?
  /// Indicates whether each channel is convolved by itself.
  let isDepthwise: Bool
  /// Indicates whether what the kernels meet is read where it lies, instead of being packed.
  let usesRuns: Bool
  /// The reason for the choice.
  public let reason: String

  /// Indicates whether every product is added up as the formula has it, without Winograd's rearrangement, whose
  /// rounding errors are some ten times larger.
  public var isExact: Bool { winograd == nil }

  /// The algorithm and the reason.
  public var description: String {
    if let winograd {
      return "Winograd \(winograd.short.name)"
        + (winograd.fold > 1 ? " after folding stride \(winograd.fold) into channels" : "")
        + (phases != nil ? " on each picture's \(phases!.count) phases" : "")
        + ": \(reason)"
    }
    let name =
      isDepthwise ? "direct" : usesRuns ? "matrix product in place" : "matrix product"
    return "\(name): \(reason)"
  }

  /// The algorithm for a convolution of these shapes.
  ///
  /// - Parameters:
  ///   - input: [N, C, H, W].
  ///   - weight: [O, C/groups, kH, kW].
  ///   - stride: The distance by which the kernel moves between outputs.
  ///   - padding: The number of zeros that are added on each side.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent parts that the channels fall into.
  ///   - dtype: The element type.
  public init(
    input: [Int], weight: [Int], stride: Size2D = 1, padding: Size2D = 0, dilation: Size2D = 1,
    groups: Int = 1, dtype: DType = .float32
  ) {
    self.init(
      ConvolutionGeometry(
        "conv2d", input: input, weight: weight,
        .init(stride: stride, padding: padding, dilation: dilation, groups: groups)), dtype)
  }

  init(_ geometry: ConvolutionGeometry, _ dtype: DType) {
    isDepthwise = geometry.isDepthwise
    if isDepthwise {
      (winograd, phases, usesRuns) = (nil, nil, false)
      reason = "every channel has kernels of its own"
      return
    }
    let decision = Self.decide(geometry, dtype)
    (winograd, phases, reason) = (decision.plan, decision.phases, decision.reason)
    usesRuns = winograd == nil && geometry.usesRuns
  }

  /// Fewer channels leave most of a block empty.
  private static let fewestChannels = 16
  /// The transforms have to be paid for: below this, the plain product is as fast.
  private static let leastSaving = 1.4
  /// Transformed weights are larger; of very large ones the network would hold too many twice.
  private static let mostTransformedBytes = 64 << 20

  private static func decide(
    _ geometry: ConvolutionGeometry, _ dtype: DType
  ) -> (plan: WinogradPlan?, phases: DilationPhases?, reason: String) {
    if dtype == .float64 { return (nil, nil, "float64 is always exact") }
    if isExactForced { return (nil, nil, "exact convolutions were asked for") }
    if geometry.groups > 1 {
      return (nil, nil, "the channels fall into \(geometry.groups) groups")
    }
    let phases = geometry.dilation == 1 ? nil : DilationPhases(geometry)
    if geometry.dilation != 1 && phases == nil {
      return (nil, nil, "the kernel has gaps, and the stride steps over some of what it meets")
    }
    let part = phases?.part ?? geometry
    let (kernel, stride) = (part.kernel, part.stride)
    guard kernel.height == kernel.width, stride.height == stride.width else {
      return (nil, nil, "kernel or stride is not square")
    }
    let folded = (kernel.height + stride.height - 1) / stride.height
    let plans = ShortConvolution.all.filter { $0.kernel == folded }
      .map { WinogradPlan(part, $0) }
    guard let plan = plans.min(by: { $0.multiplications < $1.multiplications }) else {
      return (nil, nil, "no short convolution for a kernel of \(kernel) with stride \(stride)")
    }
    if min(plan.foldedInputs, geometry.outputChannels) < fewestChannels {
      return (nil, nil, "fewer than \(fewestChannels) channels")
    }
    if plan.transformedBytes > mostTransformedBytes {
      return (nil, nil, "transformed weights would take \(plan.transformedBytes >> 20) MB")
    }
    let plain = geometry.outputPixels * geometry.patch * geometry.outputChannels
    let saving = Double(plain) / Double(plan.multiplications * (phases?.count ?? 1))
    let times = String(format: "%.1f", saving)
    if saving < leastSaving {
      return (nil, nil, "\(plan.short.name) would save too little: a factor of \(times)")
    }
    return (plan, phases, "\(times) times fewer multiplications")
  }

  // MARK: Asking for exact convolutions

  private static let isExactByDefault =
    ["1", "true", "yes"].contains(ProcessInfo.processInfo.environment["RETROGRAD_EXACT"] ?? "")
  @TaskLocal private static var exactScope = false

  private static var isExactForced: Bool { exactScope || isExactByDefault }

  static func withExact<R>(_ body: () throws -> R) rethrows -> R {
    try $exactScope.withValue(true, operation: body)
  }
}

/// Runs `body` with convolutions that add up every product as the formula has it: slower, and with the
/// rounding errors of plain sums. Backward passes want to be inside too.
///
/// The environment variable `RETROGRAD_EXACT=1` does it for a whole program; `float64` is always exact.
public func withExactConvolutions<R>(_ body: () throws -> R) rethrows -> R {
  try ConvolutionAlgorithm.withExact(body)
}
