import RetrogradDrawing

extension Thing {
  /// Toys and signs.
  static let signs: [Thing] = [
    Thing("heart", tilt: 0.5) { pen in
      let width = pen.uniform(0.85, 1.05)
      let half = Path.smooth([
        [0, -0.42], [0.2, -0.78], [0.55, -0.85], [0.9, -0.58], [0.86, -0.12], [0.5, 0.38],
        [0, 0.92],
      ]).points
      let mirrored = half.reversed().map { Point(-$0.x, $0.y) }
      pen.area(
        Path.polygon(half + mirrored).deformed { [$0.x * width, $0.y] },
        pen.color(Color(0.88, 0.12, 0.25)))
      if pen.chance(0.4) {
        pen.mark(.smooth([[-0.62, -0.4], [-0.55, -0.55], [-0.38, -0.62]]), width: 0.07, .white)
      }
    },
    Thing("kite", tilt: 0.6) { pen in
      let first = pen.color(Color(0.85, 0.2, 0.3))
      let second = pen.color(Color(0.2, 0.5, 0.85))
      let half = pen.uniform(0.48, 0.6)
      let middle = Point(0, pen.uniform(-0.5, -0.35))
      let top = Point(0, -0.98)
      let bottom = Point(0, 0.38)
      for side in [-1.0, 1] {
        let corner = middle + Point(side * half, 0)
        pen.area(.polygon([top, corner, middle]), side < 0 ? first : second)
        pen.area(.polygon([bottom, corner, middle]), side < 0 ? second : first)
      }
      pen.line(
        .smooth([bottom, [0.14, 0.55], [-0.12, 0.75], [0.1, 0.98]]), width: 0.03, Color(gray: 0.25))
      for knot in [Point(0.12, 0.55), Point(-0.1, 0.75), Point(0.06, 0.94)] {
        for side in [-1.0, 1] {
          let (upper, lower) = (knot + Point(side * 0.12, -0.07), knot + Point(side * 0.12, 0.07))
          pen.area(.polygon([knot, upper, lower]), side < 0 ? first : second)
        }
      }
    },
    Thing("target", tilt: 0.4) { pen in
      let first = pen.color(Color(0.85, 0.12, 0.12))
      let second = pen.vary(Color(0.96, 0.95, 0.92)).lighter(0.5)
      let rings = Double(pen.integer(2...3))
      let thickness = 0.96 / (2 * rings)
      for ring in stride(from: rings, to: 0, by: -1) {
        pen.patch(.circle([0, 0], 2 * ring * thickness), first)
        pen.detail(.circle([0, 0], (2 * ring - 1) * thickness), second)
      }
    },
    Thing("smiling face", tilt: 0.5) { pen in
      let skin = pen.color(Color(1, 0.82, 0.2)).lighter(0.2)
      let dark = Color(gray: 0.08)
      pen.area(.circle([0, 0], 0.95), skin)
      let (spread, height) = (pen.uniform(0.28, 0.38), pen.uniform(0.1, 0.17))
      for side in [-1.0, 1] { pen.detail(.ellipse([side * spread, -0.28], 0.1, height), dark) }
      let wide = pen.uniform(0.45, 0.6)
      if pen.chance(0.5) {
        pen.mark(.arc([0, 0.08], wide, 0.5, from: 0.25, to: .pi - 0.25), width: 0.08, dark)
      } else {
        pen.detail(.arc([0, 0.15], wide, 0.5, from: 0, to: .pi, closed: true), dark)
      }
    },
    Thing("tap", tilt: 0.2) { pen in
      let metal = pen.color(Color(0.65, 0.7, 0.75))
      let width = pen.uniform(0.24, 0.32)
      pen.line(
        .smooth([[-0.9, 0.1], [-0.1, 0.06], [0.45, 0.06], [0.66, 0.2], [0.7, 0.48]]), width: width,
        metal)
      pen.area(.rectangle([-0.88, 0.1], 0.18, 0.6, corner: 0.05), metal.darker(0.2))
      pen.line(.line([-0.1, 0.0], [-0.1, -0.5]), width: 0.14, metal)
      pen.line(.line([-0.48, -0.55], [0.28, -0.55]), width: 0.17, metal.darker(0.1))
      pen.area(
        .smooth([[0.7, 0.66], [0.8, 0.85], [0.7, 0.97], [0.6, 0.85]], closed: true),
        Color(0.35, 0.65, 0.95))
    },
  ]

