import Foundation
import Retrograd

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Lists of pictures with their classes.
func fuzzLabels(_ bytes: [UInt8]) {
  _ = try? ClassLabels(text(bytes), name: "input")
  _ = try? ClassLabels(written(bytes, as: "tsv"))
}

/// Lists of networks that can be fetched.
func fuzzManifest(_ bytes: [UInt8]) { _ = try? WeightManifest(bytes, name: "input") }

/// What a file of weights says of itself: names and texts, one a line.
func fuzzMetadata(_ bytes: [UInt8]) {
  var texts: [String: String] = [:]
  for line in text(bytes).split(separator: "\n") {
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    texts[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
  }
  _ = try? NetworkMetadata(texts, file: "input")
}

/// How pictures are changed, as an option says it.
func fuzzAugmentation(_ bytes: [UInt8]) {
  guard let augmentation = try? Augmentation(text(bytes)) else { return }
  let picture = Picture(width: 6, height: 5, red: 9)
  var random = RandomSource(seed: 1)
  let changed = augmentation(picture, size: 4, using: &random)
  expect(changed.width == 4 && changed.height == 4, "\(augmentation): \(changed)")
}

/// Addresses of presentations.
func fuzzAddress(_ bytes: [UInt8]) {
  guard let slides = GoogleSlides(text(bytes)) else { return }
  let address = slides.exportAddress()
  expect(
    URL(string: address) != nil && GoogleSlides(address)?.presentation == slides.presentation,
    "\(address) is no address of the same presentation")
}
