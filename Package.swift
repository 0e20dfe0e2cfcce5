// swift-tools-version:6.2
import PackageDescription

/// Folders have short names; targets carry a prefix, so that a package that depends on this one may
/// have targets called `Images` or `Files` of its own.
let package = Package(
  name: "retrograd",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Retrograd", targets: ["Retrograd"]),
    .library(name: "RetrogradTesting", targets: ["RetrogradTesting"]),
    .executable(name: "retrograd", targets: ["RetrogradCommand"]),
    .executable(name: "lesson7", targets: ["lesson7"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.0.3"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    // What the operating system provides, and what needs C.
    .systemLibrary(
      name: "RetrogradCPNG", path: "Sources/CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "RetrogradCZlib", path: "Sources/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "RetrogradCJPEG", path: "Sources/CJPEG"),
    .target(name: "RetrogradCCurl", path: "Sources/CCurl"),
    .target(
      name: "RetrogradCKernels", path: "Sources/CKernels", exclude: ["winograd_matrices.py"]),

    // The library, from the numbers up.
    .target(
      name: "RetrogradTensors",
      dependencies: [
        "RetrogradCKernels", .product(name: "RealModule", package: "swift-numerics"),
      ],
      path: "Sources/Tensors"),
    .target(
      name: "RetrogradAutograd", dependencies: ["RetrogradTensors", "RetrogradCKernels"],
      path: "Sources/Autograd"),
    .target(
      name: "RetrogradFiles", dependencies: ["RetrogradCZlib", "RetrogradCCurl"],
      path: "Sources/Files"),
    .target(
      name: "RetrogradImages",
      dependencies: ["RetrogradTensors", "RetrogradFiles", "RetrogradCPNG", "RetrogradCJPEG"],
      path: "Sources/Images"),
    .target(
      name: "RetrogradWeightFiles", dependencies: ["RetrogradTensors", "RetrogradFiles"],
      path: "Sources/WeightFiles"),
    .target(
      name: "RetrogradNeuralNetworks", dependencies: ["RetrogradTensors", "RetrogradAutograd"],
      path: "Sources/NeuralNetworks"),
    .target(
      name: "RetrogradGradientChecking",
      dependencies: ["RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks"],
      path: "Sources/GradientChecking"),
    .target(
      name: "RetrogradReports", dependencies: ["RetrogradTensors", "RetrogradImages"],
      path: "Sources/Reports"),
    .target(name: "RetrogradEmbeddedNetwork", path: "Weights/Embedded"),
    .target(
      name: "RetrogradWeights",
      dependencies: [
        "RetrogradNeuralNetworks", "RetrogradWeightFiles", "RetrogradImages",
        "RetrogradEmbeddedNetwork",
      ],
      // The embedded network is read by the C file in Embedded.
      path: "Weights", exclude: ["Embedded", "mini-alexnet.safetensors"],
      resources: [.embedInCode("manifest.json")]),
    .target(
      name: "RetrogradTraining",
      dependencies: [
        "RetrogradNeuralNetworks", "RetrogradWeightFiles", "RetrogradImages", "RetrogradReports",
      ],
      path: "Sources/Training"),
    .target(
      name: "Retrograd",
      dependencies: [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks",
        "RetrogradGradientChecking", "RetrogradFiles", "RetrogradImages", "RetrogradWeightFiles",
        "RetrogradReports", "RetrogradTraining",
        "RetrogradWeights",
      ],
      path: "Sources/Retrograd"),

    // Never part of `Retrograd`: it links the test library.
    .target(name: "RetrogradTesting", dependencies: ["Retrograd"], path: "Sources/Testing"),

    // What people run.
    .executableTarget(
      name: "RetrogradCommand",
      dependencies: [
        "Retrograd", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command", resources: [.embedInCode("Bench/peer.py")]),
    .target(
      name: "LessonKit", dependencies: ["Retrograd"], path: "Lessons/Kit",
      swiftSettings: lessonSettings),
    .executableTarget(
      name: "lesson7",
      dependencies: [
        "Retrograd", "LessonKit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Lessons/07-Retraining",
      exclude: ["README.md"], swiftSettings: lessonSettings),

    // Tests: one target a room.
    .target(
      name: "RetrogradTestSupport", dependencies: ["Retrograd"], path: "Tests/Support"),
    test("Kernels", ["RetrogradCKernels", "RetrogradTensors"]),
    test("Tensors", ["RetrogradTensors"]),
    test("Autograd", ["RetrogradAutograd"]),
    test("Files", ["RetrogradFiles"]),
    test("Images", ["RetrogradImages"]),
    test("WeightFiles", ["RetrogradWeightFiles"]),
    test("NeuralNetworks", ["RetrogradNeuralNetworks"]),
    test(
      "GradientChecking", ["RetrogradGradientChecking", "RetrogradTesting", "RetrogradCommand"]),
    test("Reports", ["RetrogradReports"]),
    test("Training", ["RetrogradTraining"]),
    test("Weights", ["RetrogradWeights"]),
    test("Command", ["RetrogradCommand"]),
    test("Lessons", ["LessonKit", "lesson7"]),
  ],
  swiftLanguageModes: [.v6]
)

/// A lesson is a script: its functions may touch its top-level variables.
var lessonSettings: [SwiftSetting] { [.defaultIsolation(MainActor.self)] }

func test(_ room: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(room)Tests", dependencies: dependencies + ["Retrograd", "RetrogradTestSupport"],
    path: "Tests/\(room)Tests")
}
