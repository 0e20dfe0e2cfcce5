import RetrogradTensors

/// What a pickle holds, as far as checkpoints need it.
///
/// Containers stand in a table of the machine and values name them by number: a value that contains
/// itself, or one nested a million deep, is then nothing special to copy or to free.
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
  case constructor(PickleConstructor)
  case storage(StorageReference)
  case tensor(TensorReference)
  /// Something harmless that no tensor depends on.
  case ignored
}

/// Numbers on disk, named by a key.
struct StorageReference: Hashable {
  let type: StoredType
  let key: String
  /// The number of elements.
  let count: Int
  /// Where a view into a larger storage begins, in elements.
  let viewOffset: Int
}

/// A tensor's place in a storage.
struct TensorReference: Hashable {
  let storage: StorageReference
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// The fixed list of what a pickle may call. Everything else is refused by name.
enum PickleConstructor: Equatable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case rebuildFromType
  case size
  case storageType(StoredType)
  /// Types and devices that appear as arguments and change nothing.
  case harmless

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Size"): self = .size
    case ("torch", "device"), ("torch.nn.parameter", "Parameter"), ("torch", "Tensor"),
      ("torch.serialization", "_get_layout"):
      self = .harmless
    case ("torch", let name):
      if let type = Self.storageTypes[name] {
        self = .storageType(type)
      } else if Self.dtypeNames.contains(name) {
        self = .harmless
      } else {
        return nil
      }
    default: return nil
    }
  }

  private static let storageTypes: [String: StoredType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "UInt16Storage": .uint16, "UInt32Storage": .uint32, "UInt64Storage": .uint64,
  ]

  private static let dtypeNames: Set<String> = [
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
  ]
}
