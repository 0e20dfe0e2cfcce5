import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradWeightFiles

/// What a teacher, a network that knows more, says of the pictures: probabilities to learn from beside the labels,
/// which tell that a picture of a lemon looks a little like an orange (G. Hinton, O. Vinyals and J. Dean,
/// *Distilling the Knowledge in a Neural Network*, 2015).
///
/// Each picture is asked about once, as it is, and the answer stands for all its crops.
public struct Distillation: Sendable {
  /// The teacher's probabilities for each picture, [pictures, classes]; a row of zeros where it was not asked.
  public let probabilities: Tensor
  /// The share of the target that the teacher has, from 0 to 1; the label has the rest.
  public let share: Double

  /// What a teacher said.
  ///
  /// - Parameters:
  ///   - probabilities: One row for each picture, [pictures, classes].
  ///   - share: The share of the target that the teacher has, from 0 to 1.
  public init(probabilities: Tensor, share: Double) {
    require(
      probabilities.rank == 2 && share >= 0 && share <= 1,
      "Distillation: expects probabilities [pictures, classes] and a share from 0 to 1, got "
        + "\(probabilities.shape) and \(share)")
    (self.probabilities, self.share) = (probabilities, share)
  }

  /// Asks a teacher about all pictures.
  ///
  /// - Parameters:
  ///   - teacher: A network with the same classes; it is switched to evaluation.
  ///   - pictures: The pictures to learn from, as the teacher takes them; the same in each epoch.
  ///   - temperature: What the teacher's logits are divided by: above 1, the less likely classes count for more.
  ///   - share: The share of the target that the teacher has.
  ///   - batchSize: The number of pictures that go through the teacher at once.
  ///   - progress: Is told the number of further pictures that are done.
  public init(
    asking teacher: any Layer, about pictures: any LabelledPictures, temperature: Double = 2,
    share: Double = 0.5, batchSize: Int = 32, progress: (Int) -> Void = { _ in }
  ) {
    require(
      temperature > 0 && pictures.isRepeatable,
      "Distillation: expects a temperature above 0 and pictures that are the same in each epoch, got "
        + "\(temperature)")
    teacher.eval()
    let nothing = Tensor.zeros([pictures.classes.count])
    var rows: [Tensor] = []
    for start in stride(from: 0, to: pictures.count, by: batchSize) {
      let indices = Array(start..<min(start + batchSize, pictures.count))
      let batch = pictures.batch(indices, epoch: 0)
      var answers: [Int: Tensor] = [:]
      if !batch.pictures.isEmpty {
        let logits = withoutGradients { teacher(Variable(stack(batch.pictures))).value }
        require(
          logits.shape == [batch.indices.count, pictures.classes.count],
          "Distillation: the teacher gives \(logits.shape), expected \(pictures.classes.count) classes"
        )
        let probabilities = (logits / temperature).softmax(axis: 1)
        for (row, index) in batch.indices.enumerated() {
          answers[index] = probabilities[row..<(row + 1)].reshaped([pictures.classes.count])
        }
      }
      rows.append(stack(indices.map { answers[$0] ?? nothing }))
      progress(indices.count)
    }
    self.init(probabilities: concatenate(rows), share: share)
  }

  /// The targets of some pictures.
  ///
  /// - Parameters:
  ///   - labels: What their labels say, [N, classes].
  ///   - indices: The pictures.
  func blended(_ labels: Tensor, of indices: [Int]) -> Tensor {
    labels * (1 - share) + probabilities.indexSelect(axis: 0, IntTensor(indices)) * share
  }
}
