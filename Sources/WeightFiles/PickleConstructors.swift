import RetrogradFiles
import RetrogradTensors

/// What the constructors of a checkpoint build.
extension PickleMachine {
  /// What a tensor or a storage takes, beside its shape, in values.
  private static let referenceCost = 8

  /// Calls a constructor.
  mutating func call(
    _ function: PickleValue, _ arguments: [PickleValue], at start: Int
  )
    throws(FileError) -> PickleValue
  {
    guard case .constructor(let constructor) = function else {
      throw malformed("what is called is no constructor", at: start)
    }
    switch constructor {
    case .orderedDictionary: return try orderedDictionary(arguments, at: start)
    case .rebuildTensor: return .tensor(try tensor(arguments, at: start))
    case .rebuildTypedTensor: return .tensor(try typedTensor(arguments, at: start))
    case .rebuildParameter:
      guard let data = arguments.first else {
        throw malformed("a parameter without data", at: start)
      }
      return data
    case .rebuildFromType:
      guard arguments.count >= 3, case .constructor(let rebuild) = arguments[0],
        rebuild == .rebuildTensor || rebuild == .rebuildTypedTensor
      else {
        throw malformed("a tensor of a type of its own that is not built from a tensor", at: start)
      }
      return try call(arguments[0], try items(of: arguments[2], at: start), at: start)
    case .size:
      guard let shape = arguments.first else { return .tuple(try container([])) }
      return shape
    case .harmless: return .ignored
    case .storageType, .elementType: throw malformed("a type is called", at: start)
    }
  }

  private mutating func orderedDictionary(
    _ arguments: [PickleValue], at start: Int
  )
    throws(FileError) -> PickleValue
  {
    var items: [PickleValue] = []
    if let pairs = arguments.first {
      for pair in try self.items(of: pairs, at: start) {
        let pair = try self.items(of: pair, at: start)
        guard pair.count == 2 else {
          throw malformed("a dictionary of what are no pairs", at: start)
        }
        // Few bytes can ask for a copy of many pairs, again and again.
        try charge(pair.count)
        items += pair
      }
    }
    return .dictionary(try container(items))
  }

  /// A tensor over bytes of no type: `(storage, place, shape, strides, …, …, type)`.
  private mutating func typedTensor(
    _ arguments: [PickleValue], at start: Int
  )
    throws(FileError) -> TensorReference
  {
    guard arguments.count >= 7, case .constructor(.elementType(let type)) = arguments[6],
      case .storage(let bytes) = arguments[0], let storage = bytes.retyped(type)
    else { throw malformed("a tensor of no known type, or over part of an element", at: start) }
    return try tensor([.storage(storage)] + arguments[1..<4], at: start)
  }

  private mutating func tensor(
    _ arguments: [PickleValue], at start: Int
  ) throws(FileError)
    -> TensorReference
  {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1]
    else {
      throw malformed(
        "a tensor is built from what is no storage, place, shape and strides", at: start)
    }
    let shape = try integers(arguments[2], at: start)
    let strides = try integers(arguments[3], at: start)
    guard shape.count == strides.count, offset >= 0, shape.allSatisfy({ $0 >= 0 }),
      strides.allSatisfy({ $0 >= 0 })
    else {
      throw malformed(
        "a tensor of shape \(shape) with strides \(strides) at \(offset) is impossible", at: start)
    }
    // Two arrays of integers, half a value each, and the box.
    try charge(shape.count + Self.referenceCost)
    return TensorReference(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func integers(_ value: PickleValue, at start: Int) throws(FileError) -> [Int] {
    let items = try items(of: value, at: start)
    guard items.count <= StoredShape.axisLimit else {
      throw malformed("a shape of \(items.count) axes", at: start)
    }
    var integers: [Int] = []
    for item in items {
      guard case .integer(let number) = item else {
        throw malformed("a shape that does not consist of whole numbers", at: start)
      }
      integers.append(number)
    }
    return integers
  }

  /// What a persistent id stands for: `("storage", type, key, device, count[, view])`.
  mutating func storage(_ id: PickleValue, at start: Int) throws(FileError) -> PickleValue {
    let items = try items(of: id, at: start)
    guard items.count >= 5, case .text("storage") = items[0],
      case .constructor(.storageType(let type)) = items[1], case .text(let key) = items[2],
      case .integer(let count) = items[4], count >= 0
    else { throw malformed("a reference to what is no storage of a known type", at: start) }
    var viewOffset = 0
    var viewCount = count
    if items.count > 5, case .tuple(let index) = items[5] {
      guard containers[index].count == 3, case .integer(let first) = containers[index][1],
        case .integer(let length) = containers[index][2], first >= 0, length >= 0,
        first <= count, length <= count - first
      else { throw malformed("a view that does not lie in its storage", at: start) }
      (viewOffset, viewCount) = (first, length)
    }
    guard storageTypes.updateValue(type, forKey: key) ?? type == type else {
      throw malformed("storage \"\(key)\" is referred to as two types", at: start)
    }
    try charge(Self.referenceCost)
    return .storage(
      StorageReference(type: type, key: key, count: viewCount, viewOffset: viewOffset))
  }
}
