import Foundation
import RetrogradFiles
import RetrogradTensors

/// A machine for Python's pickles that can build checkpoints and nothing else.
///
/// A pickle is a program for a small stack machine, and Python's own machine calls whatever function
/// the program names. This one knows a fixed list of constructors and refuses to call the rest, by name, so
/// nothing in a file can run. It loops and never recurses, and what it holds is bounded by the size of
/// the file: a packed pickle can be a thousand times as long, and a few of its bytes can copy what others
/// have built. Instructions: the comments of `pickletools.py` in Python's library.
struct PickleMachine {
  /// A checkpoint's pickle names its tensors; it does not hold their numbers.
  static let sizeLimit = 64 << 20
  /// The cost of an empty container, beside its items, in values.
  private static let containerCost = 4

  /// The items of tuples and lists; keys and values, in turn, of dictionaries.
  private(set) var containers: [[PickleValue]] = []
  /// The element type of every storage that was referred to, by its key.
  var storageTypes: [String: ElementType] = [:]
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  /// Python numbers what it remembers from 0, so this has few gaps.
  private var memo: [PickleValue?] = []
  private var reader: ByteReader
  private let bytes: [UInt8]
  let file: String
  private let fileSize: Int
  /// The size of what was built so far: the items of all containers and the bytes of tensors, in values.
  private var built = 0

  /// A machine for the pickles that stand one after the other in `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: The pickles, unpacked.
  ///   - file: The file's name, for errors.
  ///   - base: The offset of the pickles in the file.
  ///   - fileSize: The file's size, which limits what the pickles may build.
  init(_ bytes: [UInt8], file: String, base: Int, fileSize: Int) {
    reader = ByteReader(bytes, file: file, base: base)
    self.bytes = bytes
    self.file = file
    self.fileSize = fileSize
  }

  /// The limit on the values that the pickles may build. PyTorch's take less than one for each byte.
  private var builtLimit: Int { 2 * min(fileSize, .max / 4) + (1 << 20) }
  /// Number of values that may be held at a time besides: a tuple of small numbers takes half of one a byte
  /// while it is built, all else far less.
  private var heldLimit: Int { fileSize / 4 + (1 << 18) }

  /// The offset of the next pickle in the file.
  var position: Int { reader.position }

  /// Indicates whether layers are written out in the pickles, as in a whole model.
  var holdsModules: Bool { bytes.contains(Array("torch.nn.modules".utf8)) }

  /// Runs one pickle.
  mutating func run() throws(FileError) -> PickleValue {
    (stack, marks, memo) = ([], [], [])
    while true {
      let start = reader.position
      let instruction = try reader.uint8()
      if instruction == UInt8(ascii: ".") { return try pop() }
      try execute(instruction, at: start)
      if stack.count + marks.count + memo.count > heldLimit { throw tooLarge(heldLimit) }
    }
  }

  /// Counts what is about to be built, and refuses what no checkpoint of this size needs.
  mutating func charge(_ count: Int) throws(FileError) {
    built += count
    if built > builtLimit { throw tooLarge(builtLimit) }
  }

  private func tooLarge(_ limit: Int) -> FileError {
    FileError(
      .tooLarge, file: file, offset: reader.position,
      "pickle: holds more than \(limit) values, the limit for a file of \(fileSize) bytes")
  }

