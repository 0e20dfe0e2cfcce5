import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@testable import lesson6

@MainActor
@Suite("What lesson 6 says of filters")
struct FilterTraitsTests {
  private static func filter(
    _ color: (r: Double, g: Double, b: Double), _ value: (Double, Double) -> Double
  ) -> Tensor {
    let side = 11
    let plane = (0..<(side * side)).map { value(Double($0 / side - 5), Double($0 % side - 5)) }
    let planes = [color.r, color.g, color.b].flatMap { factor in plane.map { factor * $0 } }
    return Tensor(planes, shape: [1, 3, side, side])
  }

  @Test("stripes have a direction, spots have none, and noise is neither smooth nor gray")
  func kinds() {
    let stripes = FilterTraits(Self.filter((1, 1, 1)) { y, x in sin(0.7 * (x + y)) })
    #expect((stripes.smooth, stripes.gray, stripes.directed) == (1, 1, 1))
    let spot = FilterTraits(Self.filter((1, -1, 0)) { y, x in exp(-(x * x + y * y) / 8) })
    #expect((spot.smooth, spot.gray, spot.directed) == (1, 0, 0))
    var random = RandomSource(seed: 1)
    let noise = FilterTraits(Tensor.normal([64, 3, 11, 11], using: &random))
    #expect((noise.smooth, noise.gray, noise.directed) == (0, 0, 0))
  }

  @Test("shares are shares of the filters")
  func shares() {
    let filters = concatenate(
      [
        Self.filter((1, 1, 1)) { _, x in x }, Self.filter((1, 0, 0)) { _, x in x },
        Self.filter((1, 1, 1)) { y, x in exp(-(x * x + y * y) / 8) },
        Self.filter((1, 1, 1)) { y, x in (x + y).truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1 },
      ], axis: 0)
    let traits = FilterTraits(filters)
    #expect((traits.smooth, traits.gray, traits.directed) == (0.75, 0.75, 0.5))
  }

  @Test(
    "most of AlexNet's own filters are smooth, and two thirds have a direction",
    .enabled(if: LocalData.folder != nil, "\(LocalData.absence)"))
  func official() throws {
    let file = LocalData.folder!.appending(path: "alexnet-features.safetensors")
    let traits = FilterTraits(try Safetensors.read(file)["features.0.weight"]!)
    #expect((traits.smooth * 64, traits.gray * 64, traits.directed * 64) == (50, 29, 44))
  }
}
