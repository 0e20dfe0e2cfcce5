import RetrogradDrawing
import RetrogradImages
import RetrogradTensors

/// Many pictures on one, each with a few words below.
///
/// ```swift
/// var sheet = ContactSheet()
/// sheet.add(picture, ["teapot", "97.1 %"], border: .right)
/// try sheet.picture.writePNG(to: url)
/// ```
public struct ContactSheet {
  /// The frame around a picture.
  public enum Border: Sendable {
    /// None.
    case plain
    /// For what is right: blue, which everybody can tell from orange.
    case right
    /// For what is wrong: orange.
    case wrong
  }

  private struct Cell {
    let picture: Picture
    let captions: [String]
    let border: Border
  }

  /// The width and height that pictures are scaled to, in pixels.
  public let size: Int
  /// The number of pictures side by side; as many as make the sheet about square where `nil`.
  public let columns: Int?
  private var cells: [Cell] = []

  private static let textHeight = 9.0
  private static let lineHeight = 15
  private static let margin = 8

  /// A sheet without pictures.
  ///
  /// - Parameters:
  ///   - size: The width and height that pictures are scaled to, in pixels.
  ///   - columns: The number of pictures side by side.
  public init(size: Int = 128, columns: Int? = nil) {
    require(
      size >= 16 && columns.map { $0 > 0 } ?? true,
      "ContactSheet: expects a size of at least 16 pixels and columns of at least 1, got \(size) and "
        + "\(columns ?? 0)")
    self.size = size
    self.columns = columns
  }

  /// Indicates whether there are no pictures.
  public var isEmpty: Bool { cells.isEmpty }

  /// Adds a picture.
  ///
  /// - Parameters:
  ///   - picture: Of any size; its middle is shown.
  ///   - captions: Lines to write below; what is too long ends in an ellipsis.
  ///   - border: The frame.
  public mutating func add(_ picture: Picture, _ captions: [String] = [], border: Border = .plain) {
    cells.append(Cell(picture: picture, captions: captions, border: border))
  }

  /// The sheet.
  public var picture: Picture {
    let count = max(cells.count, 1)
    let columns = min(self.columns ?? Int(Double(count).squareRoot().rounded(.up)), count)
    let lines = cells.map(\.captions.count).max() ?? 0
    let cellWidth = size + Self.margin
    let cellHeight = size + Self.margin + lines * Self.lineHeight
    let rows = (count + columns - 1) / columns
    var canvas = Canvas(
      width: columns * cellWidth + Self.margin, height: rows * cellHeight + Self.margin,
      background: .white)
    for (index, cell) in cells.enumerated() {
      draw(
        cell, x: Self.margin + index % columns * cellWidth,
        y: Self.margin + index / columns * cellHeight, on: &canvas)
    }
    return canvas.picture
  }

  private func draw(_ cell: Cell, x: Int, y: Int, on canvas: inout Canvas) {
    let frame: Color? =
      switch cell.border {
      case .plain: nil
      case .right: Color(0, 0.35, 0.75)
      case .wrong: Color(0.9, 0.45, 0)
      }
    let (left, top, side) = (Double(x), Double(y), Double(size))
    if let frame {
      canvas.fill(
        .rectangle([left + side / 2, top + side / 2], side + 6, side + 6), .color(frame))
    }
    if cell.picture.width > 0 && cell.picture.height > 0 {
      let shown = CenterCrop(Size2D(size))(Resize(size)(cell.picture))
      canvas.draw(shown, at: (x, y))
    }
    for (line, caption) in cell.captions.enumerated() {
      let text = LabelFont.truncated(caption, to: side, height: Self.textHeight)
      canvas.write(
        text, at: [left, top + side + 6 + Double(line * Self.lineHeight)],
        height: Self.textHeight, Color(gray: 0.1))
    }
  }
}