  func malformed(_ reason: String, at offset: Int? = nil) -> FileError {
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
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.uint8())))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.uint16())))
    case 0x8A: try pushLong(Int(try reader.uint8()))
    case 0x8B: try pushLong(Int(Int32(bitPattern: try reader.uint32())))
    case UInt8(ascii: "I"), UInt8(ascii: "L"): try pushDecimal()
    case UInt8(ascii: "F"): stack.append(.real(Double(try line()) ?? .nan))
    case UInt8(ascii: "G"):
      stack.append(.real(Double(bitPattern: try reader.uint64().byteSwapped)))
    case UInt8(ascii: "X"): try pushText(Int(try reader.uint32()))
    case 0x8C: try pushText(Int(try reader.uint8()))
    case 0x8D: try pushText(try reader.size64())
    case UInt8(ascii: "V"): stack.append(.text(try line()))
    case UInt8(ascii: "U"): try pushText(Int(try reader.uint8()))
    case UInt8(ascii: "T"): try pushText(Int(Int32(bitPattern: try reader.uint32())))
    case UInt8(ascii: "S"): stack.append(.text(try line().trimmingCharacters(in: ["'", "\""])))
    case UInt8(ascii: "C"): stack.append(.bytes(try reader.bytes(Int(try reader.uint8()))))
    case UInt8(ascii: "B"): stack.append(.bytes(try reader.bytes(Int(try reader.uint32()))))
    case 0x8E: stack.append(.bytes(try reader.bytes(try reader.size64())))
    case 0x96: stack.append(.bytes(try reader.bytes(try reader.size64())))
    case UInt8(ascii: ")"): stack.append(.tuple(try container([])))
    case 0x85: try pushTuple(1)
    case 0x86: try pushTuple(2)
    case 0x87: try pushTuple(3)
    case UInt8(ascii: "t"): stack.append(.tuple(try container(try popMark())))
    case UInt8(ascii: "]"): stack.append(.list(try container([])))
    case UInt8(ascii: "l"): stack.append(.list(try container(try popMark())))
    // Sets: a list will do.
    case 0x8F: stack.append(.list(try container([])))
    case 0x90: try appendToList(try popMark())
    case 0x91: stack.append(.list(try container(try popMark())))
    case UInt8(ascii: "}"): stack.append(.dictionary(try container([])))
    case UInt8(ascii: "d"): stack.append(.dictionary(try container(try popMark())))
    case UInt8(ascii: "a"): try appendToList([try pop()])
    case UInt8(ascii: "e"): try appendToList(try popMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popMark())
    case UInt8(ascii: "q"): try remember(at: Int(try reader.uint8()))
    case UInt8(ascii: "r"): try remember(at: Int(try reader.uint32()))
    case UInt8(ascii: "p"): try remember(at: Int(try line()) ?? -1)
    case 0x94: try remember(at: memo.count)
    case UInt8(ascii: "h"): try recall(Int(try reader.uint8()))
    case UInt8(ascii: "j"): try recall(Int(try reader.uint32()))
    case UInt8(ascii: "g"): try recall(Int(try line()) ?? -1)
    case UInt8(ascii: "c"):
      let module = try line()
      try pushConstructor(module, try line())
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("a constructor without a name", at: start)
      }
      try pushConstructor(module, name)
    case UInt8(ascii: "R"), 0x81:
      // Popped first: a call on `self` that pops among its arguments would copy the whole stack.
      let tuple = try pop()
      let arguments = try items(of: tuple, at: start)
      let constructor = try pop()
      stack.append(try call(constructor, arguments, at: start))
    case UInt8(ascii: "b"): try build(at: start)
    case UInt8(ascii: "Q"):
      let id = try pop()
      stack.append(try storage(id, at: start))
    default:
      throw FileError(
        .unsupported, file: file, offset: start,
        "pickle: instruction 0x\(String(instruction, radix: 16)) is not used by checkpoints")
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
        throw malformed("\"\(text.prefix(40))\" is not a whole number")
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

  private mutating func pushConstructor(_ module: String, _ name: String) throws(FileError) {
    let constructor = PickleConstructor(module: module, name: name)
    // A name of somebody's own can be long, and copies share it.
    try charge(Self.containerCost)
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
    guard memo.indices.contains(index), let value = memo[index] else {
      throw malformed("entry \(index) of the memo was not set")
    }
    stack.append(value)
  }

  private mutating func remember(at index: Int) throws(FileError) {
    let value = try top()
    guard index >= 0 else { throw malformed("the memo has no entry \(index)") }
    guard index < heldLimit else { throw tooLarge(heldLimit) }
    while memo.count <= index { memo.append(nil) }
    memo[index] = value
  }

  private mutating func line() throws(FileError) -> String {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.uint8()
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }

  // MARK: - Containers

  /// Puts a container into the table and gives its number.
  mutating func container(_ items: [PickleValue]) throws(FileError) -> Int {
    try charge(Self.containerCost + items.count)
    containers.append(items)
    return containers.count - 1
  }

  private mutating func appendToList(_ items: [PickleValue]) throws(FileError) {
    if case .object = try top() { return }
    guard case .list(let index) = try top() else { throw malformed("an item is added to no list") }
    try charge(items.count)
    containers[index] += items
  }

  private mutating func setItems(_ items: [PickleValue]) throws(FileError) {
    if case .object = try top() { return }
    guard case .dictionary(let index) = try top(), items.count % 2 == 0 else {
      throw malformed("a key is set in no dictionary")
    }
    try charge(items.count)
    containers[index] += items
  }

  /// The items of a tuple or list.
  func items(of value: PickleValue, at start: Int) throws(FileError) -> [PickleValue] {
    switch value {
    case .tuple(let index), .list(let index): return containers[index]
    default: throw malformed("expected a tuple", at: start)
    }
  }

  /// Sets an object's state: dictionaries have none that matters here.
  private mutating func build(at start: Int) throws(FileError) {
    _ = try pop()
    switch try top() {
    case .dictionary, .tensor, .unreadableTensor, .object: return
    default: throw malformed("state is set on what has none", at: start)
    }
  }
}
