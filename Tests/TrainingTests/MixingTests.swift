import Foundation
import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import Testing

@Suite("Pictures mixed with one another")
struct MixingTests {
  /// A batch in which every number says which picture it belongs to, and where it stands.
  func batch(_ count: Int, _ height: Int = 6, _ width: Int = 7, dtype: DType = .float64) -> Tensor {
    let size = 3 * height * width
    let numbers = (0..<(count * size)).map { Double($0 / size * 1000 + $0 % size) }
    return Tensor(numbers, shape: [count, 3, height, width], dtype: dtype)
  }

  func labels(_ count: Int) -> IntTensor { IntTensor((0..<count).map { $0 % 4 }) }

  @Test("mixup blends each picture, and its target, with its partner's", arguments: [1, 2, 5, 8])
  func blend(count: Int) {
    var random = RandomSource(seed: 1)
    let share = { () -> Double in
      var random = random
      return random.beta(0.7, 0.7)
    }()
    var pictures = batch(count)
    let original = pictures
    let labels = labels(count)
    let targets = MixUp(alpha: 0.7)(&pictures, labels, classes: 4, using: &random)
    let reversed = Variable(original).flipped(axes: [0]).value
    let expected = original * share + reversed * (1 - share)
    #expect(disagreement(pictures, expected, tolerance: 1e-12) == nil)
    let own = Self.oneHot(labels, 4)
    let expectedTargets = own * share + Variable(own).flipped(axes: [0]).value * (1 - share)
    #expect(disagreement(targets, expectedTargets, tolerance: 1e-12) == nil)
  }

