import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("The embedded network")
struct EmbeddedNetworkTests {
  @Test("knows what the sketchbook draws, and is right about pictures it has not seen")
  func accuracy() throws {
    let network = try WeightChoice.resolve(nil, default: .lessons)
    #expect(network.choice == .mini && network.labels == Sketchbook.classes)
    #expect(EmbeddedNetwork.size > 0 && EmbeddedNetwork.size < 12_000_000)
    let fresh = DrawnPictures(
      Sketchbook(seed: 987), numbers: 0..<3, isRepeatable: true,
      preprocessing: network.preprocessing)
    #expect(try evaluate(network.alexNet(), on: fresh).accuracy >= 0.95)
  }
}
