import RetrogradTensors

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
  var y = weight.indexSelect(axis: 0, flat)
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
    "\(operation): the padding index \(index) is no row of a table of \(rows) rows")
  return index < 0 ? index + rows : index
}
