import RetrogradTensors

// Picking by index, and adding by index: each is the other's derivative. Indices are constants.

/// Elements picked along an axis: `y[i][j] = x[i][indices[i][j]]` for `axis: 1`, and so on.
///
/// Derivative: `dy` added at the places that were picked. Shape: that of `indices`, which has as many
/// axes as `x` and on every axis but `axis` no larger extent.
public func gather(_ x: Variable, _ indices: IntTensor, axis: Int) -> Variable {
  record("gather", x, value: gather(x.value, indices, axis: axis), keep: .nothing) { saved, dy in
    scatterAdd(dy, indices, into: saved.shape(0), axis: axis)
  }
}

/// Zeros of `shape` with the elements of `x` added at the given places along `axis`; equal places
/// add up.
///
/// Derivative: `dy` gathered from those places.
public func scatterAdd(
  _ x: Variable, _ indices: IntTensor, into shape: [Int], axis: Int
) -> Variable {
  let value = scatterAdd(x.value, indices, into: shape, axis: axis)
  return record("scatterAdd", x, value: value, keep: .nothing) { _, dy in
    gather(dy, indices, axis: axis)
  }
}

extension Variable {
  /// The slices at `indices` of one axis, in that order. Derivative: each slice of `dy` added where it
  /// came from.
  ///
  /// - Parameters:
  ///   - indices: The indices of the slices; one axis.
  ///   - axis: The axis to pick from; a negative one counts from the end.
  public func indexSelect(_ indices: IntTensor, axis: Int) -> Variable {
    if isSingleNumber(alongAxes: [axis]) {
      return reshaped([1]).indexSelect(indices, axis: 0).reshaped([])
    }
    let value = value.indexSelect(indices, axis: axis)
    let axis = self.value.resolve(axis: axis, operation: "indexSelect")
    return record("indexSelect", self, value: value, keep: .nothing) { saved, dy in
      dy.indexAdded(indices, axis: axis, extent: saved.shape(0)[axis])
    }
  }

  /// Zeros of `extent` along `axis` with the slices of this variable added at `indices`. Derivative: the
  /// slices of `dy` at the indices.
  private func indexAdded(_ indices: IntTensor, axis: Int, extent: Int) -> Variable {
    let value = value.indexAdded(indices, axis: axis, extent: extent)
    return record("indexAdded", self, value: value, keep: .nothing) { _, dy in
      dy.indexSelect(indices, axis: axis)
    }
  }

  /// The `k` largest elements along an axis in falling order, or the `k` smallest in rising order, and
  /// where they are. `NaN` counts as the largest number. Derivative: `dy` goes to the elements that were
  /// picked.
  ///
  /// Of equal elements those that come first are picked, in the order they stand in.
  ///
  /// - Parameters:
  ///   - k: The number of elements to pick.
  ///   - axis: The axis to search.
  ///   - largest: Whether to pick the largest.
  public func topK(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) -> (
    values: Variable, indices: IntTensor
  ) {
    let indices = value.topIndices(k, axis: axis, largest: largest)
    noteBranches("topK") { indices }
    return (RetrogradAutograd.gather(self, indices, axis: axis), indices)
  }
}

/// Rows of a table by index: the vectors of words, of classes, of anything that is counted.
///
/// `y[…, d] = W[indices[…], d]`. Derivative: each row of `dy` added to the row that it came from, except to that of
/// `paddingIndex`, which is taken for a constant. Shapes: `indices` any, `weight` [rows, D] → that of the indices
/// and D.
///
/// - Parameters:
///   - indices: The indices of the rows, from 0.
///   - weight: The table.
///   - paddingIndex: The index of a row that gets no gradient, for the ends of sequences that are too short; a
///     negative one counts from the end.
public func embedding(
  _ indices: IntTensor, _ weight: Variable, paddingIndex: Int? = nil
) -> Variable {
  require(
    weight.rank == 2, "embedding: expects a table [rows, dimensions], got shape \(weight.shape)")
  let (rows, dimensions) = (weight.shape[0], weight.shape[1])
  if let wrong = indices.scalars.first(where: { $0 < 0 || $0 >= rows }) {
    stop(
      "embedding: there is no row \(wrong) in a table \(weight.shape): indices go from 0 to \(rows - 1). Make the "
        + "table as large as the vocabulary")
  }
  let flat = indices.reshaped([indices.count])
  var y = weight.indexSelect(flat, axis: 0)
  if let paddingIndex {
    let padding = resolvedPaddingIndex(paddingIndex, rows: rows, operation: "embedding")
    let isLearned = Tensor(
      flat.scalars.map { $0 == padding ? 0 : 1 }, shape: [flat.count, 1], dtype: weight.dtype)
    y = select(isLearned, y, y.detached())
  }
  return y.reshaped(indices.shape + [dimensions])
}

/// The index of a padding row, counted from the beginning.
package func resolvedPaddingIndex(_ index: Int, rows: Int, operation: String) -> Int {
  require(
    index >= -rows && index < rows,
    "\(operation): the padding index \(index) is not a row of a table of \(rows) rows")
  return index < 0 ? index + rows : index
}

extension Variable {
  /// Elements picked along an axis; see ``gather(_:_:axis:)``.
  public func gather(_ indices: IntTensor, axis: Int) -> Variable {
    RetrogradAutograd.gather(self, indices, axis: axis)
  }
}
