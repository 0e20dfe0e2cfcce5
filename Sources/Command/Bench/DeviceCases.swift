import Retrograd

extension BenchCase {
  /// The memory of a device, and the way there.
  static let device: [BenchCase] = [
    BenchCase(
      name: "map-256", summary: "one function of 64 million numbers, from memory and back to it",
      peers: [.torch], runs: 15, cost: BenchCost(bytes: 2 * 256e6), needsDevice: true
    ) { _ in
      let x = Tensor.ones([64_000_000])
      return { _ = x.abs() }
    },

    BenchCase(
      name: "upload-256", summary: "256 MB from the host to the device", peers: [.torch], runs: 15,
      cost: BenchCost(bytes: 256e6, path: .upload), needsDevice: true
    ) { _ in
      var x = Tensor.ones([64_000_000])
      return {
        // What was changed here is new there; and a kernel for one number asks for all.
        x[0] = 1
        _ = x[0..<1].abs()
      }
    },

    BenchCase(
      name: "download-256", summary: "256 MB that a kernel has made from the device to the host",
      peers: [.torch], runs: 15, cost: BenchCost(bytes: 256e6, path: .download), needsDevice: true
    ) { _ in
      let x = Tensor.ones([64_000_000])
      return { _ = x.abs()[0] }
    },
  ]
}
