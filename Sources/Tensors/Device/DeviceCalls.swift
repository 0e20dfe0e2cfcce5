import RetrogradDevices

// How an operation becomes a call of a kernel: an output, the arguments, the number of work items. Every kernel
// reads tensors and writes one that is new; nothing is changed in place.

extension OpenDevice {
  /// Returns the result of `compute`; `nil`, with one line on standard error, where the device fails: then the host
  /// computes.
  func attempt<R>(_ operation: String, _ compute: () throws(DeviceError) -> R) -> R? {
    do {
      return try compute()
    } catch {
      let consequence =
        error.kind == .outOfMemory
        ? "What does not fit is computed on the processor" : "The processor computes this instead"
      DeviceWarnings.warn("\(operation): \(error). \(consequence)")
      DeviceTrace.noteFailure(of: operation)
      return nil
    }
  }

  /// A tensor in the device's memory that a kernel is to write.
  func output(_ shape: [Int]) throws(DeviceError) -> Tensor {
    let count = Tensor.checkedCount(shape)
    guard count <= Int(Int32.max) else {
      throw DeviceError(
        .outOfMemory, "\(description.name): kernels count to 2^31, which is less than \(shape)")
    }
    let block = try block(byteCount: count * DType.float32.byteCount)
    return Tensor(storage: .make(block, count: count), shape: shape)
  }

  /// The arguments for a tensor that is read: its block, and the place of its first element.
  func input(_ x: Tensor) throws(DeviceError) -> [KernelArgument] {
    [.block(try x.storage.block(on: self)), .int(x.offset)]
  }

  /// The argument for a tensor that is written.
  func target(_ y: Tensor) throws(DeviceError) -> [KernelArgument] {
    [.block(try y.storage.block(on: self))]
  }

  /// The argument for numbers that a kernel reads, given as they lie in memory.
  func list(
    _ numbers: [some FixedWidthInteger & BitwiseCopyable]
  ) throws(DeviceError)
    -> [KernelArgument]
  {
    let copy = numbers.withUnsafeBytes { bytes in
      Result<DeviceBlock, DeviceError>(catching: { () throws(DeviceError) in
        try block(copying: bytes)
      })
    }
    return [.block(try copy.get())]
  }

  /// Queues a kernel, and counts it.
  func call(
    _ kernel: Kernel, _ arguments: [KernelArgument], _ size: WorkSize
  ) throws(DeviceError) {
    try run(kernel, arguments, size)
    DeviceTrace.noteKernel(kernel.name)
  }
}

/// The beginning of all kernels: the few words of OpenCL that they use, by names that another language could give
/// them too, and what reductions share.
let kernelPrelude = """
  #pragma OPENCL FP_CONTRACT OFF
  #define KERNEL kernel void
  #define READ global const float *restrict
  #define READ_INTS global const int *restrict
  #define WRITE global float *restrict
  #define WRITE_INTS global int *restrict
  #define SHARED local
  #define ITEM ((int)get_global_id(0))       // the number of this work item
  #define GROUP(axis) ((int)get_group_id(axis))
  #define PLACE(axis) ((int)get_local_id(axis))  // of this item in its group
  #define WAIT_FOR_GROUP barrier(CLK_LOCAL_MEM_FENCE)

  """
