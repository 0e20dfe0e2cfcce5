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
    .executable(name: "lesson1", targets: ["lesson1"]),
    .executable(name: "lesson2", targets: ["lesson2"]),
    .executable(name: "lesson3", targets: ["lesson3"]),
    .executable(name: "lesson4", targets: ["lesson4"]),
    .executable(name: "lesson5", targets: ["lesson5"]),
    .executable(name: "lesson6", targets: ["lesson6"]),
    .executable(name: "lesson7", targets: ["lesson7"]),
    .executable(name: "lesson8", targets: ["lesson8"]),
    .executable(name: "lesson9", targets: ["lesson9"]),
    .executable(name: "lesson10", targets: ["lesson10"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.0.3"),
  ] + documentationDependencies(),
  targets: [
    // What the operating system provides, and what needs C.
    .systemLibrary(
      name: "RetrogradCLibPNG", path: "Sources/CLibPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .target(
      name: "RetrogradCPNG", dependencies: ["RetrogradCLibPNG"], path: "Sources/CPNG",
      linkerSettings: [.linkedLibrary("png")]),
    .systemLibrary(
      name: "RetrogradCZlib", path: "Sources/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "RetrogradCJPEG", path: "Sources/CJPEG"),
    .target(name: "RetrogradCCurl", path: "Sources/CCurl"),
    .target(name: "RetrogradCProcesses", path: "Sources/CProcesses"),
    .target(
      name: "RetrogradCKernels", path: "Sources/CKernels", exclude: ["winograd_matrices.py"]),
    .target(name: "RetrogradCThreadState", path: "Sources/CThreadState"),

    // The library, from texts and numbers up.
    .target(name: "RetrogradText", path: "Sources/Text"),
    .target(
      name: "RetrogradThreadScopes", dependencies: ["RetrogradCThreadState"],
      path: "Sources/ThreadScopes"),
    .target(
      name: "RetrogradTensors",
      dependencies: [
        "RetrogradText", "RetrogradThreadScopes", "RetrogradCKernels",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      path: "Sources/Tensors"),
    .target(
      name: "RetrogradAutograd", dependencies: ["RetrogradTensors", "RetrogradThreadScopes"],
      path: "Sources/Autograd"),
    .target(
      name: "RetrogradFiles", dependencies: ["RetrogradText"], path: "Sources/Files"),
    .target(
      name: "RetrogradArchives", dependencies: ["RetrogradFiles", "RetrogradCZlib"],
      path: "Sources/Archives"),
    .target(
      name: "RetrogradDownloads", dependencies: ["RetrogradFiles", "RetrogradCCurl"],
      path: "Sources/Downloads"),
    .target(
      name: "RetrogradImages",
      dependencies: [
        "RetrogradTensors", "RetrogradFiles", "RetrogradCPNG", "RetrogradCJPEG", "RetrogradCZlib",
      ],
      path: "Sources/Images"),
    .target(
      name: "RetrogradDecks",
      dependencies: [
        "RetrogradImages", "RetrogradFiles", "RetrogradArchives", "RetrogradDownloads",
      ],
      path: "Sources/Decks"),
    .target(
      name: "RetrogradDrawing", dependencies: ["RetrogradTensors", "RetrogradImages"],
      path: "Sources/Drawing"),
    .target(
      name: "RetrogradSketchbook",
      dependencies: ["RetrogradTensors", "RetrogradImages", "RetrogradDrawing"],
      path: "Sources/Sketchbook"),
    .target(
      name: "RetrogradWeightFiles",
      dependencies: ["RetrogradTensors", "RetrogradFiles", "RetrogradArchives"],
      path: "Sources/WeightFiles"),
    .target(
      name: "RetrogradNeuralNetworks", dependencies: ["RetrogradTensors", "RetrogradAutograd"],
      path: "Sources/NeuralNetworks"),
    .target(
      name: "RetrogradGradientChecking",
      dependencies: ["RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks"],
      path: "Sources/GradientChecking"),
    .target(
      name: "RetrogradReports",
      dependencies: [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles", "RetrogradImages",
        "RetrogradDrawing",
      ],
      path: "Sources/Reports"),
    .target(
      name: "RetrogradDatasets",
      dependencies: [
        "RetrogradNeuralNetworks", "RetrogradImages", "RetrogradDecks", "RetrogradSketchbook",
      ],
      path: "Sources/Datasets"),
    .target(
      name: "RetrogradTraining",
      dependencies: ["RetrogradNeuralNetworks", "RetrogradWeightFiles", "RetrogradDatasets"],
      path: "Sources/Training"),
    .target(
      name: "RetrogradRuns", dependencies: ["RetrogradTraining", "RetrogradReports"],
      path: "Sources/Runs"),
    .target(name: "RetrogradEmbeddedNetwork", path: "Weights/Embedded"),
    .target(
      name: "RetrogradWeights",
      dependencies: [
        "RetrogradNeuralNetworks", "RetrogradWeightFiles", "RetrogradImages",
        "RetrogradDownloads", "RetrogradEmbeddedNetwork",
      ],
      // The embedded network is read by the C file in Embedded.
      path: "Weights",
      exclude: [
        "Embedded", "mini-alexnet.safetensors", "tiny-imagenet-labels.tsv", "README.md",
      ],
      resources: [.embedInCode("manifest.json")]),
    .target(
      name: "RetrogradFineTuning",
      dependencies: ["RetrogradTraining", "RetrogradRuns", "RetrogradReports", "RetrogradWeights"],
      path: "Sources/FineTuning"),
    .target(
      name: "Retrograd",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks",
        "RetrogradGradientChecking", "RetrogradFiles", "RetrogradArchives", "RetrogradDownloads",
        "RetrogradImages", "RetrogradDecks", "RetrogradWeightFiles", "RetrogradReports",
        "RetrogradDrawing", "RetrogradSketchbook", "RetrogradDatasets", "RetrogradTraining",
        "RetrogradRuns", "RetrogradWeights", "RetrogradFineTuning",
      ],
      path: "Sources/Retrograd"),

    // Never part of `Retrograd`: it links the test library.
    .target(name: "RetrogradTesting", dependencies: ["Retrograd"], path: "Sources/Testing"),

    // What people run. What all programs share of a command line:
    .target(
      name: "RetrogradCommandLine",
      dependencies: [
        "RetrogradText", "RetrogradFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/CommandLine"),
    .executableTarget(
      name: "RetrogradCommand",
      dependencies: [
        "Retrograd", "RetrogradCommandLine",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command", resources: [.embedInCode("Bench/peer.py")]),
    .target(name: "RetrogradEmbeddedPhotographs", path: "Lessons/Photographs/Embedded"),
    .target(
      name: "LessonKit",
      dependencies: [
        "Retrograd", "RetrogradText", "RetrogradCommandLine", "RetrogradEmbeddedPhotographs",
        "RetrogradCProcesses",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Lessons/Kit", swiftSettings: lessonSettings()),
    lesson(1, "Pictures", figure: "figure.png"),
    lesson(2, "Filters", figure: "figure.png"),
    lesson(3, "Gradients", figure: "figure.svg"),
    lesson(4, "Losses", figure: "figure.svg"),
    lesson(5, "AlexNet", figure: "figure.png"),
    lesson(6, "Features", figure: "figure.png"),
    lesson(7, "Retraining", figure: "figure.svg"),
    lesson(8, "FineTuning", figure: "figure.svg"),
    lesson(9, "Verifying", figure: "figure.svg"),
    lesson(10, "Speed", figure: "figure.svg"),

    // Tests: one target a room.
    .target(
      name: "RetrogradTestSupport", dependencies: ["Retrograd"], path: "Tests/Support"),
    test("Text", ["RetrogradText"]),
    test("CommandLine", ["RetrogradCommandLine"]),
    test("Kernels", ["RetrogradCKernels", "RetrogradTensors"]),
    test("Tensors", ["RetrogradTensors"]),
    test("Property", ["RetrogradTensors"]),
    test("Autograd", ["RetrogradAutograd"]),
    test("Files", ["RetrogradFiles"]),
    test("Archives", ["RetrogradArchives"]),
    test("Downloads", ["RetrogradDownloads", "RetrogradFiles"]),
    test("Images", ["RetrogradImages"]),
    test("Decks", ["RetrogradDecks", "RetrogradFiles"]),
    test("WeightFiles", ["RetrogradWeightFiles"]),
    test("NeuralNetworks", ["RetrogradNeuralNetworks"]),
    test(
      "GradientChecking", ["RetrogradGradientChecking", "RetrogradTesting", "RetrogradCommand"]),
    test("Reports", ["RetrogradReports"]),
    test("Datasets", ["RetrogradDatasets"]),
    test("Training", ["RetrogradTraining"]),
    test("Runs", ["RetrogradRuns"]),
    test("FineTuning", ["RetrogradFineTuning"]),
    test("Weights", ["RetrogradWeights"]),
    test("Command", ["RetrogradCommand"]),
    test("Drawing", ["RetrogradDrawing"]),
    test("Sketchbook", ["RetrogradSketchbook"]),
    .executableTarget(
      name: "lessonfixture", dependencies: ["Retrograd", "LessonKit"], path: "Tests/LessonFixture",
      swiftSettings: lessonSettings()),
    test(
      "Lessons",
      ["LessonKit", "lessonfixture", "RetrogradTesting", "RetrogradText"]
        + (1...10).map { .init(stringLiteral: "lesson\($0)") }),
  ],
  swiftLanguageModes: [.v6]
)

/// What `swift package generate-documentation` needs. Nobody else has to fetch it, so it is asked for with
/// `RETROGRAD_DOCUMENTATION=1`.
func documentationDependencies() -> [Package.Dependency] {
  Context.environment["RETROGRAD_DOCUMENTATION"] == nil
    ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0")]
}

/// A lesson is a script: its functions may touch its top-level variables.
func lessonSettings() -> [SwiftSetting] { [.defaultIsolation(MainActor.self)] }

func lesson(_ number: Int, _ subject: String, figure: String) -> Target {
  // Two digits, so that folders stand in order.
  let folder = "Lessons/\(number < 10 ? "0" : "")\(number)-\(subject)"
  return .executableTarget(
    name: "lesson\(number)",
    dependencies: [
      "Retrograd", "LessonKit",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: folder, exclude: ["README.md", "transcript.txt", figure], swiftSettings: lessonSettings())
}

func test(_ room: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(room)Tests", dependencies: dependencies + ["Retrograd", "RetrogradTestSupport"],
    path: "Tests/\(room)Tests")
}
