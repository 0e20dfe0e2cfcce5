// swift-tools-version:6.2
import PackageDescription

/// Fuzz targets, in a package of their own: the library's must not need what they are built with.
let package = Package(
  name: "fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "retrograd", path: "../..")],
  targets: [
    .target(name: "CommandArguments", swiftSettings: [.swiftLanguageMode(.v5)]),
    .executableTarget(
      name: "Fuzz",
      dependencies: ["CommandArguments", .product(name: "Retrograd", package: "retrograd")],
      // libFuzzer brings `main`.
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
  ],
  swiftLanguageModes: [.v6]
)
