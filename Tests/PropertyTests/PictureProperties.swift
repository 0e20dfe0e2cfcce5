import Foundation
import RetrogradTensors
import Testing

@Suite struct PictureProperties {
  @Test("pictures of another size are what PyTorch's rules make of them")
  func interpolation() {
    checkProperty { choices in
      let shape = choices.shape(rank: 4...4, largest: 12, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype())
      let size = choices.size(in: 1...12)
      let mode = choices.element(of: InterpolationMode.allCases)
      let alignCorners = (mode == .bilinear || mode == .bicubic) && choices.isChosen()
      choices.note("\(x) to \(size), \(mode), alignCorners \(alignCorners)")
      let slow = Slow(x)
      /// Inputs along an axis with their weights.
      func taps(_ output: Int, _ extent: Int, _ count: Int) -> [(input: Int, weight: Double)] {
        func picked(_ place: Int) -> Int { Swift.min(Swift.max(place, 0), extent - 1) }
        let step = Float(extent) / Float(count)
        if mode == .nearest { return [(picked(Int(Float(output) * step)), 1)] }
        if mode == .nearestExact { return [(picked(Int((Float(output) + 0.5) * step)), 1)] }
        let place =
          alignCorners
          ? (count > 1 ? Double(output * (extent - 1)) / Double(count - 1) : 0)
          : (Double(output) + 0.5) * Double(extent) / Double(count) - 0.5
        if mode == .bilinear {
          let place = Swift.max(place, 0)
          let first = picked(Int(place))
          return [
            (first, 1 - (place - Double(first))), (picked(first + 1), place - Double(first)),
          ]
        }
        let first = Int(place.rounded(.down))
        return (-1...2).map { offset in
          let x = abs(place - Double(first + offset))
          // Keys' kernel with a = −3/4.
          let weight =
            x <= 1
            ? 1.25 * x * x * x - 2.25 * x * x + 1
            : -0.75 * x * x * x + 3.75 * x * x - 6 * x + 3
          return (picked(first + offset), weight)
        }
      }
      return difference(
        Interpolation(shape, to: size, mode: mode, alignCorners: alignCorners)(x),
        Tensor([shape[0], shape[1], size.height, size.width], x.dtype) { output in
          let columns = taps(output[3], shape[3], size.width)
          return taps(output[2], shape[2], size.height).reduce(0) { sum, row in
            sum + row.weight
              * columns.reduce(0) { $0 + $1.weight * slow[output[..<2] + [row.input, $1.input]] }
          }
        }, tolerance: x.dtype == .float32 ? 4e-6 : 1e-13)
    }
  }

