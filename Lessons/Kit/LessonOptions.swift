import ArgumentParser
import Foundation
import Retrograd

/// What all lessons with a pre-trained network understand.
public struct NetworkOptions: ParsableArguments {
  /// Which network; the embedded one by default, so that everyone sees the same.
  @Option(help: ArgumentHelp(WeightChoice.help), transform: { try WeightChoice($0) })
  public var weights: WeightChoice?

  /// Where the random numbers begin.
  @Option(help: "Where the random numbers begin.")
  public var seed: UInt64 = 1

  /// Where pictures go.
  @Option(name: [.short, .long], help: "A folder for pictures; the current one by default.")
  public var output = "."

  /// The defaults.
  public init() {}

  /// Loads the network and says which one it is; ends the lesson where it cannot be had.
  @MainActor public func loadNetwork() -> (model: AlexNet, pretrained: PretrainedNetwork) {
    do {
      let network = try WeightChoice.resolve(weights, default: .lessons)
      say(network.description)
      return (try network.alexNet(), network)
    } catch {
      fail("\(error)")
    }
  }

  /// Writes a picture into the folder and says so; ends the lesson where that is impossible.
  @MainActor public func write(_ picture: Picture, as name: String) {
    let folder = URL(filePath: output)
    let file = folder.appending(path: name)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try picture.writePNG(to: file)
    } catch {
      fail("\(error)")
    }
    say("written: \(file.relativePath)")
  }
}
