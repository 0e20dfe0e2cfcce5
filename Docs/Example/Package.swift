// swift-tools-version:6.2
import PackageDescription

// A student's own package that uses Retrograd. In yours the dependency is an address:
//   .package(url: "https://…/retrograd", from: "1.0.0")
let package = Package(
  name: "coursework",
  platforms: [.macOS(.v15)],
  products: [.library(name: "Coursework", targets: ["Coursework"])],
  dependencies: [.package(name: "retrograd", path: "../..")],
  targets: [
    .target(
      name: "Coursework", dependencies: [.product(name: "Retrograd", package: "retrograd")]),
    .testTarget(
      name: "CourseworkTests",
      dependencies: [
        "Coursework", .product(name: "RetrogradTesting", package: "retrograd"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
