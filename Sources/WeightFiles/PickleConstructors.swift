import RetrogradFiles
import RetrogradTensors

/// The objects that the constructors of a checkpoint build.
extension PickleMachine {
  /// The cost of a tensor or a storage, beside its shape, in values.
  private static let referenceCost = 8

  /// Calls a constructor.
  mutating func call(
    _ function: PickleValue, _ arguments: [PickleValue], at start: Int
  )
    throws(FileError) -> PickleValue
  {
    guard case .constructor(let constructor) = function else {
      throw malformed("the called object is not a constructor", at: start)
    }
    switch constructor {
    case .orderedDictionary: return try orderedDictionary(arguments, at: start)
    case .defaultDictionary: return .dictionary(try container([]))
    case .dictionary:
      guard case .dictionary(let index)? = arguments.first else {
        return .dictionary(try container([]))
      }
      return .dictionary(try container(containers[index]))
    case .rebuildTensor: return try tensor(arguments, at: start)
    case .rebuildTypedTensor: return try typedTensor(arguments, at: start)
    case .rebuildParameter:
      guard let data = arguments.first else {
        throw malformed("a parameter without data", at: start)
      }
      return data
    case .rebuildFromType: return try tensorOfType(arguments, at: start)
    case .rebuildUnreadable(let kind, let shapeArgument):
      let shape = try shapeArgument.flatMap { arguments.indices.contains($0) ? arguments[$0] : nil }
        .map { (value) throws(FileError) in try integers(value, at: start) }
      return try unreadable(kind, shape)
    case .size:
      guard let shape = arguments.first else { return .tuple(try container([])) }
      return shape
    case .harmless: return .object("torch")
    case .object(let name): return .object(name)
    case .reconstructor:
      guard let type = arguments.first else { throw malformed("an object without type", at: start) }
      return try call(type, [], at: start)
    case .storageType, .elementType: throw malformed("a type is called", at: start)
    case .foreign(let name): throw refusal(of: name, at: start)
    }
  }

