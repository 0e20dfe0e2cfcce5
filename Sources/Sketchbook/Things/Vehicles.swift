import RetrogradDrawing

extension Thing {
  /// Things that move, and what is built.
  static let vehicles: [Thing] = [
    Thing("bicycle", tilt: 0.2) { pen in
      let (frame, dark) = (pen.color(Color(0.8, 0.15, 0.2)), Color(gray: 0.15))
      let radius = pen.uniform(0.4, 0.46)
      let (rear, front): (Point, Point) = ([-0.54, 0.4], [0.54, 0.4])
      for hub in [rear, front] {
        pen.line(.circle(hub, radius), width: 0.05, dark)
        for spoke in 0..<pen.integer(4...7) {
          let along = Point(angle: Double(spoke) * 0.52 + hub.x, distance: radius)
          pen.mark(.line(hub - along, hub + along), width: 0.012, Color(gray: 0.5))
        }
      }
      let (crank, seat, head): (Point, Point, Point) = (
        [-0.06, 0.42], [-0.22, -0.26], [0.36, -0.24]
      )
      let width = pen.uniform(0.05, 0.075)
      for (from, to) in [(rear, crank), (rear, seat), (seat, crank), (seat, head), (head, crank)] {
        pen.line(.line(from, to), width: width, frame)
      }
      pen.line(.line(front, [0.3, -0.48]), width: width, frame)
      pen.line(.line(seat, [-0.25, -0.42]), width: width, frame)
      pen.line(
        .smooth([[0.16, -0.56], [0.32, -0.5], [0.46, -0.58], [0.5, -0.46]]), width: 0.06, dark)
      pen.line(.line([-0.4, -0.45], [-0.12, -0.43]), width: 0.09, dark)
      pen.line(.circle(crank, 0.09), width: 0.035, dark)
    },
    Thing("car", tilt: 0.15) { pen in
      let paint = pen.color(Color(0.15, 0.4, 0.75))
      let roof = pen.uniform(-0.6, -0.42)
      let front = pen.uniform(0.3, 0.5)
      pen.area(
        Path.smooth([
          [-0.98, 0.3], [-0.96, 0.0], [-0.66, -0.08], [-0.42, roof], [0.1, roof - 0.03],
          [front, -0.08],
          [0.92, 0.02], [0.98, 0.3],
        ]).joined(to: [[0.95, 0.38], [-0.95, 0.38]]), paint)
      let glass = Color(0.7, 0.85, 0.93)
      pen.detail(
        .polygon([[-0.52, -0.1], [-0.36, roof + 0.1], [-0.1, roof + 0.08], [-0.1, -0.1]]), glass)
      pen.detail(
        .polygon([[-0.02, -0.1], [-0.02, roof + 0.08], [0.1, roof + 0.08], [front - 0.1, -0.1]]),
        glass)
      let radius = pen.uniform(0.19, 0.24)
      for x in [-0.56, 0.56] {
        pen.area(.circle([x, 0.38], radius), Color(gray: 0.1))
        pen.detail(.circle([x, 0.38], radius * 0.5), Color(gray: 0.75))
      }
      pen.detail(.ellipse([0.9, 0.12], 0.06, 0.05), Color(1, 0.95, 0.6))
      pen.mark(.line([-0.06, 0], [-0.06, 0.3]), width: 0.02, paint.darker(0.5))
    },
    Thing("aeroplane", tilt: 0.7) { pen in
      let (body, wing) = (pen.color(Color(0.88, 0.9, 0.93)), pen.color(Color(0.2, 0.35, 0.65)))
      let sweep = pen.uniform(0.15, 0.4)
      pen.area(
        .polygon([[0.15, 0], [-0.15 - sweep, -0.72], [-0.34 - sweep, -0.72], [-0.2, 0]]),
        wing.darker(0.25))
      pen.area(
        .smooth(
          [
            [0.98, 0.04], [0.75, -0.12], [0.1, -0.16], [-0.7, -0.1], [-0.96, 0.0], [-0.6, 0.14],
            [0.3, 0.17], [0.8, 0.14],
          ], closed: true), body)
      pen.area(.polygon([[-0.6, -0.06], [-0.98, -0.55], [-0.8, -0.55], [-0.4, -0.08]]), wing)
      pen.area(
        .polygon([[0.2, 0.06], [-0.15 - sweep, 0.85], [-0.36 - sweep, 0.85], [-0.22, 0.08]]), wing)
      for window in 0..<6 {
        pen.detail(.circle([0.6 - 0.18 * Double(window), -0.02], 0.04), Color(0.3, 0.5, 0.7))
      }
    },
    Thing("sailing boat", tilt: 0.3) { pen in
      let (hull, sail) = (pen.color(Color(0.55, 0.28, 0.15)), pen.color(Color(0.96, 0.94, 0.88)))
      let mast = pen.uniform(-0.08, 0.12)
      pen.line(.line([mast, -0.98], [mast, 0.5]), width: 0.05, Color(0.35, 0.22, 0.12))
      pen.area(
        Path.smooth([[mast + 0.05, -0.92], [0.55, -0.3], [0.85, 0.32]]).joined(to: [
          [mast + 0.05, 0.32]
        ]), sail)
      pen.area(
        Path.smooth([[mast - 0.05, -0.8], [-0.4, -0.2], [-0.72, 0.32]]).joined(to: [
          [mast - 0.05, 0.32]
        ]),
        pen.chance(0.4) ? pen.color(sail) : sail.darker(0.1))
      pen.area(
        Path.smooth([[-0.95, 0.48], [-0.7, 0.82], [0, 0.92], [0.7, 0.82], [0.98, 0.44]]).joined(
          to: [[0.98, 0.44]]), hull)
      if pen.chance(0.5) {
        pen.mark(
          .smooth([[-0.84, 0.62], [0, 0.7], [0.84, 0.6]]), width: 0.05, hull.lighter(0.6))
      }
    },
    Thing("hot-air balloon", tilt: 0.2) { pen in
      let (first, second) = (pen.color(Color(0.9, 0.3, 0.2)), pen.color(Color(0.98, 0.8, 0.3)))
      let stripes = pen.integer(3...4)
      func side(_ share: Double) -> [Point] {
        let outline = Path.smooth([
          [0, -0.98], [0.42, -0.9], [0.72, -0.5], [0.62, -0.02], [0.3, 0.36], [0.15, 0.48],
        ])
        return outline.points.map { [share * $0.x, $0.y] }
      }
      for stripe in 0..<(2 * stripes - 1) {
        let from = -1 + 2 * Double(stripe) / Double(2 * stripes - 1)
        let to = -1 + 2 * Double(stripe + 1) / Double(2 * stripes - 1)
        pen.area(
          .polygon(side(from) + side(to).reversed()), stripe.isMultiple(of: 2) ? first : second)
      }
      for x in [-0.13, 0.13] {
        pen.line(.line([x, 0.46], [x * 0.9, 0.76]), width: 0.025, Color(gray: 0.25))
      }
      pen.area(.rectangle([0, 0.86], 0.3, 0.24, corner: 0.04), pen.vary(Color(0.6, 0.4, 0.2)))
    },
    Thing("windmill", tilt: 0.12) { pen in
      let (wall, sail) = (pen.color(Color(0.9, 0.85, 0.75)), pen.vary(Color(0.6, 0.45, 0.3)))
      let half = pen.uniform(0.2, 0.27)
      pen.area(
        .polygon([[-half, -0.3], [half, -0.3], [half * 1.7, 1], [-half * 1.7, 1]]), wall)
      pen.area(
        .polygon([[-half * 1.2, -0.28], [0, -0.58], [half * 1.2, -0.28]]),
        pen.color(Color(0.5, 0.2, 0.15)))
      pen.detail(
        .arc([0, 1], 0.11, 0.3, from: .pi, to: 2 * .pi, closed: true), Color(0.25, 0.15, 0.1))
      pen.detail(.rectangle([0, 0.25], 0.13, 0.17), Color(0.3, 0.4, 0.5))
      let turn = pen.uniform(0, 1.57)
      for blade in 0..<4 {
        let rotation = Transform2D.translation([0, -0.28]).after(
          .rotation(turn + Double(blade) * .pi / 2))
        pen.area(
          Path.polygon([[0, 0.12], [0.02, 0.62], [0.2, 0.62], [0.2, 0.15]]).transformed(rotation),
          sail.lighter(0.4))
        pen.line(Path.line([0, 0], [0, 0.68]).transformed(rotation), width: 0.04, sail)
      }
      pen.detail(.circle([0, -0.28], 0.05), Color(gray: 0.2))
    },
    Thing("house", tilt: 0.1) { pen in
      let (wall, roof) = (pen.color(Color(0.92, 0.85, 0.7)), pen.color(Color(0.7, 0.22, 0.15)))
      let half = pen.uniform(0.6, 0.78)
      let eaves = pen.uniform(-0.25, 0)
      if pen.chance(0.7) {
        pen.area(.rectangle([half * 0.55, -0.6], 0.17, 0.5), Color(0.5, 0.25, 0.2))
      }
      pen.area(.rectangle([0, (eaves + 0.9) / 2], 2 * half, 0.9 - eaves), wall)
      pen.area(.polygon([[-half - 0.18, eaves], [0, -0.92], [half + 0.18, eaves]]), roof)
      let door = pen.chance(0.5) ? 0 : half * 0.5
      pen.detail(.rectangle([door, 0.64], 0.26, 0.52), pen.color(Color(0.4, 0.22, 0.12)))
      let windows = door == 0 ? [-half * 0.62, half * 0.62] : [-half * 0.55, -half * 0.02]
      for x in windows {
        let y = eaves + 0.35
        pen.detail(.rectangle([x, y], 0.26, 0.26), Color(0.6, 0.8, 0.92))
        pen.mark(.line([x, y - 0.13], [x, y + 0.13]), width: 0.025, Color(gray: 0.3))
        pen.mark(.line([x - 0.13, y], [x + 0.13, y]), width: 0.025, Color(gray: 0.3))
      }
    },
    Thing("traffic light", tilt: 0.25) { pen in
      let housing = pen.color(Color(gray: 0.16)).darker(0.5)
      let half = pen.uniform(0.26, 0.34)
      if pen.chance(0.5) { pen.line(.line([0, 0.6], [0, 1]), width: 0.14, Color(gray: 0.35)) }
      pen.area(.rectangle([0, -0.14], 2 * half, 1.66, corner: pen.uniform(0.03, 0.2)), housing)
      let colors = [Color(0.95, 0.15, 0.1), Color(1, 0.75, 0.1), Color(0.15, 0.85, 0.3)]
      let lit = pen.integer(0...3)
      for (index, color) in colors.enumerated() {
        let center = Point(0, -0.66 + 0.52 * Double(index))
        pen.detail(.circle(center, 0.2), lit == index || lit == 3 ? color : color.darker(0.5))
        if pen.style == .painted || pen.style == .outlined {
          pen.mark(.arc(center, 0.23, 0.23, from: 3.3, to: 6.1), width: 0.04, Color(gray: 0.05))
        }
      }
    },
  ]
}
