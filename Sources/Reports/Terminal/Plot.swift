import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradText

/// Shows a picture: in the terminal where it can, and otherwise as a file whose name is printed.
///
/// - Parameters:
///   - picture: The picture.
///   - name: The name of the file, without extension, if one is written.
///   - folder: The folder for the file.
///   - way: The way in which the terminal shows pictures.
/// - Throws: An error if the file cannot be written.
public func plot(
  _ picture: Picture, as name: String = "plot", in folder: URL = URL(filePath: "."),
  by way: TerminalPicture = .automatic
) throws(FileError) {
  if let text = way.text(picture, columns: min(100, terminalColumns(STDOUT_FILENO) ?? 80)) {
    writeRawOutput(text + "\n")
    return
  }
  let file = folder.appending(path: "\(name).png")
  try picture.writePNG(to: file)
  writeOutput(file.relativePath)
}

/// Shows a tensor as a picture: [3, H, W] and [1, 3, H, W] in color, [H, W], [1, H, W] and [1, 1, H, W] as heat. Its
/// smallest number becomes dark and its largest one light.
///
/// - Parameters:
///   - x: The tensor.
///   - name: The name of the file, without extension, if one is written.
///   - folder: The folder for the file.
///   - way: The way in which the terminal shows pictures.
/// - Throws: An error if the file cannot be written.
public func plot(
  _ x: Tensor, as name: String = "plot", in folder: URL = URL(filePath: "."),
  by way: TerminalPicture = .automatic
) throws(FileError) {
  var planes = x.shape[...]
  while planes.count > 2, planes.first == 1 { planes = planes.dropFirst() }
  let shaped = x.reshaped(Array(planes))
  require(
    planes.count == 2 || planes.count == 3 && planes.first == 3,
    "plot: expects [3, H, W] or [H, W], with leading ones or without, got \(x.shape). Many maps are "
      + "shown by NetworkPictures.featureMaps")
  try plot(
    planes.count == 2 ? NetworkPictures.heat(shaped) : NetworkPictures.stretched(shaped), as: name,
    in: folder, by: way)
}
