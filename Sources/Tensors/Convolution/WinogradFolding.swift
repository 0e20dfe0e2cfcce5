import Foundation
import RetrogradCKernels

// A stride turned into channels: between pictures and folded ones in blocks of channels.
//
// Channels that fill whole blocks stay together: first those of the inputs at the first row and column of each step,
// then those at the next column, and so on. Such blocks need not be taken apart: they lie side by side in the rows of a picture, and
// a tile of one takes each second column, if the stride is 2. Fewer channels, such as a picture's three, would leave blocks
// almost empty; there the inputs of a step become neighbors.

extension WinogradPlan {
  /// Indicates whether the channels of a block of folded channels have several places in a step.
  var mixesChannels: Bool { fold > 1 && !geometry.inputChannels.isMultiple(of: Self.block) }

  /// The blocks that lie in the same rows of the picture, a column of each step in turn.
  var blocksOfRow: Int { mixesChannels ? 1 : fold }

  /// Groups of blocks of the same rows.
  var inputGroups: Int { inputBlocks / blocksOfRow }

  /// The block of a group that has a place in each step.
  func inputBlock(group: Int, place: Int) -> Int {
    if blocksOfRow == 1 { return group }
    let blocks = geometry.inputChannels / Self.block
    return (group / blocks * fold + place) * blocks + group % blocks
  }

  /// The first channel of a group of blocks, and the row of each step that it has.
  func origin(group: Int) -> (channel: Int, rowOfStep: Int) {
    if fold == 1 { return (group * Self.block, 0) }
    let blocks = geometry.inputChannels / Self.block
    return (group % blocks * Self.block, group / blocks)
  }

  /// The folded channel of a channel's inputs at a row and column of each step.
  func foldedChannel(_ channel: Int, row: Int, column: Int) -> Int {
    mixesChannels
      ? (channel * fold + row) * fold + column
      : (row * fold + column) * geometry.inputChannels + channel
  }

  /// The phases of a stride, in one direction, in which a folded kernel has all of its elements.
  ///
  /// A kernel of 3 with stride 2 becomes one of its first and third element, and one of its second and nothing. Where blocks
  /// mix channels, all phases count as full: a block would be so in parts.
  var fullPhases: Int {
    mixesChannels ? fold : min(fold, geometry.kernel.height - (short.kernel - 1) * fold)
  }

  /// The folded channels that have a part in a point's product, in ranges.
  ///
  /// The last place of a tile, in each direction, is multiplied with the last element of a kernel alone: where that is missing,
  /// there is nothing to multiply.
  func channels(ofPoint point: Int) -> [Range<Int>] {
    let full = fullPhases
    let (isLastRow, isLastColumn) = (
      point / short.inputs == short.inputs - 1, point % short.inputs == short.inputs - 1
    )
    if full == fold || !(isLastRow || isLastColumn) { return [0..<inputs] }
    let rows = isLastRow ? full : fold
    let channels = geometry.inputChannels
    if !isLastColumn { return [0..<(rows * fold * channels)] }
    return (0..<rows).map { row in (row * fold * channels)..<((row * fold + full) * channels) }
  }
}

extension WinogradTransforms {
  /// Some rows of a folded picture with zeros around it, in blocks of mixed channels.
  func loadFolded(
    _ image: UnsafePointer<Float>, block index: Int, firstRow: Int, rows: Int,
    to buffer: UnsafeMutablePointer<Float>
  ) {
    memset(buffer, 0, rows * rowStride * MemoryLayout<Float>.stride)
    forEachFoldedRun(block: index, firstRow: firstRow, rows: rows) { input, lanes, steps, offset in
      copyRuns(
        steps, of: lanes, from: image + input, step: plan.fold, to: buffer + offset, step: block)
    }
  }

  /// Blocks of mixed channels back to a picture, without the zeros around it.
  func storeFolded(
    _ buffer: UnsafePointer<Float>, block index: Int, to image: UnsafeMutablePointer<Float>
  ) {
    forEachFoldedRun(block: index, firstRow: 0, rows: plan.paddedHeight) {
      input, lanes, steps, offset in
      copyRuns(
        steps, of: lanes, from: buffer + offset, step: block, to: image + input, step: plan.fold)
    }
  }

  /// Calls `body` with neighbors in a row of the picture that become neighboring channels.
  ///
  /// - Parameter body: Gets where the first run lies in the picture, its length, how many runs follow
  ///   `fold` apart, and where the first goes in the buffer; the others follow a block apart.
  private func forEachFoldedRun(
    block index: Int, firstRow: Int, rows: Int,
    _ body: (_ input: Int, _ lanes: Int, _ steps: Int, _ offset: Int) -> Void
  ) {
    let (fold, size, padding) = (plan.fold, plan.geometry.input, plan.geometry.padding)
    let end = min(block, plan.foldedInputs - index * block)
    // Rows of the picture in their order, as far as the channels of the block allow.
    for row in 0..<rows {
      var lane = 0
      while lane < end {
        let channel = index * block + lane
        let (plane, v, u) = (channel / (fold * fold), channel / fold % fold, channel % fold)
        let lanes = min(fold - u, end - lane)
        let y = (firstRow + row) * fold + v - padding.height
        if y >= 0 && y < size.height {
          let line = (plane * size.height + y) * size.width + u - padding.width
          let to = row * rowStride + lane
          // Steps whose run lies inside the picture as a whole, and those at either end that do in part.
          let whole = insideSteps(first: u, last: u + lanes - 1)
          body(
            line + whole.lowerBound * fold, lanes, whole.count, to + whole.lowerBound * block)
          for single in 0..<lanes {
            let steps = insideSteps(first: u + single, last: u + single)
            func runAlone(_ step: Int) {
              body(line + step * fold + single, 1, 1, to + step * block + single)
            }
            var step = steps.lowerBound
            while step < min(whole.lowerBound, steps.upperBound) {
              runAlone(step)
              step += 1
            }
            step = max(whole.upperBound, steps.lowerBound)
            while step < steps.upperBound {
              runAlone(step)
              step += 1
            }
          }
        }
        lane += lanes
      }
    }
  }

  /// The steps at which the columns `first...last` of a step lie inside the picture.
  private func insideSteps(first: Int, last: Int) -> Range<Int> {
    let (fold, padding) = (plan.fold, plan.geometry.padding.width)
    let start = max(0, (padding - first + fold - 1) / fold)
    let end = (plan.geometry.input.width + padding - last + fold - 1) / fold
    return start..<max(start, min(end, plan.paddedWidth))
  }
}

/// Copies runs of `lanes` neighbors.
@inline(__always)
private func copyRuns(
  _ count: Int, of lanes: Int, from source: UnsafePointer<Float>, step sourceStep: Int,
  to target: UnsafeMutablePointer<Float>, step targetStep: Int
) {
  if lanes == 4 {
    // AlexNet's stride.
    for step in 0..<count {
      let run = UnsafeRawPointer(source + step * sourceStep).loadUnaligned(as: SIMD4<Float>.self)
      UnsafeMutableRawPointer(target + step * targetStep).storeBytes(
        of: run, as: SIMD4<Float>.self)
    }
  } else {
    for step in 0..<count {
      for lane in 0..<lanes { target[step * targetStep + lane] = source[step * sourceStep + lane] }
    }
  }
}
