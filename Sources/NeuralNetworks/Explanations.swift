import RetrogradAutograd
import RetrogradTensors

// Where in a picture a network looks: four answers to the question what a class's logit depends on. A fifth is in
// IntegratedGradients.swift; whether they are true, DeletionCurve.swift measures.

extension StagedLayer {
  /// The influence of each pixel on the logit of a class: the largest absolute value of its derivative over the
  /// channels (K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks", 2014).
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  /// - Returns: [H, W], nowhere below 0.
  public func saliency(of x: Tensor, target: Int) -> Tensor {
    slope(of: x, target: target).abs().amax(axes: [1])
      .reshaped(Array(x.shape[2...]))
  }

  /// The derivative of a class's logit with respect to the picture, where rectifiers let only positive
  /// gradients through: what speaks for the class, in sharp lines (J. T. Springenberg et al., "Striving for
  /// Simplicity", 2015).
  ///
  /// All rectifiers are guided that the network runs, also those that its layers call inside; see
  /// ``withGuidedRectifiers(_:)``.
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  /// - Returns: [C, H, W].
  public func guidedGradient(of x: Tensor, target: Int) -> Tensor {
    withGuidedRectifiers { slope(of: x, target: target) }.reshaped(Array(x.shape[1...]))
  }

  /// Grad-CAM, where a layer's feature maps speak for a class: their sum, each weighted by the mean of the logit's
  /// derivative with respect to it, as far as it is positive (R. R. Selvaraju et al., "Grad-CAM", 2017).
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  ///   - path: A layer that gives feature maps, such as `features.11`.
  /// - Returns: [h, w] as the layer's maps, nowhere below 0.
  public func gradCAM(of x: Tensor, target: Int, at path: String) -> Tensor {
    requirePicture(x, "gradCAM")
    let input = Variable(x, requiresGrad: true)
    let read = activations(of: input, at: [path, ""])
    let maps = read[path]!
    require(
      maps.rank == 4,
      "gradCAM: \"\(path)\" gives \(maps.shape); expects a layer with feature maps [1, C, H, W]")
    let score = logit(read[""]!, target)
    let slope = gradients(of: score, withRespectTo: [maps])[0].value
    let weights = slope.mean(axes: [2, 3], keepDims: true)
    return (weights * maps.value).sum(axes: [1]).relu().reshaped(Array(maps.shape[2...]))
  }

  /// The drop of a class's logit when a square of the picture is covered (after M. D. Zeiler and R. Fergus,
  /// "Visualizing and Understanding Convolutional Networks", 2014, who watch the probability: that says little
  /// where the network is sure).
  ///
  /// - Parameters:
  ///   - x: One picture [1, C, H, W].
  ///   - target: The class.
  ///   - size: The side of the square, in pixels.
  ///   - stride: The distance between its positions, in pixels.
  ///   - cover: The value that it is filled with; 0 is the mean color of normalized pictures.
  ///   - batchSize: The batch size.
  ///   - progress: Called with the number of further positions that are done.
  /// - Returns: One number for each place of the square, [rows, columns]; above 0 where the picture is needed.
  public func occlusion(
    of x: Tensor, target: Int, size: Int = 32, stride: Int = 16, cover: Double = 0,
    batchSize: Int = 16, progress: (Int) -> Void = { _ in }
  ) -> Tensor {
    requirePicture(x, "occlusion")
    let (height, width) = (x.shape[2], x.shape[3])
    require(
      size > 0 && stride > 0 && batchSize > 0 && size <= min(height, width),
      "occlusion: expects a square within \(height)×\(width), a stride and a batch size of at least 1, got "
        + "\(size), \(stride) and \(batchSize)")
    let rows = positions(within: height, size, stride)
    let columns = positions(within: width, size, stride)
    func scores(_ pictures: Tensor) -> [Double] {
      let logits = withoutGradients { self(Variable(pictures)).value }
      requireClass(target, logits)
      return (0..<logits.shape[0]).map { logits[$0, target] }
    }
    let whole = scores(x)[0]
    let places = rows.flatMap { row in columns.map { (row, $0) } }
    var lost: [Double] = []
    for start in Swift.stride(from: 0, to: places.count, by: batchSize) {
      let part = places[start..<min(start + batchSize, places.count)]
      let covered = part.map { row, column in
        let mask = Tensor.zeros([1, 1, size, size], dtype: x.dtype).padded(
          [(row, height - size - row), (column, width - size - column)],
          mode: .constant(1))
        return x * mask + (1 - mask) * cover
      }
      lost += scores(concatenate(covered)).map { whole - $0 }
      progress(part.count)
    }
    return Tensor(lost, shape: [rows.count, columns.count], dtype: .float64)
  }

  /// The number of positions of the square in ``occlusion(of:target:size:stride:cover:batchSize:progress:)``.
  package func occlusionCount(of x: Tensor, size: Int = 32, stride: Int = 16) -> Int {
    positions(within: x.shape[2], size, stride).count
      * positions(within: x.shape[3], size, stride).count
  }

  /// The first pixels of a square along an axis.
  private func positions(within extent: Int, _ size: Int, _ stride: Int) -> [Int] {
    Array(Swift.stride(from: 0, through: extent - size, by: stride))
  }

  /// The derivative of a class's logit with respect to the picture.
  private func slope(of x: Tensor, target: Int) -> Tensor {
    requirePicture(x, "saliency")
    let input = Variable(x, requiresGrad: true)
    return gradients(of: logit(self(input), target), withRespectTo: [input])[0].value
  }

  func logit(_ logits: Variable, _ target: Int) -> Variable {
    requireClass(target, logits.value)
    return logits.narrow(start: target, count: 1, axis: 1).sum()
  }

  func requireClass(_ target: Int, _ logits: Tensor) {
    require(
      logits.rank == 2 && (0..<logits.shape[1]).contains(target),
      "there is no class \(target): the network gives \(logits.shape)")
  }

  func requirePicture(_ x: Tensor, _ operation: String) {
    require(
      x.rank == 4 && x.shape[0] == 1,
      "\(operation): expects one picture [1, C, H, W], got \(x.shape)")
  }
}
