import RetrogradDrawing

extension Thing {
  /// Things that grow, and the sky.
  static let nature: [Thing] = [
    Thing("leaf", tilt: 3.14) { pen in
      let green = pen.color(pen.chance(0.7) ? Color(0.3, 0.58, 0.2) : Color(0.85, 0.5, 0.15))
      let width = pen.uniform(0.36, 0.6)
      let widest = pen.uniform(-0.1, 0.25)
      let half: [Point] = [
        [0, -0.98], [width * 0.6, widest - 0.5], [width, widest], [width * 0.65, 0.5], [0, 0.72],
      ]
      pen.area(
        Path.smooth(half).joined(to: Path.smooth(half.reversed().map { [-$0.x, $0.y] }).points),
        green)
      let vein = green.darker(0.45)
      pen.mark(.line([0, -0.9], [0, 0.7]), width: 0.04, vein)
      pen.line(.smooth([[0, 0.7], [0.03, 0.85], [0.1, 1]]), width: 0.05, vein)
      for index in 0..<pen.integer(3...5) {
        let y = 0.45 - Double(index) * 0.24
        for side in [-1.0, 1] {
          pen.mark(
            .smooth([[0, y], [side * width * 0.4, y - 0.16], [side * width * 0.68, y - 0.3]]),
            width: 0.025, vein)
        }
      }
    },
    Thing("flower", tilt: 0.4) { pen in
      let (petal, heart) = (pen.color(Color(0.9, 0.35, 0.5)), pen.vary(Color(0.95, 0.75, 0.15)))
      let count = pen.integer(5...9)
      let length = pen.uniform(0.4, 0.52)
      let center = Point(0, -0.4)
      pen.line(
        .smooth([[0, -0.3], [pen.uniform(-0.1, 0.1), 0.4], [0.05, 1]]), width: 0.07,
        Color(0.25, 0.5, 0.2))
      pen.area(
        .smooth([[0.02, 0.6], [0.25, 0.3], [0.55, 0.28], [0.3, 0.55]], closed: true),
        Color(0.3, 0.55, 0.22))
      let petalWidth = 3.0 / Double(count) * 0.36
      for index in 0..<count {
        let turn = Transform2D.translation(center).after(
          .rotation(Double(index) * 2 * .pi / Double(count)))
        pen.area(
          Path.ellipse([0, -length * 0.62], petalWidth, length * 0.55).transformed(turn), petal)
      }
      pen.detail(.circle(center, pen.uniform(0.14, 0.2)), heart)
    },
    Thing("conifer", tilt: 0.15) { pen in
      let green = pen.color(Color(0.12, 0.4, 0.2))
      let tiers = pen.integer(3...5)
      pen.area(.rectangle([0, 0.84], 0.2, 0.32), Color(0.4, 0.25, 0.12))
      for tier in (0..<tiers).reversed() {
        let (top, bottom) = (
          -0.98 + 1.3 * Double(tier) / Double(tiers),
          -0.98 + 1.74 * Double(tier + 1) / Double(tiers) * 0.98
        )
        let half = 0.3 + 0.42 * Double(tier + 1) / Double(tiers)
        pen.area(
          .polygon([
            [0, top], [half, bottom], [half * 0.3, bottom - 0.05], [-half * 0.3, bottom - 0.05],
            [-half, bottom],
          ]),
          green.lighter(Float(tiers - tier) * 0.04))
      }
    },
    Thing("cactus", tilt: 0.2) { pen in
      let green = pen.color(Color(0.25, 0.52, 0.3))
      let width = pen.uniform(0.26, 0.36)
      let (left, right) = (pen.uniform(-0.15, 0.25), pen.uniform(-0.2, 0.2))
      pen.line(
        .smooth([
          [0, left + 0.15], [-0.45, left + 0.12], [-0.58, left - 0.1], [-0.58, left - 0.42],
        ]), width: width * 0.7, green)
      pen.line(
        .smooth([
          [0, right + 0.3], [0.45, right + 0.27], [0.58, right + 0.05], [0.58, right - 0.35],
        ]), width: width * 0.7, green)
      pen.line(.line([0, -0.78], [0, 0.72]), width: width, green)
      for x in [-0.3, 0, 0.3] {
        pen.mark(.line([x * width, -0.75], [x * width, 0.6]), width: 0.025, green.darker(0.4))
      }
      pen.area(
        .polygon([[-0.4, 0.55], [0.4, 0.55], [0.3, 1], [-0.3, 1]]),
        pen.color(Color(0.75, 0.4, 0.25)))
    },
    Thing("honeycomb", tilt: 3.14) { pen in
      let (wax, honey) = (pen.color(Color(0.8, 0.55, 0.1)), pen.color(Color(0.98, 0.8, 0.3)))
      let radius = pen.uniform(0.2, 0.3)
      let shrink = pen.uniform(0.78, 0.88)
      let (stepX, stepY) = (radius * 1.732, radius * 1.5)
      func cell(_ center: Point, _ radius: Double) -> Path {
        .polygon(
          (0..<6).map { center + Point(angle: (Double($0) + 0.5) * .pi / 3, distance: radius) })
      }
      var centers: [Point] = []
      for row in -5...5 {
        for column in -5...5 {
          let center = Point(
            (Double(column) + (row.isMultiple(of: 2) ? 0 : 0.5)) * stepX, Double(row) * stepY)
          if center.length < 0.98 - radius * 0.6 { centers.append(center) }
        }
      }
      var comb = Path()
      for center in centers { comb = comb + cell(center, radius * 1.06) }
      pen.area(comb, wax)
      for center in centers {
        pen.detail(cell(center, radius * shrink), pen.chance(0.3) ? honey.darker(0.35) : honey)
      }
    },
    Thing("star", tilt: 0.6) { pen in
      let inner = pen.uniform(0.36, 0.5)
      pen.area(
        .star([0, 0.05], points: 5, outer: 0.98, inner: inner), pen.color(Color(0.98, 0.8, 0.15)))
    },
    Thing("crescent moon", tilt: 0.8) { pen in
      let shift = pen.uniform(0.3, 0.6)
      let (from, to) = (0.9, 2 * Double.pi - 0.9)
      // The outer arc, and back along a flatter one through the same ends.
      let outer = Path.arc([0, 0], 0.95, 0.95, from: from, to: to)
      let end = Point(angle: from, distance: 0.95)
      let inner = (0...24).map { step -> Point in
        let t = Double(step) / 24 * 2 - 1
        return [end.x - shift * (1 - t * t) * 1.25, end.y * t]
      }
      pen.area(outer.joined(to: inner), pen.color(Color(0.97, 0.88, 0.5)))
    },
    Thing("lightning bolt", tilt: 0.4) { pen in
      let lean = pen.uniform(0, 0.2)
      let width = pen.uniform(0.85, 1.15)
      let bolt: [Point] = [
        [0.15 + lean, -1], [-0.5, 0.12], [-0.06, 0.12], [-0.25 - lean, 1], [0.5, -0.2],
        [0.08, -0.2], [0.5 + lean, -1],
      ]
      pen.area(.polygon(bolt.map { [$0.x * width, $0.y] }), pen.color(Color(1, 0.82, 0.1)))
    },
  ]
}
