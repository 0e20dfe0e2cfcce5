import Foundation

/// A presentation at Google Slides, by its address.
///
/// An address such as `https://docs.google.com/presentation/d/ID/edit#slide=id.PAGE` names the presentation and
/// the page that was open; the same presentation as a PDF file is at `…/d/ID/export/pdf`.
public struct GoogleSlides: Equatable, Sendable {
  /// The presentation's identifier.
  public let presentation: String
  /// The page that was open when the address was copied.
  public let page: String?

  /// The presentation that an address names; `nil` when it is not that of a presentation.
  public init?(_ address: String) {
    guard
      let match = address.firstMatch(
        of:
          /^https?:\/\/docs\.google\.com\/(?:a\/[^\/]+\/)?presentation\/(?:u\/\d+\/)?d\/([A-Za-z0-9_-]+)(\/.*)?$/
      ), match.1 != "e"
    else { return nil }
    presentation = String(match.1)
    page = (match.2 ?? "").firstMatch(of: /[#&?]slide=id\.([A-Za-z0-9_.-]+)/).map {
      String($0.1)
    }
  }

  /// Returns whether an address leads to a presentation that was published to the web, which cannot be exported.
  static func isPublished(_ address: String) -> Bool {
    address.contains("docs.google.com/presentation/d/e/")
  }

  /// The address of the presentation as a PDF file.
  ///
  /// - Parameter host: Another server that answers in its place, for tests.
  public func exportAddress(host: String = "https://docs.google.com") -> String {
    "\(host)/presentation/d/\(presentation)/export/pdf?id=\(presentation)"
      + (page.map { "&pageid=\($0)" } ?? "")
  }
}
