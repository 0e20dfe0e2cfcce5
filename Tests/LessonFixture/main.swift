import Foundation
import LessonKit
import Retrograd

// A lesson whose answers end in every way in which an answer can end: its tests are LessonKitTests. What attacks the check is in
// Attacks.swift.

/// An exercise that asks once, and whose answers are right whatever they are.
func ending(
  _ number: Int, _ title: String, _ answer: @escaping (Int) throws -> Void
) -> Exercise {
  func asked(_ x: Int) throws -> Int {
    try answer(x)
    return 0
  }
  return Exercise(number, title, asked) { variant, answer in
    let x = variant.size(7...9)
    _ = try answer(x)
  }
}

func twoNumbers() -> [Double] {
  print("looked at")
  return [1, 2]
}

let options = LessonOptions.parseOrExit()
options.checkIfAsked(
  [
    ending(1, "Right") { print("said by a student: \($0)") },
    ending(2, "Still to be written") { _ in throw NotWritten("Write a line.") },
    Exercise(3, "Wrong", twoNumbers) { variant, answer in
      try compare(
        try answer(), with: [1, 3], "numbers", suspects: [Suspect("2 is not 3.", [1.0, 2])])
    },
    ending(4, "An index out of range") { _ = [1, 2][$0] },
    ending(5, "Shapes that do not fit") { _ in
      _ = matmul(Tensor.ones([2, 3]), Tensor.ones([2, 3]))
    },
    ending(6, "An endless loop") { x in
      var y = x
      while y < 10 { y = Int.random(in: 0...9) }
    },
    ending(7, "Memory without bound") { _ in
      var numbers: [[Double]] = []
      while true { numbers.append([Double](repeating: 1, count: 1 << 24)) }
    },
    ending(8, "An end of the program") { _ in exit(0) },
    ending(9, "Right again") { _ in },
  ] + attacks, of: 0)
title("A lesson")
say(String(repeating: "word ", count: 40))
options.show(Picture(width: 4, height: 4, red: 200), as: "red", "a red picture")
