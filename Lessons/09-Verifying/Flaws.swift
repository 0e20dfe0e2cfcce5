import Retrograd

/// A function whose derivative has a mistake, and a place to check it.
struct Flaw {
  let name: String
  let x: Tensor
  let f: (Variable) -> Variable

  /// Mistakes of many kinds; weak checks overlook some of them.
  static func all(using random: inout RandomSource) -> [Flaw] {
    func numbers(_ shape: [Int]) -> Tensor {
      .uniform(shape, low: 0.3, high: 1.3, dtype: .float64, using: &random)
    }
    let square = numbers([3, 3])
    return [
      Flaw(name: "x²: factor 2 missing", x: square) { x in
        record("square", x, value: x.value * x.value, keep: .inputs) { s, dy in s.inputs[0] * dy }
      },
      Flaw(name: "tanh: 1 − x² instead of 1 − y²", x: square) { x in
        record("tanh", x, value: x.value.tanh(), keep: .inputs) { s, dy in
          dy * (1 - s.inputs[0] * s.inputs[0])
        }
      },
      Flaw(name: "sine: incoming gradient ignored", x: square) { x in
        record("sine", x, value: x.value.sin(), keep: .inputs) { s, _ in s.inputs[0].cos() }
      },
      Flaw(name: "transpose: not transposed back", x: square) { x in
        record("transpose", x, value: x.value.transposed(), keep: .nothing) { _, dy in dy }
      },
      Flaw(name: "softmax: only the diagonal", x: square) { x in
        record("softmax", x, value: x.value.softmax(axis: 1), keep: .output) { s, dy in
          dy * s.output * (1 - s.output)
        }
      },
      Flaw(name: "roll: shifted the wrong way", x: square) { x in
        record("roll", x, value: x.value.rolled(by: [1], axes: [1]), keep: .nothing) { _, dy in
          dy.rolled(by: [1], axes: [1])
        }
      },
      Flaw(name: "exp: largest numbers forgotten", x: square) { x in
        record("exp", x, value: x.value.exp(), keep: .output) { s, dy in
          dy * s.output * Variable(s.output.value .< 3)
        }
      },
      Flaw(name: "cube: right once, wrong twice", x: square) { x in
        record("cube", x, value: x.value * x.value * x.value, keep: .inputs) { s, dy in
          // The kept number is treated as a constant: the second derivative is lost.
          dy * Variable(3 * s.inputs[0].value * s.inputs[0].value)
        }
      },
    ]
  }
}
