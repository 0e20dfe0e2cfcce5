import Foundation
import Retrograd

extension Finding {
  /// Everything that is looked at: what is needed first, then what is optional, then the machine.
  static var all: [Finding] {
    [
      swift, png, jpeg, poppler, curl, graphviz, embeddedWeights, fetchedWeights, disk, memory,
      threads, instructionSet, device,
    ]
  }

  /// The oldest version of Swift that builds the package.
  private static let oldestSwift = (6, 2)

  private static var swift: Finding {
    let oldest = "\(oldestSwift.0).\(oldestSwift.1)"
    func missing(_ found: String) -> Finding {
      Finding(
        "Swift", isThere: false, isNeeded: true, found,
        install: "Swift \(oldest) or later: https://www.swift.org/install")
    }
    guard let program = ExternalProgram(named: "swift") else {
      return missing("is not in the PATH: nothing can be built")
    }
    let outcome = try? program.run(["--version"], seconds: 60)
    guard let match = outcome?.output.firstMatch(of: /Swift version ((\d+)\.(\d+)[.\d]*)/),
      let major = Int(match.2), let minor = Int(match.3)
    else { return missing("\(program.path) does not tell its version") }
    if (major, minor) < oldestSwift { return missing("\(match.1) is too old") }
    return Finding("Swift", isThere: true, isNeeded: true, String(match.1))
  }

  private static var png: Finding {
    let reason = unsupported {
      let picture = Picture(width: 1, height: 1)
      _ = try Picture.decode(picture.pngData(), name: "a picture")
    }
    return Finding(
      "PNG", isThere: reason == nil, isNeeded: true,
      reason == nil ? "libpng" : "pictures can be neither read nor written",
      install: package(apt: "libpng-dev", brew: "libpng") + ", then build again")
  }

  private static var jpeg: Finding {
    // The beginning of a file, which is only found to be cut off where it can be read at all.
    let reason = unsupported { _ = try Picture.decode([0xFF, 0xD8, 0xFF], name: "a photograph") }
    return Finding(
      "JPEG", isThere: reason == nil, reason == nil ? "libjpeg" : "photographs cannot be read",
      install: package(apt: "libjpeg-dev", brew: "jpeg-turbo") + ", then build again")
  }

  /// Returns the reason why this build or this machine cannot read a kind of picture; `nil` if it can.
  private static func unsupported(_ read: () throws -> Void) -> String? {
    do {
      try read()
    } catch let error as FileError where error.kind == .unsupported {
      return error.reason
    } catch {}
    return nil
  }

  private static var poppler: Finding {
    let missing = ["pdftoppm", "pdfinfo"].filter { ExternalProgram(named: $0) == nil }
    return Finding(
      "PDF", isThere: missing.isEmpty,
      missing.isEmpty ? "poppler" : "PDF slides cannot be read (poppler)",
      install: package(apt: "poppler-utils", brew: "poppler"))
  }

  private static var curl: Finding {
    Finding(
      "downloads", isThere: Download.isSupported,
      Download.isSupported ? "libcurl" : "neither weights nor slides from the web (libcurl)",
      install: package(apt: "libcurl4", brew: "curl"))
  }

  private static var graphviz: Finding {
    let program = ExternalProgram(named: "dot")
    return Finding(
      "Graphviz", isThere: program != nil,
      program?.path ?? "graphs of operations are not drawn as SVG",
      install: package(apt: "graphviz", brew: "graphviz"))
  }

  private static var embeddedWeights: Finding {
    let network = Result { try WeightChoice.resolve(.mini, default: .lessons) }
    let found =
      switch network {
      case .success(let network):
        "\(network.classes ?? 0) classes, \(megabytes(EmbeddedNetwork.size))"
      case .failure(let error): EmbeddedNetwork.size == 0 ? "not in this build" : "\(error)"
      }
    return Finding(
      "built-in network", isThere: (try? network.get()) != nil, isNeeded: true, found,
      install: "git checkout -- Weights, then build again")
  }

  private static var fetchedWeights: Finding {
    let network = WeightManifest.alexNet
    let fetch = "retrograd weights fetch"
    let name = "AlexNet"
    guard let file = WeightStore().find(network) else {
      return Finding(
        name, isThere: false, "not downloaded" + (network.bytes.map { ", \(megabytes($0))" } ?? ""),
        install: fetch)
    }
    let isRight = (try? SHA256.digest(of: BoundedFile(file))).map(network.matches) ?? false
    return Finding(
      name, isThere: isRight, isRight ? "verified, \(file.path)" : "\(file.path) is damaged",
      install: fetch + " --force")
  }

  /// The room for a build in release with its tests, in bytes; a checkout of version 1.0 takes 0.9 GB of it.
  private static let neededRoom = 2_000_000_000

  private static var disk: Finding {
    let folder = FileManager.default.currentDirectoryPath
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue else {
      return Finding("disk", isThere: true, isNeeded: true, "its free space is not known")
    }
    return Finding(
      "disk", isThere: free >= neededRoom, isNeeded: true, "\(gigabytes(free)) free here",
      install: "make room: builds take up to \(gigabytes(neededRoom))")
  }

  private static var memory: Finding {
    let bytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    return Finding("memory", isThere: true, gigabytes(bytes))
  }

  private static var threads: Finding {
    Finding(
      "threads", isThere: true,
      "\(Threads.count) of \(ProcessInfo.processInfo.activeProcessorCount) cores (RETROGRAD_THREADS)"
    )
  }

  private static var instructionSet: Finding {
    let others = InstructionSet.available.map(\.name).joined(separator: ", ")
    return Finding(
      "instruction set", isThere: true,
      "\(InstructionSet.current.name) of \(others) (RETROGRAD_ISA)")
  }

  private static var device: Finding {
    let list = DeviceList.current
    let chosen = try? list.device(named: "gpu")
    return Finding(
      "graphics card", isThere: chosen?.kind == .graphics,
      chosen.map {
        ($0.kind == .graphics ? "" : "none; ") + "\($0.name.prefix(40)), \(gigabytes($0.memory))"
      }
        ?? "everything is computed on the processor (OpenCL)",
      install: "retrograd devices says what to install")
  }
}

/// A number of bytes in words.
func gigabytes(_ bytes: Int) -> String { String(format: "%.1f GB", Double(bytes) / 1e9) }
