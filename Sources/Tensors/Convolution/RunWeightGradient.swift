import RetrogradCKernels

// The gradient of kernels that read what they meet in place: the planes of `dy` are laid out like the runs of the
// outputs, with zeros between their rows, and each element of a kernel gets the product of two runs. See `PhaseLayout`.

/// Into how much work the product of all runs is cut: rows are kernels, columns the elements of one.
private enum RunTask {
  static let rows = 12
  static let columns = 16
  /// Elements of a run that are multiplied with one another at a time: several of them fit in the nearest cache.
  static let band = 1024
  /// Runs are filled up to whole vectors of any instruction set.
  static let vector = 16
}

/// For each group, `dW[o, p] = Σ dy[n, o, j] · planes[n, offsets[p] + j]` over pictures `n` and places `j` in the run.
/// Threads share out the elements of `dW`, and each takes the pictures in order.
func convolveWeightGradientRuns<T: Scalar>(
  _ dy: Tensor, _ x: Tensor, into result: inout Tensor, _ geometry: ConvolutionGeometry,
  _ type: T.Type
) {
  let table = VectorKernels<T>.current.table
  let layout = PhaseLayout(geometry)
  let (groups, inputs, outputs) = (geometry.groups, geometry.inputChannels, geometry.outputChannels)
  let (patch, planeCount) = (geometry.patch, layout.phaseCount * layout.phaseSize)
  let run = (layout.run + RunTask.vector - 1) / RunTask.vector * RunTask.vector
  let offsets = (0..<inputs).flatMap { channel in
    layout.taps.map { channel * planeCount + $0.phase * layout.phaseSize + $0.offset }
  }
  let rowParts = (outputs + RunTask.rows - 1) / RunTask.rows
  let columnParts = (patch + RunTask.columns - 1) / RunTask.columns
  let budget = (4 << 20) / MemoryLayout<T>.size
  let chunk = min(
    geometry.images, max(1, budget / (groups * (inputs * planeCount + outputs * run))))
  let planesCount = chunk * groups * inputs * planeCount + RunTask.vector
  let (pictures, slopes) = (x.elements(T.self), dy.elements(T.self))
  result.withMutable(T.self) { dw in
    if geometry.images == 0 { return dw.update(repeating: 0, count: groups * outputs * patch) }
    withScratchMemory(of: T.self, count: planesCount + chunk * groups * outputs * run) { planes in
      let runs = planes + planesCount
      // Once: what lies around the pictures and between the rows stays as it is.
      planes.update(repeating: 0, count: planesCount + chunk * groups * outputs * run)
      for first in stride(from: 0, to: geometry.images, by: chunk) {
        let images = first..<min(first + chunk, geometry.images)
        parallelRanges(
          images.count * groups * inputs, grain: max(1, elementwiseGrain / planeCount)
        ) {
          for plane in $0 {
            layout.split(
              pictures + (first * groups * inputs + plane) * geometry.inputPixels,
              into: planes + plane * planeCount)
          }
        }
        parallelRanges(images.count * groups * outputs, grain: max(1, elementwiseGrain / run)) {
          for plane in $0 {
            layout.spread(
              slopes + (first * groups * outputs + plane) * geometry.outputPixels,
              into: runs + plane * run)
          }
        }
        parallel(
          groups * rowParts * columnParts, multiplications: geometry.multiplications
        ) { task in
          let group = task / (rowParts * columnParts)
          let row = task / columnParts % rowParts * RunTask.rows
          let column = task % columnParts * RunTask.columns
          let some = Array(offsets[column..<min(column + RunTask.columns, patch)])
          for image in images {
            let plane = (image - first) * groups + group
            for start in stride(from: 0, to: run, by: RunTask.band) {
              table.multiply_run_rows(
                min(RunTask.rows, outputs - row), some.count, min(RunTask.band, run - start),
                runs + (plane * outputs + row) * run + start, run,
                planes + plane * inputs * planeCount + start, some,
                dw + (group * outputs + row) * patch + column, patch,
                image > 0 || start > 0 ? Int32(RETROGRAD_ACCUMULATE) : 0)
            }
          }
        }
      }
    }
  }
  withExtendedLifetime((dy, x)) {}
}
