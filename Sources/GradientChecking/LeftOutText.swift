// What a report says of elements that were left out, and of what directions do not show.

extension GradientReport.Part {
  /// The reasons why elements were left out, and the limits of the check, a sentence each.
  var remarks: [String] {
    var lines = leftOutReasons.map { left in
      "[" + left.index.map(String.init).joined(separator: ", ") + "] left out: \(left.reason)"
    }
    if unseen > 1e-3 {
      lines.append(
        "compared along directions: an error of less than \(shortText(100 * unseen)) % in a single "
          + "element would not show")
    }
    return lines
  }
}
