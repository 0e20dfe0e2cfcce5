import ArgumentParser
import Foundation
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson6", abstract: "Lesson 6: what a network has learned to see.",
    discussion: """
      Shows the filters of the first convolution, the feature maps of all five, where in a picture the network looks, \
      and pictures that excite single maps. Afterwards write the functions in Lessons/06-Features/Exercises.swift; \
      --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
  @OptionGroup var network: NetworkOptions

  @Option(help: "Your own picture. By default: the photograph of a red panda.")
  var data: String?

  @Flag(help: "Use a bicycle drawn by the lesson, instead of the photograph.")
  var drawn = false

  /// Refuses two pictures at once.
  func validate() throws {
    if drawn && data != nil {
      throw ValidationError("--drawn and --data are two pictures: pass one of them.")
    }
  }

  /// The kind of the picture; `nil` where only its owner knows it.
  var kind: LearnedPictures.Kind? { data == nil ? (drawn ? .drawings : .photographs) : nil }

  /// The network that the options name; a classifier that the weights lack is made of random numbers.
  @MainActor func loadNetwork(
    using random: inout RandomSource
  ) -> (model: AlexNet, pretrained: PretrainedNetwork) {
    do {
      let pretrained = try WeightChoice.resolve(
        network.weights, key: network.key, default: .lessons)
      say(pretrained.description)
      let model =
        pretrained.classes == nil
        ? try AlexNet.transferring(pretrained.state, classes: 1, using: &random).model
        : try pretrained.alexNet()
      return (model, pretrained)
    } catch {
      fail(words(for: error))
    }
  }

  /// The picture, and what it is called.
  func picture() -> (picture: Picture, name: String) {
    do {
      if let data {
        let file = URL(filePath: data)
        return (try Picture.read(file), file.lastPathComponent)
      }
      if drawn {
        return (Sketchbook(seed: lesson.seed &+ 60).picture(of: "bicycle", number: 1), "bicycle")
      }
      let photograph = Photograph.all[0]
      return (try photograph.picture(), photograph.subject)
    } catch {
      // Only the photograph needs what a machine may lack: something that reads JPEG.
      fail(data == nil ? "\(error); --drawn takes a drawing instead" : "\(error)")
    }
  }
}
