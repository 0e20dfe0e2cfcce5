import RetrogradDrawing

extension Thing {
  /// Things to work and to play with.
  static let tools: [Thing] = [
    Thing("scissors", tilt: 3.14) { pen in
      let (steel, grip) = (pen.vary(Color(gray: 0.65)), pen.color(Color(0.85, 0.15, 0.15)))
      let opening = pen.uniform(0.14, 0.4)
      for side in [-1.0, 1] {
        let turn = Transform2D.rotation(side * opening)
        let blade = Path.polygon([
          [-0.07, 0.1], [0.07, 0.1], [0.05, -0.6], [side * 0.06, -0.98],
        ])
        pen.area(blade.transformed(turn), steel.darker(side > 0 ? 0.2 : 0))
        let center = Point(-side * 0.02, 0.66)
        pen.line(.line(turn([0, 0.05]), turn([0, 0.42])), width: 0.13, grip)
        let ring = Path.ellipse(center, 0.22, 0.3) + .ellipse(center, 0.12, 0.19)
        pen.area(ring.transformed(turn), grip, evenOdd: true)
      }
      pen.detail(.circle([0, 0.02], 0.06), Color(gray: 0.25))
    },
    Thing("hammer", tilt: 3.14) { pen in
      let (steel, wood) = (pen.vary(Color(gray: 0.45)), pen.color(Color(0.7, 0.48, 0.25)))
      let half = pen.uniform(0.08, 0.12)
      pen.area(.rectangle([0, 0.18], 2 * half, 1.6, corner: 0.06), wood)
      pen.area(.rectangle([0, -0.7], 0.36, 0.34), steel)
      pen.area(.rectangle([0.42, -0.7], 0.5, 0.24), steel)
      pen.area(.rectangle([0.7, -0.7], 0.16, 0.4, corner: 0.04), steel)
      pen.area(
        .smooth(
          [[-0.16, -0.86], [-0.5, -0.84], [-0.9, -0.55], [-0.5, -0.62], [-0.16, -0.54]],
          closed: true), steel)
    },
    Thing("pencil", tilt: 3.14) { pen in
      let paint = pen.color(Color(0.95, 0.75, 0.15))
      let half = pen.uniform(0.12, 0.18)
      pen.area(.rectangle([0, -0.05], 2 * half, 1.3), paint)
      pen.mark(.line([-half / 3, -0.68], [-half / 3, 0.58]), width: 0.025, paint.darker(0.35))
      pen.mark(.line([half / 3, -0.68], [half / 3, 0.58]), width: 0.025, paint.darker(0.35))
      pen.area(.rectangle([0, -0.75], 2 * half, 0.14), Color(gray: 0.7))
      pen.area(.rectangle([0, -0.89], 2 * half, 0.18, corner: 0.07), Color(0.9, 0.5, 0.5))
      pen.area(.polygon([[-half, 0.6], [half, 0.6], [0, 1]]), Color(0.9, 0.75, 0.55))
      pen.detail(
        .polygon([[-half * 0.35, 0.86], [half * 0.35, 0.86], [0, 1]]), Color(gray: 0.12))
    },
    Thing("guitar", tilt: 1.2) { pen in
      let wood = pen.color(Color(0.75, 0.45, 0.2))
      let dark = Color(0.25, 0.15, 0.1)
      let waist = pen.uniform(0.22, 0.3)
      pen.area(.rectangle([0, -0.42], 0.14, 0.9), dark)
      pen.area(.polygon([[-0.1, -0.98], [0.1, -0.98], [0.13, -0.76], [-0.13, -0.76]]), dark)
      let body = Path.smooth(
        [
          [0, -0.06], [0.28, -0.02], [0.34, 0.18], [waist, 0.36], [0.46, 0.6], [0.4, 0.88],
          [0, 0.98],
          [-0.4, 0.88], [-0.46, 0.6], [-waist, 0.36], [-0.34, 0.18], [-0.28, -0.02],
        ], closed: true)
      pen.area(body, wood)
      pen.detail(.circle([0, 0.34], 0.13), Color(gray: 0.08))
      pen.detail(.rectangle([0, 0.7], 0.34, 0.07), dark)
      for string in 0..<4 {
        let x = -0.045 + 0.03 * Double(string)
        pen.mark(.line([x, -0.8], [x, 0.7]), width: 0.012, Color(gray: 0.9))
      }
    },
    Thing("anchor", tilt: 0.4) { pen in
      let iron = pen.color(Color(0.2, 0.25, 0.35))
      let width = pen.uniform(0.11, 0.16)
      pen.line(.circle([0, -0.82], 0.13), width: width * 0.7, iron)
      pen.line(.line([0, -0.68], [0, 0.85]), width: width, iron)
      pen.line(.line([-0.42, -0.42], [0.42, -0.42]), width: width, iron)
      pen.line(.arc([0, 0.1], 0.76, 0.78, from: 0.3, to: .pi - 0.3), width: width, iron)
      for side in [-1.0, 1] {
        pen.area(
          .polygon([[side * 0.93, 0.38], [side * 0.72, -0.02], [side * 0.5, 0.3]]), iron)
      }
    },
    Thing("gear", tilt: 3.14) { pen in
      let metal = pen.color(Color(0.5, 0.52, 0.56))
      let teeth = pen.integer(8...14)
      let (inner, slope) = (pen.uniform(0.68, 0.78), pen.uniform(0.12, 0.22))
      var outline: [Point] = []
      for tooth in 0..<teeth {
        for (share, radius) in [(0.0, inner), (slope, 0.96), (0.5, 0.96), (0.5 + slope, inner)] {
          outline.append(
            Point(angle: (Double(tooth) + share) * 2 * .pi / Double(teeth), distance: radius))
        }
      }
      var wheel = Path.polygon(outline) + .circle([0, 0], pen.uniform(0.15, 0.3))
      if pen.chance(0.4) {
        for hole in 0..<5 {
          wheel = wheel + .circle(Point(angle: Double(hole) * 1.257, distance: 0.5), 0.11)
        }
      }
      pen.area(wheel, metal, evenOdd: true)
    },
    Thing("die", tilt: 0.3) { pen in
      let (body, spot) = (pen.color(Color(0.95, 0.93, 0.9)), Color(gray: 0.08))
      let light = body.lighter(0.45)
      // Three faces of a cube, each with its own axes.
      let faces: [(origin: Point, u: Point, v: Point, color: Color)] = [
        ([0, -0.95], [0.82, 0.42], [-0.82, 0.42], light),
        ([-0.82, -0.53], [0.82, 0.42], [0, 1], light.darker(0.12)),
        ([0, -0.11], [0.82, -0.42], [0, 1], light.darker(0.25)),
      ]
      let patterns: [[(Double, Double)]] = [
        [(0.5, 0.5)], [(0.25, 0.25), (0.75, 0.75)], [(0.25, 0.25), (0.5, 0.5), (0.75, 0.75)],
        [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)],
        [(0.25, 0.25), (0.75, 0.25), (0.5, 0.5), (0.25, 0.75), (0.75, 0.75)],
        [(0.25, 0.2), (0.75, 0.2), (0.25, 0.5), (0.75, 0.5), (0.25, 0.8), (0.75, 0.8)],
      ]
      let numbers = pen.random.permutation(6)
      for (index, face) in faces.enumerated() {
        pen.area(
          .polygon([
            face.origin, face.origin + face.u, face.origin + face.u + face.v, face.origin + face.v,
          ]), face.color)
        for (a, b) in patterns[numbers[index]] {
          let center = face.origin + a * face.u + b * face.v
          let spotPath = Path.circle([0, 0], 0.105).deformed {
            center + $0.x * face.u + $0.y * face.v
          }
          pen.detail(spotPath, spot)
        }
      }
    },
    Thing("chessboard", tilt: 0.5) { pen in
      let (dark, light) = (pen.color(Color(0.35, 0.2, 0.12)), pen.vary(Color(0.93, 0.85, 0.7)))
      let narrow = pen.uniform(0.55, 1)
      let count = pen.chance(0.7) ? 8 : 6
      func place(_ column: Int, _ row: Int) -> Point {
        // The far side is the narrower one.
        let (u, v) = (Double(column) / Double(count) * 2 - 1, Double(row) / Double(count) * 2 - 1)
        let width = narrow + (1 - narrow) * (v + 1) / 2
        return [0.92 * u * width, 0.92 * v * (0.6 + 0.4 * narrow)]
      }
      pen.area(
        Path.polygon([place(0, 0), place(count, 0), place(count, count), place(0, count)])
          .deformed { $0 * 1.06 }, dark)
      pen.detail(
        .polygon([place(0, 0), place(count, 0), place(count, count), place(0, count)]), light)
      for row in 0..<count {
        for column in 0..<count where (row + column).isMultiple(of: 2) {
          let square = Path.polygon([
            place(column, row), place(column + 1, row), place(column + 1, row + 1),
            place(column, row + 1),
          ])
          pen.patch(square, dark.darker(0.3))
        }
      }
    },
    Thing("spectacles", tilt: 0.4) { pen in
      let frame = pen.color(Color(0.15, 0.12, 0.12))
      let (radius, height) = (pen.uniform(0.34, 0.4), pen.uniform(0.28, 0.4))
      let isRound = pen.chance(0.6)
      let glass = Color(0.75, 0.87, 0.95)
      for side in [-1.0, 1] {
        let center = Point(side * 0.48, 0.1)
        let lens =
          isRound
          ? Path.ellipse(center, radius, height)
          : Path.rectangle(center, 2 * radius, 1.7 * height, corner: 0.14)
        pen.detail(lens, glass)
        pen.line(lens, width: 0.075, frame)
        pen.line(
          .smooth([[side * (0.48 + radius), 0], [side * 0.98, -0.1], [side * 0.9, -0.42]]),
          width: 0.06, frame)
      }
      pen.line(.arc([0, 0.06], 0.14, 0.1, from: .pi, to: 2 * .pi), width: 0.07, frame)
    },
    Thing("envelope", tilt: 0.5) { pen in
      let paper = pen.color(Color(0.93, 0.88, 0.75)).lighter(0.3)
      let half = pen.uniform(0.5, 0.68)
      pen.area(.rectangle([0, 0], 1.9, 2 * half, corner: 0.04), paper)
      pen.mark(
        Path([[-0.95, half], [-0.22, 0.02], [0.22, 0.02], [0.95, half]]), width: 0.03,
        paper.darker(0.5))
      pen.area(
        .polygon([[-0.95, -half], [0.95, -half], [0, pen.uniform(0.02, 0.2)]]), paper.darker(0.08))
      pen.mark(Path([[-0.95, -half], [0, 0.12], [0.95, -half]]), width: 0.03, paper.darker(0.5))
      if pen.chance(0.4) { pen.detail(.circle([0, 0.08], 0.13), Color(0.7, 0.1, 0.1)) }
    },
  ]
}
