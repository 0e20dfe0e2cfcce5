import RetrogradTensors

/// The names that a pickle may use.
///
/// What it may *call* is a fixed list. Everything else is `foreign`: it may be mentioned, as the type of a
/// tensor or as a value, and calling it is refused by name.
enum PickleConstructor: Equatable {
  case orderedDictionary
  /// A dictionary that is given what makes values for missing keys, or nothing.
  case defaultDictionary
  /// A dictionary that is given another one, or nothing.
  case dictionary
  case rebuildTensor
  /// Builds a tensor from bytes and an element type: for types that have no storage of their own.
  case rebuildTypedTensor
  case rebuildParameter
  case rebuildFromType
  /// Builds a tensor of a kind that cannot be read; its shape is one of the arguments.
  case rebuildUnreadable(kind: String, shapeArgument: Int?)
  case size
  case storageType(ElementType)
  case elementType(ElementType)
  /// Types of tensors and devices that appear as arguments and change nothing.
  case harmless
  /// Makes an object that no tensor depends on: options, dates, paths, random states. Nothing is made of it.
  case object(String)
  /// Makes an object of the type that is the first argument.
  case reconstructor
  /// Everything else.
  case foreign(String)

  init(module: String, name: String) {
    self = Self.tensors(module, name) ?? Self.objects(module, name) ?? .foreign("\(module).\(name)")
  }

