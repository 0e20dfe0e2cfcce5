// swift-tools-version:6.2
import PackageDescription

/// The lessons in their order. All else follows from this list: the programs `lesson1`, `lesson2`, … and what
/// the tests of the lessons need.
let lessons = [
  Lesson(1, "Pictures", figure: "figure.png"),
  Lesson(2, "Filters", figure: "figure.png"),
  Lesson(3, "Gradients", figure: "figure.svg"),
  Lesson(4, "Losses", figure: "figure.svg"),
  Lesson(5, "AlexNet", figure: "figure.png"),
  Lesson(6, "Features", figure: "figure.png"),
  Lesson(7, "Retraining", figure: "figure.svg"),
  Lesson(8, "FineTuning", figure: "figure.svg"),
  Lesson(9, "Verifying", figure: "figure.svg"),
  Lesson(10, "Speed", figure: "figure.svg"),
  Lesson(11, "Card", figure: "figure.svg"),
]

/// One lesson: the program `lesson1`, from the folder `Lessons/01-Pictures`.
struct Lesson {
  let program: String
  let target: Target

  init(_ number: Int, _ subject: String, figure: String) {
    program = "lesson\(number)"
    // Two digits, so that folders stand in order.
    let folder = "Lessons/\(number < 10 ? "0" : "")\(number)-\(subject)"
    target = .executableTarget(
      name: program,
      dependencies: [
        "Retrograd", "LessonKit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: folder, exclude: ["README.md", "transcript.txt", figure],
      swiftSettings: lessonSettings())
  }
}

/// Folders have short names; targets carry a prefix, so that a package that depends on this one may
/// have targets called `Images` or `Files` of its own.
let package = Package(
  name: "retrograd",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Retrograd", targets: ["Retrograd"]),
    // Not part of `Retrograd`: its `Color`, `Path` and `Canvas` are SwiftUI's names too.
    .library(name: "RetrogradDrawing", targets: ["RetrogradDrawing"]),
    .library(name: "RetrogradTesting", targets: ["RetrogradTesting"]),
    .executable(name: "retrograd", targets: ["RetrogradCommand"]),
    .executable(name: "script", targets: ["script"]),
  ] + lessons.map { .executable(name: $0.program, targets: [$0.program]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.0.3"),
  ] + documentationDependencies(),
  targets: [
    // What the operating system provides, and what needs C.
    .systemLibrary(
      name: "RetrogradCZlib", path: "Sources/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "RetrogradCPNG", path: "Sources/CPNG"),
    .target(name: "RetrogradCJPEG", path: "Sources/CJPEG"),
    .target(name: "RetrogradCCurl", path: "Sources/CCurl"),
    .target(name: "RetrogradCProcesses", path: "Sources/CProcesses"),
    .target(
      name: "RetrogradCKernels", path: "Sources/CKernels", exclude: ["winograd_matrices.py"]),
    .target(name: "RetrogradCThreadState", path: "Sources/CThreadState"),
    .target(name: "RetrogradCDevice", path: "Sources/CDevice"),

    // The library, from texts and numbers up.
    .target(name: "RetrogradText", path: "Sources/Text"),
    .target(
      name: "RetrogradThreadScopes", dependencies: ["RetrogradCThreadState"],
      path: "Sources/ThreadScopes"),
    .target(
      name: "RetrogradDevices",
      dependencies: ["RetrogradText", "RetrogradFiles", "RetrogradCDevice"],
      path: "Sources/Devices"),
    .target(
      name: "RetrogradTensors",
      dependencies: [
        "RetrogradText", "RetrogradThreadScopes", "RetrogradCKernels", "RetrogradCDevice",
        "RetrogradDevices",
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
      name: "RetrogradDownloads",
      dependencies: ["RetrogradText", "RetrogradFiles", "RetrogradCCurl"],
      path: "Sources/Downloads"),
    .target(
      name: "RetrogradImages",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradFiles", "RetrogradCPNG", "RetrogradCJPEG",
        "RetrogradCZlib",
      ],
      path: "Sources/Images"),
    .target(
      name: "RetrogradDecks",
      dependencies: [
        "RetrogradText", "RetrogradImages", "RetrogradFiles", "RetrogradArchives",
        "RetrogradDownloads",
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
      dependencies: ["RetrogradText", "RetrogradTensors", "RetrogradFiles", "RetrogradArchives"],
      path: "Sources/WeightFiles"),
    .target(
      name: "RetrogradNeuralNetworks",
      dependencies: ["RetrogradText", "RetrogradTensors", "RetrogradAutograd"],
      path: "Sources/NeuralNetworks"),
    .target(
      name: "RetrogradGradientChecking",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks",
      ],
      path: "Sources/GradientChecking"),
    .target(
      name: "RetrogradReports",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles",
        "RetrogradImages", "RetrogradDrawing",
      ],
      path: "Sources/Reports"),
    .target(
      name: "RetrogradDatasets",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles",
        "RetrogradImages", "RetrogradDecks", "RetrogradSketchbook",
      ],
      path: "Sources/Datasets"),
    .target(
      name: "RetrogradTraining",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks",
        "RetrogradFiles", "RetrogradWeightFiles", "RetrogradImages", "RetrogradDatasets",
      ],
      path: "Sources/Training"),
    .target(
      name: "RetrogradRuns",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradNeuralNetworks", "RetrogradFiles",
        "RetrogradImages", "RetrogradDatasets", "RetrogradTraining", "RetrogradReports",
      ],
      path: "Sources/Runs"),
    .target(name: "RetrogradEmbeddedNetwork", path: "Weights/Embedded"),
    .target(
      name: "RetrogradWeights",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradNeuralNetworks", "RetrogradFiles",
        "RetrogradWeightFiles", "RetrogradImages", "RetrogradDownloads", "RetrogradEmbeddedNetwork",
      ],
      // The embedded network is read by the C file in Embedded.
      path: "Weights",
      exclude: [
        "Embedded", "mini-alexnet.safetensors", "tiny-imagenet-labels.tsv", "README.md",
      ],
      resources: [.embedInCode("manifest.json")]),
    .target(
      name: "RetrogradFineTuning",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks",
        "RetrogradFiles", "RetrogradWeightFiles", "RetrogradDatasets", "RetrogradTraining",
        "RetrogradRuns", "RetrogradReports", "RetrogradWeights",
      ],
      path: "Sources/FineTuning"),
    .target(
      name: "Retrograd",
      dependencies: [
        "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks",
        "RetrogradGradientChecking", "RetrogradFiles", "RetrogradArchives", "RetrogradDownloads",
        "RetrogradDevices", "RetrogradImages", "RetrogradDecks", "RetrogradWeightFiles",
        "RetrogradReports",
        "RetrogradSketchbook", "RetrogradDatasets", "RetrogradTraining",
        "RetrogradRuns", "RetrogradWeights", "RetrogradFineTuning",
      ],
      path: "Sources/Retrograd"),

    // Never part of `Retrograd`: it links the test library.
    .target(name: "RetrogradTesting", dependencies: ["Retrograd"], path: "Sources/Testing"),

    // What people run. What all programs share of a command line:
    .target(
      name: "RetrogradCommandLine",
      dependencies: [
        "RetrogradText", "RetrogradFiles", "RetrogradDevices", "RetrogradTensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/CommandLine"),
    .executableTarget(
      name: "RetrogradCommand",
      dependencies: [
        "Retrograd", "RetrogradText", "RetrogradCommandLine",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command", resources: [.embedInCode("Bench/peer.py")]),
    .target(name: "RetrogradEmbeddedPhotographs", path: "Lessons/Photographs/Embedded"),
    .target(
      name: "LessonKit",
      dependencies: [
        "Retrograd", "RetrogradText", "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles",
        "RetrogradCommandLine",
        "RetrogradEmbeddedPhotographs", "RetrogradCProcesses",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Lessons/Kit", swiftSettings: lessonSettings()),
    .executableTarget(
      name: "script",
      dependencies: [
        "Retrograd", "RetrogradDrawing", "LessonKit", "RetrogradCommandLine",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Lessons/Script", swiftSettings: lessonSettings()),

    // Tests: one target a room, which imports that room and those that its cases are made with.
    .target(
      name: "RetrogradTestSupport",
      dependencies: [
        "RetrogradDevices", "RetrogradTensors", "RetrogradAutograd", "RetrogradWeightFiles",
        "RetrogradFiles", "RetrogradImages",
      ],
      path: "Tests/Support"),
    tests("Text"),
    tests(
      "CommandLine",
      [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
    tests(of: "CKernels", "Kernels", ["RetrogradTensors", "RetrogradAutograd"]),
    tests("Devices"),
    tests("Tensors", ["RetrogradDevices"]),
    tests(of: "Tensors", "Property"),
    tests("Autograd", ["RetrogradTensors", "RetrogradNeuralNetworks"]),
    tests("Files"),
    tests("Archives", ["RetrogradFiles"]),
    tests("Downloads", ["RetrogradFiles"]),
    tests(
      "Images", ["RetrogradTensors", "RetrogradFiles", "RetrogradArchives", "RetrogradDatasets"]),
    tests("Decks", ["RetrogradFiles", "RetrogradImages"]),
    tests("WeightFiles", ["RetrogradTensors", "RetrogradFiles"]),
    tests(
      "NeuralNetworks",
      [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles", "RetrogradWeightFiles",
        "RetrogradDatasets", "RetrogradTraining", "RetrogradGradientChecking",
      ]),
    tests("GradientChecking", ["Retrograd", "RetrogradTesting", "RetrogradCommand"]),
    tests(
      "Reports",
      [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles", "RetrogradImages",
        "RetrogradDrawing",
      ]),
    tests(
      "Datasets",
      [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradFiles", "RetrogradImages",
        "RetrogradDecks", "RetrogradSketchbook",
      ]),
    tests(
      "Training",
      [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks", "RetrogradFiles",
        "RetrogradWeightFiles", "RetrogradImages", "RetrogradDatasets", "RetrogradReports",
        "RetrogradRuns",
      ]),
    tests(
      "Runs",
      [
        "RetrogradTensors", "RetrogradNeuralNetworks", "RetrogradImages", "RetrogradDatasets",
        "RetrogradTraining",
      ]),
    tests(
      "FineTuning",
      [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks", "RetrogradFiles",
        "RetrogradWeightFiles", "RetrogradImages", "RetrogradDatasets", "RetrogradTraining",
        "RetrogradRuns", "RetrogradWeights",
      ]),
    tests(
      "Weights",
      [
        "RetrogradTensors", "RetrogradAutograd", "RetrogradNeuralNetworks", "RetrogradFiles",
        "RetrogradWeightFiles",
        "RetrogradImages", "RetrogradDatasets", "RetrogradTraining",
      ]),
    tests("Command", ["Retrograd", "RetrogradTensors"]),
    tests("Drawing"),
    tests("Sketchbook", ["RetrogradTensors", "RetrogradDrawing", "RetrogradDatasets"]),
    .executableTarget(
      name: "lessonfixture", dependencies: ["Retrograd", "LessonKit"], path: "Tests/LessonFixture",
      swiftSettings: lessonSettings()),
    .testTarget(
      name: "LessonsTests",
      dependencies: [
        "Retrograd", "LessonKit", "lessonfixture", "script", "RetrogradTesting", "RetrogradText",
        "RetrogradTestSupport",
      ] + lessons.map { .target(name: $0.program) },
      path: "Tests/LessonsTests"),
  ] + lessons.map(\.target),
  swiftLanguageModes: [.v6]
)

/// The dependencies of `swift package generate-documentation`. Nobody else has to fetch them, so they are asked for
/// with `RETROGRAD_DOCUMENTATION=1`.
func documentationDependencies() -> [Package.Dependency] {
  Context.environment["RETROGRAD_DOCUMENTATION"] == nil
    ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0")]
}

/// A lesson is a script: its functions may touch its top-level variables.
func lessonSettings() -> [SwiftSetting] { [.defaultIsolation(MainActor.self)] }

/// The tests of a room, in the folder `Tests/SubjectTests`: of the room of that name, unless another is given.
func tests(
  of room: String? = nil, _ subject: String, _ others: [Target.Dependency] = []
) -> Target {
  .testTarget(
    name: "\(subject)Tests",
    dependencies: [.target(name: "Retrograd\(room ?? subject)"), "RetrogradTestSupport"] + others,
    path: "Tests/\(subject)Tests")
}
