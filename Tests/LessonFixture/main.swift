import Foundation
import LessonKit
import Retrograd

// A lesson whose exercises end in every way in which an answer can end: its tests are LessonKitTests.

let options = LessonOptions.parseOrExit()
options.checkIfAsked(
  [
    Exercise(1, "Right") { variant in print("said by a student: \(variant.size(1...9))") },
    Exercise(2, "Still to be written") { _ in throw NotWritten("Write a line.") },
    Exercise(3, "Wrong") { _ in
      print("looked at")
      try compare(
        [1.0, 2], with: [1, 3], "numbers", suspects: [Suspect("2 is not 3.", [1.0, 2])])
    },
    Exercise(4, "An index out of range") { variant in _ = [1, 2][variant.size(7...7)] },
    Exercise(5, "Shapes that do not fit") { _ in
      _ = matmul(Tensor.ones([2, 3]), Tensor.ones([2, 3]))
    },
    Exercise(6, "An endless loop") { variant in while variant.size(0...1) < 2 {} },
    Exercise(7, "Memory without bound") { _ in
      var numbers: [[Double]] = []
      while true { numbers.append([Double](repeating: 1, count: 1 << 24)) }
    },
    Exercise(8, "An end of the program") { _ in exit(0) },
    Exercise(9, "Right again") { _ in },
  ], of: 0)
title("A lesson")
say(String(repeating: "word ", count: 40))
options.show(Picture(width: 4, height: 4, red: 200), as: "red", "a red picture")
