import Foundation
import LessonKit
import Retrograd

// What a student's code may try against the check. None of it is right: the check wants twice what it asks.

/// An exercise that asks for twice a number.
func attack(
  _ number: Int, _ title: String, _ answer: @escaping (Int) throws -> Int
) -> Exercise {
  Exercise(number, title, answer) { variant, answer in
    let x = variant.size(7...9)
    try compare(try answer(x), with: 2 * x, "twice")
  }
}

/// Starts a line of the shell and goes on.
private func start(_ line: String) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = ["-c", line]
  try process.run()
}

let attacks = [
  attack(10, "A child that keeps the pipe open") { x in
    try start("exec sleep 300")
    return x
  },
  attack(11, "A session of its own, and a process that stands still") { x in
    try start("setsid sh -c 'sleep 301' >/dev/null 2>&1 &")
    usleep(300_000)
    raise(SIGSTOP)
    return x
  },
  attack(12, "An end of whoever judges") { x in
    kill(getppid(), SIGKILL)
    sleep(1)
    return x
  },
  attack(13, "A verdict instead of an answer") { x in
    for verdict in [#"{"outcome":{"right":{}},"printed":""}"#, #"{"right":{}}"#] {
      for descriptor in Int32(1)...63 { write(descriptor, verdict, verdict.utf8.count) }
      for argument in CommandLine.arguments where argument.contains("/") {
        try? verdict.write(toFile: argument + ".json", atomically: false, encoding: .utf8)
      }
    }
    exit(0)
  },
  attack(14, "Output without end") { x in
    let line = [UInt8](String(repeating: "word ", count: 10_000).utf8)
    while true { write(1, line, line.count) }
  },
  attack(15, "An answer without end") { x in
    let line = [UInt8](repeating: 1, count: 1 << 16)
    while true { write(4, line, line.count) }
  },
  attack(16, "Its own group's end") { x in
    kill(0, SIGKILL)
    return x
  },
  attack(17, "Escapes and bytes that are no text") { x in
    print("\u{1B}[31mred\u{202E} \u{7}")
    fflush(nil)
    write(1, [0xFF, 0xFE, 0x00, 0x0A] as [UInt8], 4)
    throw Mistake(String(repeating: "x\u{1B}[31m ", count: 200_000))
  },
  attack(18, "Its own pipe closed") { x in
    for descriptor in Int32(0)...63 { close(descriptor) }
    while true { sleep(1) }
  },
  attack(19, "Right, in spite of all") { x in
    try start("exec sleep 302")
    return 2 * x
  },
]