  @Test("cutmix pastes one rectangle of the partner, and the targets follow its area")
  func paste() {
    var random = RandomSource(seed: 2)
    var areas: Set<Int> = []
    for _ in 0..<200 {
      var pictures = batch(5)
      let original = pictures
      let targets = CutMix()(&pictures, labels(5), classes: 4, using: &random)
      let reversed = Variable(original).flipped(axes: [0]).value
      for picture in [0, 1, 3, 4] {
        var pasted: [(row: Int, column: Int)] = []
        for (row, column) in (0..<42).map({ ($0 / 7, $0 % 7) }) {
          let isForeign = pictures[picture, 0, row, column] != original[picture, 0, row, column]
          if isForeign { pasted.append((row, column)) }
          let source = isForeign ? reversed : original
          for channel in 0..<3 {
            #expect(
              pictures[picture, channel, row, column] == source[picture, channel, row, column])
          }
        }
        // All of a rectangle, and nothing else.
        let (rows, columns) = (Set(pasted.map(\.row)), Set(pasted.map(\.column)))
        #expect(pasted.count == rows.count * columns.count)
        #expect(rows.isEmpty || rows.count == rows.max()! - rows.min()! + 1)
        #expect(columns.isEmpty || columns.count == columns.max()! - columns.min()! + 1)
        areas.insert(pasted.count)
        let share = 1 - Double(pasted.count) / 42
        let (label, other) = (picture % 4, (4 - picture) % 4)
        if label != other {
          #expect(abs(targets[picture, label] - share) < 1e-12)
          #expect(abs(targets[picture, other] - (1 - share)) < 1e-12)
        } else {
          #expect(targets[picture, label] == 1)
        }
      }
      // The middle one of an odd batch is its own partner.
      #expect(pictures[2..<3] == original[2..<3] && targets[2, 2] == 1)
    }
    #expect(areas.count > 8)
  }

  @Test("the share that cutmix keeps is on average what the paper's rectangles leave")
  func meanArea() {
    var random = RandomSource(seed: 3)
    var kept = 0.0
    for _ in 0..<2000 {
      var pictures = Tensor.zeros([2, 1, 64, 64])
      kept += CutMix()(&pictures, [0, 1], classes: 2, using: &random)[0, 0]
    }
    // Within the border a side √u of 1 around an even middle keeps u^½ − u / 4 of itself: the mean of
    // (√u − u / 4)² over u from 0 to 1 is 1/2 − 1/5 + 1/48 = 0.3208.
    #expect(abs(kept / 2000 - (1 - 0.3208)) < 0.02)
  }

  @Test(
    "targets are probabilities, in the dtype of the pictures", arguments: [DType.float32, .float64])
  func targets(dtype: DType) {
    var random = RandomSource(seed: 4)
    let mixing = BatchMixing(mixUp: MixUp(), cutMix: CutMix(), probability: 0.7)
    for _ in 0..<50 {
      var pictures = batch(7, dtype: dtype)
      let targets = mixing(&pictures, labels(7), classes: 9, using: &random)
      #expect(targets.shape == [7, 9] && targets.dtype == dtype && pictures.dtype == dtype)
      #expect(targets.sum(axes: [1]).scalars.allSatisfy { abs($0 - 1) < 1e-6 })
      #expect(targets.scalars.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test("so many batches are mixed as the probability says, half of them each way")
  func probability() {
    var random = RandomSource(seed: 5)
    let mixing = BatchMixing(mixUp: MixUp(alpha: 1), cutMix: CutMix(), probability: 0.6)
    var counts = (same: 0, blended: 0)
    for _ in 0..<1000 {
      var pictures = batch(2, 16, 16)
      let original = pictures
      let targets = mixing(&pictures, [0, 1], classes: 2, using: &random)
      if pictures == original {
        counts.same += 1
      } else if zip(pictures.scalars, original.scalars).allSatisfy({ $0 != $1 }) {
        counts.blended += 1
        #expect(targets[0, 0] < 1)
      }
    }
    // 400 and 300, and some empty or full rectangles.
    #expect((350...470).contains(counts.same))
    #expect((250...350).contains(counts.blended))
  }

  @Test("without a way, or with probability 0, batches stay as they are")
  func none() {
    var random = RandomSource(seed: 6)
    for mixing in [BatchMixing.none, BatchMixing(mixUp: MixUp(), probability: 0)] {
      #expect(mixing.isNone)
      var pictures = batch(4)
      let targets = mixing(&pictures, labels(4), classes: 4, using: &random)
      #expect(pictures == batch(4) && targets == Self.oneHot(labels(4), 4))
    }
    #expect(!BatchMixing(cutMix: CutMix()).isNone)
  }

  @Test("a copy of the batch that somebody holds stays as it was")
  func copies() {
    var random = RandomSource(seed: 7)
    var pictures = batch(4)
    let copy = pictures
    _ = MixUp(alpha: 1)(&pictures, labels(4), classes: 4, using: &random)
    _ = CutMix()(&pictures, labels(4), classes: 4, using: &random)
    #expect(copy == batch(4) && pictures != copy)
  }

  @Test("the same seed mixes alike, and settings survive JSON")
  func repeatable() throws {
    let mixing = BatchMixing(mixUp: MixUp(alpha: 0.3), cutMix: CutMix(), probability: 0.9)
    let decoded = try JSONDecoder().decode(
      BatchMixing.self, from: JSONEncoder().encode(mixing))
    #expect(decoded == mixing && decoded != BatchMixing(cutMix: CutMix()))
    var (first, second) = (RandomSource(seed: 8), RandomSource(seed: 8))
    for _ in 0..<10 {
      var (a, b) = (batch(6), batch(6))
      #expect(
        mixing(&a, labels(6), classes: 4, using: &first)
          == decoded(&b, labels(6), classes: 4, using: &second))
      #expect(a == b)
    }
  }

  @Test("a batch without pixels, or of one pixel, is no trouble")
  func small() {
    var random = RandomSource(seed: 9)
    var (empty, single) = (Tensor.zeros([0, 3, 4, 4]), Tensor.ones([2, 1, 1, 1]))
    #expect(MixUp()(&empty, [], classes: 3, using: &random).shape == [0, 3])
    // Half of a side of one pixel is none.
    let targets = CutMix()(&single, [0, 1], classes: 2, using: &random)
    #expect(single == .ones([2, 1, 1, 1]) && targets == .identity(2))
  }

  @Test("labels that do not fit stop with a message")
  func mistakes() async {
    let count = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      var pictures = Tensor.zeros([2, 3, 4, 4])
      _ = MixUp()(&pictures, [0, 1, 1], classes: 2, using: &random)
    }
    #expect(count!.message.contains("MixUp: a batch of shape [2, 3, 4, 4] takes one label"))
    let label = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      var pictures = Tensor.zeros([2, 3, 4, 4])
      _ = CutMix()(&pictures, [0, 2], classes: 2, using: &random)
    }
    #expect(label!.message.contains("CutMix: label 2 at position 1 is not one of the 2 classes"))
  }

  static func oneHot(_ labels: IntTensor, _ classes: Int) -> Tensor {
    var result = Tensor.zeros([labels.count, classes], dtype: .float64)
    for (row, label) in labels.scalars.enumerated() { result[row, label] = 1 }
    return result
  }
}
