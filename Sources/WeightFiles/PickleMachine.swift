import Foundation
import RetrogradFiles
import RetrogradTensors

/// A machine for Python's pickles that can build checkpoints and nothing else.
///
/// A pickle is a program for a small stack machine, and Python's own machine calls whatever function
/// the program names. This one knows a fixed list of constructors and refuses the rest by name, so
/// nothing in a file can run. It loops and never recurses; what it allocates is bounded by the bytes it
/// reads. Instructions: the comments of `pickletools.py` in Python's library.
struct PickleMachine {
  /// A checkpoint's pickle names its tensors; it does not hold their numbers.
  static let sizeLimit = 64 << 20
  private static let containerLimit = 4 << 20

  /// The items of tuples and lists; keys and values, in turn, of dictionaries.
  private(set) var containers: [[PickleValue]] = []
  /// The element type of every storage that was referred to, by its key.
  private(set) var storageTypes: [String: StoredType] = [:]
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var reader: ByteReader
  private let file: String

  /// A machine for the pickles that stand one after the other in `bytes`.
  init(_ bytes: [UInt8], file: String, base: Int) {
    reader = ByteReader(bytes, file: file, base: base)
    self.file = file
  }

  /// Where in the file the next pickle begins.
  var position: Int { reader.position }

  /// Runs one pickle.
  mutating func run() throws(FileError) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      let start = reader.position
      let instruction = try reader.bytes(1)[0]
      if instruction == UInt8(ascii: ".") { return try pop() }
      try execute(instruction, at: start)
    }
  }

  private func malformed(_ reason: String, at offset: Int? = nil) -> FileError {
    FileError(.malformed, file: file, offset: offset ?? reader.position, "pickle: \(reason)")
  }

  // MARK: - Instructions

  private mutating func execute(_ instruction: UInt8, at start: Int) throws(FileError) {
    switch instruction {
    case 0x80: try reader.skip(1)  // PROTO
    case 0x95: try reader.skip(8)  // FRAME
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(bitPattern: try reader.uint32()))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.bytes(1)[0])))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.uint16())))
    case 0x8A: try pushLong(Int(try reader.bytes(1)[0]))
    case 0x8B: try pushLong(Int(Int32(bitPattern: try reader.uint32())))
    case UInt8(ascii: "I"), UInt8(ascii: "L"): try pushDecimal()
    case UInt8(ascii: "F"): stack.append(.real(Double(try line()) ?? .nan))
    case UInt8(ascii: "G"):
      stack.append(.real(Double(bitPattern: try reader.uint64().byteSwapped)))
    case UInt8(ascii: "X"): try pushText(Int(try reader.uint32()))
    case 0x8C: try pushText(Int(try reader.bytes(1)[0]))
    case 0x8D: try pushText(try reader.size64())
    case UInt8(ascii: "V"): stack.append(.text(try line()))
    case UInt8(ascii: "U"): try pushText(Int(try reader.bytes(1)[0]))
    case UInt8(ascii: "T"): try pushText(Int(Int32(bitPattern: try reader.uint32())))
    case UInt8(ascii: "S"): stack.append(.text(try line().trimmingCharacters(in: ["'", "\""])))
    case UInt8(ascii: "C"): stack.append(.bytes(try reader.bytes(Int(try reader.bytes(1)[0]))))
    case UInt8(ascii: "B"): stack.append(.bytes(try reader.bytes(Int(try reader.uint32()))))
    case 0x8E: stack.append(.bytes(try reader.bytes(try reader.size64())))
    case UInt8(ascii: ")"): stack.append(.tuple(try container([])))
    case 0x85: try pushTuple(1)
    case 0x86: try pushTuple(2)
    case 0x87: try pushTuple(3)
    case UInt8(ascii: "t"): stack.append(.tuple(try container(try popMark())))
    case UInt8(ascii: "]"): stack.append(.list(try container([])))
    case UInt8(ascii: "l"): stack.append(.list(try container(try popMark())))
    case UInt8(ascii: "}"): stack.append(.dictionary(try container([])))
    case UInt8(ascii: "d"): stack.append(.dictionary(try container(try popMark())))
    case UInt8(ascii: "a"): try appendToList([try pop()])
    case UInt8(ascii: "e"): try appendToList(try popMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popMark())
    case UInt8(ascii: "q"): memo[Int(try reader.bytes(1)[0])] = try top()
    case UInt8(ascii: "r"): memo[Int(try reader.uint32())] = try top()
    case UInt8(ascii: "p"): memo[Int(try line()) ?? -1] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(Int(try reader.bytes(1)[0]))
    case UInt8(ascii: "j"): try recall(Int(try reader.uint32()))
    case UInt8(ascii: "g"): try recall(Int(try line()) ?? -1)
    case UInt8(ascii: "c"):
      let module = try line()
      try pushConstructor(module, try line(), at: start)
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("a constructor without a name", at: start)
      }
      try pushConstructor(module, name, at: start)
    case UInt8(ascii: "R"), 0x81:
      let arguments = try items(of: try pop(), at: start)
      stack.append(try call(try pop(), arguments, at: start))
    case UInt8(ascii: "b"): try build(at: start)
    case UInt8(ascii: "Q"): stack.append(try storage(try pop(), at: start))
    default:
      throw FileError(
        .unsupported, file: file, offset: start,
        "pickle: instruction 0x\(String(instruction, radix: 16)) is none that a checkpoint needs")
    }
  }

  private mutating func pushDecimal() throws(FileError) {
    var text = try line()
    if text.hasSuffix("L") { text.removeLast() }
    switch text {
    case "00": stack.append(.bool(false))
    case "01": stack.append(.bool(true))
    default:
      guard let number = Int(text) else {
        throw malformed("\"\(text.prefix(40))\" is no whole number")
      }
      stack.append(.integer(number))
    }
  }

  private mutating func pushLong(_ count: Int) throws(FileError) {
    let bytes = try reader.bytes(count)
    if bytes.count > 8 { return stack.append(.bigInteger(bytes)) }
    var bits: UInt64 = (bytes.last ?? 0) & 0x80 == 0 ? 0 : .max
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    stack.append(.integer(Int(Int64(bitPattern: bits))))
  }

  private mutating func pushText(_ count: Int) throws(FileError) {
    stack.append(.text(String(decoding: try reader.bytes(count), as: UTF8.self)))
  }

  private mutating func pushTuple(_ count: Int) throws(FileError) {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw malformed("a tuple of too few items")
    }
    let items = Array(stack.suffix(count))
    stack.removeLast(count)
    stack.append(.tuple(try container(items)))
  }

  private mutating func pushConstructor(
    _ module: String, _ name: String, at start: Int
  )
    throws(FileError)
  {
    guard let constructor = PickleConstructor(module: module, name: name) else {
      let isModel = module.contains("nn.modules") || module.contains("torchvision")
      throw FileError(
        .unsupported, file: file, offset: start,
        "names \(module).\(name), which is not a constructor that a checkpoint needs; nothing was run"
          + (isModel || module == "__main__"
            ? ". This seems to be a whole model: save its state_dict() instead" : ""))
    }
    stack.append(.constructor(constructor))
  }

  // MARK: - The stack

  private func top() throws(FileError) -> PickleValue {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else {
      throw malformed("the stack is empty")
    }
    return value
  }

  private mutating func pop() throws(FileError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popMark() throws(FileError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("no mark was set") }
    let items = Array(stack[mark...])
    stack.removeLast(items.count)
    return items
  }

  private mutating func recall(_ index: Int) throws(FileError) {
    guard let value = memo[index] else { throw malformed("entry \(index) of the memo was not set") }
    stack.append(value)
  }

  private mutating func line() throws(FileError) -> String {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.bytes(1)[0]
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }

  // MARK: - Containers

  private mutating func container(_ items: [PickleValue]) throws(FileError) -> Int {
    guard containers.count < Self.containerLimit else {
      throw FileError(
        .tooLarge, file: file, offset: reader.position,
        "pickle: more than \(Self.containerLimit) lists, tuples and dictionaries")
    }
    containers.append(items)
    return containers.count - 1
  }

  private mutating func appendToList(_ items: [PickleValue]) throws(FileError) {
    guard case .list(let index) = try top() else { throw malformed("an item is added to no list") }
    containers[index] += items
  }

  private mutating func setItems(_ items: [PickleValue]) throws(FileError) {
    guard case .dictionary(let index) = try top(), items.count % 2 == 0 else {
      throw malformed("a key is set in no dictionary")
    }
    containers[index] += items
  }

  private func items(of value: PickleValue, at start: Int) throws(FileError) -> [PickleValue] {
    switch value {
    case .tuple(let index), .list(let index): return containers[index]
    default: throw malformed("expected a tuple", at: start)
    }
  }

  // MARK: - Constructors

  /// Sets an object's state: dictionaries have none that matters here.
  private mutating func build(at start: Int) throws(FileError) {
    _ = try pop()
    switch try top() {
    case .dictionary, .tensor, .ignored: return
    default: throw malformed("state is set on what has none", at: start)
    }
  }

  private mutating func call(
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
    case .rebuildParameter:
      guard let data = arguments.first else {
        throw malformed("a parameter without data", at: start)
      }
      return data
    case .rebuildFromType:
      guard arguments.count >= 3, case .constructor(.rebuildTensor) = arguments[0] else {
        throw malformed("a tensor of a type of its own that is not built from a tensor", at: start)
      }
      return .tensor(try tensor(try items(of: arguments[2], at: start), at: start))
    case .size:
      guard let shape = arguments.first else { return .tuple(try container([])) }
      return shape
    case .harmless: return .ignored
    case .storageType: throw malformed("a storage is called", at: start)
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
        items += pair
      }
    }
    return .dictionary(try container(items))
  }

  private func tensor(
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
    return TensorReference(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func integers(_ value: PickleValue, at start: Int) throws(FileError) -> [Int] {
    let items = try items(of: value, at: start)
    guard items.count <= 64 else { throw malformed("a shape of \(items.count) axes", at: start) }
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
  private mutating func storage(_ id: PickleValue, at start: Int) throws(FileError) -> PickleValue {
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
    return .storage(
      StorageReference(type: type, key: key, count: viewCount, viewOffset: viewOffset))
  }
}
