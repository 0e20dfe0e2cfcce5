import Foundation
import RetrogradDrawing
import RetrogradTensors

/// The background of things.
enum Background: CaseIterable {
  case plain, paper, gradient, clouds, wall, landscape, lights, stripes, cloth, stone

  /// A canvas full of it.
  func canvas(size: Int, palette: Palette, using random: inout RandomSource) -> Canvas {
    // Noise is smooth: fewer places than pixels are enough.
    var canvas = Canvas(width: size, height: size, background: palette.ground[0])
    canvas.transform = .scale(Double(size), Double(size))
    let noise = Noise(seed: UInt32(truncatingIfNeeded: random.next()))
    let ground = palette.ground
    let angle = random.uniform(0, 2 * .pi)
    let along = Point(angle: angle, distance: 1)
    switch self {
    case .plain: break
    case .paper:
      canvas = Self.smallPattern(size, 2) {
        ground[0].darker(Float(0.05 + 0.06 * noise.octaves(2, $0.x * 40, $0.y * 40)))
      }
    case .gradient:
      canvas.fill(
        .linear(
          from: Point(0.5, 0.5) - along * 0.6, ground[0], to: Point(0.5, 0.5) + along * 0.6,
          ground[1]))
    case .clouds:
      let (width, depth) = (random.uniform(2, 6), random.uniform(0.6, 1))
      canvas = Self.smallPattern(size, 2) {
        let share = 0.5 + depth * noise.octaves(4, $0.x * width, $0.y * width)
        return ground[0].mixed(with: ground[1], Float(min(max(share, 0), 1)))
      }
    case .wall:
      let edge = random.uniform(0.55, 0.85)
      canvas.fill(.linear(from: [0, 0], ground[0], to: [0, edge], ground[0].darker(0.15)))
      canvas.fill(
        .rectangle([0.5, 1], 1, 2 * (1 - edge)),
        .linear(from: [0, edge], ground[1].darker(0.3), to: [0, 1], ground[1]))
      let planks = random.integer(in: 3..<8)
      for plank in 1..<planks {
        let x = Double(plank) / Double(planks)
        canvas.stroke(
          .line([0.5 + (x - 0.5) * 0.7, edge], [0.5 + (x - 0.5) * 2, 1]), width: 0.006,
          .color(ground[1].darker(0.45)))
      }
    case .landscape:
      canvas.fill(
        .linear(
          from: [0, 0], Color(0.35, 0.55, 0.85).mixed(with: ground[0], 0.4), to: [0, 0.7],
          Color(0.85, 0.9, 0.95).mixed(with: ground[1], 0.3)))
      for layer in 0..<3 {
        let height = 0.45 + 0.18 * Double(layer) + random.uniform(-0.05, 0.05)
        let roughness = random.uniform(1.5, 4)
        let ridge = (0...32).map { step -> Point in
          let x = Double(step) / 32
          return [x, height + 0.12 * noise.octaves(3, x * roughness, Double(layer) * 9)]
        }
        let green = Color(0.25, 0.4, 0.2).mixed(with: ground[2], 0.45).lighter(
          Float(2 - layer) * 0.2)
        canvas.fill(.polygon(ridge + [[1, 1], [0, 1]]), .color(green))
      }
    case .lights:
      canvas.fill(.linear(from: [0, 0], ground[0].darker(0.3), to: [1, 1], ground[1]))
      for _ in 0..<random.integer(in: 8..<26) {
        let color = palette.colors[random.integer(in: 0..<palette.colors.count)]
        canvas.fill(
          .circle([random.uniform(), random.uniform()], random.uniform(0.02, 0.09)),
          .color(color.mixed(with: ground[2], 0.5).faded(to: Float(random.uniform(0.15, 0.5)))))
      }
      canvas.blur(Double(size) * random.uniform(0.008, 0.02))
    case .stripes:
      let count = random.uniform(3, 12)
      let (first, second) = (ground[0], ground[0].mixed(with: ground[1], 0.6))
      for index in -20..<20 where index.isMultiple(of: 2) {
        let middle = Point(0.5, 0.5) + along * (Double(index) / count)
        let across = Point(-along.y, along.x)
        canvas.stroke(
          .line(middle - across, middle + across), width: 1 / count,
          .color(second.mixed(with: first, 0.2)))
      }
    case .cloth:
      let count = random.uniform(20, 45)
      let (first, second) = (ground[0], ground[0].darker(0.25))
      canvas = Self.smallPattern(size, 1) {
        let (u, v) = (
          sin(($0.x * along.x + $0.y * along.y) * count * 6.3),
          sin(($0.x * along.y - $0.y * along.x) * count * 6.3)
        )
        let fold = 0.3 * noise($0.x * 3, $0.y * 3)
        return first.mixed(with: second, Float(min(max(0.5 + 0.3 * u * v + fold, 0), 1)))
      }
    case .stone:
      let width = random.uniform(5, 14)
      canvas = Self.smallPattern(size, 1) {
        let vein = abs(noise.octaves(4, $0.x * width, $0.y * width))
        let grain = 0.25 * noise($0.x * 90, $0.y * 90)
        return ground[0].mixed(
          with: ground[1].darker(0.3), Float(min(max(0.8 - 2 * vein + grain, 0), 1)))
      }
    }
    canvas.transform = .identity
    return canvas
  }

  /// A pattern computed at fewer places and stretched.
  private static func smallPattern(
    _ size: Int, _ step: Int, _ color: @escaping @Sendable (Point) -> Color
  ) -> Canvas {
    let small = max(1, size / step)
    var canvas = Canvas(width: small, height: small)
    canvas.transform = .scale(Double(small), Double(small))
    canvas.fill(.pattern(color))
    canvas.transform = .identity
    return small == size ? canvas : canvas.resized(width: size, height: size)
  }
}
