import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Numbers from outside that make no sense")
struct ExtremeNumberTests {
  private static let whole = [
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-3", "nan", "1e3", "",
  ]
  private static let real = ["nan", "inf", "-inf", "-1", "1.7e308", "1e999", "-0.5"]

  /// Each option of each command that takes a number, with what the command needs besides.
  private static let options: [(command: [String], whole: [String], real: [String])] = [
    (["classify", "x"], ["top", "batch"], []), (["evaluate", "x"], ["batch"], []),
    (["features", "x"], ["most"], []), (["gradcheck", "--self-test"], ["graphs"], ["width"]),
    (["sketch", "-o", "/nowhere/x"], ["count", "first", "size"], []),
    (["sketch", "--sheet", "/nowhere/x"], ["count", "first", "size"], []),
    (["slides", "x"], ["size", "limit"], []),
    (["weights", "calibrate", "x", "y", "-o", "z.safetensors"], ["batch", "size", "detail"], []),
    (["bench"], ["runs", "repetitions"], ["time-out"]),
    (
      ["finetune", "x"],
      ["epochs", "batch", "warm-up", "patience", "checkpoint-every", "accumulate"],
      [
        "learning-rate", "weight-decay", "dropout", "label-smoothing", "validation-share", "mixup",
        "cutmix", "average", "clip",
      ]
    ),
    (
      ["pretrain", "x"],
      ["hidden", "size", "detail", "epochs", "batch", "first-size", "sketches", "memory"],
      [
        "width", "learning-rate", "warm-up", "momentum", "weight-decay", "dropout",
        "label-smoothing", "teacher-share", "teacher-temperature", "teacher-features",
        "validation-share",
      ]
    ),
  ]

  @Test("every number of every command has bounds, and a message that names the option")
  func options() throws {
    for (command, whole, real) in Self.options {
      for (names, values) in [(whole, Self.whole), (real, Self.real)] {
        for name in names {
          for value in values {
            let result = try runProgram("retrograd", command + ["--\(name)", value])
            #expect(result.status == 64, "\(command) --\(name) \(value): \(result.errors)")
            #expect(
              value.isEmpty || result.errors.contains("--\(name)"), "\(result.errors)")
            #expect(!result.errors.contains("Missing value"), "\(result.errors)")
          }
        }
      }
    }
    for (lesson, names) in [
      ("lesson7", ["count", "steps", "batch"]), ("lesson8", ["count", "epochs", "repetitions"]),
      ("lesson3", ["time-limit"]),
    ] {
      for name in names {
        for value in name == "time-limit" ? Self.real : Self.whole {
          let result = try runProgram(lesson, ["--\(name)", value])
          #expect(result.status == 64, "\(lesson) --\(name) \(value): \(result.errors)")
        }
      }
    }
    // A place in a list may be any number; there is none behind the last one.
    let folder = Fixtures.url("pictures").path
    for value in ["9223372036854775807", "-1"] {
      let result = try runProgram("retrograd", ["features", folder, "--slide", value])
      #expect(result.status == 64 && result.errors.contains("--slide"), "\(result.errors)")
    }
  }

  /// The record of a run with numbers replaced.
  private func record(_ change: (inout [String: Any]) -> Void) throws -> URL {
    let folder = try TemporaryFolder()
    var record: [String: Any] = [
      "version": 2, "name": "two", "command": "retrograd finetune two", "state": "finished",
      "settings": [], "machine": [], "classes": ["a", "b"], "trainingCounts": [3, 4],
      "validationCounts": [1, 1], "epochs": 3, "receipt": [],
      "history": (1...3).map {
        [
          "epoch": $0, "trainingLoss": 1.0, "trainingAccuracy": 0.5, "validationLoss": 1.0,
          "validationAccuracy": 0.5, "learningRate": 0.1, "seconds": 1.0,
        ] as [String: Any]
      },
      "parameters": [
        ["name": "w", "shape": [1, 2], "mean": 0.0, "deviation": 1.0, "largest": 2.0]
          as [String: Any]
      ],
      "score": [
        "count": 2, "accuracy": 0.5, "loss": 1.0, "confusion": [[1, 0], [1, 0]],
        "reliability": [
          "count": 2,
          "bins": [["lower": 0.0, "upper": 1.0, "count": 2, "confidence": 0.5, "accuracy": 0.5]],
        ],
      ] as [String: Any],
    ]
    change(&record)
    let file = folder.url.appending(path: "run.json")
    try JSONSerialization.data(withJSONObject: record).write(to: file)
    kept.append(folder)
    return folder.url
  }

  private final class Kept { var folders: [TemporaryFolder] = [] }
  private let keeper = Kept()
  private var kept: [TemporaryFolder] {
    get { keeper.folders }
    nonmutating set { keeper.folders = newValue }
  }

  @Test("a record whose numbers no run can have is refused, any loss is shown")
  func records() throws {
    func report(_ folder: URL) throws -> ProgramResult {
      try runProgram(
        "retrograd", ["report", folder.path, folder.path, "-o", folder.path + "/page.html"])
    }
    let right = try report(record { _ in })
    #expect(right.status == 0, "\(right.errors)")
    let losses: [Any] = [
      1.7e308, -1.7e308, Double.leastNonzeroMagnitude, 0, "NaN", "Infinity", "-Infinity",
    ]
    for loss in losses {
      for key in ["trainingLoss", "validationLoss", "trainingAccuracy", "learningRate", "seconds"] {
        let folder = try record { record in
          var history = record["history"] as! [[String: Any]]
          history[1][key] = loss
          history[2][key] = -1.7e308
          record["history"] = history
        }
        let result = try report(folder)
        #expect(result.status == 0, "\(key) \(loss): \(result.errors)")
      }
    }
    for number in [Int.max, Int.min, -1] {
      let changes: [(inout [String: Any]) -> Void] = [
        { $0["epochs"] = number }, { $0["trainingCounts"] = [number, 1] },
        { $0["validationCounts"] = [1, number] }, { $0["trainingCounts"] = [1] },
        {
          var history = $0["history"] as! [[String: Any]]
          history[0]["epoch"] = number
          $0["history"] = history
        },
        {
          var score = $0["score"] as! [String: Any]
          score["confusion"] = [[number, 1], [1, 1]]
          $0["score"] = score
        },
        {
          var score = $0["score"] as! [String: Any]
          score["confusion"] = [[1, 1]]
          score["count"] = number
          $0["score"] = score
        },
        {
          var score = $0["score"] as! [String: Any]
          score["reliability"] =
            [
              "count": 2,
              "bins": [
                ["lower": 0.0, "upper": 1.0, "count": number, "confidence": 0.5, "accuracy": 0.5]
              ],
            ] as [String: Any]
          $0["score"] = score
        },
      ]
      for change in changes {
        let result = try report(record(change))
        #expect(
          result.status == 1 && result.errors.contains("contradicts itself"),
          "\(result.status) \(result.errors)")
      }
    }
  }
}
