import RetrogradTensors

// How the layers of this module are written when they are printed: as the call that makes them, without what is as by
// default.

extension Linear {
  /// Inputs, outputs, and whether there is a bias.
  public var configuration: String {
    arguments("\(inputs)", "\(outputs)", option("bias", bias != nil, unless: true))
  }
}

extension Conv2d {
  /// Channels, kernel, and how it moves.
  public var configuration: String {
    arguments(
      "\(weight.shape[1] * groups)", "\(weight.shape[0])",
      "kernel: \(Size2D(weight.shape[2], weight.shape[3]).literal)",
      option("stride", stride.literal, unless: "1"),
      option("padding", extraPadding == 0 ? padding.literal : ".same", unless: "0"),
      option("dilation", dilation.literal, unless: "1"), option("groups", groups, unless: 1),
      option("bias", bias != nil, unless: true))
  }
}

extension Conv1d {
  /// Channels, kernel, and how it moves.
  public var configuration: String {
    arguments(
      "\(weight.shape[1] * groups)", "\(weight.shape[0])", "kernel: \(weight.shape[2])",
      option("stride", stride, unless: 1),
      option("padding", extraPadding == 0 ? "\(padding)" : ".same", unless: "0"),
      option("dilation", dilation, unless: 1), option("groups", groups, unless: 1),
      option("bias", bias != nil, unless: true))
  }
}

extension ConvTranspose2d {
  /// Channels, kernel, and how it moves.
  public var configuration: String {
    arguments(
      "\(weight.shape[0])", "\(weight.shape[1] * groups)",
      "kernel: \(Size2D(weight.shape[2], weight.shape[3]).literal)",
      option("stride", stride.literal, unless: "1"),
      option("padding", padding.literal, unless: "0"),
      option("outputPadding", outputPadding.literal, unless: "0"),
      option("dilation", dilation.literal, unless: "1"), option("groups", groups, unless: 1),
      option("bias", bias != nil, unless: true))
  }
}

extension Embedding {
  /// The size of the table.
  public var configuration: String {
    arguments(
      "\(weight.shape[0])", "\(weight.shape[1])", paddingIndex.map { "paddingIndex: \($0)" })
  }
}

extension MaxPool2d {
  /// The window, and how it moves.
  public var configuration: String {
    arguments(
      "kernel: \(kernel.literal)", option("stride", stride.literal, unless: kernel.literal),
      option("padding", padding.literal, unless: "0"),
      option("dilation", dilation.literal, unless: "1"),
      option("ceilMode", ceilMode, unless: false))
  }
}

extension AvgPool2d {
  /// The window, and how it moves.
  public var configuration: String {
    arguments(
      "kernel: \(kernel.literal)", option("stride", stride.literal, unless: kernel.literal),
      option("padding", padding.literal, unless: "0"),
      option("ceilMode", ceilMode, unless: false),
      option("countIncludesPadding", countIncludesPadding, unless: true),
      option("divisorOverride", divisorOverride.map { "\($0)" } ?? "nil", unless: "nil"))
  }
}

extension AdaptiveAvgPool2d {
  /// The size of the output.
  public var configuration: String { size.literal }
}

extension AdaptiveMaxPool2d {
  /// The size of the output.
  public var configuration: String { size.literal }
}

extension BatchNorm2d {
  /// Channels, and what is not by default.
  public var configuration: String {
    arguments(
      "\(channels)", option("epsilon", epsilon, unless: 1e-5),
      option("momentum", momentum.map { "\($0)" } ?? "nil", unless: "0.1"),
      option("affine", weight != nil, unless: true),
      option("trackRunningStatistics", runningMean != nil, unless: true))
  }
}

extension BatchNorm1d {
  /// Features, and what is not by default.
  public var configuration: String { pictures.configuration }
}

extension LayerNorm {
  /// The extents of the normalized axes, and what is not by default.
  public var configuration: String {
    arguments(
      "\(normalizedShape)", option("epsilon", epsilon, unless: 1e-5),
      option("affine", weight != nil, unless: true),
      weight == nil ? nil : option("bias", bias != nil, unless: true))
  }
}

extension GroupNorm {
  /// Groups, channels, and what is not by default.
  public var configuration: String {
    arguments(
      "\(groups)", "\(channels)", option("epsilon", epsilon, unless: 1e-5),
      option("affine", weight != nil, unless: true))
  }
}

extension LocalResponseNorm {
  /// The number of channels that take part, and what is not by default.
  public var configuration: String {
    arguments(
      "\(size)", option("alpha", alpha, unless: 1e-4), option("beta", beta, unless: 0.75),
      option("k", k, unless: 1))
  }
}

extension Dropout {
  /// The probability.
  public var configuration: String { "\(probability)" }
}

extension Softmax {
  /// The axis.
  public var configuration: String { "axis: \(axis)" }
}

extension LogSoftmax {
  /// The axis.
  public var configuration: String { "axis: \(axis)" }
}

extension Flatten {
  /// The axes, unless they are all but the batch's.
  public var configuration: String {
    arguments(option("from", first, unless: 1), option("to", last, unless: -1))
  }
}

extension LeakyReLU {
  /// The slope.
  public var configuration: String { "slope: \(slope)" }
}

extension PReLU {
  /// The number of slopes, unless there is one.
  public var configuration: String { arguments(weight.count == 1 ? nil : "\(weight.count)") }
}

extension ELU {
  /// The limit.
  public var configuration: String { "alpha: \(alpha)" }
}

extension GELU {
  /// The approximation, if there is one.
  public var configuration: String {
    arguments(option("approximation", ".\(approximation)", unless: ".none"))
  }
}

extension Softplus {
  /// The sharpness and the threshold.
  public var configuration: String { "beta: \(beta), threshold: \(threshold)" }
}

extension Hardtanh {
  /// The bounds.
  public var configuration: String { "min: \(min), max: \(max)" }
}

extension PixelShuffle {
  /// The factor.
  public var configuration: String { "\(factor)" }
}

extension PixelUnshuffle {
  /// The factor.
  public var configuration: String { "\(factor)" }
}

extension Pad2d {
  /// The widths of the border, and its content.
  public var configuration: String {
    arguments(
      "rows: (\(rows.before), \(rows.after))", "columns: (\(columns.before), \(columns.after))",
      option("mode", ".\(mode)", unless: ".\(PaddingMode.constant(0))"))
  }
}

/// Arguments as they are written in a call; `nil` is left out.
func arguments(_ arguments: String?...) -> String {
  arguments.compactMap { $0 }.joined(separator: ", ")
}

/// An argument with its label; `nil` where it is as by default.
func option<Value: Equatable>(_ label: String, _ value: Value, unless standard: Value) -> String? {
  value == standard ? nil : "\(label): \(value)"
}

extension Size2D {
  /// The size as it is written: a number for both, or a list.
  var literal: String { height == width ? "\(height)" : "[\(height), \(width)]" }
}
