import Foundation
import RetrogradCDevice
import Synchronization

/// A device in use: a context, one queue, its memory, and the kernels that were compiled for it.
///
/// Several threads may use it at once; what they ask for is queued one after the other.
package final class OpenDevice: @unchecked Sendable {
  /// The properties that the device reports.
  package let description: DeviceDescription

  private let context: OpaquePointer
  private let queue: OpaquePointer
  private let cache: KernelCache
  /// A kernel's arguments are set and then it is queued: nobody may come between.
  private let kernels = Mutex<[String: Result<Handle, DeviceError>]>([:])
  private let pool: Mutex<BlockPool>

  // Both locks are taken one at a time, and nothing else while one is held.

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - description: The device.
  ///   - cache: The place of compiled kernels.
  package init(_ description: DeviceDescription, cache: KernelCache = .standard) throws(DeviceError)
  {
    self.description = description
    self.cache = cache
    let name = description.name
    context = try make("opening \(name)") { retrograd_cl_make_context(description.handle, $0) }
    let context = context
    do {
      queue = try make("opening a queue on \(name)") {
        retrograd_cl_make_queue(context, description.handle, $0)
      }
    } catch {
      retrograd_cl_release_context(context)
      throw error
    }
    pool = Mutex(BlockPool(largestTotal: description.memory / 4))
  }

  deinit {
    for kernel in kernels.withLock({ $0.values.compactMap { try? $0.get() } }) {
      retrograd_cl_release_kernel(kernel.pointer)
    }
    releaseKeptBlocks()
    retrograd_cl_release_queue(queue)
    retrograd_cl_release_context(context)
  }

  // MARK: Memory

  /// A block of uninitialized memory.
  package func block(byteCount: Int) throws(DeviceError) -> DeviceBlock {
    let size = BlockPool.rounded(byteCount)
    if let kept = pool.withLock({ $0.take(size) }) {
      return DeviceBlock(kept, byteCount: size, device: self)
    }
    return try newBlock(size, content: nil)
  }

  /// A block with a copy of `bytes`. Does not wait for what was queued before.
  package func block(copying bytes: UnsafeRawBufferPointer) throws(DeviceError) -> DeviceBlock {
    // OpenCL has no empty blocks, and reads as many bytes as it makes.
    guard let content = bytes.baseAddress, !bytes.isEmpty else { return try block(byteCount: 0) }
    return try newBlock(bytes.count, content: content)
  }

  private func newBlock(
    _ byteCount: Int, content: UnsafeRawPointer?
  ) throws(DeviceError) -> DeviceBlock {
    let activity = "\(description.name): taking \(byteCount) bytes of \(description.memory)"
    func attempt() throws(DeviceError) -> Handle {
      Handle(
        pointer: try make(activity) {
          retrograd_cl_make_buffer(context, byteCount, content, $0)
        })
    }
    do {
      return DeviceBlock(try attempt(), byteCount: byteCount, device: self)
    } catch  where error.kind == .outOfMemory {
      // What is only kept for the next makes room first, as soon as nobody uses it any more.
      retrograd_cl_finish(queue)
      releaseKeptBlocks()
      return DeviceBlock(try attempt(), byteCount: byteCount, device: self)
    }
  }

  private func releaseKeptBlocks() {
    for block in pool.withLock({ $0.takeAll() }) { retrograd_cl_release_buffer(block.pointer) }
  }

  func giveBack(_ handle: Handle, byteCount: Int) {
    let isKept =
      BlockPool.rounded(byteCount) == byteCount
      && pool.withLock { $0.keep(handle, byteCount) }
    if !isKept { retrograd_cl_release_buffer(handle.pointer) }
  }

  /// Waits for what was queued before, and copies the beginning of a block.
  package func read(
    _ block: DeviceBlock, into bytes: UnsafeMutableRawBufferPointer
  ) throws(DeviceError) {
    guard let target = bytes.baseAddress, !bytes.isEmpty else { return }
    try check(
      retrograd_cl_read(queue, block.handle.pointer, bytes.count, target),
      "reading \(bytes.count) bytes from \(description.name)")
    withExtendedLifetime(block) {}
  }

  /// Waits for all that was queued.
  package func finish() throws(DeviceError) {
    try check(retrograd_cl_finish(queue), "waiting for \(description.name)")
  }

  // MARK: Kernels

  /// Queues a kernel, and returns before it has run.
  package func run(
    _ kernel: Kernel, _ arguments: [KernelArgument], _ size: WorkSize
  ) throws(DeviceError) {
    let (groups, items) = (size.groups, size.items)
    if groups.0 == 0 || groups.1 == 0 || groups.2 == 0 { return }
    let outcome = kernels.withLock { kernels -> Result<Void, DeviceError> in
      do throws(DeviceError) {
        // What did not compile once will not the next time.
        let made = kernels[kernel.name] ?? compiled(kernel)
        kernels[kernel.name] = made
        let handle = try made.get().pointer
        for (index, argument) in arguments.enumerated() {
          try set(argument, at: UInt32(index), of: handle, kernel)
        }
        let global = [groups.0 * items.0, groups.1 * items.1, groups.2 * items.2]
        try check(
          retrograd_cl_run(queue, handle, global, [items.0, items.1, items.2]),
          "running \"\(kernel.name)\" on \(description.name)")
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    withExtendedLifetime(arguments) {}
    try outcome.get()
  }

  private func set(
    _ argument: KernelArgument, at index: UInt32, of handle: OpaquePointer, _ kernel: Kernel
  ) throws(DeviceError) {
    let status: Int32
    switch argument {
    case .block(let block): status = retrograd_cl_set_buffer(handle, index, block.handle.pointer)
    case .int(let number):
      var number = Int32(number)
      status = retrograd_cl_set_argument(handle, index, 4, &number)
    case .float(var number): status = retrograd_cl_set_argument(handle, index, 4, &number)
    case .ints(let numbers):
      status = retrograd_cl_set_argument(handle, index, 4 * numbers.count, numbers)
    }
    try check(status, "argument \(index) of \"\(kernel.name)\"")
  }

  private func compiled(_ kernel: Kernel) -> Result<Handle, DeviceError> {
    do throws(DeviceError) {
      return .success(Handle(pointer: try compile(kernel)))
    } catch {
      return .failure(error)
    }
  }

  /// A kernel from the cache, or compiled and kept there.
  private func compile(_ kernel: Kernel) throws(DeviceError) -> OpaquePointer {
    // No fast-math: infinities and NaN stay what they are.
    let options =
      "-cl-std=CL1.2"
      + (description.hasExactDivision ? " -cl-fp32-correctly-rounded-divide-sqrt" : "")
    let file = cache.file([
      description.name, description.platform, description.driver, options, kernel.text,
    ])
    if let binary = cache.binary(in: file), let program = try? load(binary) {
      defer { retrograd_cl_release_program(program) }
      if retrograd_cl_build(program, description.handle, options) == 0,
        let handle = try? function(kernel, of: program)
      {
        return handle
      }
    }
    let program = try make("reading the kernel \"\(kernel.name)\"") {
      retrograd_cl_make_program(context, kernel.text, $0)
    }
    defer { retrograd_cl_release_program(program) }
    if retrograd_cl_build(program, description.handle, options) != 0 {
      let log = RetrogradDevices.read(
        { retrograd_cl_build_log(program, description.handle, $0, $1) }, capacity: 1 << 20)
      throw DeviceError(kernel, log: log, device: description.name)
    }
    let size = retrograd_cl_binary_size(program)
    if size > 0 {
      var binary = [UInt8](repeating: 0, count: size)
      if retrograd_cl_binary(program, &binary) == 0 { cache.keep(binary, in: file) }
    }
    return try function(kernel, of: program)
  }

  private func load(_ binary: [UInt8]) throws(DeviceError) -> OpaquePointer {
    try make("loading a kernel") {
      retrograd_cl_load_program(context, description.handle, binary, binary.count, $0)
    }
  }

  private func function(
    _ kernel: Kernel, of program: OpaquePointer
  ) throws(DeviceError) -> OpaquePointer {
    try make("finding \"\(kernel.function)\" in its text") {
      retrograd_cl_make_kernel(program, kernel.function, $0)
    }
  }
}
