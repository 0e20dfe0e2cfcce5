import Foundation

/// Advice where a network may disappoint.
extension PretrainedNetwork {
  /// The note on an answer that is not sure: `not sure; perhaps none of the 200 things it knows`.
  public var unsureWords: String {
    "not sure; perhaps none of the \(classes ?? 0) things it knows"
  }

  /// A line about pictures of a kind that the network has never seen; `nil` where there is nothing to say.
  ///
  /// - Parameter pictures: The kind of pictures that it is asked about; `nil` for a person's own pictures, most of
  ///   which are photographs.
  public func warning(about pictures: LearnedPictures.Kind? = nil) -> String? {
    switch (learnedFrom?.kind, pictures) {
    case (.drawings, nil), (.drawings, .photographs), (.drawings, .both):
      "this network learned from drawings only; its answers about photographs mean little"
        + (remedy.map { ": \($0)" } ?? "")
    case (.photographs, .drawings), (.photographs, .both):
      "this network learned from photographs only; its answers about drawings mean little"
    default: nil
    }
  }

  /// Advice on getting a better network; `nil` for one that is as wide as the best that there is.
  public var remedy: String? {
    width < 1
      ? "\"retrograd weights fetch\" gets torchvision's AlexNet, which learned from 1.2 million photographs"
      : nil
  }
}
