import RetrogradDrawing
import RetrogradTensors

/// One thing in its surroundings.
struct Scene {
  private let size: Int
  private var random: RandomSource
  private let palette: Palette
  private let style: Style
  /// The direction that the light comes from.
  private let light: Point

  init(size: Int, random: RandomSource) {
    self.size = size
    self.random = random
    palette = Palette(using: &self.random)
    let draw = self.random.uniform()
    style =
      draw < 0.38
      ? .painted : draw < 0.58 ? .outlined : draw < 0.76 ? .flat : draw < 0.9 ? .lines : .silhouette
    light = Point(angle: self.random.uniform(-2.6, -0.5), distance: 1)
  }

  /// The whole picture.
  mutating func canvas(of thing: Thing) -> Canvas {
    let background = Background.allCases[random.integer(in: 0..<Background.allCases.count)]
    // Lines and shapes cut out of paper need a calm ground.
    let isCalm = style == .lines || style == .silhouette
    var canvas =
      isCalm && random.uniform() < 0.7
      ? Canvas(width: size, height: size, background: palette.paper)
      : background.canvas(size: size, palette: palette, using: &random)
    if random.uniform() < 0.5 { addClutter(to: &canvas, count: random.integer(in: 1..<5)) }
    if random.uniform() < 0.3 { canvas.blur(Double(size) * random.uniform(0.004, 0.015)) }
    let layer = draw(thing)
    if !isCalm && random.uniform() < 0.6 {
      var shadow = layer.mask
      shadow.blur(Double(size) * random.uniform(0.008, 0.03))
      let distance = Double(size) * random.uniform(0.01, 0.05)
      canvas.fill(
        shadow, Color.black.faded(to: Float(random.uniform(0.25, 0.6))),
        offset: (Int(-light.x * distance), Int(-light.y * distance)))
    }
    canvas.draw(layer)
    if random.uniform() < 0.18 { cover(&canvas) }
    finish(&canvas)
    return canvas
  }

  /// The thing alone: turned, shifted, lit.
  private mutating func draw(_ thing: Thing) -> Canvas {
    var layer = Canvas(width: size, height: size)
    let half = Double(size) / 2
    let extent = random.uniform(0.5, 0.92)
    let room = 1.05 - extent
    let shift = Point(random.uniform(-room, room), random.uniform(-room, room)) * 0.8
    let tilt = thing.tilt * random.uniform(-1, 1)
    let isMirrored = thing.mirrors && random.uniform() < 0.5
    let stretch = random.uniform(0.88, 1.12)
    layer.transform = Transform2D.translation(Point(half, half) + shift * half)
      .after(.rotation(tilt))
      .after(.shear(random.uniform(-0.12, 0.12)))
      .after(.scale((isMirrored ? -1 : 1) * extent * half * stretch, extent * half / stretch))
    var pen = Pen(canvas: layer, style: style, palette: palette, random: &random)
    thing.draw(&pen)
    layer = pen.canvas
    layer.transform = .identity
    if style == .painted {
      layer.emboss(
        towards: light, rim: Double(size) * random.uniform(0.008, 0.025),
        strength: random.uniform(0.3, 1))
      if random.uniform() < 0.5 {
        let noise = Noise(seed: UInt32(truncatingIfNeeded: random.next()))
        let (width, depth) = (
          random.uniform(4, 30) / Double(size), Float(random.uniform(0.05, 0.25))
        )
        layer.shade { 1 + depth * Float(noise.octaves(2, Double($0) * width, Double($1) * width)) }
      }
    }
    return layer
  }

  /// Shapes that are no thing.
  private mutating func addClutter(to canvas: inout Canvas, count: Int) {
    canvas.transform = .scale(Double(size), Double(size))
    for _ in 0..<count {
      let middle = Point(random.uniform(), random.uniform())
      let extent = random.uniform(0.05, 0.25)
      let color = palette.ground[random.integer(in: 0..<3)]
        .mixed(with: palette.colors[random.integer(in: 0..<4)], Float(random.uniform(0.1, 0.5)))
        .faded(to: Float(random.uniform(0.4, 1)))
      switch random.integer(in: 0..<4) {
      case 0:
        let blob = (0..<7).map {
          middle + Point(angle: Double($0) * 0.9, distance: extent * random.uniform(0.5, 1))
        }
        canvas.fill(.smooth(blob, closed: true), .color(color))
      case 1:
        let along = Point(angle: random.uniform(0, .pi), distance: extent * 2)
        canvas.stroke(
          .line(middle - along, middle + along), width: random.uniform(0.005, 0.05), .color(color))
      case 2:
        let box = Path.rectangle([0, 0], extent, extent * random.uniform(0.3, 1.2))
        canvas.fill(
          box.transformed(.translation(middle).after(.rotation(random.uniform(0, 3)))),
          .color(color))
      default:
        let scribble = (0..<8).map { _ in
          middle + Point(random.uniform(-1, 1), random.uniform(-1, 1)) * extent
        }
        canvas.stroke(.smooth(scribble), width: random.uniform(0.004, 0.015), .color(color))
      }
    }
    canvas.transform = .identity
  }

  /// Something in front, over a small part.
  private mutating func cover(_ canvas: inout Canvas) {
    canvas.transform = .scale(Double(size), Double(size))
    let color = palette.ground[1].mixed(with: palette.colors[0], Float(random.uniform(0, 0.6)))
    let angle = random.uniform(0, 2 * .pi)
    if random.uniform() < 0.5 {
      // A bar.
      let (middle, along) = (
        Point(0.5, 0.5) + Point(angle: angle + .pi / 2, distance: random.uniform(0.05, 0.3)),
        Point(angle: angle, distance: 1)
      )
      canvas.stroke(
        .line(middle - along, middle + along), width: random.uniform(0.02, 0.08), .color(color))
    } else {
      // A blob from the border.
      let middle = Point(0.5, 0.5) + Point(angle: angle, distance: random.uniform(0.45, 0.6))
      let blob = (0..<8).map {
        middle + Point(angle: Double($0) * .pi / 4, distance: random.uniform(0.12, 0.24))
      }
      canvas.fill(.smooth(blob, closed: true), .color(color))
    }
    canvas.transform = .identity
  }

  /// The effects of a camera.
  private mutating func finish(_ canvas: inout Canvas) {
    if random.uniform() < 0.5 {
      let (side, depth) = (light, Float(random.uniform(0.05, 0.35)))
      let scale = 1 / Float(size)
      let isVignette = random.uniform() < 0.4
      let (x, y) = (Float(side.x), Float(side.y))
      canvas.shade { column, row in
        let (u, v) = (Float(column) * scale - 0.5, Float(row) * scale - 0.5)
        return isVignette ? 1 - depth * 2.4 * (u * u + v * v) : 1 + depth * (u * x + v * y)
      }
    }
    if random.uniform() < 0.25 { canvas.blur(Double(size) / 224 * random.uniform(0.9, 1.6)) }
    func factor(_ width: Double) -> Float { Float(random.uniform(1 - width, 1 + width)) }
    canvas.adjust(
      red: factor(0.1), green: factor(0.06), blue: factor(0.1), contrast: factor(0.2))
    if random.uniform() < 0.5 {
      canvas.addGrain(Float(random.uniform(0.005, 0.04)), using: &random)
    }
  }
}