  /// Returns the error for a name that is not called.
  private func refusal(of name: String, at start: Int) -> FileError {
    FileError(
      .unsupported, file: file, offset: start,
      "names \(name), which is not a constructor that a checkpoint needs; nothing was run"
        + (holdsModules
          ? ". This is a whole model, written by torch.save(model): save its state_dict() instead"
          : ""))
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
          throw malformed("dictionary items that are not pairs", at: start)
        }
        // Few bytes can ask for a copy of many pairs, again and again.
        try charge(pair.count)
        items += pair
      }
    }
    return .dictionary(try container(items))
  }

  /// A tensor over bytes of no type: `(storage, place, shape, strides, …, …, type[, metadata])`.
  private mutating func typedTensor(
    _ arguments: [PickleValue], at start: Int
  )
    throws(FileError) -> PickleValue
  {
    guard arguments.count >= 7, case .constructor(.elementType(let type)) = arguments[6],
      case .storage(let bytes) = arguments[0], let storage = bytes.retyped(type)
    else { throw malformed("a tensor of an unknown type, or over part of an element", at: start) }
    // The shorter call has its metadata one place before.
    return try tensor(
      [.storage(storage)] + arguments[1..<6] + arguments.dropFirst(7), at: start)
  }

  /// A tensor: `(storage, place, shape, strides[, requires_grad, hooks[, metadata]])`.
  private mutating func tensor(
    _ arguments: [PickleValue], at start: Int
  ) throws(FileError)
    -> PickleValue
  {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1]
    else {
      throw malformed(
        "expected storage, offset, shape and strides of a tensor", at: start)
    }
    let shape = try integers(arguments[2], at: start)
    let strides = try integers(arguments[3], at: start)
    guard shape.count == strides.count, offset >= 0, shape.allSatisfy({ $0 >= 0 }),
      strides.allSatisfy({ $0 >= 0 })
    else {
      throw malformed(
        "a tensor of shape \(shape) with strides \(strides) at \(offset) is impossible", at: start)
    }
    guard let type = storage.type.stored else { return try unreadable(storage.type.name, shape) }
    let bits = arguments.count > 6 ? try setBits(arguments[6], at: start) : []
    // Of real numbers the conjugate is the number itself.
    if let unknown = bits.subtracting(["neg", "conj"]).sorted().first {
      return try unreadable("marked as \(unknown)", shape)
    }
    let isNegated = bits.contains("neg")
    if isNegated && ![.float64, .float32, .float16, .bfloat16].contains(type) {
      return try unreadable("a negative view of \(type.rawValue)", shape)
    }
    // Two arrays of integers, half a value each, and the box.
    try charge(shape.count + Self.referenceCost)
    return .tensor(
      TensorReference(
        storage: storage, type: type, offset: offset, shape: shape, strides: strides,
        isNegated: isNegated))
  }

  /// The names of a tensor's metadata that are not false: `neg` and `conj` say that what is stored is not yet
  /// negated or conjugated.
  private func setBits(_ metadata: PickleValue, at start: Int) throws(FileError) -> Set<String> {
    if case .none = metadata { return [] }
    guard case .dictionary(let index) = metadata else {
      throw malformed("a tensor whose metadata is not a dictionary", at: start)
    }
    var bits: [String: Bool] = [:]
    let items = containers[index]
    for place in stride(from: 0, to: items.count - 1, by: 2) {
      guard case .text(let name) = items[place] else {
        throw malformed("a tensor with metadata without a name", at: start)
      }
      switch items[place + 1] {
      case .bool(let flag): bits[name] = flag
      case .integer(let number): bits[name] = number != 0
      case .none: bits[name] = false
      default: bits[name] = true
      }
    }
    return Set(bits.filter(\.value).keys)
  }

  /// A tensor of another type, or with attributes of its own: `(function, type, arguments, attributes)`.
  private mutating func tensorOfType(
    _ arguments: [PickleValue], at start: Int
  ) throws(FileError) -> PickleValue {
    guard arguments.count >= 3, case .constructor(let rebuild) = arguments[0] else {
      throw malformed("a tensor of a type of its own that is not built from a tensor", at: start)
    }
    switch rebuild {
    case .rebuildTensor, .rebuildTypedTensor, .rebuildUnreadable, .rebuildParameter: break
    case .foreign(let name): throw refusal(of: name, at: start)
    default:
      throw malformed("a tensor of a type of its own that is not built from a tensor", at: start)
    }
    let value = try call(arguments[0], try items(of: arguments[2], at: start), at: start)
    // What numbers mean in a type of somebody's own is unknown.
    guard case .constructor(.foreign(let type)) = arguments[1] else { return value }
    switch value {
    case .tensor(let tensor): return try unreadable("of type \(type)", tensor.shape)
    case .unreadableTensor(let tensor): return try unreadable("of type \(type)", tensor.shape)
    default: return value
    }
  }

  private mutating func unreadable(
    _ kind: String, _ shape: [Int]?
  ) throws(FileError) -> PickleValue {
    try charge((shape?.count ?? 0) + Self.referenceCost)
    return .unreadableTensor(UnreadableTensor(kind: kind, shape: shape))
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

  /// Returns the storage of a persistent id: `("storage", type, key, device, count[, view])`, or
  /// `("module", type, …)` in the older form.
  mutating func storage(_ id: PickleValue, at start: Int) throws(FileError) -> PickleValue {
    let items = try items(of: id, at: start)
    if items.count >= 2, case .text("module") = items[0] { return items[1] }
    guard items.count >= 5, case .text("storage") = items[0],
      case .constructor(.storageType(let type)) = items[1], case .text(let key) = items[2],
      case .integer(let count) = items[4], count >= 0
    else {
      throw malformed("a reference to something that is not a storage of a known type", at: start)
    }
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
