import Foundation
import Retrograd

/// Something that Retrograd uses, and whether this machine has it.
struct Finding: Encodable {
  let name: String
  let isThere: Bool
  /// Indicates whether nothing much works without it.
  let isNeeded: Bool
  /// The version that was found, or what does not work without it.
  let found: String
  /// A command that installs it, or other words on how to get it; only of what is missing.
  let install: String?

  init(
    _ name: String, isThere: Bool, isNeeded: Bool = false, _ found: String, install: String? = nil
  ) {
    (self.name, self.isThere, self.isNeeded) = (name, isThere, isNeeded)
    (self.found, self.install) = (found, isThere ? nil : install)
  }

  /// A line for people, and one for what to do.
  var text: String {
    let mark = isThere ? "✓" : isNeeded ? "✗" : "–"
    let column = name.padding(toLength: Self.nameColumns, withPad: " ", startingAt: 0)
    let remedy = install.map { "\n  " + String(repeating: " ", count: Self.nameColumns) + $0 }
    return "\(mark) \(column)\(found)\(remedy ?? "")"
  }

  private static let nameColumns = 17

  enum CodingKeys: String, CodingKey {
    case name
    case isThere = "there"
    case isNeeded = "needed"
    case found, install
  }

  /// A package's installation, as this system does it.
  static func package(apt: String, brew: String) -> String {
    #if os(macOS)
      "brew install \(brew)"
    #else
      "apt-get install \(apt)"
    #endif
  }
}
