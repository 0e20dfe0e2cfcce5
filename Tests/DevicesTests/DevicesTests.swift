import Foundation
import RetrogradTestSupport
import Testing

@testable import RetrogradDevices

@Suite(
  "A device", .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
struct DevicesTests {
  private let device: OpenDevice
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    device = try OpenDevice(
      DeviceList.current.device(named: "gpu"), cache: KernelCache(folder: folder.url))
  }

  private func kernel(_ expression: String, named name: String = "twice") -> Kernel {
    Kernel(
      "twice", name: name,
      text: """
        kernel void twice(global const float *x, global float *y, int count) {
          int i = get_global_id(0);
          if (i < count) y[i] = \(expression);
        }
        """)
  }

  private func run(_ kernel: Kernel, on device: OpenDevice, _ x: [Float]) throws -> [Float] {
    let source = try x.withUnsafeBytes { try device.block(copying: $0) }
    let target = try device.block(byteCount: 4 * x.count)
    try device.run(
      kernel, [.block(source), .block(target), .int(x.count)], WorkSize(count: x.count))
    var y = [Float](repeating: 0, count: x.count)
    try y.withUnsafeMutableBytes { try device.read(target, into: $0) }
    return y
  }

  @Test("runs a kernel from its text")
  func runs() throws {
    let x = (0..<1000).map(Float.init)
    #expect(try run(kernel("2 * x[i]"), on: device, x) == x.map { 2 * $0 })
  }

  @Test("says of itself what it is, and is found by any part of its name")
  func description() throws {
    let name = device.description.name
    #expect(!name.isEmpty && device.description.memory > 0 && device.description.computeUnits > 0)
    #expect(
      try DeviceList.current.device(named: String(name.dropFirst().lowercased())).name == name)
  }

  @Test("that nobody knows is answered with those that there are")
  func unknownName() {
    let error = #expect(throws: DeviceError.self) {
      try DeviceList.current.device(named: "abacus")
    }
    #expect(error?.kind == .unknownName)
    #expect(error?.description.contains(device.description.name) ?? false)
  }

  @Test("shows the line of a kernel that does not compile")
  func badKernel() {
    let error = #expect(throws: DeviceError.self) {
      try run(kernel("2 * z[i]"), on: device, [1])
    }
    #expect(error?.kind == .compilation)
    #expect(error?.description.contains("3 |   if (i < count) y[i] = 2 * z[i];") ?? false)
  }

  @Test("says which function a text lacks")
  func missingFunction() {
    let error = #expect(throws: DeviceError.self) {
      try device.run(
        Kernel("thrice", text: kernel("x[i]").text), [],
        WorkSize(groups: (1, 1, 1), items: (1, 1, 1)))
    }
    #expect(error?.description.contains("thrice") ?? false)
  }

  @Test("refuses blocks larger than its memory, and goes on")
  func outOfMemory() throws {
    let error = #expect(throws: DeviceError.self) { try device.block(byteCount: 1 << 55) }
    #expect(error?.kind == .outOfMemory)
    #expect(try run(kernel("2 * x[i]"), on: device, [4]) == [8])
  }

  @Test("keeps compiled kernels on disk, and compiles again what was damaged")
  func cache() throws {
    let kernel = kernel("3 * x[i]")
    #expect(try run(kernel, on: device, [1, 2]) == [3, 6])
    let files = try FileManager.default.contentsOfDirectory(
      at: folder.url, includingPropertiesForKeys: nil)
    let file = try #require(files.first)
    #expect(files.count == 1)
    let whole = try Data(contentsOf: file)
    for damaged in [Data(), whole.prefix(whole.count / 2), whole.prefix(64) + Data("abc".utf8)] {
      try damaged.write(to: file)
      let cache = KernelCache(folder: folder.url)
      #expect(cache.binary(in: file) == nil)
      let other = try OpenDevice(device.description, cache: cache)
      #expect(try run(kernel, on: other, [1, 2]) == [3, 6])
      #expect(cache.binary(in: file) != nil)
    }
    // What is whole, but no kernel.
    KernelCache(folder: folder.url).keep(Array("no kernel".utf8), in: file)
    let other = try OpenDevice(device.description, cache: KernelCache(folder: folder.url))
    #expect(try run(kernel, on: other, [1, 2]) == [3, 6])
  }

  @Test("needs no folder for compiled kernels")
  func unwritableCache() throws {
    let cache = KernelCache(folder: URL(filePath: "/proc/none"))
    let other = try OpenDevice(device.description, cache: cache)
    #expect(try run(kernel("x[i] + 1"), on: other, [1]) == [2])
  }

  @Test("hands blocks that were given back to the next")
  func pool() throws {
    let handle = try device.block(byteCount: 1000).handle.pointer
    #expect(try device.block(byteCount: 1010).handle.pointer == handle)
  }

  @Test("serves several threads at once")
  func threads() async throws {
    let device = device
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        let kernel = kernel("x[i] * \(task)", named: "times \(task)")
        group.addTask {
          for _ in 0..<20 {
            if try run(kernel, on: device, [1, 2]) != [Float(task), Float(2 * task)] {
              return false
            }
          }
          return true
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
