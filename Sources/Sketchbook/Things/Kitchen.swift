import RetrogradDrawing

extension Thing {
  /// Things to eat and drink, and what they come in.
  static let kitchen: [Thing] = [
    Thing("teapot", tilt: 0.25) { pen in
      let clay = pen.color(Color(0.3, 0.45, 0.7))
      let (width, height) = (pen.uniform(0.5, 0.6), pen.uniform(0.42, 0.55))
      // Spout, handle, belly, lid.
      pen.area(
        Path.smooth([[0.35, 0.35], [0.62, 0.2], [0.72, -0.1], [0.98, -0.32]]).joined(
          to: Path.smooth([[0.84, -0.42], [0.6, -0.25], [0.5, -0.08], [0.35, -0.05]]).points), clay)
      pen.line(
        .smooth([[-0.42, -0.2], [-0.8, -0.3], [-0.95, 0.05], [-0.75, 0.35], [-0.45, 0.4]]),
        width: 0.12, clay)
      pen.area(.ellipse([0, 0.2], width, height), clay)
      pen.area(.rectangle([0, 0.2 + height], width, 0.1, corner: 0.04), clay.darker(0.2))
      pen.area(.arc([0, 0.22 - height], 0.34, 0.22, from: .pi, to: 2 * .pi), clay.darker(0.1))
      pen.area(.circle([0, -0.05 - height], 0.09), clay.darker(0.25))
      if pen.chance(0.5) {
        pen.mark(
          .smooth([[-0.4, 0.2], [-0.13, 0.1], [0.13, 0.2], [0.4, 0.1]]), width: 0.05,
          clay.lighter(0.6))
      }
    },
    Thing("mug", tilt: 0.25) { pen in
      let clay = pen.color(Color(0.85, 0.3, 0.25))
      let (top, bottom) = (pen.uniform(0.5, 0.6), pen.uniform(0.4, 0.58))
      pen.line(
        .smooth([[0.45, -0.4], [0.85, -0.42], [0.92, 0], [0.78, 0.35], [0.42, 0.42]]),
        width: pen.uniform(0.12, 0.18), clay)
      pen.area(
        .polygon([[-top, -0.65], [top, -0.65], [bottom, 0.75], [0, 0.85], [-bottom, 0.75]]), clay)
      pen.detail(.ellipse([0, -0.65], top, 0.16), clay.darker(0.5))
      pen.detail(.ellipse([0, -0.61], top * 0.85, 0.1), Color(0.3, 0.18, 0.1))
      if pen.chance(0.5) {
        pen.mark(.line([-top * 0.94, -0.1], [top * 0.94, -0.1]), width: 0.09, clay.lighter(0.6))
      }
      if pen.chance(0.5) {
        for x in [-0.2, 0.15] {
          pen.line(
            .smooth([[x, -0.72], [x + 0.08, -0.8], [x - 0.03, -0.9], [x + 0.06, -1]]), width: 0.025,
            Color(gray: 0.75))
        }
      }
    },
    Thing("apple", tilt: 0.4) { pen in
      let skin = pen.color(pen.chance(0.6) ? Color(0.8, 0.12, 0.12) : Color(0.5, 0.7, 0.2))
      let width = pen.uniform(0.95, 1.05)
      let body = Path.smooth(
        [
          [0, -0.42], [0.35, -0.58], [0.74, -0.42], [0.82, 0.05], [0.6, 0.62], [0.28, 0.88],
          [0, 0.8],
          [-0.28, 0.88], [-0.6, 0.62], [-0.82, 0.05], [-0.74, -0.42], [-0.35, -0.58],
        ], closed: true
      ).deformed { [$0.x * width, $0.y] }
      pen.area(body, skin)
      pen.line(
        .smooth([[0, -0.4], [0.03, -0.7], [0.12, -0.92]]), width: 0.07, Color(0.35, 0.22, 0.1))
      if pen.chance(0.8) {
        pen.area(
          .smooth([[0.08, -0.68], [0.3, -0.95], [0.62, -0.9], [0.4, -0.68]], closed: true),
          pen.vary(Color(0.3, 0.6, 0.2)))
      }
      pen.mark(
        .smooth([[-0.55, -0.2], [-0.6, 0.05], [-0.52, 0.3]]), width: 0.06, skin.lighter(0.6))
    },
    Thing("banana", tilt: 0.7) { pen in
      let skin = pen.color(Color(0.95, 0.82, 0.2))
      let bend = pen.uniform(0.75, 1.1)
      let outer = Path.smooth([
        [-0.95, -0.45], [-0.75, 0.05], [-0.3, 0.42 * bend], [0.3, 0.45 * bend], [0.75, 0.1],
        [0.9, -0.35],
      ])
      let inner = Path.smooth([
        [0.8, -0.4], [0.55, -0.1], [0.2, 0.02 * bend], [-0.25, -0.02 * bend], [-0.62, -0.25],
        [-0.85, -0.55],
      ])
      pen.area(outer.joined(to: inner.points), skin)
      pen.area(
        .polygon([[0.8, -0.38], [0.9, -0.35], [0.97, -0.62], [0.88, -0.66]]), Color(0.4, 0.3, 0.1))
      pen.area(.polygon([[-0.95, -0.45], [-0.85, -0.55], [-0.98, -0.6]]), Color(0.3, 0.22, 0.1))
      pen.mark(
        .smooth([
          [-0.85, -0.42], [-0.6, -0.02], [-0.2, 0.22 * bend], [0.3, 0.24 * bend], [0.7, -0.08],
        ]),
        width: 0.035, skin.darker(0.4))
    },
    Thing("ice cream", tilt: 0.3) { pen in
      let cone = pen.vary(Color(0.85, 0.62, 0.35))
      let half = pen.uniform(0.36, 0.46)
      pen.area(.polygon([[-half, -0.05], [half, -0.05], [0, 0.98]]), cone)
      for step in 1..<4 {
        let t = Double(step) / 4
        pen.mark(
          .line([-half + half * t * 2, -0.03], [half * t * 0.9, 0.98 - 0.98 * t]), width: 0.025,
          cone.darker(0.4))
        pen.mark(
          .line([half - half * t * 2, -0.03], [-half * t * 0.9, 0.98 - 0.98 * t]), width: 0.025,
          cone.darker(0.4))
      }
      let scoops = pen.integer(1...3)
      let places: [[Point]] = [
        [[0, -0.3]], [[-0.24, -0.22], [0.24, -0.22]], [[-0.26, -0.2], [0.26, -0.2], [0, -0.6]],
      ]
      for place in places[scoops - 1] {
        pen.area(.circle(place, scoops == 1 ? 0.52 : 0.36), pen.color(Color(0.95, 0.75, 0.8)))
      }
      if pen.chance(0.4) {
        pen.area(
          .circle([0.02, scoops == 1 ? -0.86 : scoops == 2 ? -0.55 : -0.93], 0.1),
          Color(0.75, 0.08, 0.12))
      }
    },
    Thing("mushroom", tilt: 0.3) { pen in
      let (cap, stem) = (pen.color(Color(0.8, 0.15, 0.1)), pen.vary(Color(0.93, 0.88, 0.78)))
      let half = pen.uniform(0.16, 0.26)
      pen.area(
        .smooth(
          [
            [-half, -0.1], [half, -0.1], [half * 1.1, 0.5], [half * 1.6, 0.88],
            [-half * 1.6, 0.88], [-half * 1.1, 0.5],
          ],
          closed: true), stem)
      let height = pen.uniform(0.7, 0.9)
      pen.area(
        Path.arc([0, 0], 0.92, height, from: .pi, to: 2 * .pi).joined(to: [
          [0.6, 0.1], [0, 0.14], [-0.6, 0.1],
        ]), cap)
      for _ in 0..<pen.integer(4...8) {
        let angle = pen.uniform(3.5, 5.9)
        let distance = pen.uniform(0.15, 0.7)
        let place = Point(angle: angle, distance: distance)
        pen.detail(
          .ellipse([place.x, place.y * height], pen.uniform(0.06, 0.12), pen.uniform(0.05, 0.09)),
          Color(0.97, 0.95, 0.9))
      }
    },
  ]
}
