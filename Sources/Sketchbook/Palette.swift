import RetrogradDrawing
import RetrogradTensors

/// The colors of one picture.
struct Palette {
  /// For things: they differ from the ground.
  let colors: [Color]
  /// For lines: dark on a light ground, and at times the other way round.
  let ink: Color
  /// For what lies between lines.
  let paper: Color
  /// For the background.
  let ground: [Color]

  init(using random: inout RandomSource) {
    let hue = random.uniform()
    // Dark grounds have light things on them.
    let isDark = random.uniform() < 0.35
    func color(
      _ hue: Double, _ saturation: ClosedRange<Double>, _ value: ClosedRange<Double>
    ) -> Color {
      Color(
        hue: hue, saturation: random.uniform(saturation.lowerBound, saturation.upperBound),
        value: random.uniform(value.lowerBound, value.upperBound))
    }
    let opposite = hue + random.uniform(0.3, 0.7)
    colors = (0..<4).map { index in
      color(
        opposite + Double(index) * random.uniform(0.05, 0.3), 0.35...0.95,
        isDark ? 0.65...1 : 0.25...0.85)
    }
    ground = (0..<3).map { _ in
      color(hue + random.uniform(-0.08, 0.08), 0.05...0.5, isDark ? 0.08...0.42 : 0.62...0.98)
    }
    let dark = color(hue + 0.5, 0...0.7, 0.02...0.22)
    let light = color(hue, 0...0.2, 0.9...1)
    (ink, paper) = isDark ? (light, ground[0]) : (dark, light)
  }
}
