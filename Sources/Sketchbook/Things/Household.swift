import RetrogradDrawing

extension Thing {
  /// Things found in a house.
  static let household: [Thing] = [
    Thing("clock", tilt: 0.15) { pen in
      let face = pen.color(Color(0.95, 0.93, 0.86)).lighter(0.4)
      let rim = pen.color(Color(0.45, 0.28, 0.15))
      pen.area(.circle([0, 0], 0.95), rim)
      pen.detail(.circle([0, 0], pen.uniform(0.72, 0.85)), face)
      let dark = Color(gray: 0.1)
      for hour in 0..<12 {
        let angle = Double(hour) * .pi / 6
        pen.mark(
          .line(Point(angle: angle, distance: 0.58), Point(angle: angle, distance: 0.68)),
          width: hour.isMultiple(of: 3) ? 0.07 : 0.035, dark)
      }
      pen.mark(
        .line([0, 0], Point(angle: pen.uniform(0, 6.28), distance: 0.55)), width: 0.05, dark)
      pen.mark(
        .line([0, 0], Point(angle: pen.uniform(0, 6.28), distance: 0.34)), width: 0.08, dark)
      if pen.chance(0.3) {
        pen.line(.line([-0.5, -0.85], [-0.6, -1]), width: 0.1, rim)
        pen.line(.line([0.5, -0.85], [0.6, -1]), width: 0.1, rim)
      }
    },
    Thing("umbrella") { pen in
      let count = pen.integer(4...6)
      let (first, second) = (pen.color(Color(0.8, 0.1, 0.15)), pen.color(Color(0.95, 0.9, 0.85)))
      let height = pen.uniform(0.75, 0.95)
      let handle = Path.smooth([
        [0, -0.9], [0, 0.7], [0.06, 0.88], [0.18, 0.92], [0.28, 0.82], [0.28, 0.7],
      ])
      pen.line(handle, width: 0.06, Color(0.35, 0.2, 0.1))
      for part in 0..<count {
        let (left, right) = (
          -1 + 2 * Double(part) / Double(count), -1 + 2 * Double(part + 1) / Double(count)
        )
        // Ribs meet at the top; between them the lower edge hangs in an arc.
        func rib(_ x: Double) -> [Point] {
          (0...8).map {
            let t = Double($0) / 8 * .pi / 2
            return [
              x * Point(angle: .pi / 2 - t, distance: 1).x,
              -0.9 + height * (1 - Point(angle: t, distance: 1).x),
            ]
          }
        }
        let middle = (left + right) / 2
        let hem: [Point] = [[middle, -0.9 + height - 0.12]]
        pen.area(
          .polygon(rib(left) + hem + rib(right).reversed()),
          part.isMultiple(of: 2) ? first : second)
      }
      pen.line(.line([0, -1], [0, -0.88]), width: 0.05, Color(gray: 0.2))
    },
    Thing("ladder", tilt: 0.5) { pen in
      let wood = pen.color(Color(0.72, 0.5, 0.28))
      let (top, bottom) = (pen.uniform(0.22, 0.36), pen.uniform(0.3, 0.46))
      let rungs = pen.integer(5...8)
      for rung in 0..<rungs {
        let y = -0.82 + 1.64 * (Double(rung) + 0.5) / Double(rungs)
        let x = top + (bottom - top) * (y + 1) / 2
        pen.line(.line([-x, y], [x, y]), width: 0.07, wood.darker(0.1))
      }
      pen.line(.line([-top, -1], [-bottom, 1]), width: 0.1, wood)
      pen.line(.line([top, -1], [bottom, 1]), width: 0.1, wood)
    },
    Thing("key", tilt: 3.14) { pen in
      let metal = pen.color(Color(0.8, 0.65, 0.25))
      let radius = pen.uniform(0.28, 0.38)
      let bow = Path.circle([-0.62, 0], radius) + .circle([-0.62, 0], radius * 0.5)
      pen.line(.line([-0.62 + radius * 0.8, 0], [0.95, 0]), width: 0.13, metal)
      let teeth = pen.integer(2...3)
      for tooth in 0..<teeth {
        let x = 0.9 - Double(tooth) * 0.2
        pen.line(.line([x, 0], [x, pen.uniform(0.2, 0.38)]), width: 0.11, metal)
      }
      pen.area(bow, metal, evenOdd: true)
    },
    Thing("book", tilt: 0.3) { pen in
      let (cover, page) = (pen.color(Color(0.5, 0.12, 0.15)), pen.vary(Color(0.95, 0.93, 0.88)))
      let sag = pen.uniform(0.1, 0.25)
      let height = pen.uniform(0.55, 0.75)
      pen.area(.rectangle([0, 0.06], 1.96, 2 * height + 0.1, corner: 0.05), cover)
      for side in [-1.0, 1] {
        pen.detail(
          .smooth([
            [0, -height + 0.05], [side * 0.4, -height - sag * 0.6], [side * 0.9, -height + 0.02],
          ]).joined(to: [
            [side * 0.9, height], [side * 0.4, height - sag * 0.6], [0, height + 0.05],
          ]), page)
        for line in 0..<5 {
          let y = -height * 0.7 + Double(line) * height * 0.34
          pen.mark(
            .line([side * 0.16, y - 0.02], [side * pen.uniform(0.6, 0.78), y - 0.03]), width: 0.03,
            Color(gray: 0.45))
        }
      }
      pen.mark(.line([0, -height + 0.05], [0, height]), width: 0.035, Color(gray: 0.3))
    },
    Thing("light bulb", tilt: 0.6) { pen in
      let glass = pen.color(Color(1, 0.9, 0.45)).lighter(0.2)
      let metal = pen.vary(Color(gray: 0.55))
      let neck = pen.uniform(0.2, 0.26)
      let bulb = Path.smooth(
        [
          [-neck, 0.45], [-0.36, 0.15], [-0.62, -0.22], [-0.52, -0.72], [0, -0.97],
          [0.52, -0.72], [0.62, -0.22], [0.36, 0.15], [neck, 0.45],
        ])
      pen.area(bulb, glass)
      pen.mark(
        Path([
          [-0.12, 0.4], [-0.2, -0.1], [-0.07, -0.3], [0.07, -0.1], [0.2, -0.3], [0.12, 0.4],
        ]),
        width: 0.035, Color(0.7, 0.4, 0.1))
      for ring in 0..<3 {
        pen.area(
          .rectangle(
            [0, 0.52 + Double(ring) * 0.13], 2 * neck - Double(ring) * 0.04, 0.11, corner: 0.05),
          metal.darker(ring == 1 ? 0.2 : 0))
      }
      pen.area(.arc([0, 0.86], 0.12, 0.1, from: 0, to: .pi), Color(gray: 0.2))
    },
    Thing("candle", tilt: 0.12) { pen in
      let wax = pen.color(Color(0.93, 0.9, 0.8))
      let half = pen.uniform(0.17, 0.3)
      let top = pen.uniform(-0.35, -0.1)
      pen.area(.ellipse([0, 0.86], 0.6, 0.14), pen.color(Color(0.65, 0.5, 0.2)))
      pen.area(
        Path.smooth([
          [-half, 0.85], [-half, top], [0, top + 0.06], [half, top], [half, top + 0.3],
          [half, 0.85],
        ]).joined(to: [[half, 0.85], [-half, 0.85]]), wax)
      pen.line(.line([0, top + 0.04], [0.01, top - 0.12]), width: 0.04, Color(gray: 0.15))
      let flame = Path.smooth(
        [
          [0, -0.98], [0.1, top - 0.4], [0.13, top - 0.2], [0, top - 0.06], [-0.13, top - 0.2],
          [-0.08, top - 0.42],
        ], closed: true)
      pen.area(flame, Color(1, 0.6, 0.1))
      pen.detail(.ellipse([0, top - 0.18], 0.06, 0.1), Color(1, 0.92, 0.5))
    },
    Thing("chair", tilt: 0.2) { pen in
      let (wood, seat) = (pen.color(Color(0.5, 0.32, 0.18)), pen.color(Color(0.7, 0.25, 0.2)))
      let (back, depth) = (pen.uniform(0.5, 0.6), pen.uniform(0.3, 0.45))
      // The legs behind, the back, the seat, and the legs in front.
      pen.line(.line([-back + depth, 0], [-back + depth, 0.7]), width: 0.08, wood.darker(0.3))
      pen.line(
        .line([back + depth * 0.7, 0], [back + depth * 0.7, 0.7]), width: 0.08, wood.darker(0.3))
      pen.line(.line([-back + depth, 0], [-back + depth - 0.05, -0.97]), width: 0.09, wood)
      pen.line(.line([back + depth * 0.7, 0], [back + depth * 0.7, -0.97]), width: 0.09, wood)
      for rail in 0..<pen.integer(2...4) {
        let y = -0.9 + Double(rail) * 0.24
        pen.line(.line([-back + depth, y], [back + depth * 0.7, y]), width: 0.09, wood)
      }
      pen.area(
        .polygon([
          [-back - 0.05, 0.25], [-back + depth, -0.04], [back + depth * 0.8, -0.04], [back, 0.25],
        ]), seat)
      pen.line(.line([-back, 0.25], [-back, 1]), width: 0.1, wood)
      pen.line(.line([back, 0.25], [back, 1]), width: 0.1, wood)
    },
    Thing("hourglass", tilt: 0.3) { pen in
      let wood = pen.color(Color(0.5, 0.3, 0.15))
      let sand = pen.color(Color(0.85, 0.7, 0.4))
      let half = pen.uniform(0.48, 0.6)
      let glass = Path.smooth([
        [-half, -0.8], [-half * 0.9, -0.4], [-0.06, 0], [-half * 0.9, 0.4], [-half, 0.8],
      ]).joined(
        to: Path.smooth([
          [half, 0.8], [half * 0.9, 0.4], [0.06, 0], [half * 0.9, -0.4], [half, -0.8],
        ]).points)
      pen.area(glass, Color(0.82, 0.9, 0.95))
      let level = pen.uniform(0.3, 0.55)
      pen.detail(
        .polygon([[-half * 0.75, -level], [half * 0.75, -level], [0.03, -0.02], [-0.03, -0.02]]),
        sand)
      pen.detail(.polygon([[-half * 0.85, 0.78], [0, level * 0.8], [half * 0.85, 0.78]]), sand)
      for y in [-0.88, 0.88] {
        pen.area(.rectangle([0, y], 2 * half + 0.3, 0.18, corner: 0.05), wood)
      }
      for x in [-half - 0.06, half + 0.06] {
        pen.line(.line([x, -0.82], [x, 0.82]), width: 0.06, wood)
      }
    },
    Thing("padlock", tilt: 0.3) { pen in
      let (body, steel) = (pen.color(Color(0.8, 0.6, 0.2)), pen.vary(Color(gray: 0.6)))
      let radius = pen.uniform(0.36, 0.46)
      let lift = pen.chance(0.3) ? 0.15 : 0
      pen.line(
        Path(
          [[-radius, 0.1]]
            + Path.arc([0, -0.4 - lift], radius, radius, from: .pi, to: 2 * .pi).points
            + [[radius, lift > 0 ? -0.3 - lift : 0.1]]),
        width: 0.15, steel)
      pen.area(
        .rectangle([0, 0.42], 1.4, pen.uniform(0.95, 1.1), corner: pen.uniform(0.05, 0.3)), body)
      pen.detail(.circle([0, 0.34], 0.13), Color(gray: 0.1))
      pen.detail(
        .polygon([[-0.06, 0.38], [0.06, 0.38], [0.1, 0.7], [-0.1, 0.7]]), Color(gray: 0.1))
    },
  ]
}
