import RetrogradTensors

/// The whole numbers that a random case is made of: drawn at random, or read from a list, so that a
/// case that fails can be tried again with smaller ones.
///
/// Smaller numbers make simpler cases. A list that is too short goes on with zeros.
struct Choices {
  /// What was chosen, each counted from the smallest it could have been.
  private(set) var made: [Int] = []
  /// What to show of a case that fails.
  private(set) var notes: [String] = []
  private let replayed: [Int]?
  private var random: RandomSource

  /// Choices at random.
  init(_ random: RandomSource) {
    self.random = random
    replayed = nil
  }

  /// Choices from a list.
  init(replaying choices: [Int]) {
    random = RandomSource(seed: 0)
    replayed = choices
  }

  /// A whole number; the first of the range is the simplest.
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    let span = range.upperBound - range.lowerBound
    let choice: Int
    if let replayed {
      choice = made.count < replayed.count ? min(replayed[made.count], span) : 0
    } else {
      choice = random.integer(in: 0..<(span + 1))
    }
    made.append(choice)
    return range.lowerBound + choice
  }

  /// Whether something is so: once in `rarity` cases.
  mutating func isChosen(onceIn rarity: Int = 2) -> Bool {
    integer(in: 0...(rarity - 1)) == rarity - 1
  }

  /// One of several; the first is the simplest.
  mutating func element<Element>(of elements: [Element]) -> Element {
    elements[integer(in: 0...(elements.count - 1))]
  }

  /// Several numbers of a range.
  mutating func integers(_ count: Int, in range: ClosedRange<Int>) -> [Int] {
    (0..<count).map { _ in integer(in: range) }
  }

  /// A height and a width.
  mutating func size(in range: ClosedRange<Int>) -> Size2D {
    Size2D(integer(in: range), integer(in: range))
  }

  /// The numbers from 0 up to but without `count`, in some order.
  mutating func permutation(_ count: Int) -> [Int] {
    var rest = Array(0..<count)
    return (0..<count).map { _ in rest.remove(at: integer(in: 0...(rest.count - 1))) }
  }

  /// Some of the numbers from 0 up to but without `count`, each at most once.
  mutating func subset(of count: Int) -> [Int] { (0..<count).filter { _ in isChosen() } }

  /// Adds to what is shown of a case that fails.
  mutating func note(_ text: String) { notes.append(text) }
}

// MARK: - Shapes and tensors

extension Choices {
  /// One of the element types.
  mutating func dtype() -> DType { element(of: [.float32, .float64]) }

  /// An extent: mostly small, sometimes beyond the widths of vectors and tiles.
  mutating func extent(upTo largest: Int = 40) -> Int {
    switch integer(in: 0...11) {
    case ..<8: integer(in: 1...min(5, largest))
    case ..<11: integer(in: 1...min(17, largest))
    default: integer(in: 1...largest)
    }
  }

  /// A shape; one in twelve has an axis without elements, where that is allowed.
  ///
  /// - Parameters:
  ///   - rank: The number of axes.
  ///   - largest: The largest extent.
  ///   - mostElements: The largest product of the extents.
  ///   - canBeEmpty: Whether an extent may be 0.
  mutating func shape(
    rank: ClosedRange<Int>, largest: Int = 40, mostElements: Int = 4_000, canBeEmpty: Bool = true
  ) -> [Int] {
    let rank = integer(in: rank)
    var room = mostElements
    var shape = (0..<rank).map { _ in
      let extent = extent(upTo: max(1, min(largest, room)))
      room /= extent
      return extent
    }
    if canBeEmpty && rank > 0 && isChosen(onceIn: 12) { shape[integer(in: 0...(rank - 1))] = 0 }
    return shape
  }

  /// A number of eighths from -8 to 8: sums of thousands of products of two are exact in `float32`,
  /// in any order.
  mutating func eighths() -> Double { Self.eighths(integer(in: 0...128)) }

  /// 0, ⅛, −⅛, 2⁄8, …
  private static func eighths(_ choice: Int) -> Double {
    Double(choice % 2 == 0 ? choice / 2 : -(choice + 1) / 2) / 8
  }

  /// Numbers that break what was written for others.
  private static let awkward: [Double] = [
    -0.0, .infinity, -.infinity, .nan, 1e-42, -1e-30, 3e38, -1e20, 100, -100,
  ]

  /// A tensor of eighths, as often as not a part of a larger one that does not begin where memory does.
  ///
  /// - Parameters:
  ///   - shape: Its shape.
  ///   - dtype: Its element type.
  ///   - isAwkward: Whether some numbers are infinite, not a number, or very large or small.
  mutating func tensor(_ shape: [Int], _ dtype: DType, isAwkward: Bool = false) -> Tensor {
    let count = shape.reduce(1, *)
    let skipped = isChosen() ? integer(in: 1...3) : 0
    // One choice for all numbers, so that fewer of them are a simpler case; the simplest are in order.
    let seed = integer(in: 0...9_999)
    var source = RandomSource(seed: UInt64(seed))
    var numbers = (0..<(count + 2 * skipped)).map {
      Self.eighths(seed == 0 ? $0 % 129 : source.integer(in: 0..<129))
    }
    if isAwkward && count > 0 {
      for _ in 0..<integer(in: 0...3) {
        numbers[skipped + integer(in: 0...(count - 1))] = element(of: Self.awkward)
      }
    }
    let larger = Tensor(numbers, dtype: dtype)
    return larger[skipped..<(skipped + count)].reshaped(shape)
  }

  /// Indices below `bound`.
  mutating func indices(_ shape: [Int], below bound: Int) -> IntTensor {
    let count = shape.reduce(1, *)
    return IntTensor(integers(count, in: 0...max(bound - 1, 0)), shape: shape)
  }

  /// A shape that broadcasts to `shape`: leading axes left out, others of extent 1.
  mutating func broadcasting(to shape: [Int]) -> [Int] {
    let kept = Array(shape.dropFirst(isChosen() ? integer(in: 0...shape.count) : 0))
    return kept.map { isChosen(onceIn: 4) ? 1 : $0 }
  }

  /// An axis of a shape, as often as not counted from the end.
  mutating func axis(of shape: [Int]) -> (axis: Int, asked: Int) {
    let axis = integer(in: 0...(shape.count - 1))
    return (axis, isChosen() ? axis - shape.count : axis)
  }
}
