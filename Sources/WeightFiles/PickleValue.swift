import RetrogradTensors

/// The content of a pickle, as far as checkpoints need it.
///
/// Containers stand in a table of the machine and values name them by number: a value that contains
/// itself, or one nested a million deep, is then nothing special to copy or to free. What is large stands
/// in a box: a hostile pickle can put a value on the stack with every byte.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// A whole number of more than 64 bits, least significant byte first.
  case bigInteger([UInt8])
  case real(Double)
  case text(String)
  case bytes([UInt8])
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  indirect case constructor(PickleConstructor)
  indirect case storage(StorageReference)
  indirect case tensor(TensorReference)
  indirect case unreadableTensor(UnreadableTensor)
  /// Something harmless that no tensor depends on, by its type's name.
  case object(String)
}

/// The format of the elements of a storage.
struct ElementType: Hashable {
  /// PyTorch's name: `complex64`.
  let name: String
  /// Bytes that one element takes.
  let byteCount: Int
  /// The same among the types that can be read; nil where it is none of them.
  let stored: StoredType?

  init(_ stored: StoredType) {
    (name, byteCount, self.stored) = (stored.rawValue, stored.byteCount, stored)
  }

  /// A type that cannot be read.
  init(unreadable name: String, byteCount: Int) {
    (self.name, self.byteCount, stored) = (name, byteCount, nil)
  }
}

/// A tensor of a kind that cannot be read.
struct UnreadableTensor: Hashable {
  /// Its kind: `complex64`, `sparse`.
  let kind: String
  /// Its shape, where that is known.
  let shape: [Int]?
}

/// Numbers on disk, named by a key.
struct StorageReference: Hashable {
  let type: ElementType
  let key: String
  /// The number of elements.
  let count: Int
  /// The offset of a view into a larger storage, in elements.
  let viewOffset: Int

  /// The same bytes as elements of another type; nil where they do not hold a whole number of them.
  func retyped(_ newType: ElementType) -> StorageReference? {
    func converted(_ count: Int) -> Int? {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      return overflow || bytes % newType.byteCount != 0 ? nil : bytes / newType.byteCount
    }
    guard let count = converted(count), let viewOffset = converted(viewOffset) else { return nil }
    return StorageReference(type: newType, key: key, count: count, viewOffset: viewOffset)
  }
}

/// A tensor's place in a storage whose elements can be read.
struct TensorReference: Hashable {
  let storage: StorageReference
  let type: StoredType
  let offset: Int
  let shape: [Int]
  let strides: [Int]
  /// Indicates whether the tensor is the negative of what stands there: PyTorch's negative bit.
  var isNegated = false
}
