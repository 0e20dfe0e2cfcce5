/// Stops unless the shape is that of a batch of pictures.
package func requirePictures(_ shape: [Int], operation: String) {
  require(
    shape.count == 4,
    "\(operation): expects pictures [N, C, H, W], got shape \(shape). Put a batch's axis before a single one: "
      + "x.unsqueeze(axis: 0)")
}

/// Runs `body` on a batch, also when `x` is a single example: [C, H, W] for [N, C, H, W].
///
/// - Parameters:
///   - x: The batch, or the example.
///   - rank: The number of axes of a batch.
///   - body: The function to apply to the batch.
package func asBatch<T: TensorProtocol>(_ x: T, rank: Int = 4, _ body: (T) -> T) -> T {
  if x.rank != rank - 1 { return body(x) }
  return body(x.unsqueeze(axis: 0)).squeeze(axis: 0)
}
