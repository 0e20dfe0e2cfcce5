import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradWeightFiles

/// The answers of a teacher, a network that knows more: probabilities to learn from beside the labels,
/// which tell that a picture of a lemon looks a little like an orange (G. Hinton, O. Vinyals and J. Dean,
/// *Distilling the Knowledge in a Neural Network*, 2015).
///
/// Each picture is asked about once, as it is, and the answer stands for all its crops.
public struct Distillation: Sendable {
  /// The teacher's probabilities for each picture, [pictures, classes]; a row of zeros where it was not asked.
  public let probabilities: Tensor
  /// The share of the target that the teacher has, from 0 to 1; the label has the rest.
  public let share: Double
  /// The teacher's features of the pictures, if they are learned too.
  public let features: Features?

  /// The output of a layer of the teacher for each picture, which says more of it than any list of classes: a network
  /// that can tell it from its last hidden layer has learned to see what the teacher sees (A. Romero et al.,
  /// *FitNets: Hints for Thin Deep Nets*, 2015).
  ///
  /// The network that learns has one more output for each feature, after those of the classes, and its loss gains
  /// ``weight`` times their mean squared error. When it has learned, the last layer's rows for them can go.
  public struct Features: Sendable {
    /// The features of each picture, [pictures, features], each with mean 0 and standard deviation 1.
    public let values: Tensor
    /// The weight of their mean squared error.
    public let weight: Double

    /// Features that are standardized already.
    ///
    /// - Parameters:
    ///   - values: One row for each picture, [pictures, features].
    ///   - weight: The weight of their mean squared error; above 0.
    public init(_ values: Tensor, weight: Double) {
      require(
        values.rank == 2 && weight > 0 && weight.isFinite,
        "Distillation.Features: expects values [pictures, features] and a weight above 0, got "
          + "\(values.shape) and \(weight)")
      (self.values, self.weight) = (values, weight)
    }

    /// The number of features.
    public var count: Int { values.shape[1] }
  }

  /// A teacher's answers.
  ///
  /// - Parameters:
  ///   - probabilities: One row for each picture, [pictures, classes].
  ///   - share: The share of the target that the teacher has, from 0 to 1.
  ///   - features: Its features of the same pictures.
  public init(probabilities: Tensor, share: Double, features: Features? = nil) {
    require(
      probabilities.rank == 2 && share >= 0 && share <= 1,
      "Distillation: expects probabilities [pictures, classes] and a share from 0 to 1, got "
        + "\(probabilities.shape) and \(share)")
    require(
      features.map { $0.values.shape[0] == probabilities.shape[0] } ?? true,
      "Distillation: expects features of \(probabilities.shape[0]) pictures, got "
        + "\(features?.values.shape ?? [])")
    (self.probabilities, self.share, self.features) = (probabilities, share, features)
  }

  /// Asks a teacher about all pictures.
  ///
  /// - Parameters:
  ///   - teacher: A network with the same classes; it is switched to evaluation.
  ///   - pictures: The training set, as the teacher takes it; the same in each epoch.
  ///   - temperature: The divisor of the teacher's logits: above 1, the less likely classes count for more.
  ///   - share: The share of the target that the teacher has.
  ///   - layer: The path of a layer whose outputs are learned too, such as `features`; maps [N, C, H, W] are
  ///     averaged to [N, C]. `nil` for none.
  ///   - weight: The weight of the mean squared error of those features.
  ///   - batchSize: The number of pictures that go through the teacher at once.
  ///   - progress: Called with the number of further pictures that are done.
  public init(
    asking teacher: any Layer, about pictures: any LabeledPictures, temperature: Double = 2,
    share: Double = 0.5, featuresOf layer: String? = nil, weight: Double = 1, batchSize: Int = 32,
    progress: (Int) -> Void = { _ in }
  ) {
    require(
      temperature > 0 && pictures.isRepeatable,
      "Distillation: expects a temperature above 0 and pictures that are the same in each epoch, got "
        + "\(temperature)")
    teacher.eval()
    let paths = [""] + (layer.map { [$0] } ?? [])
    // For each of the paths the rows of all pictures; `nil` for those that cannot be read.
    var rows = paths.map { _ in [Tensor?](repeating: nil, count: pictures.count) }
    pictures.forEachBatch(batchSize: batchSize) { batch in
      if !batch.pictures.isEmpty {
        let outputs = withoutGradients {
          teacher.activations(of: Variable(stack(batch.pictures)), at: paths)
        }
        for (place, path) in paths.enumerated() {
          var values = outputs[path]!.value
          if place == 0 {
            require(
              values.shape == [batch.indices.count, pictures.classes.count],
              "Distillation: the teacher gives \(values.shape), expected "
                + "\(pictures.classes.count) classes")
            values = (values / temperature).softmax(axis: 1)
          } else if values.rank > 2 {
            values = values.mean(axes: Array(2..<values.rank))
          }
          for (row, index) in batch.indices.enumerated() {
            rows[place][index] = values[row..<(row + 1)]
          }
        }
      }
      progress(batch.indices.count + batch.unreadable.count)
    }
    let answers = rows.map { rows in
      let nothing = rows.lazy.compactMap { $0 }.first.map { Tensor.zeros($0.shape) }
      return concatenate(rows.map { $0 ?? nothing ?? .zeros([1, pictures.classes.count]) })
    }
    self.init(
      probabilities: answers[0], share: share,
      features: layer == nil ? nil : Features(answers[1].standardizedColumns, weight: weight))
  }

  /// The targets of some pictures, [N, classes + features].
  ///
  /// - Parameters:
  ///   - labels: The targets from their labels, [N, classes].
  ///   - indices: The pictures.
  func blended(_ labels: Tensor, of indices: [Int]) -> Tensor {
    let indices = IntTensor(indices)
    let probabilities =
      labels * (1 - share) + self.probabilities.indexSelect(indices, axis: 0) * share
    guard let features else { return probabilities }
    return concatenate([probabilities, features.values.indexSelect(indices, axis: 0)], axis: 1)
  }
}

extension Tensor {
  /// The columns of a matrix with mean 0 and standard deviation 1; a constant one becomes 0.
  fileprivate var standardizedColumns: Tensor {
    let centered = self - mean(axes: [0])
    return centered / ((centered * centered).mean(axes: [0]).sqrt() + 1e-6)
  }
}
