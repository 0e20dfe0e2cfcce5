import RetrogradDrawing

extension Thing {
  /// Animals, and what one of them builds.
  static let animals: [Thing] = [
    Thing("fish", tilt: 0.5) { pen in
      let (skin, fin) = (pen.color(Color(0.95, 0.5, 0.15)), pen.color(Color(0.85, 0.3, 0.1)))
      let height = pen.uniform(0.36, 0.56)
      let fork = pen.uniform(0.3, 0.5)
      pen.area(.polygon([[-0.5, 0], [-0.98, -fork], [-0.82, 0], [-0.98, fork]]), fin)
      pen.area(
        .smooth(
          [
            [0.25, -height * 0.8], [-0.05, -height - 0.25], [-0.4, -height - 0.1],
            [-0.35, -height * 0.6],
          ], closed: true), fin)
      pen.area(
        .smooth(
          [
            [0.97, 0.02], [0.6, -height * 0.8], [0.1, -height], [-0.4, -height * 0.45], [-0.62, 0],
            [-0.4, height * 0.45], [0.1, height], [0.6, height * 0.8],
          ],
          closed: true), skin)
      if pen.chance(0.5) {
        for x in [-0.2, 0.05, 0.3] {
          pen.mark(
            .smooth([[x, -height * 0.7], [x + 0.1, 0], [x, height * 0.7]]), width: 0.06,
            skin.lighter(0.7))
        }
      }
      pen.area(.smooth([[0.22, 0.12], [-0.05, 0.4], [0.08, 0.1]], closed: true), fin)
      pen.mark(
        .arc([0.42, 0], 0.16, height * 0.6, from: -1.2, to: 1.2), width: 0.03, skin.darker(0.4))
      pen.detail(.circle([0.68, -0.12], 0.09), .white)
      pen.patch(.circle([0.7, -0.12], 0.045), .black)
    },
    Thing("butterfly", tilt: 0.7) { pen in
      let (wing, spot) = (pen.color(Color(0.95, 0.55, 0.1)), pen.color(Color(0.2, 0.2, 0.5)))
      let (upper, lower) = (pen.uniform(0.75, 0.95), pen.uniform(0.55, 0.75))
      for side in [-1.0, 1] {
        let low: [Point] = [
          [0.06, 0.05], [lower * 0.7, 0.15], [lower, 0.5], [lower * 0.6, 0.88], [0.15, 0.5],
        ]
        let high: [Point] = [
          [0.06, 0], [0.35, -0.55], [upper * 0.8, -0.9], [upper, -0.45], [upper * 0.75, 0.05],
          [0.3, 0.15],
        ]
        pen.area(Path.smooth(low.map { [side * $0.x, $0.y] }, closed: true), wing.darker(0.15))
        pen.area(Path.smooth(high.map { [side * $0.x, $0.y] }, closed: true), wing)
        pen.detail(.circle([side * upper * 0.68, -0.45], 0.14), spot)
        pen.detail(.circle([side * lower * 0.62, 0.48], 0.1), spot)
        pen.line(
          .smooth([[side * 0.03, -0.4], [side * 0.12, -0.65], [side * 0.26, -0.8]]), width: 0.025,
          Color(gray: 0.15))
      }
      pen.area(.ellipse([0, 0.05], 0.08, 0.5), Color(gray: 0.18))
    },
    Thing("snail", tilt: 0.25) { pen in
      let (shell, skin) = (pen.color(Color(0.7, 0.45, 0.25)), pen.color(Color(0.8, 0.72, 0.5)))
      pen.area(
        .smooth(
          [
            [-0.95, 0.75], [-0.5, 0.55], [0.2, 0.55], [0.5, 0.3], [0.58, -0.1], [0.82, -0.16],
            [0.95, 0.1], [0.8, 0.55], [0.45, 0.78],
          ],
          closed: true), skin)
      for x in [0.66, 0.86] {
        pen.line(.line([x, -0.1], [x + 0.06, -0.5]), width: 0.04, skin)
        pen.area(.circle([x + 0.06, -0.5], 0.05), Color(gray: 0.15))
      }
      let center = Point(-0.18, 0.02)
      pen.area(.circle(center, 0.62), shell)
      let turns = pen.uniform(2.2, 3.2)
      let spiral = (0...40).map { step -> Point in
        let t = Double(step) / 40
        return center + Point(angle: 0.9 - t * turns * 2 * .pi, distance: 0.58 * (1 - t))
      }
      pen.mark(Path(spiral), width: 0.06, shell.darker(0.5))
    },
    Thing("spider web", tilt: 3.14) { pen in
      let thread = pen.color(Color(gray: 0.8))
      let (spokes, rings) = (pen.integer(7...11), pen.integer(4...6))
      let width = pen.uniform(0.02, 0.04)
      let lengths = (0..<spokes).map { _ in pen.uniform(0.85, 1) }
      func place(_ spoke: Int, _ share: Double) -> Point {
        let index = spoke % spokes
        return Point(
          angle: Double(index) * 2 * .pi / Double(spokes), distance: lengths[index] * share)
      }
      for spoke in 0..<spokes { pen.line(.line([0, 0], place(spoke, 1)), width: width, thread) }
      for ring in 1...rings {
        let share = 0.92 * Double(ring) / Double(rings)
        for spoke in 0..<spokes {
          let (from, to) = (place(spoke, share), place(spoke + 1, share))
          // Threads sag towards the middle.
          pen.line(.smooth([from, 0.43 * (from + to), to]), width: width * 0.8, thread)
        }
      }
    },
    Thing("ladybird", tilt: 3.14) { pen in
      let wing = pen.color(Color(0.85, 0.12, 0.1))
      let dark = Color(gray: 0.08)
      for side in [-1.0, 1] {
        for y in [-0.35, 0.1, 0.5] {
          pen.line(
            .smooth([[side * 0.5, y], [side * 0.85, y + 0.02], [side * 0.97, y + 0.16]]),
            width: 0.06, dark)
        }
        pen.line(
          .smooth([[side * 0.12, -0.8], [side * 0.2, -0.92], [side * 0.32, -1]]), width: 0.035, dark
        )
      }
      pen.area(.ellipse([0, -0.62], 0.36, 0.3), dark)
      pen.area(.ellipse([0, 0.12], 0.68, 0.8), wing)
      pen.mark(.line([0, -0.66], [0, 0.9]), width: 0.05, dark)
      let count = pen.integer(2...4)
      for side in [-1.0, 1] {
        for index in 0..<count {
          let y = -0.4 + 1.0 * Double(index) / Double(max(count - 1, 1))
          pen.detail(.circle([side * (index.isMultiple(of: 2) ? 0.28 : 0.44), y], 0.12), dark)
        }
      }
    },
  ]
}
