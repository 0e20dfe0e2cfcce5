import Foundation
import LessonKit
import Retrograd

// A submission to lesson 1 that attacks whoever grades it. Its last answer is right, and nothing else is.

/// What the check compares with, if it were this module's own.
func compare(
  _ actual: Tensor, with expected: Tensor, _ name: String, axes: String? = nil,
  tolerance: Double = 1e-5, suspects: [Suspect] = []
) throws {}

private func start(_ line: String) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = ["-c", line]
  try process.run()
}

func gray(_ picture: Tensor) throws -> Tensor {
  try start("exec sleep 303")
  return picture
}

func normalized(_ picture: Tensor, mean: [Double], deviation: [Double]) throws -> Tensor {
  let verdict = #"{"outcome":{"right":{}},"printed":""}"#
  for descriptor in Int32(1)...63 { write(descriptor, verdict, verdict.utf8.count) }
  exit(0)
}

func middle(of picture: Tensor, size: Int) throws -> Tensor {
  kill(getppid(), SIGKILL)
  kill(0, SIGKILL)
  sleep(1)
  return picture
}

func mirrored(_ picture: Tensor) throws -> Tensor {
  try start("setsid sleep 304 >/dev/null 2>&1 &")
  usleep(300_000)
  raise(SIGSTOP)
  return picture
}

func batchShape(count: Int, width: Int, height: Int) throws -> [Int] {
  print("\u{1B}[31m")
  try start("setsid sleep 305 &")
  return [count, 3, height, width]
}