  /// The constructors of tensors.
  private static func tensors(_ module: String, _ name: String) -> Self? {
    switch (module, name) {
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
      .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): .rebuildTypedTensor
    // Bytes of no type: their number counts bytes, as that of `uint8` does.
    case ("torch.storage", "UntypedStorage"): .storageType(ElementType(.uint8))
    case ("torch._utils", "_rebuild_parameter"),
      ("torch._utils", "_rebuild_parameter_with_state"):
      .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): .rebuildFromType
    case ("torch._utils", "_rebuild_qtensor"):
      .rebuildUnreadable(kind: "quantized", shapeArgument: 2)
    case ("torch._utils", "_rebuild_sparse_tensor"):
      .rebuildUnreadable(kind: "sparse", shapeArgument: nil)
    case ("torch._utils", "_rebuild_meta_tensor_no_storage"):
      .rebuildUnreadable(kind: "meta, without numbers", shapeArgument: 1)
    case ("torch._utils", "_rebuild_nested_tensor"):
      .rebuildUnreadable(kind: "nested", shapeArgument: nil)
    case ("torch._utils", "_rebuild_wrapper_subclass"):
      .rebuildUnreadable(kind: "of a type of its own", shapeArgument: 2)
    case ("torch._utils", "_rebuild_device_tensor_from_numpy"),
      ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"),
      ("torch._utils", "_rebuild_xla_tensor"):
      .rebuildUnreadable(kind: "of another device", shapeArgument: nil)
    case ("torch.nn.parameter", "UninitializedParameter"),
      ("torch.nn.parameter", "UninitializedBuffer"):
      .rebuildUnreadable(kind: "uninitialized", shapeArgument: nil)
    case ("torch", "Size"): .size
    case ("torch", "device"), ("torch.nn.parameter", "Parameter"), ("torch", "Tensor"),
      ("torch.nn.parameter", "Buffer"), ("torch._tensor", "Tensor"),
      ("torch.serialization", "_get_layout"), ("torch", "per_tensor_affine"),
      ("torch", "per_channel_affine"), ("torch", "per_channel_affine_float_qparams"):
      .harmless
    case ("torch", let name):
      // The names of types in PyTorch and here are the same.
      storageTypes[name].map { .storageType($0) }
        ?? StoredType(rawValue: name).map { .elementType(ElementType($0)) }
        ?? unreadableTypes[name].map {
          .elementType(ElementType(unreadable: name, byteCount: $0))
        }
    default: nil
    }
  }

  private static let storageTypes: [String: ElementType] = {
    let readable: [String: StoredType] = [
      "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
      "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
      "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
      "UInt16Storage": .uint16, "UInt32Storage": .uint32, "UInt64Storage": .uint64,
    ]
    let unreadable = [
      "ComplexDoubleStorage": "complex128", "ComplexFloatStorage": "complex64",
      "QInt8Storage": "qint8", "QUInt8Storage": "quint8", "QInt32Storage": "qint32",
      "QUInt4x2Storage": "quint4x2", "QUInt2x4Storage": "quint2x4",
    ]
    return readable.mapValues { ElementType($0) }.merging(
      unreadable.mapValues { ElementType(unreadable: $0, byteCount: unreadableTypes[$0]!) }
    ) { $1 }
  }()

  /// The element types of PyTorch 2.13 that cannot be read, with the bytes that an element takes.
  private static let unreadableTypes: [String: Int] = {
    var types = [
      "complex32": 4, "complex64": 8, "complex128": 16, "chalf": 4, "cfloat": 8, "cdouble": 16,
      "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1,
      "float8_e8m0fnu": 1, "float4_e2m1fn_x2": 1, "qint8": 1, "quint8": 1, "qint32": 4,
      "quint4x2": 1, "quint2x4": 1, "bits8": 1, "bits16": 2, "bits1x8": 1, "bits2x4": 1,
      "bits4x2": 1,
    ]
    for bits in 1...7 {
      types["int\(bits)"] = 1
      types["uint\(bits)"] = 1
    }
    return types
  }()

  /// The constructors of other objects in checkpoints.
  private static func objects(_ module: String, _ name: String) -> Self? {
    switch (module, name) {
    case ("collections", "OrderedDict"): return .orderedDictionary
    case ("collections", "defaultdict"): return .defaultDictionary
    case ("collections", "Counter"), ("builtins", "dict"), ("__builtin__", "dict"):
      return .dictionary
    case ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"): return .reconstructor
    case (_, "AttributeDict")
    where module.hasPrefix("lightning.") || module.hasPrefix("pytorch_lightning."):
      return .dictionary
    case ("easydict", "EasyDict"), ("yacs.config", "CfgNode"), ("addict.addict", "Dict"):
      return .dictionary
    default: break
    }
    let isPlain =
      switch module {
      case "argparse", "types": ["Namespace", "SimpleNamespace"].contains(name)
      case "collections": name == "deque"
      case "builtins", "__builtin__":
        ["set", "frozenset", "bytearray", "complex", "slice", "range", "object"].contains(name)
      case "_codecs": name == "encode"
      case "datetime": ["datetime", "date", "time", "timedelta", "timezone"].contains(name)
      case "pathlib", "pathlib._local": name.hasSuffix("Path")
      case "uuid": name == "UUID"
      case "decimal": name == "Decimal"
      case "fractions": name == "Fraction"
      case "numpy":
        name == "ndarray" || name == "dtype" || name.hasSuffix("_") || isNumber(name)
      case "numpy.core.multiarray", "numpy._core.multiarray":
        ["_reconstruct", "scalar"].contains(name)
      case "numpy.dtypes": name.hasSuffix("DType")
      case "torch.torch_version": name == "TorchVersion"
      case "omegaconf.dictconfig": name == "DictConfig"
      case "omegaconf.listconfig": name == "ListConfig"
      case "omegaconf.base": ["ContainerMetadata", "Metadata"].contains(name)
      case "omegaconf.nodes": name.hasSuffix("Node")
      default: false
      }
    return isPlain ? .object("\(module).\(name)") : nil
  }

  /// Returns whether NumPy has a scalar type of that name: `float64`.
  private static func isNumber(_ name: String) -> Bool {
    ["float", "int", "uint", "complex", "bool"].contains { kind in
      name.hasPrefix(kind) && name.dropFirst(kind.count).allSatisfy(\.isNumber)
    }
  }
}