  /// Things that are kept apart for retraining.
  static let neverSeen: [Thing] = [
    Thing("rocket", tilt: 0.8) { pen in
      let (body, fin) = (pen.color(Color(0.9, 0.9, 0.93)), pen.color(Color(0.85, 0.2, 0.15)))
      let half = pen.uniform(0.24, 0.32)
      for side in [-1.0, 1] {
        pen.area(
          .polygon([[side * half * 0.9, 0.2], [side * 0.62, 0.72], [side * half * 0.8, 0.62]]), fin)
      }
      pen.area(.smooth([[-0.14, 0.62], [0, 1], [0.14, 0.62]], closed: true), Color(1, 0.6, 0.1))
      pen.area(
        .smooth(
          [
            [0, -0.98], [half * 0.8, -0.55], [half, -0.1], [half * 0.8, 0.62], [-half * 0.8, 0.62],
            [-half, -0.1], [-half * 0.8, -0.55],
          ], closed: true), body)
      pen.detail(.circle([0, -0.28], 0.13), Color(0.4, 0.65, 0.9))
      pen.area(.rectangle([0, 0.5], 0.08, 0.4), fin)
    },
    Thing("crown", tilt: 0.35) { pen in
      let gold = pen.color(Color(0.92, 0.72, 0.2))
      let points = pen.integer(3...5)
      var outline: [Point] = [[-0.8, 0.65], [-0.92, -0.35]]
      for point in 0..<(points - 1) {
        let x = -0.92 + 1.84 * (Double(point) + 0.5) / Double(points - 1)
        outline.append([x, 0.1])
        outline.append([
          -0.92 + 1.84 * Double(point + 1) / Double(points - 1), point == points - 2 ? -0.35 : -0.6,
        ])
      }
      pen.area(.polygon(outline + [[0.8, 0.65]]), gold)
      for point in 0..<points {
        let x = -0.92 + 1.84 * Double(point) / Double(points - 1)
        let y = point == 0 || point == points - 1 ? -0.42 : -0.67
        pen.area(.circle([x, y], 0.09), pen.color(Color(0.8, 0.1, 0.2)))
      }
      pen.detail(.rectangle([0, 0.56], 1.62, 0.22), gold.darker(0.25))
      for x in [-0.5, 0, 0.5] { pen.detail(.ellipse([x, 0.56], 0.1, 0.07), Color(0.15, 0.4, 0.7)) }
    },
    Thing("snowman", tilt: 0.2) { pen in
      let snow = pen.vary(Color(0.95, 0.97, 1)).lighter(0.5)
      let dark = Color(gray: 0.1)
      for side in [-1.0, 1] {
        pen.line(
          .line([side * 0.3, 0], [side * 0.85, pen.uniform(-0.35, 0.05)]), width: 0.05,
          Color(0.35, 0.22, 0.12))
      }
      pen.area(.circle([0, 0.58], 0.42), snow)
      pen.area(.circle([0, -0.02], 0.33), snow)
      pen.area(.circle([0, -0.52], 0.26), snow)
      pen.area(.rectangle([0, -0.74], 0.58, 0.08), dark)
      pen.area(.rectangle([0, -0.87], 0.36, 0.24), dark)
      for side in [-1.0, 1] { pen.detail(.circle([side * 0.1, -0.57], 0.035), dark) }
      pen.detail(.polygon([[0, -0.52], [0.28, -0.46], [0, -0.44]]), Color(0.95, 0.5, 0.1))
      for y in [-0.12, 0.05, 0.45] { pen.detail(.circle([0, y], 0.04), dark) }
    },
    Thing("cat", tilt: 0.3) { pen in
      let fur = pen.color(Color(0.85, 0.55, 0.25))
      let ear = pen.uniform(0.85, 0.98)
      for side in [-1.0, 1] {
        pen.area(
          .polygon([[side * 0.72, -0.2], [side * 0.66, -ear], [side * 0.18, -0.55]]), fur)
        pen.detail(
          .polygon([[side * 0.6, -0.42], [side * 0.58, -ear + 0.2], [side * 0.34, -0.56]]),
          Color(0.95, 0.7, 0.7))
      }
      pen.area(.ellipse([0, 0.1], 0.82, 0.72), fur)
      for side in [-1.0, 1] {
        pen.detail(.ellipse([side * 0.34, -0.05], 0.15, 0.17), Color(0.75, 0.88, 0.4))
        pen.patch(.ellipse([side * 0.34, -0.05], 0.05, 0.15), .black)
        for whisker in [-1.0, 0, 1] {
          pen.mark(
            .line([side * 0.25, 0.34 + whisker * 0.04], [side * 0.95, 0.32 + whisker * 0.16]),
            width: 0.025, Color(gray: 0.2))
        }
      }
      pen.detail(.polygon([[-0.1, 0.22], [0.1, 0.22], [0, 0.33]]), Color(0.8, 0.35, 0.4))
      pen.mark(
        .smooth([[-0.18, 0.46], [-0.08, 0.48], [0, 0.34], [0.08, 0.48], [0.18, 0.46]]),
        width: 0.035, Color(gray: 0.15))
    },
    Thing("wine glass", tilt: 0.25) { pen in
      let (glass, wine) = (Color(0.82, 0.9, 0.95), pen.color(Color(0.55, 0.05, 0.15)))
      let half = pen.uniform(0.4, 0.52)
      let bowl = Path.smooth([
        [-half * 0.85, -0.95], [-half, -0.5], [-half * 0.7, -0.1], [0, 0.08], [half * 0.7, -0.1],
        [half, -0.5], [half * 0.85, -0.95],
      ])
      pen.line(.line([0, 0.05], [0, 0.88]), width: 0.07, glass)
      pen.area(.ellipse([0, 0.9], 0.45, 0.09), glass)
      pen.area(bowl, glass)
      pen.detail(
        Path.smooth([
          [-half * 0.96, -0.48], [-half * 0.68, -0.12], [0, 0.04], [half * 0.68, -0.12],
          [half * 0.96, -0.48],
        ]).joined(to: []), wine)
    },
    Thing("tent", tilt: 0.15) { pen in
      let cloth = pen.color(Color(0.9, 0.55, 0.15))
      let peak = pen.uniform(-0.2, 0.1)
      pen.area(
        .polygon([[peak, -0.75], [0.98, 0.7], [-0.2, 0.8], [-0.98, 0.65]]), cloth.darker(0.3))
      pen.area(.polygon([[peak, -0.75], [-0.98, 0.65], [0.3, 0.82]]), cloth)
      pen.detail(.polygon([[peak - 0.04, -0.4], [-0.5, 0.73], [0.0, 0.79]]), Color(gray: 0.1))
      pen.line(.line([peak, -0.75], [peak, -0.95]), width: 0.04, Color(gray: 0.3))
      pen.line(.line([0.3, 0.82], [0.55, 0.95]), width: 0.025, Color(gray: 0.4))
    },
    Thing("bell", tilt: 0.4) { pen in
      let brass = pen.color(Color(0.85, 0.65, 0.2))
      let half = pen.uniform(0.4, 0.5)
      pen.line(.circle([0, -0.84], 0.11), width: 0.06, brass)
      pen.area(.circle([0, 0.76], 0.17), brass.darker(0.35))
      pen.area(
        Path.smooth([
          [0, -0.76], [half * 0.7, -0.6], [half, -0.1], [half * 1.15, 0.35], [0.82, 0.68],
        ]).joined(
          to: Path.smooth([
            [-0.82, 0.68], [-half * 1.15, 0.35], [-half, -0.1], [-half * 0.7, -0.6], [0, -0.76],
          ]).points), brass)
      pen.mark(.line([-half * 1.2, 0.4], [half * 1.2, 0.4]), width: 0.05, brass.darker(0.4))
    },
    Thing("owl", tilt: 0.25) { pen in
      let feather = pen.color(Color(0.5, 0.35, 0.2))
      pen.area(.polygon([[-0.5, -0.6], [-0.55, -0.98], [-0.1, -0.75]]), feather)
      pen.area(.polygon([[0.5, -0.6], [0.55, -0.98], [0.1, -0.75]]), feather)
      pen.area(
        .smooth(
          [
            [0, -0.85], [0.55, -0.65], [0.62, 0.1], [0.45, 0.75], [0, 0.92], [-0.45, 0.75],
            [-0.62, 0.1], [-0.55, -0.65],
          ], closed: true), feather)
      pen.detail(.ellipse([0, 0.38], 0.34, 0.42), feather.lighter(0.55))
      for side in [-1.0, 1] {
        pen.area(
          .smooth([[side * 0.5, -0.15], [side * 0.75, 0.25], [side * 0.5, 0.7]], closed: true),
          feather.darker(0.3))
        pen.detail(.circle([side * 0.26, -0.4], 0.23), Color(0.98, 0.92, 0.7))
        pen.patch(.circle([side * 0.26, -0.4], 0.1), .black)
      }
      pen.detail(.polygon([[-0.09, -0.3], [0.09, -0.3], [0, -0.08]]), Color(0.95, 0.65, 0.1))
    },
  ]
}