  @Test("windows as columns hold what lies in them")
  func unfolding() {
    checkProperty { choices in
      let (kernel, dilation) = (choices.size(in: 1...3), choices.size(in: 1...2))
      let (padding, stride) = (choices.size(in: 0...2), choices.size(in: 1...3))
      func extent(_ kernel: Int, _ dilation: Int, _ padding: Int, _ choices: inout Choices) -> Int {
        max(1, dilation * (kernel - 1) + 1 - 2 * padding) + choices.integer(in: 0...5)
      }
      let size = Size2D(
        extent(kernel.height, dilation.height, padding.height, &choices),
        extent(kernel.width, dilation.width, padding.width, &choices))
      let planes = choices.shape(rank: 2...2, largest: 4)
      let x = choices.tensor(planes + [size.height, size.width], choices.dtype())
      choices.note(
        "\(x), kernel \(kernel), dilation \(dilation), padding \(padding), stride \(stride)")
      func count(
        _ extent: Int, _ kernel: Int, _ dilation: Int, _ padding: Int, _ stride: Int
      ) -> Int {
        (extent + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
      }
      let rows = count(size.height, kernel.height, dilation.height, padding.height, stride.height)
      let columns = count(size.width, kernel.width, dilation.width, padding.width, stride.width)
      let slow = Slow(x)
      let area = kernel.height * kernel.width
      let plan = UnfoldPlan(
        size, kernel: kernel, dilation: dilation, padding: padding, stride: stride,
        operation: "unfold")
      return difference(
        plan.unfold(x),
        Tensor([planes[0], planes[1] * area, rows * columns], x.dtype) { output in
          let (channel, element) = (output[1] / area, output[1] % area)
          return slow.padded(
            output[0], channel,
            output[2] / columns * stride.height + element / kernel.width * dilation.height
              - padding.height,
            output[2] % columns * stride.width + element % kernel.width * dilation.width
              - padding.width)
        })
        ?? adjointDifference(x, &choices, plan.unfold, adjoint: plan.fold)
    }
  }

  @Test("borders copy what lies inside")
  func borders() {
    checkProperty { choices in
      let shape = choices.shape(rank: 1...4, largest: 7, canBeEmpty: false)
      let x = choices.tensor(shape, choices.dtype(), isAwkward: true)
      let mode = choices.element(of: [PaddingMode.replicate, .reflect, .circular])
      let axes = choices.integer(in: 1...shape.count)
      let widths = shape.suffix(axes).map { extent in
        let largest =
          switch mode {
          case .reflect: extent - 1
          case .circular: extent
          default: 9
          }
        let before = choices.integer(in: 0...largest)
        return (before: before, after: choices.integer(in: 0...largest))
      }
      choices.note("\(x), \(mode), widths \(widths)")
      let slow = Slow(x)
      let skipped = shape.count - axes
      var larger = shape
      for (index, width) in widths.enumerated() {
        larger[skipped + index] += width.before + width.after
      }
      let border = Border(shape, widths, mode: mode)
      return difference(
        border(x),
        Tensor(larger, x.dtype) { indices in
          var source = indices
          for (index, width) in widths.enumerated() {
            let axis = skipped + index
            let (extent, place) = (shape[axis], indices[axis] - width.before)
            source[axis] =
              switch mode {
              case .reflect: place < 0 ? -place : place >= extent ? 2 * (extent - 1) - place : place
              case .circular: (place + extent) % extent
              default: min(max(place, 0), extent - 1)
              }
          }
          return slow[source]
        })
    }
  }

  @Test("pictures of a batch mix with their partners, counted from the end")
  func mixing() {
    checkProperty { choices in
      let shape = choices.shape(rank: 4...4, largest: 9)
      let x = choices.tensor(shape, choices.dtype())
      let share = Double(choices.integer(in: 0...8)) / 8
      let (top, left) = (choices.integer(in: 0...shape[2]), choices.integer(in: 0...shape[3]))
      let rows = top..<choices.integer(in: top...shape[2])
      let columns = left..<choices.integer(in: left...shape[3])
      choices.note("\(x), share \(share), rows \(rows), columns \(columns)")
      let slow = Slow(x)
      func partner(_ indices: [Int]) -> Double { slow[[shape[0] - 1 - indices[0]] + indices[1...]] }
      var (blended, swapped) = (x, x)
      blended.blendRowsWithReversed(share: share)
      swapped.swapRectangleWithReversed(rows: rows, columns: columns)
      return difference(
        blended, Tensor(shape, x.dtype) { slow[$0] * share + partner($0) * (1 - share) },
        "blended, it")
        ?? difference(
          swapped,
          Tensor(shape, x.dtype) {
            rows.contains($0[2]) && columns.contains($0[3]) ? partner($0) : slow[$0]
          }, "with rectangles changed, it")
    }
  }

  @Test("targets of mixed pictures share out what is right")
  func mixedTargets() {
    checkProperty { choices in
      let (count, classes) = (choices.integer(in: 0...7), choices.integer(in: 1...5))
      let labels = choices.indices([count], below: classes)
      let share = Double(choices.integer(in: 0...8)) / 8
      let dtype = choices.dtype()
      choices.note("labels \(labels.scalars) of \(classes), share \(share)")
      return difference(
        Tensor.mixedTargets(labels, classes: classes, share: share, dtype: dtype),
        Tensor([count, classes], dtype) { place in
          let (own, other) = (labels[place[0]], labels[count - 1 - place[0]])
          return (own == place[1] ? share : 0) + (other == place[1] ? 1 - share : 0)
        })
    }
  }

  @Test("pixels become numbers and come back")
  func pixels() {
    checkProperty { choices in
      let (width, height) = (choices.extent(), choices.extent())
      let bytes = choices.tensor([3 * width * height], .float64).scalars.map {
        UInt8(($0 + 8) * 8 + 127)
      }
      let mean = [0.485, 0.456, 0.406]
      let deviation = [0.229, 0.224, 0.225]
      choices.note("\(width)×\(height): \(bytes)")
      let planes = Tensor(
        pixels: bytes, width: width, height: height, mean: mean, deviation: deviation)
      let plain = Tensor(
        pixels: bytes, width: width, height: height, mean: [0, 0, 0], deviation: [1, 1, 1])
      return difference(
        planes,
        Tensor([3, height, width], .float32) {
          (Double(bytes[3 * ($0[1] * width + $0[2]) + $0[0]]) / 255 - mean[$0[0]])
            / deviation[$0[0]]
        }, tolerance: 1e-6)
        ?? (plain.pixels(channels: 3) == bytes ? nil : "the pixels come back as others")
    }
  }
}
