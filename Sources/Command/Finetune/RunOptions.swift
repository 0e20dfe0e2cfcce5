import ArgumentParser
import Foundation
import Retrograd

/// The fate of a run that the folder already contains.
struct RunOptions: ParsableArguments {
  @Flag(
    help:
      "Resume from the checkpoint in the output folder; with a larger --epochs, make a run longer.")
  var resume = false

  @Flag(help: "Replace the existing run in the output folder.")
  var overwrite = false

  func validate() throws {
    if resume && overwrite {
      throw ValidationError("--resume continues a run and --overwrite replaces it: choose one.")
    }
  }

  /// The same for the library.
  var earlier: RunFolder.Earlier { resume ? .resumed : overwrite ? .replaced : .kept }

  /// Ends the program where no run may begin in a folder: before any work is done.
  func check(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      _ = try RunFolder(URL(filePath: path)).claim(earlier)
    } catch let error as RunFolderError {
      writeError(
        "error: \(error.finding). "
          + (error.canResume ? "--resume continues it, --overwrite" : "--overwrite")
          + " replaces it, and --output DIR leaves it alone.")
      throw ExitCode(1)
    }
  }
}
